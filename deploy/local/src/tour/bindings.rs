//! The story of an instance's bindings: a service key, which the platform waits for, and an app's, which it polls.

use super::platform::{Poll, binding_path};
use super::show::Show;
use super::stories::Tour;
use super::witness::{Binding, Witness, reference};
use crate::config::Bound;
use crate::say::{self, Colour, coloured};
use anyhow::{bail, ensure};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What an app or a client is called in CredHub, and in the request.
enum Reader {
    App(String),
    Client(&'static str),
}

impl Reader {
    fn app() -> Reader {
        Reader::App(uuid::Uuid::new_v4().to_string())
    }

    fn resource(&self) -> Value {
        match self {
            Reader::App(guid) => json!({ "app_guid": guid }),
            Reader::Client(id) => json!({ "credential_client_id": id }),
        }
    }

    fn actor(&self) -> String {
        match self {
            Reader::App(guid) => format!("mtls-app:{guid}"),
            Reader::Client(id) => format!("uaa-client:{id}"),
        }
    }
}

/// Somebody's view, a line for each member.
fn show_members(who: &str, view: &Value) {
    say::line(format_args!("  {who}"));
    for (name, value) in view.as_object().into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        say::line(format_args!("    {name:<12} {text}"));
    }
}

/// The bindings of one instance, and what there should be outside.
pub(super) struct Bindings<'a> {
    tour: &'a Tour<'a>,
    witness: &'a Witness<'a>,
    /// Whether the instance is there.
    lives: bool,
    bound: &'a Bound,
    instance: &'a str,
    there: Vec<Binding>,
    /// How many addresses each gets, by its plan when it was bound.
    addresses: BTreeMap<String, usize>,
    /// Links that had been made before.
    links_before: u64,
    /// Links that binds and unbinds should have made: the adapter gets addresses with each.
    links: usize,
}

