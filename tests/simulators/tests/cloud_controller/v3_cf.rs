//! `cf` as far as it matters here: the calls that its commands make, in their order, and a look at just what it needs of each answer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::v3_bench::{Answer, Bench, Person};

/// Somebody who is logged in, and has a space as his target.
pub(crate) struct Cf<'a> {
    person: Person<'a>,
    pub(crate) organization: String,
    pub(crate) space: String,
}

/// How long a command waits for a job.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Until the broker has accepted.
    Accepted,
    /// `--wait`.
    Done,
}

/// `space_guids=…` and all of `fields[…]`, as `cf service` asks.
const FIELDS: &str = "fields[service_plan]=name,guid&fields[service_plan.service_offering]=name,guid,description,tags,documentation_url\
                      &fields[service_plan.service_offering.service_broker]=name,guid";

impl<'a> Cf<'a> {
    /// `cf api`, `cf auth`, `cf target -o demo -s dev`.
    pub(crate) async fn target(bench: &'a Bench) -> Self {
        let root = bench.nobody().get("/").await.json;
        let version = text(&root["links"]["cloud_controller_v3"]["meta"]["version"]);
        let number = |at| {
            version
                .split('.')
                .nth(at)
                .and_then(|it| it.parse::<u32>().ok())
                .expect("a number")
        };
        assert!((number(0), number(1)) >= (3, 160), "{version}");
        let login = text(&root["links"]["login"]["href"]);
        text(&root["links"]["uaa"]["href"]);
        let mut cf = Self {
            person: bench.bearer(&token(bench, &login).await),
            organization: String::new(),
            space: String::new(),
        };
        cf.organization = guid(&cf.one("/v3/organizations?names=demo&page=1&per_page=1").await);
        let organization = cf.organization.clone();
        let spaces = format!("/v3/spaces?names=dev&organization_guids={organization}&page=1&per_page=1");
        cf.space = guid(&cf.one(&spaces).await);
        let all = cf
            .list(&format!("/v3/spaces?order_by=name&organization_guids={organization}"))
            .await;
        assert_eq!(guid(&all[0]), cf.space, "`-o` alone takes the only space");
        cf
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.person.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json
    }

    /// All rows of all pages.
    pub(crate) async fn list(&self, path: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut path = path.to_owned();
        loop {
            let mut page = self.get(&path).await;
            rows.append(page["resources"].as_array_mut().expect("resources"));
            match page["pagination"]["next"]["href"].as_str() {
                Some(next) => path = next.to_owned(),
                None => return rows,
            }
        }
    }

    /// The only row of the first page.
    pub(crate) async fn one(&self, path: &str) -> Value {
        let page = self.get(path).await;
        let rows = page["resources"].as_array().expect("resources");
        assert_eq!(rows.len(), 1, "{path}: {page}");
        assert!(!text(&rows[0]["guid"]).is_empty() && !text(&rows[0]["name"]).is_empty());
        rows[0].clone()
    }

