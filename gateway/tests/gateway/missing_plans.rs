//! Plans that left the configuration while instances have them.
use crate::{
    binder::{POLLS, WAITS, path, provisioned, wish},
    config::config_of,
    process::Program,
    world::{PLAN, SERVICE, Served, body, config_text, send, until},
};
use chandler_gateway::Ended;
use chandler_process::{Clock, ManualClock, SystemClock};
use chandler_proto::{failure::Failure, job::Event};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::sync::Arc;

fn text(name: &str, id: &str) -> String {
    format!(
        "plan {name} ({id}) was expected but is now missing. You cannot remove or change the plan_id of a plan which has \
         existing service instances"
    )
}
const WHAT_TO_DO: &str = "Put it back into the service offering service-1, wait if all its instances are being deleted, \
                          or set chandler.allow_missing_plans: true";
/// What is told besides where the whole offering is gone.
const STAYS: &str = "Leave an offering in the file as long as it has bindings: unbind needs its adapter";

/// The plan of the instances has another id.
fn without_plan(url: &str) -> String {
    config_text(url).replace("plan_id: plan-1", "plan_id: plan-3")
}
/// The offering stands in `chandler.offerings`, beside another one at the top or instead of it.
fn moved(text: &str, is_beside: bool) -> String {
    let (broker, rest) = text.split_once("service_adapter:").unwrap();
    let (offering, chandler) = rest.split_once("chandler:\n").unwrap();
    let offering = format!("service_adapter:{offering}");
    let element = offering.trim_end().replace('\n', "\n    ");
    let mut other = offering.clone();
    for what in ["  id: ", "service_name: ", "plan_id: ", " name: "] {
        other = other.replace(what, &format!("{what}other-"));
    }
    let top = if is_beside { other.as_str() } else { "" };
    format!("{broker}{top}chandler:\n  offerings:\n  - {element}\n{chandler}")
}
/// The offering as a whole is another one.
fn without_offering(url: &str) -> String {
    without_plan(url)
        .replace("id: service-1", "id: service-9")
        .replace("plan_id: plan-2", "plan_id: plan-4")
}
fn allowed(text: &str) -> String {
    text.replacen("chandler:\n", "chandler:\n  allow_missing_plans: true\n", 1)
}
/// An instance of the other plan.
fn large() -> Value {
    let mut large = body(json!({}));
    large["plan_id"] = "plan-2".into();
    large
}
fn failed() -> Event {
    Event::Failed(Failure::new("no", "no"))
}
/// What `/readyz` says of a check.
fn reason(gateway: &Served, check: &str) -> Option<String> {
    let checks = gateway.health.report().checks;
    checks.into_iter().find(|it| it.name == check)?.reason
}

#[tokio::test]
async fn without_the_plan_of_an_instance_it_ends_with_64_and_with_the_switch_it_serves() {
    let world = provisioned(1).await;
    // What was never provisioned may be there, what is gone isn't.
    send(world.put(0, "failed", &large())).await.is(202);
    world.turn("failed", failed()).await;
    let url = world.nats.url();
    let mut program = Program::start(&without_offering(&url), &["--port", "0"]);
    assert_eq!(program.code().await, Some(64), "{}", program.said());
    for (name, id) in [("small", PLAN), ("large", "plan-2")] {
        let line = format!("service_catalog: {}. {WHAT_TO_DO}. {STAYS}", text(name, id));
        until(&line, || async { program.said().lines().any(|said| said == line) }).await;
    }

    let mut program = Program::start(&allowed(&without_offering(&url)), &["--port", "0"]);
    for (name, id) in [("small", PLAN), ("large", "plan-2")] {
        until("it warns", || async { program.said().contains(&text(name, id)) }).await;
    }
    program.signal("TERM");
    assert_eq!(program.code().await, Some(0), "{}", program.said());
    assert!(!program.said().contains("ERROR"), "{}", program.said());
    assert_eq!(
        program.said().matches(&text("small", PLAN)).count(),
        1,
        "{}",
        program.said()
    );

    send(world.delete(0, "failed")).await.is(202);
    world.finish("failed").await;
    let mut program = Program::start(&without_offering(&url), &["--port", "0"]);
    assert_eq!(program.code().await, Some(64), "{}", program.said());
    until("one is left", || async { program.said().contains("(plan-1)") }).await;
    assert!(!program.said().contains("(plan-2)"), "{}", program.said());
}

