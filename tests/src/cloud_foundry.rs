//! A simulated Cloud Controller beside a world, and who works with it: an administrator and a developer, each by API v3 as `cf` does.
//!
//! | file | what |
//! |---|---|
//! | `user` | somebody with a token: calls, and jobs to their end |
//! | `services` | what a developer does: instances, keys, bindings |
//! | `brokers` | what an operator does: brokers, who sees their plans, purges |
//! | `compare` | what Cloud Controller knows against what is really there |
mod brokers;
mod compare;
mod services;
mod user;

pub use brokers::Login;
pub use compare::{Difference, Names};
pub use user::{End, User};

use crate::{wait, world::World};
use chandler_simulators::{
    cloud_controller::{CloudController, CredHubAccess, Options},
    uaa::{Client, Options as UaaOptions, Uaa, UaaWorld, User as Person},
};
use serde_json::{Value, json};
use std::{path::PathBuf, time::Duration};

/// Seconds between two polls of the broker; a real one waits 60.
pub const POLLING_SECONDS: f64 = 0.2;
/// The organization.
pub const ORGANIZATION: &str = "demo";
/// Its space.
pub const SPACE: &str = "dev";
/// The name and the password of the administrator.
pub const ADMIN: (&str, &str) = ("admin", "p4ssw0rd-of-the-admin");
/// The name and the password of the developer.
pub const DEVELOPER: (&str, &str) = ("developer", "p4ssw0rd-of-the-developer");
/// As whom the broker calls Cloud Controller: id and secret of its client.
pub const REGISTRAR: (&str, &str) = ("broker-at-cloud-controller", "s3cret-of-cloud-controller");
/// What an administrator may.
pub const ADMIN_GROUPS: [&str; 3] = [
    "cloud_controller.admin",
    "cloud_controller.read",
    "cloud_controller.write",
];
/// The user of the broker in the configuration of a world.
pub const BROKER: Login = Login {
    username: "broker",
    password: "secret",
};
/// An address where nobody is: this port is given to no one.
pub const NOWHERE: &str = "http://127.0.0.1:1";
/// The broker's name at Cloud Controller in most tests.
pub const NAME: &str = "chandler";
/// As whom Cloud Controller reads service keys in CredHub.
const KEYS: (&str, &str) = ("cc_service_key_client", "s3cret-of-service-keys");

/// Cloud Foundry beside a world. Dropping it stops it.
pub struct CloudFoundry {
    pub controller: CloudController,
    /// Of a world that has none.
    _own_uaa: Option<Uaa>,
    /// The UAA whose tokens are good here: the world's, if it has one.
    pub uaa: UaaWorld,
    pub uaa_url: String,
    /// The CAs of Cloud Controller and of the UAA, PEM.
    pub cas: String,
    pub admin: User,
    pub developer: User,
}

impl CloudFoundry {
    /// Beside a world, with [`ORGANIZATION`] and [`SPACE`]; no broker is known there.
    pub async fn beside(world: &World) -> CloudFoundry {
        Self::with(world, |_| {}).await
    }

    /// The same with other options.
    pub async fn with(world: &World, change: impl FnOnce(&mut Options)) -> CloudFoundry {
        let own_uaa = match world.systems.uaa {
            Some(_) => None,
            None => Some(Uaa::start(UaaOptions::default()).await.unwrap()),
        };
        let uaa = world.systems.uaa.as_ref().or(own_uaa.as_ref()).unwrap();
        for (name, password, groups) in [
            (ADMIN.0, ADMIN.1, &ADMIN_GROUPS[..]),
            (DEVELOPER.0, DEVELOPER.1, &ADMIN_GROUPS[1..]),
        ] {
            uaa.add_user(Person::new(name, password, groups));
        }
        uaa.put_client(Client::new(REGISTRAR.0, REGISTRAR.1, &ADMIN_GROUPS));
        uaa.put_client(Client::new(KEYS.0, KEYS.1, &["credhub.read", "credhub.write"]));
        let credhub = world.systems.credhub.as_ref().map(|credhub| CredHubAccess {
            url: credhub.url(),
            ca_pem: format!("{}\n{}", credhub.ca_pem(), uaa.ca_pem()),
            client_id: KEYS.0.to_owned(),
            client_secret: KEYS.1.to_owned(),
        });
        let mut options = Options {
            polling_seconds: POLLING_SECONDS,
            credhub,
            organizations: vec![(ORGANIZATION.to_owned(), vec![SPACE.to_owned()])],
            ..Options::new(uaa.verifier())
        };
        change(&mut options);
        let controller = CloudController::start(options).await.unwrap();
        let cas = format!("{}\n{}", controller.ca_pem(), uaa.ca_pem());
        let (uaa, uaa_url) = (uaa.world(), uaa.url());
        let log_in = |(name, password)| User::log_in(controller.url(), &uaa_url, &cas, name, password);
        let (admin, developer) = (log_in(ADMIN).await, log_in(DEVELOPER).await);
        let home = controller.space(ORGANIZATION, SPACE).unwrap();
        CloudFoundry {
            admin: admin.targeting(&home),
            developer: developer.targeting(&home),
            controller,
            _own_uaa: own_uaa,
            uaa,
            uaa_url,
            cas,
        }
    }

    /// Makes the broker of the world known as [`NAME`] and shows all its plans to everybody; its guid.
    pub async fn register(&self, world: &World) -> String {
        let end = self.admin.create_broker(NAME, &world.platform.url, BROKER).await;
        end.succeeded();
        self.admin.enable_access(NAME).await;
        self.admin.broker(NAME).await
    }

    /// Waits until Cloud Controller does nothing any more: no job, no orphan to be cleaned up.
    pub async fn is_idle(&self) {
        wait::until("Cloud Controller is idle", Duration::from_secs(60), || async {
            self.controller.is_idle().then_some(())
        })
        .await;
    }

    /// The section `cf` of a configuration, with these members of `cf.uaa.authentication`.
    pub fn section(&self, authentication: Value) -> Value {
        json!({"url": self.controller.url(), "root_ca_cert": self.cas,
               "uaa": {"url": self.uaa_url, "authentication": authentication}})
    }

    /// A configuration for `chandler register`: that of the world, with Cloud Controller and [`REGISTRAR`], and with what `change` makes of it.
    pub fn config(&self, world: &World, change: impl FnOnce(&mut Value)) -> PathBuf {
        let mut json: Value = serde_json::from_str(&std::fs::read_to_string(&world.config).unwrap()).unwrap();
        let client = json!({"client_credentials": {"client_id": REGISTRAR.0, "client_secret": REGISTRAR.1}});
        json["cf"] = self.section(client);
        change(&mut json);
        let file = world.dir.path().join("register.yml");
        std::fs::write(&file, json.to_string()).unwrap();
        file
    }
}
