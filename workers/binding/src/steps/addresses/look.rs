//! How addresses and links stand.
use super::{Addresses, no_provider, pending, wanted};
use crate::links::{self, Ours};
use chandler_clients::{Fault, bosh::LinkProvider};
use chandler_engine::step::Scene;
use chandler_proto::catalog::BindingDns;
use tracing::warn;

/// What a deployment that is there has of this binding.
pub(super) struct There {
    /// The links of this binding, whichever job made them.
    pub(super) ours: Vec<Ours>,
    /// The address that is to be had next; `None`: all are had, or given up.
    pub(super) next: Option<Next>,
}

/// How the next address stands.
#[derive(Debug)]
pub(super) enum Next {
    /// There is no link for it yet, and this is the id of its provider.
    Unlinked(usize, String),
    /// Nobody provides it.
    NoProvider(usize),
    /// Its link was asked.
    Asked {
        n: usize,
        link: String,
        /// `Err`: the Director says that it will never say.
        address: Result<String, Fault>,
    },
    /// Its link has vanished while we looked.
    Vanished,
}

impl Addresses<'_> {
    /// Looks; `None` when there is no such deployment, or nothing to be seen of it.
    ///
    /// # Errors
    /// The Director's [`Fault`], unless an unbind goes on without: see [`stops_nothing`].
    pub(super) async fn look(&self, scene: &Scene) -> Result<Option<There>, Fault> {
        let (director, deployment) = (&self.0.director, scene.record.instance.deployment());
        let Some(binding) = &scene.record.binding else {
            return Ok(None);
        };
        let links = match director.links(&deployment, &scene.call).await {
            Ok(Some(links)) => links,
            Ok(None) => return Ok(None),
            Err(fault) if stops_nothing(scene, &fault) => {
                warn!(%fault, "links and addresses are left out");
                return Ok(None);
            }
            Err(fault) => return Err(fault),
        };
        let ours = links::ours(binding, links);
        let next = match self.next(scene, &ours).await {
            Ok(Some(next)) => next,
            Ok(None) => return Ok(None),
            Err(fault) if stops_nothing(scene, &fault) => {
                warn!(%fault, "addresses are left out");
                None
            }
            Err(fault) => return Err(fault),
        };
        Ok(Some(There { ours, next }))
    }

    /// How the next address stands, `Some(None)` when there is no other; `None` when there is no such deployment.
    async fn next(&self, scene: &Scene, ours: &[Ours]) -> Result<Option<Option<Next>>, Fault> {
        let (director, deployment) = (&self.0.director, scene.record.instance.deployment());
        let mut providers: Option<Vec<LinkProvider>> = None;
        for (n, wanted) in wanted(scene).iter().enumerate().filter(|(_, it)| pending(scene, it)) {
            let of = |it: &&Ours| it.job == scene.job().id && it.n == n;
            if let Some(link) = ours.iter().find(of) {
                return Ok(Some(Some(self.ask(scene, n, wanted, &link.id).await?)));
            }
            let known = match providers.take() {
                Some(known) => known,
                None => match director.link_providers(&deployment, &scene.call).await? {
                    Some(known) => known,
                    None => return Ok(None),
                },
            };
            match links::provider(wanted, &known) {
                Some(provider) => return Ok(Some(Some(Next::Unlinked(n, provider.id.clone())))),
                None if scene.job().operation.deletes() => {}
                None => return Ok(Some(Some(Next::NoProvider(n)))),
            }
            warn!("{}; it is left out", no_provider(scene, n));
            providers = Some(known);
        }
        Ok(Some(None))
    }

    async fn ask(&self, scene: &Scene, n: usize, wanted: &BindingDns, link: &str) -> Result<Next, Fault> {
        let asked = self
            .0
            .director
            .link_address(link, &wanted.azs, wanted.status.as_deref(), &scene.call);
        let link = link.to_owned();
        match asked.await {
            Ok(Some(address)) => Ok(Next::Asked {
                n,
                link,
                address: Ok(address),
            }),
            Ok(None) => Ok(Next::Vanished),
            Err(fault) if fault.is_permanent() => Ok(Next::Asked {
                n,
                link,
                address: Err(fault),
            }),
            Err(fault) => Err(fault),
        }
    }
}

/// Whether an unbind goes on after this fault without what it wanted to see: waiting doesn't help, or its time is over.
fn stops_nothing(scene: &Scene, fault: &Fault) -> bool {
    scene.job().operation.deletes() && (fault.is_permanent() || scene.expired())
}
