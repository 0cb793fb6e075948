//! Telemetry as whoever collects the stdout of the real program sees it.
use crate::{
    nats::NO_SERVER,
    process::Program,
    world::{World, body, config_text, until},
};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader},
    sync::{Arc, Mutex},
};

/// A program whose stdout is read.
struct Told {
    program: Program,
    lines: Arc<Mutex<Vec<String>>>,
    http: Client,
}

fn with_telemetry(url: &str) -> String {
    config_text(url).replace("broker: {", "broker: {enable_telemetry: true, ")
}

fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

impl Told {
    fn start(config: &str) -> Self {
        // Three hours east of Greenwich, which needs no table of zones.
        let mut told = Told::unread(config);
        told.read();
        told
    }

    fn unread(config: &str) -> Self {
        Told {
            program: Program::start_in(config, &["--port", "0"], &[("TZ", "EAST-3")]),
            lines: Arc::default(),
            http: client(),
        }
    }

    fn read(&mut self) {
        let (stdout, kept) = (self.program.child.stdout.take().unwrap(), self.lines.clone());
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                kept.lock().unwrap().push(line);
            }
        });
    }

    /// The first so many lines, when they are there; without their times.
    async fn first(&self, number: usize) -> Vec<Value> {
        until("the lines", || async { self.lines.lock().unwrap().len() >= number }).await;
        let lines = self.lines.lock().unwrap().clone();
        let read = |line: &String| -> Value {
            let mut line: Value = serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}"));
            let time = line.as_object_mut().unwrap().shift_remove("telemetry-time").unwrap();
            assert!(time.as_str().unwrap().ends_with("+03:00"), "{time}");
            line
        };
        lines.iter().map(read).collect()
    }

    async fn ready(&self) {
        let admin = self.program.field("admin_addr").await;
        let ready = || async {
            let asked = self.http.get(format!("http://{admin}/readyz")).send();
            asked.await.unwrap().status() == 200
        };
        until("it is ready", ready).await;
    }

    async fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let url = format!("http://{}/v2/service_instances/{path}", self.program.addr().await);
        self.http
            .request(method.parse().unwrap(), url)
            .basic_auth("broker", Some("p:ss"))
            .header("X-Broker-API-Version", "2.17")
    }

    async fn ask(&self, method: &str, path: &str, status: u16) {
        let asked = self.request(method, path).await.send().await.unwrap();
        assert_eq!(asked.status(), status, "{method} {path}");
    }

    async fn put(&self, id: &str, plan: &str) {
        let mut wanted = body(json!({}));
        wanted["plan_id"] = json!(plan);
        let put = self.request("PUT", &format!("{id}?accepts_incomplete=true")).await;
        assert_eq!(put.json(&wanted).send().await.unwrap().status(), 202);
    }

    async fn says(&self, part: &str) {
        until(part, || async { self.program.said().contains(part) }).await;
    }

    /// How often it said that it doesn't count.
    fn disabled(&self) -> usize {
        self.program
            .said()
            .matches("\"Telemetry logging is disabled.\"")
            .count()
    }
}

/// The lines of one event.
fn event(item: &str, operation: &str, total: u64, plans: [u64; 2]) -> Vec<Value> {
    let line = |what: &str, value: Value| {
        json!({
            "telemetry-source": "on-demand-broker", "service-offering": {"name": "kv"},
            "event": {"item": item, "operation": operation}, what: value,
        })
    };
    let of = |plan: &str, total| line("service-instances-per-plan", json!({"plan-id": plan, "total": total}));
    vec![
        line("service-instances", json!({"total": total})),
        of("plan-1", plans[0]),
        of("plan-2", plans[1]),
    ]
}

#[tokio::test]
async fn the_start_and_each_answer_to_a_poll_of_an_instance_are_told() {
    let world = World::new(0).await;
    let mut told = Told::start(&with_telemetry(&world.nats.url()));
    let mut wanted = event("broker", "startup", 0, [0, 0]);
    assert_eq!(told.first(3).await, wanted);
    assert_eq!(told.disabled(), 0);

    told.put("i", "plan-1").await;
    told.put("j", "plan-2").await;
    for path in ["i", "j"] {
        told.ask("GET", &format!("{path}/last_operation"), 200).await;
        wanted.extend(event("instance", "create", 2, [1, 1]));
        assert_eq!(told.first(wanted.len()).await, wanted);
    }
    // What isn't there, and bindings, aren't told.
    told.ask("GET", "nobody/last_operation", 404).await;
    told.ask("GET", "i/service_bindings/b/last_operation", 404).await;
    let query = "accepts_incomplete=true&service_id=service-1&plan_id=plan-1";
    told.ask("DELETE", &format!("i?{query}&force=true"), 202).await;
    told.ask("GET", "i/last_operation", 200).await;
    wanted.extend(event("instance", "force-delete", 2, [1, 1]));
    assert_eq!(told.first(wanted.len()).await, wanted);

    told.program.signal("TERM");
    assert_eq!(told.program.code().await, Some(0), "{}", told.program.said());
    assert_eq!(told.first(wanted.len()).await, wanted, "stdout has nothing else");
}

