//! A UAA, a Cloud Controller and a broker.

use std::time::Duration;

use chandler_clients::cloud_controller::{
    BrokerCredentials, BrokerFilter, CloudController, CloudControllerSettings, JobError, JobRef, NewBroker, Plan,
    PlanFilter, Visibility,
};
use chandler_clients::http::Trust;
use chandler_clients::uaa::{Grant, Tokens, Uaa, UaaSettings};
use chandler_simulators::{cloud_controller as ccs, uaa as uaas};
use reqwest::Certificate;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::broker::Broker;
use crate::cloud_controller::LIMIT;
use crate::server::context;

/// Name and password of a user who is an admin.
pub(super) const USER: (&str, &str) = ("me&=%+ ä", "p&grant_type=x%+ ä");

/// The servers, of which the simulators run in this process.
pub(super) struct Bench {
    pub(super) uaa: uaas::Uaa,
    pub(super) cc: ccs::CloudController,
    pub(super) broker: Broker,
    http: reqwest::Client,
}

/// A broker that is registered, its plans for everybody, and the admin who did it.
pub(super) struct Registered {
    pub(super) bench: Bench,
    pub(super) admin: CloudController,
    pub(super) guid: String,
}

impl Bench {
    /// With the organization `demo` and its space `dev`.
    pub(super) async fn start() -> Self {
        Self::with(vec![("demo".into(), vec!["dev".into()])]).await
    }

    /// Each client's secret is its name and `-secret`. Polls of the broker come at once.
    pub(super) async fn with(organizations: Vec<(String, Vec<String>)>) -> Self {
        let client = |id: &str, scopes: &[&str]| uaas::Client::new(id, &format!("{id}-secret"), scopes);
        let uaa = uaas::Uaa::start(uaas::Options {
            clients: vec![
                client("admin", &["cloud_controller.admin"]),
                client("developer", &["cloud_controller.read", "cloud_controller.write"]),
                client("watcher", &["cloud_controller.read"]),
                client("stranger", &["credhub.read"]),
            ],
            users: vec![uaas::User::new(USER.0, USER.1, &["cloud_controller.admin"])],
            ..Default::default()
        });
        let uaa = uaa.await.unwrap();
        let cc = ccs::CloudController::start(ccs::Options {
            polling_seconds: 0.02,
            organizations,
            ..ccs::Options::new(uaa.verifier())
        });
        let cc = cc.await.unwrap();
        let authorities = [uaa.ca_pem(), cc.ca_pem()].map(|pem| Certificate::from_pem(pem.as_bytes()).unwrap());
        // Reqwest takes what the process has as its cryptography; our own clients bring theirs.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().tls_certs_only(authorities).timeout(LIMIT);
        Self {
            uaa,
            cc,
            broker: Broker::start().await,
            http: http.build().unwrap(),
        }
    }

    pub(super) fn by(&self, grant: Grant) -> CloudController {
        let uaa = Uaa::new(UaaSettings {
            url: self.uaa.url(),
            trust: Trust::Only(self.uaa.ca_pem().to_owned()),
            timeout: LIMIT,
            user_agent: "chandler-test".into(),
        });
        let settings = CloudControllerSettings {
            url: self.cc.url(),
            trust: Trust::Only(self.cc.ca_pem().to_owned()),
            timeout: LIMIT,
            user_agent: "chandler-test".into(),
        };
        CloudController::new(settings, Tokens::new(uaa.unwrap(), grant).unwrap()).unwrap()
    }

    pub(super) fn client(&self, id: &str) -> CloudController {
        self.by(Grant::ClientCredentials {
            client_id: id.into(),
            client_secret: format!("{id}-secret").into(),
        })
    }

    pub(super) fn user(&self, password: &str) -> CloudController {
        self.by(Grant::Password {
            username: USER.0.into(),
            password: password.into(),
        })
    }

    /// The broker under this name.
    pub(super) fn new_broker(&self, name: &str) -> NewBroker {
        NewBroker {
            name: name.into(),
            url: self.broker.url.clone(),
            credentials: BrokerCredentials {
                username: "odb".into(),
                password: "broker-password".into(),
            },
            space_guid: None,
        }
    }

