//! Looks at the bus.
use super::{Check, Line, Verdict, rules};
use chandler_engine::store::{BootstrapSettings, Bus};
use chandler_process::Clock;
use chandler_proto::layout;
use std::time::Duration;
use tokio::time::timeout;

/// Everything about the bus, not longer than `limit`, which also covers the wait for a connection.
pub async fn bus(bus: &Bus, wanted: &BootstrapSettings, clock: &dyn Clock, limit: Duration) -> Vec<Line> {
    if timeout(limit, bus.connected()).await.is_err() {
        let text = format!(
            "no connection within {} s. Do the servers of chandler.bus.urls run, are user and password right, and does chandler.bus.ca_cert \
             fit?",
            limit.as_secs()
        );
        let unknown = || Verdict::Unknown("there is no connection to the bus".into());
        return vec![
            Check::Bus.is(Verdict::Wrong(text)),
            Check::BusCopies.is(unknown()),
            Check::Clock.is(unknown()),
        ];
    }
    let set_up = match bus.check(wanted).await {
        Ok(()) => Verdict::Fine("connected, and set up as this release wants it".into()),
        Err(lines) => Verdict::Wrong(lines.join("; ")),
    };
    vec![
        Check::Bus.is(set_up),
        copies(bus, limit).await,
        Check::Clock.is(skew(bus, clock).await),
    ]
}

/// Whether all copies of our streams are there, not longer than `limit`.
pub async fn copies(bus: &Bus, limit: Duration) -> Line {
    let look = async {
        bus.connected().await;
        bus.copies().await
    };
    Check::BusCopies.is(match timeout(limit, look).await {
        Ok(Ok(all)) => rules::copies(&all),
        Ok(Err(why)) => Verdict::Unknown(why.to_string()),
        Err(_) => Verdict::Unknown("there is no connection to the bus".into()),
    })
}

async fn skew(bus: &Bus, clock: &dyn Clock) -> Verdict {
    let skew = match bus.clock_skew(|| clock.now_ms()).await {
        Ok(skew) => skew,
        Err(why) => return Verdict::Unknown(why.to_string()),
    };
    let tolerance = layout::CLOCK_TOLERANCE.as_millis();
    match u128::from(skew.unsigned_abs()) <= tolerance {
        true => Verdict::Fine(format!("{skew} ms away from the bus's clock")),
        false => Verdict::Wrong(format!(
            "{skew} ms away from the bus's clock, {tolerance} ms are tolerated; synchronise it"
        )),
    }
}