#[tokio::test]
async fn sighup_switches_it_on_and_off() {
    let world = World::new(0).await;
    let (off, on) = (config_text(&world.nats.url()), with_telemetry(&world.nats.url()));
    let told = Told::start(&off);
    told.ready().await;
    told.says("Telemetry logging is disabled.").await;
    told.put("i", "plan-1").await;
    told.ask("GET", "i/last_operation", 200).await;
    std::fs::write(&told.program.config, &on).unwrap();
    told.program.signal("HUP");
    let mut wanted = event("broker", "startup", 1, [1, 0]);
    assert_eq!(told.first(3).await, wanted, "nothing was told before");
    told.ask("GET", "i/last_operation", 200).await;
    wanted.extend(event("instance", "create", 1, [1, 0]));
    assert_eq!(told.first(6).await, wanted);
    assert_eq!(told.disabled(), 1);
    std::fs::write(&told.program.config, &off).unwrap();
    told.program.signal("HUP");
    until("it is off", || async { told.disabled() == 2 }).await;
    told.ask("GET", "i/last_operation", 200).await;
    std::fs::write(&told.program.config, &on).unwrap();
    told.program.signal("HUP");
    wanted.extend(event("broker", "startup", 1, [1, 0]));
    assert_eq!(told.first(9).await, wanted, "what was polled meanwhile isn't told");
}

/// A bus that may have lost instances has no number of them.
#[tokio::test]
async fn what_can_not_be_counted_is_not_told() {
    let world = World::incomplete(0).await;
    let told = Told::start(&with_telemetry(&world.nats.url()));
    told.ready().await;
    told.says("Failed to query list of instances for telemetry (cause: the bus isn't marked as complete")
        .await;
    assert!(told.lines.lock().unwrap().is_empty());
    let mark = chandler_proto::layout::complete_key();
    world.bus.write(&mark, "{}".into(), 0).await.unwrap();
    assert_eq!(told.first(3).await, event("broker", "startup", 0, [0, 0]));
    let said = told.program.said();
    assert_eq!(said.matches("Failed to query list").count(), 1, "{said}");
}

/// Whoever collects stdout may stand still: no request waits for it, and neither does the stop.
#[tokio::test]
async fn nobody_waits_for_whoever_reads_stdout() {
    let world = World::new(0).await;
    let mut told = Told::unread(&with_telemetry(&world.nats.url()));
    told.ready().await;
    told.put("i", "plan-1").await;
    let polls = || async {
        for _ in 0..100 {
            told.ask("GET", "i/last_operation", 200).await;
        }
        told.program.said().contains("stdout isn't read: telemetry is dropped")
    };
    until("lines are dropped", polls).await;
    let admin = told.program.field("admin_addr").await;
    let metrics = told.http.get(format!("http://{admin}/metrics")).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(
        metrics.contains("chandler_gateway_telemetry_lines_total{outcome=\"dropped\"} "),
        "{metrics}"
    );
    // It is read after all: whole lines, and it goes on.
    told.read();
    until("it goes on", || async {
        told.ask("GET", "i/last_operation", 200).await;
        told.program.said().contains("stdout is read again: telemetry goes on")
    })
    .await;
    let lines = told.first(300).await;
    assert_eq!(lines[..3], event("broker", "startup", 0, [0, 0]));
    assert_eq!(lines[297..300], event("instance", "create", 1, [1, 0]));
}

#[tokio::test]
async fn a_stdout_that_is_closed_or_full_keeps_nothing_from_ending() {
    let world = World::new(0).await;
    let mut closed = Told::unread(&with_telemetry(&world.nats.url()));
    drop(closed.program.child.stdout.take());
    closed.ready().await;
    closed.put("i", "plan-1").await;
    closed.ask("GET", "i/last_operation", 200).await;
    closed.says("telemetry can't be written to stdout").await;
    closed.ask("GET", "i/last_operation", 200).await;
    closed.program.signal("TERM");
    assert_eq!(closed.program.code().await, Some(0), "{}", closed.program.said());

    let mut full = Told::unread(&with_telemetry(&world.nats.url()));
    full.ready().await;
    // More than a pipe holds.
    for _ in 0..200 {
        full.ask("GET", "i/last_operation", 200).await;
    }
    full.program.signal("TERM");
    assert_eq!(full.program.code().await, Some(0), "{}", full.program.said());
}

/// Without a bus nothing is known, and nothing is told.
#[tokio::test]
async fn without_a_bus_nothing_is_counted() {
    let mut told = Told::start(&with_telemetry(NO_SERVER));
    let _ = told.program.addr().await;
    told.ask("GET", "i/last_operation", 503).await;
    told.program.signal("TERM");
    assert_eq!(told.program.code().await, Some(0), "{}", told.program.said());
    assert!(told.lines.lock().unwrap().is_empty());
}
