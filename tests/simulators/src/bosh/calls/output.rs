//! `GET /tasks/N/output`, whole or by range.

use http::StatusCode;

use crate::bosh::access::Power;
use crate::bosh::answer::Answer;
use crate::bosh::routes::Call;
use crate::bosh::task::Task;
use crate::bosh::world::World;
use crate::common::clock::{http_date, rfc3339};

pub(in crate::bosh) fn show(world: &mut World, call: &Call<'_>) -> Answer {
    let Some(task) = super::tasks::find(world, call.arg(0)) else {
        return Answer::no_task(call.arg(0));
    };
    let kind = call.request.query("type").unwrap_or("debug");
    let power = match kind {
        "event" | "result" => Some(Power::Read),
        "debug" | "cpi" => Some(Power::Admin),
        _ => None,
    };
    if let Some(Err(refused)) = power.map(|power| call.access.require(power, &task.teams)) {
        return refused;
    }
    let range = call.request.header("range");
    match kind {
        "event" => ranged(&task.events, range),
        "result" => ranged(&task.results, range),
        "debug" => {
            let mut answer = ranged(&debug(task), range);
            answer.content_type = Some("text/plain;charset=utf-8");
            answer.headers.push(("last-modified", http_date(task.created)));
            answer
        }
        // The file is made by the first call of a CPI, which the simulator never logs.
        "cpi" => Answer::no_content(),
        other => Answer::error(StatusCode::UNAUTHORIZED, 600_000, format!("Unknown type {other}")),
    }
}

fn debug(task: &Task) -> String {
    let at = rfc3339(task.created);
    format!(
        "I, [{at} #1] []  INFO -- TaskHelper: Director Version: 277.3.0\nI, [{at} #1] []  INFO -- TaskHelper: Enqueuing task: {id}\nI, [{at} #1] []  INFO -- DirectorJobRunner: Task {id} is {state}\n",
        id = task.id,
        state = task.state.as_str(),
    )
}

fn ranged(text: &str, range: Option<&str>) -> Answer {
    let size = text.len();
    let wanted = range
        .and_then(|r| r.strip_prefix("bytes="))
        .filter(|r| !r.contains(','));
    let Some(wanted) = wanted.filter(|_| size > 0) else {
        return Answer::html(StatusCode::OK, text);
    };
    let Some((first, last)) = bounds(wanted, size) else {
        return Answer::html(StatusCode::OK, text);
    };
    if first >= size || first > last {
        let mut answer = Answer::html(StatusCode::RANGE_NOT_SATISFIABLE, "Byte range unsatisfiable");
        answer.headers.push(("content-range", format!("bytes */{size}")));
        return answer;
    }
    // A range may cut a character in two; the Director sends the bytes as they are.
    let part = String::from_utf8_lossy(&text.as_bytes()[first..=last]).into_owned();
    let mut answer = Answer::html(StatusCode::PARTIAL_CONTENT, part);
    answer
        .headers
        .push(("content-range", format!("bytes {first}-{last}/{size}")));
    answer
}

/// First and last byte of `A-B`, `A-` or `-N`; none for anything else.
fn bounds(range: &str, size: usize) -> Option<(usize, usize)> {
    let (first, last) = range.split_once('-')?;
    match (first.trim(), last.trim()) {
        ("", tail) => Some((size.saturating_sub(tail.parse().ok()?), size - 1)),
        (first, "") => Some((first.parse().ok()?, size - 1)),
        (first, last) => Some((first.parse().ok()?, last.parse::<usize>().ok()?.min(size - 1))),
    }
}

#[cfg(test)]
mod tests {
    use super::ranged;

    #[test]
    fn ranges() {
        for (text, range, status, body) in [
            ("abcdef", None, 200, "abcdef"),
            ("abcdef", Some("bytes=0-2"), 206, "abc"),
            ("abcdef", Some("bytes=2-"), 206, "cdef"),
            ("abcdef", Some("bytes=2-100"), 206, "cdef"),
            ("abcdef", Some("bytes=6-"), 416, "Byte range unsatisfiable"),
            ("abcdef", Some("bytes=0-1,3-4"), 200, "abcdef"),
            ("", Some("bytes=0-"), 200, ""),
        ] {
            let answer = ranged(text, range);
            assert_eq!(
                (answer.status.as_u16(), answer.body.as_str()),
                (status, body),
                "{range:?}"
            );
        }
    }
}
