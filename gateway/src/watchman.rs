//! Reports how the gateway is: readiness, notices, gauges. One line in the log per change, not per request.
use crate::{
    desk::Desk,
    gateway::Ended,
    plans::{self, Looks},
    reload::InForce,
    schemas, telemetry,
};
use chandler_bus::Bus;
use chandler_process::Health;
use chandler_proto::layout;
use std::time::Duration;

const LOOK: Duration = Duration::from_secs(1);
/// Every so many looks the bus is inspected.
const INSPECTION: u32 = 60;

/// Looks until the gateway stops. Ready means: connected to the bus, and the view was loaded once. A gateway that isn't
/// ready still answers what it can (polls of running operations, and 503 for the rest).
///
/// When the view is loaded for the first time and instances have plans that the catalog hasn't, it begins the stop: such
/// a gateway was never ready.
pub(crate) async fn run(in_force: &InForce, health: &Health) -> Ended {
    let desk = &*in_force.desk();
    health.set("view", Err("the records are being loaded".to_owned()));
    let stop = desk.shutdown.cancelled();
    tokio::pin!(stop);
    let mut looks = 0_u32;
    let (mut loaded, mut plans) = (false, Looks::default());
    let mut telemetry = telemetry::Looks::default();
    loop {
        tokio::select! {
            () = &mut stop => return Ended::Stopped,
            there = all_loaded(desk), if !loaded => {
                if let Err(findings) = plans::at_start(&in_force.desk()) {
                    desk.shutdown.cancel();
                    return Ended::PlansMissing(findings);
                }
                loaded = there;
            }
            () = desk.clock.sleep(LOOK) => {}
        }
        if loaded {
            health.set("view", Ok(()));
        }
        desk.metrics.view(desk.view.len(), desk.view.age());
        plans.look(&in_force.desk(), health);
        telemetry.look(&in_force.desk(), loaded);
        health.set("bus", connected(desk));
        health.notice("view age", late(desk).map(str::to_owned));
        schemas(&in_force.desk(), health);
        health.notice("records", incomplete(desk, loaded).map(str::to_owned));
        if desk.bus.is_connected() {
            if looks.is_multiple_of(INSPECTION) {
                health.notice(
                    "bus set-up",
                    desk.bus
                        .check(&in_force.wanted())
                        .await
                        .err()
                        .map(|lines| lines.join("; ")),
                );
                health.notice("clock", skew(&desk.bus, || desk.clock.now_ms()).await);
            }
            looks = looks.wrapping_add(1);
        }
    }
}

/// Everything that was on the bus, and what it says of schemas is ready to be used; `false` if the watch is gone.
async fn all_loaded(desk: &Desk) -> bool {
    let loaded = desk.view.loaded().await;
    if loaded {
        desk.library.loaded().await;
    }
    loaded
}

fn schemas(desk: &Desk, health: &Health) {
    let text = schemas::notice(desk.shelf.schemas.as_ref(), &desk.library);
    health.notice("plan schemas", text);
}

fn connected(desk: &Desk) -> Result<(), String> {
    const AWAY: &str =
        "the bus is away: polls of running operations are answered from memory, everything else gets 503";
    desk.bus.is_connected().then_some(()).ok_or_else(|| AWAY.to_owned())
}

fn late(desk: &Desk) -> Option<&'static str> {
    let late = desk.bus.is_connected() && !desk.view.is_fresh();
    late.then_some("the view is late: polls are read through to the bus")
}

fn incomplete(desk: &Desk, loaded: bool) -> Option<&'static str> {
    (loaded && desk.view.is_fresh() && !desk.view.complete()).then_some(
        "the bucket isn't marked as complete: unknown ids get 503; run `chandler bus bootstrap`, or `chandler rebuild` when instances were lost from the bus",
    )
}

async fn skew(bus: &Bus, now_ms: impl Fn() -> u64) -> Option<String> {
    let skew = bus.clock_skew(now_ms).await.ok()?;
    let tolerated = i64::try_from(layout::CLOCK_TOLERANCE.as_millis()).unwrap_or(i64::MAX);
    (skew.abs() > tolerated).then(|| format!("this machine's clock is {skew} ms ahead of the bus'"))
}
