//! `chandler doctor`.

mod look;
mod patient;
mod show;

use crate::check::needs;
use crate::cli::Doctor;
use crate::config::read;
use crate::say::Exit;
use chandler_common::checks::Line;
use std::time::Duration;

/// Looks at everything that these processes talk to, and says what is wrong.
pub(crate) async fn run(options: &Doctor) -> Exit {
    let read = read(&options.file, |config| {
        needs(config, &options.processes)?;
        patient::of(config, &options.processes)
    });
    let (loaded, outside) = match read {
        Ok(read) => read,
        Err(rejected) => {
            if options.json {
                show::refused(&options.file, &rejected);
            }
            return Exit::Config;
        }
    };
    let section = &loaded.config.chandler;
    let lines = look::at(section, &outside, Duration::from_secs(options.wait)).await;
    match options.json {
        true => show::json(&options.file, &lines, &loaded.warnings),
        false => show::text(&options.file, &lines, loaded.warnings.len()),
    }
    match lines.iter().all(fine) {
        true => Exit::Fine,
        false => Exit::Failure,
    }
}

fn fine(line: &Line) -> bool {
    line.verdict.is_fine()
}
