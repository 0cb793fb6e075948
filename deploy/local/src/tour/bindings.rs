//! The story of an instance's bindings: a service key, and apps'.

use super::platform::{Instance, Made, Purpose};
use super::stories::Tour;
use super::witness::{Binding, Witness, reference};
use crate::config::Bound;
use crate::say::{self, Colour, coloured};
use anyhow::{bail, ensure};
use serde_json::Value;

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
    instance: &'a Instance,
    there: Vec<Kept>,
    /// Links that had been made before.
    links_before: u64,
    /// Links that binds and unbinds should have made: the adapter gets addresses with each.
    links: usize,
}

/// A binding that there is.
struct Kept {
    made: Made,
    /// How many addresses it got, by the plan of its instance at that time.
    addresses: usize,
}

impl<'a> Bindings<'a> {
    /// Of an instance with this plan; there are none yet.
    pub(super) async fn begin(
        tour: &'a Tour<'a>,
        bound: &'a Bound,
        instance: &'a Instance,
    ) -> anyhow::Result<Bindings<'a>> {
        let witness = tour.witness;
        let (links_before, _) = witness.link_calls().await?;
        Ok(Bindings {
            tour,
            witness,
            lives: true,
            bound,
            instance,
            there: Vec::new(),
            links_before,
            links: 0,
        })
    }

    /// The first one.
    pub(super) async fn a_key(&mut self) -> anyhow::Result<()> {
        say::head(format_args!("A service key is made: {}", self.instance.name));
        self.bind(Purpose::Key).await
    }

    /// The instance was changed and has this plan now: what was bound before works as before.
    pub(super) async fn outlive(&mut self, plan: &'a Bound) -> anyhow::Result<()> {
        self.bound = plan;
        for Kept { made, .. } in &self.there {
            self.tour.platform.still(self.instance, made).await?;
            let seen = self.witness.seen_by(&made.reader, &made.credentials).await?;
            let user = self.witness.user(&self.instance.id, &made.id)?;
            let works = seen.is_some_and(|seen| user.is_none_or(|user| user["password"] == seen["password"]));
            ensure!(works, "{} can't use {} any more", made.reader, made.credentials);
        }
        say::line("  what was bound before works as before");
        self.compare().await
    }

    /// One more is made; all are removed; another one is left.
    pub(super) async fn come_and_go(&mut self) -> anyhow::Result<()> {
        let name = &self.instance.name;
        say::head(format_args!("An app is bound: {name}"));
        self.bind(Purpose::App).await?;
        say::head(format_args!("Both are unbound: {name}"));
        while !self.there.is_empty() {
            let kept = self.there.remove(0);
            self.tour
                .platform
                .unbind(self.instance, &self.bound.plan, &kept.made)
                .await?;
            self.links += kept.addresses;
            self.compare().await?;
        }
        say::head(format_args!("An instance is deleted that is still bound: {name}"));
        self.bind(Purpose::LastApp).await
    }

    /// The instance is gone by one `DELETE`, and all bindings with it: Cloud Controller unbinds what is left, else the broker does.
    pub(super) async fn gone(mut self) -> anyhow::Result<()> {
        self.links += self.there.iter().map(|it| it.addresses).sum::<usize>();
        self.there.clear();
        self.lives = false;
        self.compare().await
    }

    /// Makes one and shows what becomes of it.
    async fn bind(&mut self, purpose: Purpose) -> anyhow::Result<()> {
        let addresses = self.bound.addresses;
        self.links += addresses;
        let made = self
            .tour
            .platform
            .bind(self.instance, &self.bound.plan, purpose)
            .await?;
        let Made {
            id,
            reader,
            credentials,
            ..
        } = &made;
        show_members("the platform has", credentials);
        ensure!(
            self.witness.credhub.is_some() == reference(credentials).is_some(),
            "with CredHub there has to be a credhub-ref, without it there can be none: {credentials}"
        );
        let Some(seen) = self.witness.seen_by(reader, credentials).await? else {
            bail!("{reader} may not read {credentials}")
        };
        let who = match purpose {
            Purpose::Key => "the client sees",
            Purpose::App | Purpose::LastApp => "the app sees",
        };
        show_members(who, &seen);
        if let Some(shown) = &made.shown {
            ensure!(*shown == seen, "the user is shown {shown}, and CredHub has {seen}");
        }
        if self.witness.credhub.is_some() {
            let other = format!("mtls-app:{}", uuid::Uuid::new_v4());
            let leaked = self.witness.seen_by(&other, credentials).await?;
            ensure!(leaked.is_none(), "{other} may read {credentials}, too");
            say::line("  another app sees nothing: CredHub refuses");
        }
        self.is_the_services(id, &seen)?;
        self.there.push(Kept { made, addresses });
        self.compare().await
    }

    /// The service knows these credentials; with addresses they name hosts by BOSH DNS.
    fn is_the_services(&self, id: &str, seen: &Value) -> anyhow::Result<()> {
        let Some(user) = self.witness.user(&self.instance.id, id)? else {
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

    /// Nothing more and nothing less is there than what the platform knows.
    async fn compare(&self) -> anyhow::Result<()> {
        let found = self.witness.picture().await?;
        let there: Vec<Binding> = self.there.iter().map(|it| Binding::of(&it.made)).collect();
        let expected = self.witness.expected(&self.instance.id, self.lives, &there);
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
