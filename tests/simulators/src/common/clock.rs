//! The simulator's time: the machine's, shifted by `skip`, or standing still.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Unix seconds that never run backwards, except when a test says so.
#[derive(Debug)]
pub(crate) struct Clock {
    origin: Instant,
    epoch: f64,
    skipped: f64,
    frozen: Option<f64>,
}

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where this process reads the wall clock"
    )]
    pub(crate) fn new() -> Self {
        let epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0.0, |d| d.as_secs_f64());
        Self {
            origin: Instant::now(),
            epoch,
            skipped: 0.0,
            frozen: None,
        }
    }

    fn running(&self) -> f64 {
        self.epoch + self.origin.elapsed().as_secs_f64() + self.skipped
    }

    /// Now, in Unix seconds.
    pub(crate) fn now(&self) -> f64 {
        self.frozen.unwrap_or_else(|| self.running())
    }

    /// Lets the given seconds pass at once, also when frozen.
    pub(crate) fn skip(&mut self, seconds: f64) {
        match &mut self.frozen {
            Some(at) => *at += seconds,
            None => self.skipped += seconds,
        }
    }

    /// Stops the clock, or lets it go on from where it stands.
    pub(crate) fn freeze(&mut self, frozen: bool) {
        match (frozen, self.frozen) {
            (true, None) => self.frozen = Some(self.running()),
            (false, Some(at)) => {
                self.frozen = None;
                self.skipped += at - self.running();
            }
            (true, Some(_)) | (false, None) => {}
        }
    }
}

/// `2026-11-21T20:57:43Z`.
pub(crate) fn rfc3339(time: f64) -> String {
    date(time, "T", "Z")
}

/// `2026-11-21 20:57:43 UTC`.
pub(crate) fn utc(time: f64) -> String {
    date(time, " ", " UTC")
}

fn date(time: f64, between: &str, zone: &str) -> String {
    let at = time::OffsetDateTime::from_unix_timestamp(seconds(time)).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    let (date, clock) = (at.date(), at.time());
    format!(
        "{date}{between}{:02}:{:02}:{:02}{zone}",
        clock.hour(),
        clock.minute(),
        clock.second()
    )
}

/// `Sat, 21 Nov 2026 20:59:56 GMT`.
pub(crate) fn http_date(time: f64) -> String {
    let at = time::OffsetDateTime::from_unix_timestamp(seconds(time)).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    let (day, month) = (at.weekday().to_string(), at.month().to_string());
    format!(
        "{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
        &day[..3],
        at.day(),
        &month[..3],
        at.year(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// Whole Unix seconds.
#[expect(clippy::cast_possible_truncation, reason = "times are far below 2^53")]
pub(crate) fn seconds(time: f64) -> i64 {
    time.floor() as i64
}
