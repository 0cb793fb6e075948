use super::{lines::lines, *};
use chandler_process::{Registry, SystemClock};
use chandler_proto::{
    ids::{JobId, Millis},
    operation::Operation,
    records::Record,
};
use serde_json::{Value, json};
use std::{
    io::{self, Write},
    sync::mpsc::{Receiver, Sender, channel},
    time::{Duration, Instant},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

fn plan(service: &str, plan: &str) -> Value {
    json!({ "service_id": service, "service_name": "S", "plan_id": plan, "plan_name": "P" })
}

/// A record in this phase, of an operation that was accepted, with these plans.
fn glance(phase: &Value, operation: &str, has: Option<Value>, wants: Option<Value>) -> Glance {
    let of = |plan: Value| json!({ "plan": plan, "fingerprint": "f" });
    let record = json!({
        "schema": 1, "instance": "i", "phase": phase, "created_at": 0, "in_force": has.map(of),
        "job": {
            "id": Uuid::from_u128(1), "operation": operation, "lane": "user", "leg": 0, "itinerary": [],
            "accepted_at": 0, "deadline": 9, "touched_at": 0, "state": "running", "wanted": wants.map(of),
        },
    });
    let record: Record = serde_json::from_value(record).unwrap();
    Glance::at(&record, 1)
}

fn admitted(has: &str) -> Glance {
    glance(&json!("admitted"), "recreate", Some(plan("s", has)), None)
}

fn count(total: u64, plans: &[(&str, u64)]) -> Count {
    let plans = plans.iter().map(|(plan, number)| ((*plan).into(), *number)).collect();
    Count { total, plans }
}

fn offered() -> Offered {
    Offered {
        id: "s".into(),
        name: "redis \"x\"".into(),
        plans: vec!["p1".into(), "p2".into()],
    }
}

#[test]
fn the_lines_are_the_go_brokers() {
    let now = Millis(1_700_000_000_789);
    let text = lines(
        now,
        &offered(),
        Event::instance("force-delete"),
        &count(5, &[("p1", 3), ("gone", 2)]),
    );
    assert!(text.ends_with('\n'));
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let time = first["telemetry-time"].as_str().unwrap();
    let base = format!(
        r#"{{"telemetry-time":"{time}","telemetry-source":"on-demand-broker","service-offering":{{"name":"redis \"x\""}},"event":{{"item":"instance","operation":"force-delete"}}"#
    );
    let wanted = [
        format!(r#"{base},"service-instances":{{"total":5}}}}"#),
        format!(r#"{base},"service-instances-per-plan":{{"plan-id":"p1","total":3}}}}"#),
        format!(r#"{base},"service-instances-per-plan":{{"plan-id":"p2","total":0}}}}"#),
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), wanted);
    let read = OffsetDateTime::parse(time, &Rfc3339).unwrap();
    assert_eq!(read.unix_timestamp(), 1_700_000_000);
    assert!(!time.contains('.'), "whole seconds: {time}");
    let startup = lines(now, &offered(), Event::startup(), &Count::default());
    assert!(startup.contains(r#""event":{"item":"broker","operation":"startup"},"service-instances":{"total":0}}"#));
}

#[test]
fn what_is_admitted_and_not_gone_counts() {
    let gone = json!({ "gone": { "at": 1, "look_at": null, "stray": false } });
    let (s, t) = (|id| Some(plan("s", id)), |id| Some(plan("t", id)));
    let wanted = [
        (glance(&json!("admitted"), "provision", None, s("p1")), true),
        (glance(&json!("pending"), "provision", None, s("p1")), false),
        (glance(&json!("admitted"), "deprovision", s("p1"), None), true),
        (glance(&gone, "deprovision", None, None), false),
        (glance(&json!("admitted"), "recreate", t("p1"), None), false),
    ];
    for (glance, counts) in wanted {
        let mut tally = Tally::default();
        tally.change(None, Some(&glance));
        let wanted = if counts {
            count(1, &[("p1", 1)])
        } else {
            Count::default()
        };
        assert_eq!(tally.count("s"), wanted, "{glance:?}");
        tally.change(Some(&glance), None);
        assert_eq!(
            (tally.count("s"), tally.count("t")),
            (Count::default(), Count::default())
        );
    }
    // One whose plan changes has the plan of before until it has changed.
    let mut tally = Tally::default();
    let changes = glance(&json!("admitted"), "update", s("p1"), s("p2"));
    tally.change(None, Some(&changes));
    assert_eq!(tally.count("s"), count(1, &[("p1", 1)]));
}

#[test]
fn a_change_moves_an_instance_and_a_clear_takes_all() {
    let (one, two) = (admitted("p1"), admitted("p2"));
    let mut tally = Tally::default();
    for _ in 0..3 {
        tally.change(None, Some(&one));
    }
    tally.change(Some(&one), Some(&one));
    assert_eq!(tally.count("s"), count(3, &[("p1", 3)]));
    tally.change(Some(&one), Some(&two));
    assert_eq!(tally.count("s"), count(3, &[("p1", 2), ("p2", 1)]));
    tally.change(Some(&two), None);
    assert_eq!(tally.count("s"), count(2, &[("p1", 2)]));
    tally.clear();
    assert_eq!(tally.count("s"), Count::default());
}

#[test]
fn the_operation_that_was_asked_for_is_told() {
    let asked = |operation, job| {
        Some(OperationString {
            operation,
            job: JobId(Uuid::from_u128(job)),
            accepted: 1,
        })
    };
    let mut glance = glance(&json!("admitted"), "deprovision", Some(plan("s", "p")), None);
    assert_eq!(operation(None, Some(&glance)), Some("delete"));
    assert_eq!(
        operation(asked(Operation::Deprovision, 1), Some(&glance)),
        Some("delete")
    );
    assert_eq!(operation(asked(Operation::Provision, 7), Some(&glance)), Some("create"));
    assert_eq!(operation(asked(Operation::Upgrade, 7), None), Some("upgrade"));
    glance.force = true;
    assert_eq!(operation(None, Some(&glance)), Some("force-delete"));
    assert_eq!(operation(asked(Operation::Update, 7), Some(&glance)), Some("update"));
    assert_eq!(operation(None, None), None);
}

#[test]
fn one_offering_or_all_of_them() {
    let other = Offered {
        id: "t".into(),
        ..offered()
    };
    let counted = Counted(vec![offered(), other]);
    let ids = |service| counted.some(service).map(|it| it.id.as_str()).collect::<Vec<_>>();
    assert_eq!(ids(None), ["s", "t"]);
    assert_eq!(ids(Some("t")), ["t"]);
    assert!(ids(Some("left")).is_empty());
}

/// A reader that takes a write whenever it is told to, and passes on what it got.
struct Reader {
    asked: Sender<()>,
    may: Receiver<io::Result<()>>,
    got: Sender<String>,
}

impl Write for Reader {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.asked.send(());
        self.may.recv().unwrap_or(Ok(()))?;
        let _ = self.got.send(String::from_utf8_lossy(bytes).into_owned());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Bench {
    outlet: Outlet,
    registry: Registry,
    asked: Receiver<()>,
    may: Sender<io::Result<()>>,
    got: Receiver<String>,
}

fn bench() -> Bench {
    let registry = Registry::new("test", &SystemClock::new());
    let ((may, told), (sender, got), (asks, asked)) = (channel(), channel(), channel());
    let reader = Reader {
        asked: asks,
        may: told,
        got: sender,
    };
    Bench {
        outlet: Outlet::to(Box::new(reader), &registry),
        registry,
        asked,
        may,
        got,
    }
}

impl Bench {
    fn number(&self, outcome: &str) -> u64 {
        let name = format!("chandler_gateway_telemetry_lines_total{{outcome=\"{outcome}\"}} ");
        let text = self.registry.encode();
        let line = text.lines().find_map(|line| line.strip_prefix(&name));
        line.map_or(0, |number| number.parse().unwrap())
    }

    fn next(&self) -> String {
        self.got.recv_timeout(Duration::from_secs(20)).unwrap()
    }
}

#[tokio::test]
async fn lines_arrive_in_order_and_a_stop_waits_for_them() {
    let bench = bench();
    for number in 0..5 {
        bench.outlet.put(format!("{number}a\n{number}b\n"));
        bench.may.send(Ok(())).unwrap();
    }
    bench.outlet.drained(Duration::from_secs(20)).await;
    let all: Vec<_> = bench.got.try_iter().collect();
    assert_eq!(all.concat(), "0a\n0b\n1a\n1b\n2a\n2b\n3a\n3b\n4a\n4b\n");
    assert_eq!((bench.number("written"), bench.number("dropped")), (10, 0));
}

#[tokio::test]
async fn a_reader_that_stands_still_costs_lines_and_no_time() {
    let bench = bench();
    let begun = Instant::now();
    // One is with the thread, so many wait, and the rest finds no place.
    bench.outlet.put("0\n".into());
    bench.asked.recv_timeout(Duration::from_secs(20)).unwrap();
    for number in 1..2000 {
        bench.outlet.put(format!("{number}\n"));
    }
    bench.outlet.drained(Duration::from_millis(10)).await;
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let dropped = bench.number("dropped");
    assert_eq!(dropped, 975);
    assert_eq!(bench.number("written"), 0);
    let Bench { may, got, .. } = &bench;
    for number in 0..2000 - dropped {
        may.send(Ok(())).unwrap();
        assert_eq!(bench.next(), format!("{number}\n"));
    }
    may.send(Ok(())).unwrap();
    bench.outlet.put("on\n".into());
    assert_eq!(bench.next(), "on\n");
    assert!(got.try_recv().is_err());
    assert_eq!(bench.number("dropped"), dropped);
}

#[tokio::test]
async fn a_reader_that_is_gone_is_no_reason_to_fail() {
    let bench = bench();
    bench.may.send(Err(io::ErrorKind::BrokenPipe.into())).unwrap();
    bench.outlet.put("a\n".into());
    let end = Instant::now() + Duration::from_secs(20);
    while bench.number("dropped") == 0 {
        assert!(Instant::now() < end);
        tokio::task::yield_now().await;
        bench.outlet.put("b\nc\n".into());
    }
    assert_eq!(bench.number("written"), 0);
    bench.outlet.drained(Duration::from_secs(20)).await;
}