/// It answers what it can until it knows. A file that comes meanwhile is no better than one at the start.
#[tokio::test]
async fn a_bus_that_comes_late_is_looked_at_when_it_comes() {
    let mut world = provisioned(1).await;
    let url = world.nats.url();
    world.nats.kill();
    let mut program = Program::start(&config_text(&url), &["--port", "0"]);
    let addr = program.addr().await;
    let http = Client::builder().no_proxy().build().unwrap();
    let catalog = async || {
        let get = http.get(format!("http://{addr}/v2/catalog"));
        let get = get
            .basic_auth("broker", Some("p:ss"))
            .header("X-Broker-API-Version", "2.17");
        get.send().await.unwrap().text().await.unwrap()
    };
    assert!(catalog().await.contains("plan-1"));
    std::fs::write(&program.config, without_plan(&url)).unwrap();
    program.signal("HUP");
    until("it is taken", || async { catalog().await.contains("plan-3") }).await;
    assert!(
        program.said().contains("not all instances are known"),
        "{}",
        program.said()
    );
    world.nats.again();
    assert_eq!(program.code().await, Some(64), "{}", program.said());
    until("it says why", || async {
        program.said().contains(&text("small", PLAN))
    })
    .await;
}

#[tokio::test]
async fn a_file_that_lacks_the_plan_of_an_instance_is_refused_as_any_other() {
    let mut world = provisioned(1).await;
    let url = world.nats.url();
    let gateway = &world.gateways[0];
    let plans = async || {
        let catalog = send(world.ask(0, Method::GET, "/v2/catalog")).await;
        catalog.is(200).body["services"][0]["plans"][0]["id"].clone()
    };
    let broken = without_plan(&url).replace("seal:", "unsealed:");
    let refused = gateway.reloader.reload(&broken).unwrap_err().to_string();
    for wanted in [
        "chandler.seal",
        "service_catalog.plans",
        &text("small", PLAN),
        WHAT_TO_DO,
    ] {
        assert!(refused.contains(wanted), "{refused}");
    }
    assert!(!refused.contains("plan-2"), "nothing has it: {refused}");
    assert!(!refused.contains(STAYS), "it is there: {refused}");
    assert!(reason(gateway, "configuration").unwrap().contains(&text("small", PLAN)));
    assert_eq!(plans().await, PLAN);

    gateway.reloader.reload(&allowed(&without_plan(&url))).unwrap();
    assert_eq!(plans().await, "plan-3");
    assert_eq!(
        (reason(gateway, "configuration"), reason(gateway, "plans")),
        (None, None)
    );
    // Nobody forgets it by taking the switch away.
    gateway.reloader.reload(&without_plan(&url)).unwrap_err();
    gateway.reloader.reload(&config_text(&url)).unwrap();
    assert_eq!(plans().await, PLAN);

    // What is known counts also when the bus is away.
    world.nats.kill();
    let gateway = &world.gateways[0];
    until("it is noticed", || async { !gateway.health.is_ready() }).await;
    gateway.reloader.reload(&without_plan(&url)).unwrap_err();
    gateway.shutdown.cancel();
    let Served { task, .. } = world.gateways.pop().unwrap();
    assert_eq!(task.await.unwrap(), Ended::Stopped);
}

/// What is told of the plan names the place where it has to be put back.
#[tokio::test]
async fn it_is_told_where_the_offering_stands() {
    let world = provisioned(1).await;
    let url = world.nats.url();
    let gateway = &world.gateways[0];
    for is_beside in [true, false] {
        gateway.reloader.reload(&moved(&config_text(&url), is_beside)).unwrap();
        let refused = |text: &str| gateway.reloader.reload(&moved(text, is_beside)).unwrap_err().errors.0;
        let found = refused(&without_plan(&url));
        let paths: Vec<_> = found.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(paths, ["chandler.offerings[0].service_catalog.plans"], "{is_beside}");
        let found = refused(&without_offering(&url));
        let [gone] = &found[..] else { panic!("{found:?}") };
        let path = if is_beside {
            "service_catalog"
        } else {
            "chandler.offerings"
        };
        assert_eq!(gone.path, path);
        let message = format!("{}. {WHAT_TO_DO}. {STAYS}", text("small", PLAN));
        assert!(gone.message.starts_with(&message), "{gone:?}");
    }

    // So is it at the start.
    let mut program = Program::start(&moved(&without_plan(&url), false), &["--port", "0"]);
    assert_eq!(program.code().await, Some(64), "{}", program.said());
    let line = format!(
        "chandler.offerings[0].service_catalog.plans: {}. {WHAT_TO_DO}",
        text("small", PLAN)
    );
    until(&line, || async { program.said().lines().any(|said| said == line) }).await;
}

