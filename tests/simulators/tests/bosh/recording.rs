//! Reads the recordings: requests after `>`, answers after `<`, remarks in between.

use std::path::PathBuf;

/// A request and the answer that a real Director gave.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// The line of the request in its file.
    pub(crate) line: usize,
    /// What the recorder wrote above it.
    pub(crate) title: String,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) request_headers: Vec<(String, String)>,
    pub(crate) credentials: Credentials,
    pub(crate) request_body: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// The recording shows only the beginning of the body.
    pub(crate) elided: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Credentials {
    Right,
    Wrong,
    None,
}

/// A piece of a recording.
#[derive(Debug)]
pub(crate) enum Piece {
    Exchange(Exchange),
    /// `task N: states seen [...]`: the last state.
    Seen {
        line: usize,
        task: u64,
        last: String,
    },
}

impl Exchange {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    pub(crate) fn call(&self) -> String {
        format!("{} {}", self.method, self.target)
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, v)| v.as_str())
}

pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("recordings")
}

pub(crate) fn read(file: &str) -> Vec<Piece> {
    let text = std::fs::read_to_string(folder().join(file)).expect("a recording");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut pieces = Vec::new();
    let mut title = String::new();
    let mut at = 0;
    while at < lines.len() {
        if let Some(words) = lines[at].strip_prefix("---- ") {
            words.trim().clone_into(&mut title);
        }
        if lines[at].starts_with("> ") {
            let (mut exchange, next) = exchange(&lines, at);
            exchange.title.clone_from(&title);
            pieces.push(Piece::Exchange(exchange));
            at = next;
        } else {
            if let Some((task, states)) = lines[at]
                .trim()
                .strip_prefix("task ")
                .and_then(|rest| rest.split_once(": states seen ["))
            {
                let task = task.parse().expect("a task's id");
                let last = states.rsplit('\'').nth(1).expect("a state").to_owned();
                pieces.push(Piece::Seen {
                    line: at + 1,
                    task,
                    last,
                });
            }
            at += 1;
        }
    }
    pieces
}

fn exchange(lines: &[&str], start: usize) -> (Exchange, usize) {
    let trimmed = |at: usize| lines.get(at).map(|l| l.trim_end_matches('\n'));
    let (method, target) = trimmed(start).expect("a line")[2..].split_once(' ').expect("a call");
    let mut at = start + 1;
    let mut request_headers = Vec::new();
    let mut credentials = Credentials::Right;
    let mut body = Vec::new();
    while let Some(line) = trimmed(at).and_then(|l| l.strip_prefix("> ")) {
        match line.split_once(": ") {
            _ if line == "(no Authorization)" => credentials = Credentials::None,
            _ if line == "Authorization: (wrong)" => credentials = Credentials::Wrong,
            Some((name @ ("Content-Type" | "X-Bosh-Context-Id" | "Range"), value)) => {
                request_headers.push((name.to_owned(), value.to_owned()));
            }
            Some(_) | None => body.push(line),
        }
        at += 1;
    }
    let status = trimmed(at).and_then(|l| l.strip_prefix("< ")).expect("a status");
    let status = status[..3].parse().expect("a status");
    at += 1;
    let mut headers = Vec::new();
    while let Some(line) = trimmed(at).and_then(|l| l.strip_prefix("< ")) {
        let (name, value) = line.split_once(": ").expect("a header");
        headers.push((name.to_owned(), value.to_owned()));
        at += 1;
    }
    let chunked = find(&headers, "Transfer-Encoding").is_some();
    let length: usize = match find(&headers, "Content-Length") {
        Some(length) => length.parse().expect("a length"),
        None if chunked => trimmed(at).expect("a body").len(),
        None => 0,
    };
    let (response, elided, next) = take_body(lines, at, length);
    let exchange = Exchange {
        line: start + 1,
        title: String::new(),
        method: method.to_owned(),
        target: target.to_owned(),
        request_headers,
        credentials,
        request_body: body.join("\n"),
        status,
        headers,
        body: response,
        elided,
    };
    (exchange, next)
}

/// The body by its length; what the recorder left out ends in `…(N bytes)`.
fn take_body(lines: &[&str], from: usize, length: usize) -> (String, bool, usize) {
    let mut body = String::new();
    let mut at = from;
    let mark = format!(" …({length} bytes)");
    // nginx ends lines with CR LF, of which the recorder kept the LF only.
    let breaks = |body: &str| {
        if body.starts_with("<html>") {
            body.matches('\n').count()
        } else {
            0
        }
    };
    while at < lines.len() && body.len() + breaks(&body) < length {
        if let Some((head, _)) = lines[at].split_once(&mark) {
            body.push_str(head);
            return (body, true, at + 1);
        }
        // Paths in messages were shortened by the recorder, so the length may be too large.
        if ["---- ", "#### ", "   task "]
            .iter()
            .any(|mark| lines[at].starts_with(mark))
        {
            body.truncate(body.trim_end().len());
            body.push('\n');
            return (body, false, at);
        }
        body.push_str(lines[at]);
        at += 1;
    }
    if body.ends_with('\n') && body.len() == length + 1 {
        body.pop();
    }
    (body, false, at)
}