    /// A call whose answer is looked at by the command itself.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Value) -> Answer {
        self.person.ask(method, path, body).await
    }

    /// A call that is answered at once.
    pub(crate) async fn now(&self, method: &str, path: &str, body: Value, status: u16) -> Value {
        let answer = self.ask(method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        answer.json
    }

    /// A call with a job.
    pub(crate) async fn job(&self, method: &str, path: &str, body: Value, wait: Wait) {
        let location = self.person.begin(method, path, body).await;
        let job = self.person.until(&location, |job| {
            // A job without a state would be polled for ever, and one that has failed without errors panics the command.
            let state = text(&job["state"]);
            if state == "FAILED" {
                text(&job["errors"][0]["detail"]);
            }
            let accepted = wait == Wait::Accepted && state == "POLLING";
            accepted || state == "COMPLETE" || state == "FAILED"
        });
        let job = job.await;
        assert_ne!(job["state"], "FAILED", "{method} {path}: {job}");
    }

    /// The instance of a name, as most commands look for it.
    pub(crate) async fn instance(&self, name: &str) -> Value {
        let found = self
            .one(&format!(
                "/v3/service_instances?names={name}&space_guids={}&per_page=2&page=1",
                self.space
            ))
            .await;
        assert_eq!(found["type"], "managed");
        text(&found["last_operation"]["state"]);
        found
    }

    /// Where it is.
    pub(crate) async fn path_of(&self, name: &str) -> String {
        format!("/v3/service_instances/{}", guid(&self.instance(name).await))
    }

    /// Waits until what is done to it has succeeded.
    pub(crate) async fn settled(&self, name: &str) {
        let path = self.path_of(name).await;
        let done = |it: &Value| it["last_operation"]["state"] == "succeeded";
        self.person.until(&path, done).await;
    }

    /// `cf service`: its calls; the instance.
    pub(crate) async fn service(&self, name: &str) -> Value {
        let page = self
            .get(&format!(
                "/v3/service_instances?names={name}&space_guids={}&{FIELDS}",
                self.space
            ))
            .await;
        let (instance, included) = (&page["resources"][0], &page["included"]);
        let named = |kind: &str| text(&included[kind][0]["name"]);
        let names = ["service_plans", "service_offerings", "service_brokers"].map(named);
        assert!(names.iter().all(|it| !it.is_empty()), "{included}");
        assert!(instance["upgrade_available"].is_boolean(), "{instance}");
        let flag = self.get("/v3/feature_flags/service_instance_sharing").await;
        assert_eq!(flag["enabled"], false);
        self.get(&format!(
            "/v3/service_offerings/{}",
            guid(&included["service_offerings"][0])
        ))
        .await;
        let shared = "relationships/shared_spaces?fields[space]=guid,name,relationships.organization&fields[space.organization]=guid,name";
        let here = guid(instance);
        let shared = self.get(&format!("/v3/service_instances/{here}/{shared}")).await;
        assert_eq!(shared["data"], json!([]));
        if instance["upgrade_available"] == true {
            let plan = guid(&instance["relationships"]["service_plan"]["data"]);
            let plan = self.get(&format!("/v3/service_plans/{plan}")).await;
            text(&plan["maintenance_info"]["version"]);
        }
        self.list(&format!(
            "/v3/service_credential_bindings?include=app&service_instance_guids={here}&type=app"
        ))
        .await;
        instance.clone()
    }

    /// `cf marketplace`: offering, plan, broker.
    pub(crate) async fn marketplace(&self, more: &str) -> Vec<[String; 3]> {
        let query =
            "available=true&fields[service_offering.service_broker]=name,guid&include=service_offering&per_page=5000";
        let page = self
            .get(&format!("/v3/service_plans?{query}&space_guids={}{more}", self.space))
            .await;
        let by_guid = |kind: &str, wanted: &Value| {
            let all = page["included"][kind].as_array().expect("what is included");
            let found = all.iter().find(|it| it["guid"] == wanted["data"]["guid"]);
            found.expect("what the row points to").clone()
        };
        let rows = page["resources"].as_array().expect("resources").iter().map(|plan| {
            let offering = by_guid("service_offerings", &plan["relationships"]["service_offering"]);
            let broker = by_guid("service_brokers", &offering["relationships"]["service_broker"]);
            [text(&offering["name"]), text(&plan["name"]), text(&broker["name"])]
        });
        rows.collect()
    }
}

async fn token(bench: &Bench, login: &str) -> String {
    let request = bench
        .http
        .post(format!("{login}/oauth/token"))
        .basic_auth("cf", Some(""))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=password&username=jo&password=pw");
    let answer = request.send().await.expect("an answer").text().await.expect("a body");
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!(answer["token_type"], "bearer");
    assert!(!text(&answer["refresh_token"]).is_empty());
    let token = text(&answer["access_token"]);
    let claims = URL_SAFE_NO_PAD
        .decode(token.split('.').nth(1).expect("claims"))
        .expect("base64");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    assert!(claims["exp"].is_i64());
    for claim in ["user_id", "origin", "user_name"] {
        text(&claims[claim]);
    }
    token
}

/// A text, which has to be one.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

pub(crate) fn guid(row: &Value) -> String {
    text(&row["guid"])
}