    /// The guid of a broker that is registered under this name just now; its job went well.
    pub(super) async fn register(&self, admin: &CloudController, broker: &NewBroker) -> String {
        let job = admin.create_broker(broker, &context(), LIMIT).await.unwrap();
        self.ended(admin, &job).await.unwrap();
        let filter = BrokerFilter {
            names: Some(vec![broker.name.clone()]),
            ..Default::default()
        };
        let found = admin.brokers(&filter, &context()).await.unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].guid.clone()
    }

    /// Registered as `odb`, with all that it offers for everybody.
    pub(super) async fn registered(self) -> Registered {
        let admin = self.client("admin");
        let guid = self.register(&admin, &self.new_broker("odb")).await;
        for plan in admin.plans(&PlanFilter::default(), &context()).await.unwrap() {
            let public = Visibility::Public;
            admin
                .set_visibility(&plan.guid, &public, &context(), LIMIT)
                .await
                .unwrap();
        }
        Registered {
            bench: self,
            admin,
            guid,
        }
    }

    /// Waits until Cloud Controller has nothing to do.
    pub(super) async fn idle(&self) {
        let idle = async {
            while !self.cc.is_idle() {
                sleep(Duration::from_millis(2)).await;
            }
        };
        timeout(LIMIT, idle).await.unwrap();
    }

    /// What became of a job; the client doesn't have to look twice.
    pub(super) async fn ended(&self, cc: &CloudController, job: &JobRef) -> Result<Vec<String>, JobError> {
        self.idle().await;
        cc.wait(job, &context(), LIMIT, |_| {}).await
    }

    /// What our client never does, done by an admin: an instance, a key, an app is made. The guid of it.
    async fn make(&self, path: &str, body: &Value) -> String {
        let request = self.http.post(format!("{}/oauth/token", self.uaa.url()));
        let request = request
            .basic_auth("admin", Some("admin-secret"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        let token: Value = request.send().await.unwrap().json().await.unwrap();
        let bearer = token["access_token"].as_str().unwrap();
        let request = self.http.post(format!("{}{path}", self.cc.url()));
        let answer = request.bearer_auth(bearer).json(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path} {body}: {answer:?}");
        let made = answer.text().await.unwrap();
        if let Ok(made) = serde_json::from_str::<Value>(&made) {
            return made["guid"].as_str().unwrap().to_owned();
        }
        let (instances, bindings) = (self.cc.instances(), self.cc.bindings());
        let instances = instances.iter().map(|it| (it.stamp.serial, &it.guid));
        let bindings = bindings.iter().map(|it| (it.stamp.serial, &it.guid));
        instances.chain(bindings).max().unwrap().1.clone()
    }
}

fn to(guid: &str) -> Value {
    json!({"data": {"guid": guid}})
}

impl Registered {
    pub(super) async fn start() -> Self {
        Bench::start().await.registered().await
    }

    /// The plan of this name.
    pub(super) async fn plan(&self, name: &str) -> Plan {
        let filter = PlanFilter {
            names: Some(vec![name.into()]),
            broker_guids: Some(vec![self.guid.clone()]),
            ..Default::default()
        };
        let mut found = self.admin.plans(&filter, &context()).await.unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    /// The space in which everything is.
    pub(super) fn space(&self) -> String {
        self.bench.cc.space("demo", "dev").unwrap()
    }

    /// A new instance in `demo/dev`.
    pub(super) async fn instance(&self, name: &str, plan: &str) -> String {
        let plan = self.plan(plan).await.guid;
        let related = json!({"space": to(&self.space()), "service_plan": to(&plan)});
        let body = json!({"type": "managed", "name": name, "relationships": related});
        let guid = self.bench.make("/v3/service_instances", &body).await;
        self.bench.idle().await;
        guid
    }

    /// A new key.
    pub(super) async fn key(&self, name: &str, instance: &str) -> String {
        let related = json!({"service_instance": to(instance)});
        let body = json!({"type": "key", "name": name, "relationships": related});
        let guid = self.bench.make("/v3/service_credential_bindings", &body).await;
        self.bench.idle().await;
        guid
    }

    /// The guids of a new app and of its binding, which has no name.
    pub(super) async fn bound_app(&self, name: &str, instance: &str) -> (String, String) {
        let body = json!({"name": name, "relationships": {"space": to(&self.space())}});
        let app = self.bench.make("/v3/apps", &body).await;
        let related = json!({"service_instance": to(instance), "app": to(&app)});
        let body = json!({"type": "app", "relationships": related});
        let binding = self.bench.make("/v3/service_credential_bindings", &body).await;
        self.bench.idle().await;
        (app, binding)
    }
}
