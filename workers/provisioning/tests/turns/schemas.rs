//! The schemas of plans: what comes to the bus of what the adapter says, and when.
use crate::{
    records::{LARGE, SMALL},
    site::Site,
};
use chandler_common::{beside::Ground, checks::Told, program::Settings as _};
use chandler_process::{Health, Registry};
use chandler_proto::{config, layout::schemas_key};
use chandler_provisioning::settings::Settings;
use chandler_schemas::Published;
use chandler_testing::process::{Program, Until};
use serde_json::{Value, json};
use std::{fs, time::Duration};
use tokio::task::JoinHandle;

const COMMAND: &str = "generate-plan-schemas";
const NOT_IMPLEMENTED: &str =
    "enable_plan_schemas is set to true, but the service adapter does not implement generate-plan-schemas";

/// What an adapter says: each operation takes a member of this name.
fn document(member: &str) -> Value {
    let schema = json!({"$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "properties": {member: {"type": "string"}}});
    let parameters = json!({ "parameters": schema });
    json!({"service_instance": {"create": parameters, "update": parameters}, "service_binding": {"create": parameters}})
}

struct Story {
    site: Site,
    yml: Value,
    health: Health,
    registry: Registry,
    told: Told,
    limit: Until,
}

/// A publisher; it ends with this.
struct Publishing(JoinHandle<()>);

impl Drop for Publishing {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Story {
    async fn begin() -> Self {
        let mut yml = Value::Null;
        let site = Site::start(|file| {
            file["broker"]["enable_plan_schemas"] = true.into();
            file["chandler"]["workers"]["adapter_seconds"] = 1.into();
            yml = file.clone();
        })
        .await;
        let health = Health::new();
        let registry = Registry::new("test", &**site.ground.clock());
        Story {
            told: Told::new(health.clone(), &registry),
            site,
            yml,
            health,
            registry,
            limit: Until::seconds(60),
        }
    }

    /// The adapter says this of each plan, and where it begins and ends.
    fn says(&self, document: &Value) {
        self.put("schemas", &document.to_string());
        self.does("echo begin >> order; cat schemas; echo end >> order");
    }
    fn does(&self, script: &str) {
        // From one moment to the next: it may be running.
        self.put(COMMAND, script);
    }
    fn put(&self, file: &str, text: &str) {
        let dir = self.site.dir.path();
        fs::write(dir.join("draft"), text).unwrap();
        fs::rename(dir.join("draft"), dir.join(file)).unwrap();
    }
    fn runs(&self) -> usize {
        self.site
            .runs()
            .iter()
            .filter(|(command, _)| command == COMMAND)
            .count()
    }

    /// A worker with the configuration of the story, or a changed one.
    fn publishing(&self, change: impl FnOnce(&mut Value)) -> Publishing {
        let mut yml = self.yml.clone();
        change(&mut yml);
        let config = config::parse(&yml.to_string()).unwrap().config;
        let settings = Settings::of(&config).unwrap_or_else(|wrong| panic!("{wrong}"));
        let ground = Ground {
            bus: self.site.ground.store.bus().clone(),
            clock: self.site.ground.clock().clone(),
            told: self.told.clone(),
        };
        Publishing(tokio::spawn(settings.beside(&ground).unwrap()))
    }

    async fn lies(&self, plan: &str) -> Option<(Published, u64)> {
        let read = self.site.ground.store.bus().read(&schemas_key(plan)).await.unwrap();
        read.entry
            .map(|it| (serde_json::from_slice(&it.value).unwrap(), it.revision))
    }
    /// Waits, without time passing for the worker.
    async fn until(&self, what: &str, plan: &str, holds: impl Fn(&Published) -> bool) -> (Published, u64) {
        loop {
            match self.lies(plan).await {
                Some((published, revision)) if holds(&published) => return (published, revision),
                other => self.limit.pause(&format!("{what}: {other:?}")).await,
            }
        }
    }
    /// Waits while time passes for the worker.
    async fn in_time(&self, what: &str, plan: &str, holds: impl Fn(&Published) -> bool) -> (Published, u64) {
        loop {
            match self.lies(plan).await {
                Some((published, revision)) if holds(&published) => return (published, revision),
                other => {
                    self.site.ground.clock.advance(Duration::from_secs(1));
                    self.limit.pause(&format!("{what}: {other:?}")).await;
                }
            }
        }
    }
    async fn writes(&self, published: &Published) -> u64 {
        let bus = self.site.ground.store.bus();
        let key = schemas_key(&published.plan_id);
        let over = bus.read(&key).await.unwrap().revision;
        bus.write(&key, serde_json::to_vec(published).unwrap().into(), over)
            .await
            .unwrap()
    }

    /// What the check says: whether it passes, and its text.
    fn check(&self) -> Option<(bool, Option<String>)> {
        let mut checks = self.health.report().checks.into_iter();
        let check = checks.find(|it| it.name == "plan schemas")?;
        Some((check.status == "ok", check.reason))
    }
    async fn told(&self, what: &str, holds: impl Fn(bool, &str) -> bool) {
        loop {
            match self.check() {
                Some((passes, text)) if holds(passes, text.as_deref().unwrap_or_default()) => return,
                other => self.limit.pause(&format!("{what}: {other:?}")).await,
            }
        }
    }
    fn gauge(&self, value: u8) -> bool {
        let line = format!("check_passes{{check=\"plan schemas\"}} {value}\n");
        self.registry.encode().contains(&line)
    }
}

fn good(it: &Published) -> bool {
    it.schemas.is_some() && it.wrong.is_empty()
}

#[tokio::test]
async fn each_plan_has_its_schemas_published_after_one_run_each() {
    let story = Story::begin().await;
    let mut said = document("size");
    said["more"] = json!("that nobody knows");
    story.says(&said);
    let _publishing = story.publishing(|_| ());
    let (small, at) = story.until("small", SMALL, good).await;
    let (large, _) = story.until("large", LARGE, good).await;
    assert_eq!(small.schemas, Some(document("size")));
    assert_eq!((small.plan_id.as_str(), large.plan_id.as_str()), (SMALL, LARGE));
    assert_ne!(small.plan_digest, large.plan_digest);
    let config = config::parse(&story.yml.to_string()).unwrap().config;
    let plan = &config.catalog.offerings[0].plans[0];
    assert_eq!(small.plan_digest, plan.adapter_digest());
    assert_eq!(small.service_id, config.catalog.offerings[0].id);
    let (_, input) = story.site.runs().swap_remove(0);
    assert_eq!(input["plan"], json!(plan.adapter_json().to_string()));
    story.told("all is well", |passes, _| passes).await;
    assert!(story.gauge(1));
    let order = fs::read_to_string(story.site.dir.path().join("order")).unwrap();
    assert_eq!(order, "begin\nend\nbegin\nend\n", "never two at once");

    // Minutes later nothing has been asked or written again.
    let other = Published { at: 7, ..small };
    let theirs = story
        .writes(&Published {
            plan_digest: "x".into(),
            ..other
        })
        .await;
    for _ in 0..180 {
        story.site.ground.clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
    // Something is published again, after the looks of all these minutes.
    let bus = story.site.ground.store.bus();
    let key = schemas_key(LARGE);
    bus.purge(&key, story.lies(LARGE).await.unwrap().1).await.unwrap();
    story.in_time("what the bus has lost comes back", LARGE, good).await;
    let (last, revision) = story.lies(SMALL).await.unwrap();
    assert!(
        revision == theirs && revision > at,
        "what another one has written stays"
    );
    assert_eq!((last.plan_digest.as_str(), story.runs()), ("x", 2));
}

#[tokio::test]
async fn what_is_wrong_is_told_until_it_is_right() {
    let story = Story::begin().await;
    story.does("exit 10");
    let publishing = story.publishing(|_| ());
    let (said, first) = story.until("no command", SMALL, |it| !good(it)).await;
    assert_eq!(said.wrong, [NOT_IMPLEMENTED]);
    story
        .told("no command", |passes, text| {
            !passes && text.starts_with(&format!("{NOT_IMPLEMENTED} (of "))
        })
        .await;
    assert!(story.gauge(0));

    story.does("echo 'call s3cr3t support'; exit 3");
    let (said, second) = story
        .in_time("its own words", SMALL, |it| it.wrong == ["call s3cr3t support"])
        .await;
    assert_eq!(said.wrong, ["call s3cr3t support"]);
    assert!(second > first);
    story
        .told("not its words", |_, text| {
            text.contains("exited with 3") && !text.contains("s3cr3t")
        })
        .await;

    let mut broken = document("size");
    broken["service_binding"]["create"]["parameters"]["$schema"] = json!("http://json-schema.org/draft-03/schema#");
    story.says(&broken);
    let (said, _) = story
        .in_time("a schema", SMALL, |it| it.wrong[0].starts_with("Invalid JSON"))
        .await;
    let wanted = "Invalid JSON Schema for plan small: Error validating plan schemas for binding create - failed validating schema - ";
    assert!(said.wrong[0].starts_with(wanted), "{said:?}");

    story.says(&document("size"));
    story.in_time("it is right", SMALL, good).await;
    story.in_time("it is right", LARGE, good).await;
    story.told("it is right", |passes, _| passes).await;
    drop(publishing);

    // Nothing that can be used is lost to something that can't.
    let (_, before) = story.lies(SMALL).await.unwrap();
    story.does("exit 10");
    let _publishing = story.publishing(|_| ());
    story.told("it is wrong again", |passes, _| !passes).await;
    story.told("of both plans", |_, _| story.runs() > 6).await;
    assert_eq!(story.lies(SMALL).await.unwrap().1, before);
}

#[tokio::test]
async fn an_adapter_that_hangs_is_killed_and_told() {
    let story = Story::begin().await;
    story.does("touch hangs; while :; do sleep 0.05; done");
    let _publishing = story.publishing(|_| ());
    let (said, _) = story.until("it hangs", SMALL, |it| !good(it)).await;
    assert!(
        said.wrong[0].contains("generate-plan-schemas did not end within 1.0 s"),
        "{said:?}"
    );
    story.says(&document("size"));
    story.in_time("it doesn't any more", SMALL, good).await;
}

#[tokio::test]
async fn of_two_releases_the_last_to_start_has_the_word_and_they_do_not_fight() {
    let story = Story::begin().await;
    story.says(&document("size"));
    let older = story.publishing(|_| ());
    let (_, first) = story.until("the older one", SMALL, good).await;
    story.until("the older one", LARGE, good).await;
    // A second copy has nothing to add.
    let copy = story.publishing(|_| ());
    while story.runs() < 4 {
        story.limit.pause("the copy has asked").await;
    }
    story.site.ground.clock.advance(Duration::from_secs(61));
    let (small, revision) = story.lies(SMALL).await.unwrap();
    assert_eq!(revision, first);
    let changed = |yml: &mut Value| yml["service_catalog"]["plans"][0]["properties"] = json!({"size": "new"});
    let newer = story.publishing(changed);
    let is_other = |it: &Published| it.plan_digest != small.plan_digest;
    let (_, second) = story.until("the newer one", SMALL, is_other).await;
    // The others look many times, and lost keys of both kinds come back: nobody takes the word from it.
    for _ in 0..3 {
        let bus = story.site.ground.store.bus();
        bus.purge(&schemas_key(LARGE), story.lies(LARGE).await.unwrap().1)
            .await
            .unwrap();
        story.in_time("somebody looks", LARGE, good).await;
        story.site.ground.clock.advance(Duration::from_secs(61));
    }
    assert_eq!(story.lies(SMALL).await.unwrap().1, second);
    drop((older, copy, newer));
    // Started again, the older one is the last.
    let _older = story.publishing(|_| ());
    story
        .until("the older one again", SMALL, |it| it.plan_digest == small.plan_digest)
        .await;
}

#[tokio::test]
async fn a_reload_publishes_anew_and_switches_on_and_off() {
    let story = Story::begin().await;
    story.says(&document("size"));
    let off = |yml: &mut Value| yml["broker"]["enable_plan_schemas"] = false.into();
    let mut yml = story.yml.clone();
    off(&mut yml);
    let worker = Program::start(env!("CARGO_BIN_EXE_chandler-provisioning"), &yml);
    let shows = |what: &str| worker.readyz().is_some_and(|answer| answer.contains(what));
    while !shows(r#"{"name":"bus","status":"ok"}"#) {
        story.limit.pause("it is ready").await;
    }
    assert!(!shows("plan schemas") && story.lies(SMALL).await.is_none());

    worker.reload(&story.yml, &story.limit).await;
    let (first, _) = story.until("switched on", SMALL, good).await;
    while !shows(r#"{"name":"plan schemas","status":"ok"}"#) {
        story.limit.pause("the check passes").await;
    }
    let mut other = story.yml.clone();
    other["service_catalog"]["plans"][0]["properties"] = json!({"size": "new"});
    worker.reload(&other, &story.limit).await;
    let (second, at) = story
        .until("of the new file", SMALL, |it| it.plan_digest != first.plan_digest)
        .await;
    assert_eq!(second.schemas, first.schemas);

    worker.reload(&yml, &story.limit).await;
    while shows("plan schemas") {
        story.limit.pause("it is told no more").await;
    }
    assert_eq!(story.lies(SMALL).await.unwrap().1, at, "what lies there stays");
    let log = worker.stop(&story.limit).await;
    assert!(
        log.contains("service adapter ran generate-plan-schema") || log.contains("service adapter succeeded"),
        "{log}"
    );
}
