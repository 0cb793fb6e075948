//! The same journey by the real command line: `cf`, version 8 or newer, if it is on the PATH. Nothing here knows what it calls, only what it says.
use super::quick;
use chandler_tests::{
    cloud_foundry::{ADMIN, BROKER, CloudFoundry, DEVELOPER, NAME, ORGANIZATION, SPACE},
    settings::LARGE,
    world::{Plan, World},
};
use serde_json::json;
use std::{
    io,
    process::{Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::process::Command;

/// How long one command may take.
const LIMIT: Duration = Duration::from_secs(90);
/// The oldest version that speaks to API v3 alone.
const OLDEST: u32 = 8;

/// Somebody's prompt: a home of its own, with an address, a token and a target in it.
struct Prompt {
    home: TempDir,
    who: (&'static str, &'static str),
}

/// The major version in `cf version 8.7.11+6e1d8a0.2024-…`.
fn major(said: &str) -> Option<u32> {
    let (_, version) = said.split_once("version ")?;
    version.split('.').next()?.trim().parse().ok()
}

/// What `cf` is there, or why none will do.
async fn found() -> Result<u32, String> {
    let said = match Command::new("cf").arg("version").stdin(Stdio::null()).output().await {
        Ok(output) => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Err("cf is not installed".to_owned()),
        Err(why) => return Err(format!("cf can't be run: {why}")),
    };
    match major(&said) {
        Some(version) if version >= OLDEST => Ok(version),
        Some(_) | None => Err(format!("cf is {said:?}, and version {OLDEST} is wanted")),
    }
}

impl Prompt {
    /// Logs in and targets the space.
    async fn open(cf: &CloudFoundry, who: (&'static str, &'static str)) -> Prompt {
        let prompt = Prompt {
            home: tempfile::Builder::new().prefix("chandler-cf-").tempdir().unwrap(),
            who,
        };
        prompt.cf(&["api", &cf.controller.url(), "--skip-ssl-validation"]).await;
        prompt.cf(&["auth"]).await;
        prompt.cf(&["target", "-o", ORGANIZATION, "-s", SPACE]).await;
        prompt
    }

    /// Runs a command that has to succeed; what it said on stdout.
    async fn cf(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(
            output.status.success(),
            "cf {} of {}: {out}{err}",
            arguments.join(" "),
            self.who.0
        );
        out
    }

    /// A command that takes too long is killed.
    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("cf");
        command
            .args(arguments)
            .env("CF_HOME", self.home.path())
            .env("HOME", self.home.path())
            // `cf auth` without arguments takes these.
            .env("CF_USERNAME", self.who.0)
            .env("CF_PASSWORD", self.who.1)
            .env("CF_COLOR", "false")
            .env("LC_ALL", "en_US.UTF-8")
            .env_remove("CF_TRACE")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let ended = tokio::time::timeout(LIMIT, command.output()).await;
        ended
            .unwrap_or_else(|_| panic!("cf {}: not ended after {LIMIT:?}", arguments.join(" ")))
            .unwrap()
    }

    /// Runs a command while this prompt looks at the instance again and again; each new message is printed.
    async fn watching(&self, instance: &str, title: &str, work: impl Future<Output = String>) -> Vec<String> {
        let over = Arc::new(AtomicBool::new(false));
        let looking = async {
            let mut seen: Vec<String> = vec![];
            while !over.load(Ordering::Relaxed) {
                // Before it is there, and after it has gone, there is nothing to see.
                let output = self.run(&["service", instance]).await;
                let said = String::from_utf8_lossy(&output.stdout).into_owned();
                if let Some(message) = status_of(&said).filter(|it| seen.last() != Some(it)) {
                    println!("cf {title}: {message}");
                    seen.push(message);
                }
            }
            seen
        };
        let working = async {
            work.await;
            over.store(true, Ordering::Relaxed);
        };
        tokio::join!(looking, working).0
    }
}

/// `create in progress: Instance provisioning in progress` of what `cf service` says.
fn status_of(said: &str) -> Option<String> {
    let of = |label: &str| {
        said.lines()
            .find_map(|line| line.trim().strip_prefix(label))
            .map(str::trim)
    };
    Some(format!("{}: {}", of("status:")?, of("message:").unwrap_or_default()))
}

#[tokio::test]
async fn the_journey_by_the_command_line() {
    let version = match found().await {
        Ok(version) => version,
        Err(why) => {
            println!("skipped: {why}");
            return;
        }
    };
    println!("cf version {version}");
    let mut world = World::start(Plan {
        task_seconds: 4.0,
        secure: true,
        ..quick()
    })
    .await;
    let cf = CloudFoundry::beside(&world).await;
    let (admin, user) = (Prompt::open(&cf, ADMIN).await, Prompt::open(&cf, DEVELOPER).await);
    let onlooker = Prompt::open(&cf, DEVELOPER).await;
    let url = world.platform.url.clone();
    let broker = [NAME, BROKER.username, BROKER.password, &url];
    admin.cf(&[&["create-service-broker"], &broker[..]].concat()).await;
    assert!(
        !user.cf(&["marketplace"]).await.contains("example-kv"),
        "nobody was shown it"
    );
    admin.cf(&["enable-service-access", "example-kv"]).await;
    let offered = user.cf(&["marketplace"]).await;
    let row = offered.lines().find(|line| line.starts_with("example-kv"));
    assert!(
        row.is_some_and(|row| row.contains("small") && row.contains("large")),
        "{offered}"
    );
    let plans = user.cf(&["marketplace", "-e", "example-kv"]).await;
    assert!(plans.contains("small") && plans.contains("a large store"), "{plans}");

    let create = user.cf(&["create-service", "example-kv", "small", "store", "--wait"]);
    let seen = onlooker.watching("store", "create-service", create).await;
    let progress = "create in progress: Instance provisioning in progress";
    assert!(seen.iter().any(|it| it.starts_with(progress)), "{seen:?}");
    world.director.set_task_seconds(0.1);
    let instance = user.cf(&["service", "store", "--guid"]).await.trim().to_owned();
    assert_eq!(cf.controller.instances()[0].guid, instance);
    let shown = user.cf(&["service", "store"]).await;
    assert!(
        shown.contains("create succeeded") && shown.contains("example-kv"),
        "{shown}"
    );

    keys(&world, &user, &instance).await;
    user.cf(&["update-service", "store", "-c", r#"{"task_seconds": 0.2}"#, "--wait"])
        .await;
    assert_eq!(
        world.manifest(&instance)["properties"]["chosen"],
        json!({"task_seconds": 0.2})
    );
    user.cf(&["update-service", "store", "-p", "large", "--wait"]).await;
    assert_eq!(world.platform.fetched(&instance).await["plan_id"], LARGE);
    world
        .reload(|json| {
            for plan in json["service_catalog"]["plans"].as_array_mut().unwrap() {
                plan["maintenance_info"]["version"] = json!("2.0.0");
            }
        })
        .await;
    admin.cf(&[&["update-service-broker"], &broker[..]].concat()).await;
    user.cf(&["upgrade-service", "store", "-f", "--wait"]).await;
    let version = cf.controller.instances()[0].maintenance_info.clone().unwrap();
    assert_eq!(version["version"], "2.0.0");
    cf.agrees(&world);

    user.cf(&["delete-service-key", "store", "key", "-f", "--wait"]).await;
    user.cf(&["delete-service", "store", "-f", "--wait"]).await;
    cf.is_clean(&world);
    admin.cf(&["delete-service-broker", NAME, "-f"]).await;
    assert!(cf.controller.registered().is_empty());
}

/// A key, and what `cf` shows of it: the service's own user, looked up in CredHub.
async fn keys(world: &World, user: &Prompt, instance: &str) {
    user.cf(&["create-service-key", "store", "key", "--wait"]).await;
    let shown = user.cf(&["service-key", "store", "key"]).await;
    let users = world.users(instance);
    assert_eq!(users.len(), 1);
    let (binding, made) = users.first_key_value().unwrap();
    assert!(
        shown.contains(made["password"].as_str().unwrap()),
        "the credentials of the user"
    );
    assert!(
        world
            .credhub()
            .names()
            .contains(&World::credential_name(instance, binding))
    );
}

#[test]
fn what_cf_says_is_read() {
    for (said, version) in [
        ("cf version 8.7.11+6e1d8a0.2024-05-15", Some(8)),
        ("cf8 version 8.0.0", Some(8)),
        ("cf version 10.1.0", Some(10)),
        ("cf version 6.53.0+8e2b70a4a.2020-10-01", Some(6)),
        ("not a version", None),
        ("", None),
    ] {
        assert_eq!(major(said), version, "{said}");
    }
    let shown = "Showing info of service store in org demo / space dev as developer...\n\nname:    store\n\n\
                 Showing status of last operation:\n   status:    create in progress\n   message:   half of it: done\n";
    assert_eq!(status_of(shown).unwrap(), "create in progress: half of it: done");
    assert_eq!(status_of("Service instance 'store' not found"), None);
}
