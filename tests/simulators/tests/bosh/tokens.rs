//! A UAA beside the Director, with a client for each of the roles in the recording.

use chandler_simulators::uaa::{Client, Options, Uaa};
use serde_json::Value;

use crate::client::client;
use crate::recording::Exchange;

pub(crate) const ADMIN: &str = "admin";
pub(crate) const READER: &str = "reader";
pub(crate) const TEAM: &str = "team";
pub(crate) const OTHER_TEAM: &str = "other";
pub(crate) const NO_SCOPE: &str = "noscope";

/// A UAA with clients whose secret is their name.
pub(crate) struct Tokens {
    pub(crate) uaa: Uaa,
}

impl Tokens {
    /// `url`: what the UAA calls itself.
    pub(crate) async fn new(url: Option<&str>) -> Self {
        let clients = [
            (ADMIN, "bosh.admin"),
            (READER, "bosh.read"),
            (TEAM, "bosh.teams.odb.admin"),
            (OTHER_TEAM, "bosh.teams.other.admin"),
            (NO_SCOPE, "uaa.none"),
        ];
        let options = Options {
            url: url.map(str::to_owned),
            clients: clients.map(|(id, scope)| Client::new(id, id, &[scope])).to_vec(),
            ..Options::default()
        };
        Self {
            uaa: Uaa::start(options).await.expect("the UAA starts"),
        }
    }

    /// A new token of a client.
    pub(crate) async fn of(&self, id: &str) -> String {
        let request = client(self.uaa.ca_pem())
            .post(format!("{}/oauth/token", self.uaa.url()))
            .basic_auth(id, Some(id))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        let answer: Value = request.send().await.expect("an answer").json().await.expect("JSON");
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    /// The `Authorization` of an exchange. The recorder hid it, but wrote above who asks.
    pub(crate) async fn recorded(&self, exchange: &Exchange) -> Option<String> {
        let title = exchange.title.as_str();
        let token = match title.split([' ', ':']).next().unwrap_or_default() {
            "info" | "basic" => return crate::replay::password(exchange),
            "bad" => "nonsense".to_owned(),
            "expired" => {
                self.uaa.set_token_seconds(-1);
                self.of(TEAM).await
            }
            "own" | "teams" | "team" => self.of(TEAM).await,
            "reader" => self.of(READER).await,
            "no" | "noscope" => self.of(NO_SCOPE).await,
            other => panic!("who is {other}?"),
        };
        Some(format!("bearer {token}"))
    }
}
