//! What the gateway counts.
use chandler_process::Registry;
use chandler_process::metrics::prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Unit,
};
use std::{sync::atomic::AtomicU64, time::Duration};

/// Upper bounds of answer times, seconds: most are a read of a millisecond, an election takes 5 to 7 s.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0, 30.0, 60.0];

/// Labels of a request.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    method: String,
    route: &'static str,
    status: u16,
}

/// Labels of its duration.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RouteLabel {
    method: String,
    route: &'static str,
}

/// What the sweep did.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct SweepLabel {
    action: &'static str,
}

/// What became of accepts whose outcome nobody learnt.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct SettledLabel {
    outcome: &'static str,
}

/// Handles to count with.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    requests: Family<Labels, Counter>,
    durations: Family<RouteLabel, Histogram, fn() -> Histogram>,
    sweeps: Family<SweepLabel, Counter>,
    settled: Family<SettledLabel, Counter>,
    records: Gauge,
    view_age: Gauge<f64, AtomicU64>,
    connections: Gauge,
}

fn histogram() -> Histogram {
    Histogram::new(BUCKETS)
}

impl Metrics {
    /// Registers them.
    pub(crate) fn new(registry: &Registry) -> Self {
        let it = Metrics {
            requests: Family::default(),
            durations: Family::new_with_constructor(histogram as fn() -> Histogram),
            sweeps: Family::default(),
            settled: Family::default(),
            records: Gauge::default(),
            view_age: Gauge::default(),
            connections: Gauge::default(),
        };
        registry.register("gateway_requests", "Requests answered", it.requests.clone());
        registry.register("gateway_sweep", "What the sweep did", it.sweeps.clone());
        let help = "Accepts whose outcome was not known at first";
        registry.register("gateway_settled", help, it.settled.clone());
        registry.register(
            "gateway_view_records",
            "Records in the view, gone ones included",
            it.records.clone(),
        );
        registry.register("gateway_connections", "Open connections", it.connections.clone());
        registry.with(|all| {
            let help = "Time from a request's head to its answer";
            all.register_with_unit("gateway_request_duration", help, Unit::Seconds, it.durations.clone());
            let help = "How long ago the view heard the bus, -1 while it loads";
            all.register_with_unit("gateway_view_age", help, Unit::Seconds, it.view_age.clone());
        });
        it
    }

    /// A request was answered.
    pub(crate) fn answered(&self, method: &http::Method, route: &'static str, status: u16, took: Duration) {
        // Names of methods come from outside: only known ones become labels.
        let method = match method.as_str() {
            known @ ("GET" | "HEAD" | "PUT" | "PATCH" | "POST" | "DELETE" | "OPTIONS") => known.to_owned(),
            _ => "other".to_owned(),
        };
        self.requests
            .get_or_create(&Labels {
                method: method.clone(),
                route,
                status,
            })
            .inc();
        self.durations
            .get_or_create(&RouteLabel { method, route })
            .observe(took.as_secs_f64());
    }

    /// The sweep did something: `rang`, `purged`, `gave up`.
    pub(crate) fn swept(&self, action: &'static str) {
        self.sweeps.get_or_create(&SweepLabel { action }).inc();
    }

    /// An accept whose outcome nobody learnt was looked at: `taken back` or `left`.
    pub(crate) fn settled(&self, outcome: &'static str) {
        self.settled.get_or_create(&SettledLabel { outcome }).inc();
    }

    /// How the view is.
    pub(crate) fn view(&self, records: usize, age: Option<Duration>) {
        self.records.set(i64::try_from(records).unwrap_or(i64::MAX));
        self.view_age.set(age.map_or(-1.0, |age| age.as_secs_f64()));
    }

    /// A connection was opened; it counts until the guard is dropped.
    pub(crate) fn connection(&self) -> Open {
        self.connections.inc();
        Open(self.connections.clone())
    }
}

/// An open connection.
#[derive(Debug)]
pub(crate) struct Open(Gauge);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}
