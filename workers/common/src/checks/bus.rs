//! Looks at the bus.
use super::{Check, Line, Verdict, look::within, rules};
use chandler_clients::{CallContext, nats_monitor::NatsMonitor};
use chandler_engine::store::{BootstrapSettings, Bus};
use chandler_process::Clock;
use chandler_proto::layout;
use futures::future::join_all;
use std::time::Duration;
use tokio::time::timeout;

/// Everything that the bus tells its clients, not longer than `limit`, which also covers the wait for a connection. `monitored`: as for
/// [`copies`].
pub async fn bus(
    bus: &Bus,
    wanted: &BootstrapSettings,
    clock: &dyn Clock,
    limit: Duration,
    monitored: bool,
) -> Vec<Line> {
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
        copies(bus, limit, monitored).await,
        Check::Clock.is(skew(bus, clock).await),
    ]
}

/// Whether all copies of our streams are there, not longer than `limit`. `monitored`: whether the servers are asked by their monitoring, too,
/// what they don't tell clients ([`super::Outside::is_monitored`]).
pub async fn copies(bus: &Bus, limit: Duration, monitored: bool) -> Line {
    let look = async {
        bus.connected().await;
        bus.copies().await
    };
    Check::BusCopies.is(match timeout(limit, look).await {
        Ok(Ok(all)) => rules::copies(&all, monitored),
        Ok(Err(why)) => Verdict::Unknown(why.to_string()),
        Err(_) => Verdict::Unknown("there is no connection to the bus".into()),
    })
}

/// Whether the bus's servers sync each write, as their monitoring tells; no line without any.
pub(super) async fn sync(monitors: &[NatsMonitor], limit: Duration) -> Option<Line> {
    let ask = async |it: &NatsMonitor| {
        let name = format!("GET /jsz of the nats-server at {}", it.address());
        rules::Asked {
            address: it.address().to_owned(),
            said: within(limit, &name, it.jetstream(&CallContext::default())).await,
        }
    };
    let asked = join_all(monitors.iter().map(ask)).await;
    (!asked.is_empty()).then(|| Check::BusSync.is(rules::bus_sync(&asked)))
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