impl<'a> Bindings<'a> {
    /// Of an instance with this plan; there are none yet.
    pub(super) async fn begin(tour: &'a Tour<'a>, bound: &'a Bound, instance: &'a str) -> anyhow::Result<Bindings<'a>> {
        let witness = tour.witness;
        let (links_before, _) = witness.link_calls().await?;
        Ok(Bindings {
            tour,
            witness,
            lives: true,
            bound,
            instance,
            there: Vec::new(),
            addresses: BTreeMap::new(),
            links_before,
            links: 0,
        })
    }

    /// The first one; its id.
    pub(super) async fn a_key(&mut self) -> anyhow::Result<String> {
        say::head(format_args!(
            "A service key, for whom the platform waits: {}",
            self.instance
        ));
        let key = self.bind_at_once(Reader::Client("tour-client")).await?;
        self.compare().await?;
        Ok(key)
    }

    /// The instance was changed and has this plan now: what was bound before works as before.
    pub(super) async fn outlive(&mut self, plan: &'a Bound) -> anyhow::Result<()> {
        self.bound = plan;
        for it in &self.there {
            let path = binding_path(self.instance, &it.id);
            let (status, body) = self.tour.platform.get(&path).await?;
            ensure!(
                status == StatusCode::OK && body["credentials"] == it.credentials,
                "GET of a binding after an update: {status} {body}"
            );
            let seen = self.witness.seen_by(&it.reader, &it.credentials).await?;
            let user = self.witness.user(self.instance, &it.id)?;
            let works = seen.is_some_and(|seen| user.is_none_or(|user| user["password"] == seen["password"]));
            ensure!(works, "{} can't use {} any more", it.reader, it.credentials);
        }
        say::line("  what was bound before works as before");
        self.compare().await
    }

    /// One more is made, by the other way; both are removed, by both ways; another one is left.
    pub(super) async fn come_and_go(&mut self, key: String) -> anyhow::Result<()> {
        let instance = self.instance;
        say::head(format_args!("An app is bound, and the platform polls: {instance}"));
        let app = self.bind(Reader::app()).await?;
        self.compare().await?;
        say::head(format_args!("Both are unbound: {instance}"));
        self.unbind_at_once(&key).await?;
        self.compare().await?;
        self.unbind(&app).await?;
        self.compare().await?;
        say::head(format_args!("An instance is deleted that is still bound: {instance}"));
        self.bind_at_once(Reader::app()).await?;
        self.compare().await
    }

    /// The instance is gone, and all bindings with it.
    pub(super) async fn gone(mut self) -> anyhow::Result<()> {
        self.links += self.there.iter().map(|it| self.addresses[&it.id]).sum::<usize>();
        self.there.clear();
        self.lives = false;
        self.compare().await
    }

    /// The platform waits for the answer.
    async fn bind_at_once(&mut self, reader: Reader) -> anyhow::Result<String> {
        let id = uuid::Uuid::new_v4().to_string();
        let path = binding_path(self.instance, &id);
        say::step(format_args!("PUT {path}  {}", reader.resource()));
        let show = Show::begin("bind");
        let (status, body) = self.put(&path, &reader, false).await?;
        ensure!(status == StatusCode::CREATED, "201 was expected, not {status} {body}");
        show.changed("201 Created", "");
        self.appeared(id, &reader, &body).await
    }

    /// The platform polls.
    async fn bind(&mut self, reader: Reader) -> anyhow::Result<String> {
        let id = uuid::Uuid::new_v4().to_string();
        let path = binding_path(self.instance, &id);
        say::step(format_args!(
            "PUT {path}?accepts_incomplete=true  {}",
            reader.resource()
        ));
        let (status, body) = self.put(&path, &reader, true).await?;
        let end = self.poll("bind", &path, status, &body).await?;
        ensure!(
            matches!(end, Poll::Succeeded(_)),
            "the bind should have succeeded: {end:?}"
        );
        say::step(format_args!("GET {path}"));
        let (status, body) = self.tour.platform.get(&path).await?;
        ensure!(status == StatusCode::OK, "GET of the binding: {status} {body}");
        self.appeared(id, &reader, &body).await
    }

    async fn put(&mut self, path: &str, reader: &Reader, asynchronous: bool) -> anyhow::Result<(StatusCode, Value)> {
        self.links += self.bound.addresses;
        let mut body = json!({
            "service_id": self.tour.catalog.service_id, "plan_id": self.bound.plan,
            "bind_resource": reader.resource(), "context": { "platform": "cloudfoundry" },
        });
        if let Reader::App(guid) = reader {
            body["app_guid"] = guid.as_str().into();
        }
        self.tour.platform.bind(path, &body, asynchronous).await
    }

    /// Shows a binding that was made: what the platform got, and what becomes of it.
    async fn appeared(&mut self, id: String, reader: &Reader, body: &Value) -> anyhow::Result<String> {
        let credentials = body["credentials"].clone();
        show_members("the platform has", &credentials);
        ensure!(
            self.witness.credhub.is_some() == reference(&credentials).is_some(),
            "with CredHub there has to be a credhub-ref, without it there can be none: {credentials}"
        );
        let actor = reader.actor();
        let Some(seen) = self.witness.seen_by(&actor, &credentials).await? else {
            bail!("{actor} may not read {credentials}")
        };
        let who = match reader {
            Reader::App(_) => "the app sees",
            Reader::Client(_) => "the client sees",
        };
        show_members(who, &seen);
        if self.witness.credhub.is_some() {
            let other = Reader::app().actor();
            let leaked = self.witness.seen_by(&other, &credentials).await?;
            ensure!(leaked.is_none(), "{other} may read {credentials}, too");
            say::line("  another app sees nothing: CredHub refuses");
        }
        self.is_the_services(&id, &seen)?;
        self.addresses.insert(id.clone(), self.bound.addresses);
        self.there.push(Binding {
            id: id.clone(),
            reader: actor,
            credentials,
        });
        Ok(id)
    }

    /// The service knows these credentials; with addresses they name hosts by BOSH DNS.
    fn is_the_services(&self, id: &str, seen: &Value) -> anyhow::Result<()> {
        let Some(user) = self.witness.user(self.instance, id)? else {
            return Ok(());
        };
        for key in ["username", "password"] {
            ensure!(seen[key] == user[key], "the service has another {key} for {id}");
        }
        let hosts = seen["hosts"].as_array().map(Vec::as_slice).unwrap_or_default();
        let by_dns = |host: &Value| host.as_str().is_some_and(|host| host.ends_with(".bosh"));
        let fits = hosts.len() == self.bound.addresses && hosts.iter().all(by_dns);
        ensure!(
            self.bound.addresses == 0 || fits,
            "{} address(es) by BOSH DNS were expected: {seen}",
            self.bound.addresses
        );
        Ok(())
    }

    async fn unbind_at_once(&mut self, id: &str) -> anyhow::Result<()> {
        let path = binding_path(self.instance, id);
        say::step(format_args!("DELETE {path}"));
        let show = Show::begin("unbind");
        let (status, body) = self.delete(&path, false).await?;
        ensure!(status == StatusCode::OK, "200 was expected, not {status} {body}");
        show.changed("200 OK", "");
        self.disappeared(id, &path).await
    }

    async fn unbind(&mut self, id: &str) -> anyhow::Result<()> {
        let path = binding_path(self.instance, id);
        say::step(format_args!("DELETE {path}?accepts_incomplete=true"));
        let (status, body) = self.delete(&path, true).await?;
        let end = self.poll("unbind", &path, status, &body).await?;
        ensure!(end == Poll::Gone, "the unbind should have ended with 410: {end:?}");
        self.disappeared(id, &path).await
    }

    async fn delete(&mut self, path: &str, asynchronous: bool) -> anyhow::Result<(StatusCode, Value)> {
        let service = &self.tour.catalog.service_id;
        self.tour
            .platform
            .unbind(path, service, &self.bound.plan, asynchronous)
            .await
    }

    async fn disappeared(&mut self, id: &str, path: &str) -> anyhow::Result<()> {
        let (status, body) = self.tour.platform.get(path).await?;
        ensure!(status == StatusCode::NOT_FOUND, "GET after the unbind: {status} {body}");
        self.there.retain(|it| it.id != id);
        self.links += self.addresses[id];
        Ok(())
    }

    async fn poll(&self, title: &str, path: &str, status: StatusCode, body: &Value) -> anyhow::Result<Poll> {
        ensure!(status == StatusCode::ACCEPTED, "202 was expected, not {status} {body}");
        let operation = body["operation"].as_str().unwrap_or_default();
        Ok(self.tour.watch(title, path, operation).await?.end)
    }

    /// Nothing more and nothing less is there than what the platform knows.
    async fn compare(&self) -> anyhow::Result<()> {
        let found = self.witness.picture().await?;
        let expected = self.witness.expected(self.instance, self.lives, &self.there);
        let mut wrong = expected.differences(&found);
        let (made, _) = self.witness.link_calls().await?;
        let made = made - self.links_before;
        let wanted = u64::try_from(self.links)?;
        if made != wanted {
            wrong.push(format!(
                "{wanted} link(s) should have been made for all binds and unbinds, not {made}"
            ));
        }
        let (names, readers) = (found.credentials.len(), found.readers.len());
        let credhub = self
            .witness
            .credhub
            .map(|_| format!("CredHub: {names} credential(s), {readers} permission(s)"));
        let users = found.users.len();
        let service = self.witness.users.map(|_| format!("the service: {users} user(s)"));
        let director = format!("the Director: {} of {made} link(s)", found.links.len());
        let clients = found.clients.len();
        let uaa = self
            .witness
            .uaa
            .map(|_| format!("the UAA: {clients} client(s) of instances"));
        let parts: Vec<String> = credhub
            .into_iter()
            .chain(service)
            .chain([director])
            .chain(uaa)
            .collect();
        let text = format!("  {}", parts.join("; "));
        say::line(coloured(Colour::Dim, text));
        if wrong.is_empty() {
            return Ok(());
        }
        bail!("the simulators tell it differently: {}", wrong.join("; "))
    }
}
