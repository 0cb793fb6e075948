//! What the doctor says.

use crate::config::{Rejected, count};
use crate::say::line;
use chandler_common::checks::{Line, Verdict};
use chandler_proto::config::Finding;
use serde_json::{Value, json};
use std::path::Path;

/// For people: a line for each check, and how many of them are wrong.
pub(super) fn text(file: &Path, lines: &[Line], warnings: usize) {
    let warnings = count(warnings, "warning");
    line(format_args!("ok       configuration: fine, {warnings}"));
    for it in lines {
        let mark = match it.verdict {
            Verdict::Fine(_) => "ok     ",
            Verdict::Wrong(_) => "problem",
            Verdict::Unknown(_) => "unknown",
        };
        line(format_args!("{mark}  {}: {}", it.check.name(), it.verdict.text()));
    }
    let problems = lines.iter().filter(|it| !it.verdict.is_fine()).count();
    let sum = match problems {
        0 => "all is well".to_owned(),
        1 => format!("1 of {} is not well", count(lines.len(), "check")),
        _ => format!("{problems} of {} are not well", count(lines.len(), "check")),
    };
    line(format_args!("{}: {sum}", file.display()));
}

/// For machines.
pub(super) fn json(file: &Path, lines: &[Line], warnings: &[Finding]) {
    let checks: Vec<_> = lines
        .iter()
        .map(|it| json!({"check": it.check.name(), "status": it.verdict.name(), "text": it.verdict.text()}))
        .collect();
    let ok = lines.iter().all(|it| it.verdict.is_fine());
    line(whole(file, ok, &[], warnings, checks));
}

/// For machines, when nothing was looked at.
pub(super) fn refused(file: &Path, rejected: &Rejected) {
    line(whole(file, false, &rejected.errors(), rejected.warnings(), vec![]));
}

fn whole(file: &Path, ok: bool, errors: &[Finding], warnings: &[Finding], checks: Vec<Value>) -> Value {
    let rows = |all: &[Finding]| -> Vec<Value> {
        all.iter()
            .map(|it| json!({"path": it.path, "message": it.message}))
            .collect()
    };
    json!({
        "file": file.display().to_string(),
        "ok": ok,
        "configuration": {"errors": rows(errors), "warnings": rows(warnings)},
        "checks": checks,
    })
}
