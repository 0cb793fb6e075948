//! How far our clock is from the bus'.

use crate::connect::Bus;
use crate::errors::BusError;
use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The part of a stream's info that tells the time.
#[derive(Deserialize)]
struct Info {
    ts: Option<String>,
}

impl Bus {
    /// How many milliseconds our clock is ahead of the bus' (negative: behind). `now_ms` reads our
    /// clock, milliseconds since 1970. The time is that of the leader of the stream of records,
    /// the same clock that stamps its messages; half the round trip is taken off, so the answer is
    /// right to within half of it, and a slow round trip is tried again.
    ///
    /// # Errors
    /// [`BusError`], also transient if no round trip was quick enough to tell.
    pub async fn clock_skew(&self, now_ms: impl Fn() -> u64) -> Result<i64, BusError> {
        const QUICK_MS: u64 = 500;
        for _ in 0..3 {
            let before = now_ms();
            let theirs = self.leader_time_ms().await?;
            let after = now_ms();
            // A clock that was set back meanwhile tells nothing.
            if after >= before && after - before <= QUICK_MS {
                let ours = before + (after - before) / 2;
                return Ok(i64::try_from(i128::from(ours) - i128::from(theirs)).unwrap_or(i64::MAX));
            }
        }
        Err(BusError::Away("too slow to compare clocks".to_owned()))
    }

    async fn leader_time_ms(&self) -> Result<u64, BusError> {
        let stream = self.layout().records_stream();
        let info = self
            .api::<Info>(&stream, &format!("STREAM.INFO.{stream}"), &json!({}))
            .await?;
        let info = info.map_err(|error| BusError::from_server(&stream, &error))?;
        let strange = || BusError::Malformed(format!("the time of {stream}"));
        let time = info.ts.ok_or_else(strange)?;
        let time = OffsetDateTime::parse(&time, &Rfc3339).map_err(|_| strange())?;
        u64::try_from(time.unix_timestamp_nanos() / 1_000_000).map_err(|_| strange())
    }
}
