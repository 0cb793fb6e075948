//! `GET /tasks/:id/output?type=event`, a piece at a time.

use reqwest::Method;
use reqwest::StatusCode;
use reqwest::header::CONTENT_RANGE;

use super::{Director, Event, TaskId};
use crate::http::Answer;
use crate::{CallContext, Fault};

/// The next piece of an event log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Events {
    /// The whole lines that came since.
    pub lines: Vec<Event>,
    /// Where to go on: behind the last whole line.
    pub next_byte: u64,
}

impl Director {
    /// Reads a task's event log from a byte on (0, or the last [`Events::next_byte`]). A line that isn't whole yet is left for the next call.
    ///
    /// # Errors
    /// A [`Fault`]; an unknown task is one.
    pub async fn task_events(&self, id: TaskId, from_byte: u64, call: &CallContext) -> Result<Events, Fault> {
        let path = ["tasks", &id.to_string(), "output"];
        let request = self
            .request(Method::GET, &path, &[("type", "event")], call)?
            .header("range", &format!("bytes={from_byte}-"))?;
        let answer = self.read(request).await?;
        let fresh = match answer.status {
            StatusCode::PARTIAL_CONTENT => {
                let start = range_start(&answer).unwrap_or(from_byte);
                if start != from_byte {
                    let what = format!("asked from byte {from_byte}, got from byte {start}");
                    return Err(answer.garbled(what));
                }
                &answer.body[..]
            }
            // The whole log: nothing is stored yet, or the range was ignored on the way.
            StatusCode::OK => {
                let skip = usize::try_from(from_byte).unwrap_or(usize::MAX);
                answer.body.get(skip..).unwrap_or_default()
            }
            StatusCode::RANGE_NOT_SATISFIABLE | StatusCode::NO_CONTENT => &[],
            _ => return Err(answer.fault()),
        };
        Ok(whole_lines(fresh, from_byte))
    }
}

fn range_start(answer: &Answer) -> Option<u64> {
    let range = answer.header(CONTENT_RANGE)?.strip_prefix("bytes ")?;
    range.split_once('-')?.0.parse().ok()
}

fn whole_lines(bytes: &[u8], from_byte: u64) -> Events {
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let text = String::from_utf8_lossy(&bytes[..end]);
    let lines = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(Event::parse)
        .collect();
    Events {
        lines,
        next_byte: from_byte + end as u64,
    }
}