#[tokio::test]
async fn an_instance_that_another_gateway_lets_in_is_told_of_and_ends_nothing() {
    let mut world = provisioned(1).await;
    let clock = ManualClock::new(SystemClock::new().now_ms());
    let lacks = config_text(&world.nats.url()).replace("plan_id: plan-2", "plan_id: plan-4");
    world.start(Arc::new(clock.clone()), &config_of(&lacks)).await;
    send(world.put(0, "late", &large())).await.is(202);
    let gateway = &world.gateways[1];
    let told = async |there: bool| {
        until("a minute's look", || async {
            clock.advance(std::time::Duration::from_secs(1));
            reason(gateway, "plans").is_some() == there
        })
        .await;
    };
    told(true).await;
    let notice = reason(gateway, "plans").unwrap();
    assert_eq!(notice, format!("{}. {WHAT_TO_DO}", text("large", "plan-2")));
    assert!(gateway.health.is_ready());
    send(world.get(1, "i")).await.is(200);
    send(world.delete(0, "late")).await.is(202);
    world.finish("late").await;
    told(false).await;
}

#[tokio::test]
async fn what_is_there_is_served_from_its_copy_when_plan_and_offering_have_left() {
    let mut world = provisioned(1).await;
    send(world.bind(0, "old", POLLS, &wish(&json!({})))).await.is(202);
    world.create("old", &json!({ "credentials": { "u": "1" } })).await;
    let before = send(world.get(0, "i")).await;
    let update = json!({ "service_id": SERVICE, "plan_id": PLAN, "parameters": { "a": 1 } });
    let operation = send(world.patch(0, "i", &update)).await.operation();
    let url = world.nats.url();
    world.gateway_of(&config_of(&allowed(&without_offering(&url)))).await;
    world.gateway_of(&config_of(&allowed(&without_plan(&url)))).await;

    let poll = async |operation: &str| {
        let ids = [("service_id", SERVICE), ("plan_id", PLAN)];
        world.ended_by(|| world.poll(1, "i", operation).query(&ids)).await
    };
    let running = send(world.poll(1, "i", &operation).query(&[("plan_id", PLAN)])).await;
    assert_eq!(running.state(), "in progress");
    world.finish("i").await;
    assert_eq!(poll(&operation).await.state(), "succeeded");
    assert_eq!(send(world.get(1, "i")).await.body, before.body);

    assert_eq!(
        send(world.fetch(1, "old")).await.is(200).body["credentials"],
        json!({ "u": "1" })
    );
    // A new one is made where the offering is there still, if without the plan.
    let rotation = json!({ "predecessor_binding_id": "old" });
    for body in [&wish(&json!({ "b": 2 })), &rotation] {
        let got = send(world.bind(1, "new", POLLS, body)).await;
        let text = "service kv is no longer offered, so nothing more can be bound";
        assert_eq!(got.is(422).body["description"], text);
    }
    let asked = send(world.bind(2, "new", POLLS, &wish(&json!({ "b": 2 }))))
        .await
        .operation();
    world.create("new", &json!({ "credentials": { "u": "2" } })).await;
    let ended = world.ended_by(|| world.poll_binding(1, "new", &asked)).await;
    assert_eq!(ended.state(), "succeeded");
    assert_eq!(
        send(world.bind(1, "new", WAITS, &wish(&json!({ "b": 2 }))))
            .await
            .is(200)
            .body["credentials"],
        json!({ "u": "2" })
    );
    let rotation = json!({ "predecessor_binding_id": "new" });
    send(world.bind(2, "third", POLLS, &rotation)).await.is(202);
    for binding in ["old", "third"] {
        let asked = send(world.unbind(1, binding, POLLS)).await.operation();
        world.finish_at(&crate::binder::key(binding)).await;
        let ended = world.ended_by(|| world.poll_binding(1, binding, &asked)).await;
        ended.is(410);
        send(world.ask(1, Method::GET, &path(binding))).await.is(404);
    }

    // What needs the plan is refused, and says why.
    let patch = |body: &Value| send(world.patch(1, "i", body));
    for body in [&update, &json!({ "service_id": SERVICE, "plan_id": "plan-3" })] {
        let got = patch(body).await;
        assert_eq!(got.is(400).body["description"], "service-id not in the catalog");
    }
    let got = patch(&json!({ "service_id": SERVICE, "parameters": { "a": 2 } })).await;
    assert_eq!(got.is(422).body["description"], "plan plan-1 does not exist");
    send(world.put(1, "other", &body(json!({})))).await.is(400);
    let mgmt = |operation: &str| {
        let path = format!("/mgmt/service_instances/i?operation_type={operation}");
        send(world.ask(1, Method::PATCH, &path).json(&json!({ "plan_id": PLAN })))
    };
    assert_eq!(
        mgmt("upgrade").await.is(422).body["description"],
        "plan plan-1 not found"
    );
    let recreate = mgmt("recreate").await.operation();
    world.finish("i").await;
    assert_eq!(poll(&recreate).await.state(), "succeeded");

    let deletion = send(world.delete(1, "i")).await.operation();
    world.finish("i").await;
    poll(&deletion).await.is(410);
    send(world.get(1, "i")).await.is(404);
}
