//! Get addresses by BOSH DNS: a link for each, one after the other, deleted as soon as it has been asked. Nothing stays,
//! however the job ends.
mod look;
#[cfg(test)]
mod tests;

use super::ends;
use crate::{bindable, links, room::Outside};
use chandler_clients::Fault;
use chandler_engine::{
    fault::back_off,
    step::{Decision, Scene, Step, Stop},
    texts::Texts,
};
use chandler_proto::{
    catalog::BindingDns,
    failure::Failure,
    job::{Address, Facts, Learnt},
};
use look::{Next, There};
use std::time::Duration;
use tracing::warn;

/// A link that the Director shows again and again is looked at so often.
const PAUSE: Duration = Duration::from_secs(5);

/// See [`Step`].
pub(super) struct Addresses<'a>(pub &'a Outside);

/// What is there.
pub(super) struct Seen {
    /// `None`: there is no such deployment.
    there: Option<There>,
    /// What is in the way of a bind.
    obstacle: Option<&'static str>,
    texts: Texts,
}

/// What this leg writes.
#[derive(Debug, PartialEq)]
pub(super) enum Act {
    /// `POST /links`
    Link {
        /// Which address.
        n: usize,
        /// Of whom.
        provider: String,
    },
    /// `DELETE /links/:id`
    Drop(String),
}

impl Step for Addresses<'_> {
    type Seen = Seen;
    type Act = Act;
    type Ready = Act;

    async fn observe(&self, scene: &Scene) -> Result<Seen, Fault> {
        let obstacle = if scene.job().operation.deletes() {
            None
        } else {
            let instance = self.0.others.instance(&scene.record.instance).await?;
            bindable::obstacle(instance.as_ref().map(|(record, _)| &**record))
        };
        Ok(Seen {
            there: self.look(scene).await?,
            obstacle,
            texts: self.0.texts,
        })
    }

    fn decide(scene: &Scene, seen: Seen) -> Decision<Act> {
        let Seen { there, obstacle, texts } = seen;
        let deletes = scene.job().operation.deletes();
        if deletes && scene.expired() {
            // What follows has little time left, and links go with the deployment. The last fault is forgotten with the leg.
            return Decision::Done(Facts {
                put_off: (!scene.job().force).then(|| ends::too_late(texts, scene)),
                ..Facts::default()
            });
        }
        let end = scene.job().facts.put_off.clone();
        let end = end.or_else(|| obstacle.map(|why| ends::refused(texts, scene, why)));
        let end = end.or_else(|| scene.expired().then(|| ends::too_late(texts, scene)));
        let Some(There { ours, next }) = there else {
            return match end {
                Some(failure) => Decision::Fail(failure),
                None if deletes => Decision::Done(Facts::default()),
                None => Decision::Fail(ends::refused(texts, scene, ends::NO_DEPLOYMENT)),
            };
        };
        let in_use = match &next {
            Some(Next::Asked { link, .. }) if end.is_none() => Some(link),
            Some(Next::Asked { .. } | Next::Unlinked(..) | Next::NoProvider(_) | Next::Vanished) | None => None,
        };
        let kept = &scene.job().facts.left_links;
        let mut removable = ours.iter().filter(|it| !kept.contains(&it.id));
        let left = removable.find(|it| Some(&it.id) != in_use);
        match (left, end) {
            (_, Some(failure)) if scene.given_up() => Decision::Fail(failure),
            // One that the Director goes on to show is no reason to hurry.
            (Some(_), _) if hurries(scene) => wait(),
            (Some(left), _) => act(Act::Drop(left.id.clone()), Facts::default(), "removing a link"),
            (None, Some(failure)) => Decision::Fail(failure),
            (None, None) => proceed(scene, next, texts),
        }
    }

    async fn prepare(&self, _: &Scene, act: Act) -> Result<(Act, Learnt), Stop> {
        Ok((act, Learnt::default()))
    }

    async fn act(&self, scene: &Scene, act: Act, limit: Duration) -> Result<Learnt, Stop> {
        let director = &self.0.director;
        match act {
            Act::Link { n, provider } => {
                let Some(binding) = &scene.record.binding else {
                    return Ok(Learnt::default());
                };
                let name = links::consumer(binding, scene.job().id, n);
                match director.create_link(&provider, &name, &scene.call, limit).await {
                    Ok(link) => Ok(known(scene, n, |it| it.link = Some(link.id)).into()),
                    // An address that can't be had stops no unbind.
                    Err(fault) if fault.is_permanent() && scene.job().operation.deletes() => {
                        warn!(%fault, "an address is left out");
                        Ok(given_up(scene, n).into())
                    }
                    Err(fault) => Err(fault.into()),
                }
            }
            Act::Drop(id) => match director.delete_link(&id, &scene.call, limit).await {
                Ok(()) => Ok(dropped(scene, &id).into()),
                Err(fault) if fault.is_permanent() && scene.job().operation.deletes() => {
                    warn!(%fault, "a link is left to the end of the deployment");
                    Ok(Learnt::from(Facts {
                        left_links: [id].into(),
                        ..Facts::default()
                    }))
                }
                Err(fault) => Err(fault.into()),
            },
        }
    }

    fn failure(&self, scene: &Scene, fault: &Fault) -> Failure {
        ends::failed(self.0.texts, scene, fault)
    }
    fn waits_for(&self, fault: &Fault) -> &'static str {
        ends::whom(fault)
    }
}

/// Nothing is left over: on to the next address.
fn proceed(scene: &Scene, next: Option<Next>, texts: Texts) -> Decision<Act> {
    match next {
        None => Decision::Done(Facts::default()),
        Some(Next::Vanished) => wait(),
        Some(Next::NoProvider(n)) => {
            let cause = format!("failed to get required DNS info: {}", no_provider(scene, n));
            Decision::Fail(texts.failure(scene, None, &cause))
        }
        Some(Next::Unlinked(n, provider)) => {
            let facts = Facts::default();
            act(Act::Link { n, provider }, facts, "asking for addresses by BOSH DNS")
        }
        Some(Next::Asked { n, link, address }) => {
            let facts = match address {
                Ok(address) => known(scene, n, |it| {
                    it.link = Some(link.clone());
                    it.address = Some(address);
                }),
                Err(_) if scene.job().operation.deletes() => given_up(scene, n),
                // The link goes first.
                Err(fault) => Facts {
                    put_off: Some(texts.failure(scene, None, &format!("failed to get required DNS info: {fault}"))),
                    ..Facts::default()
                },
            };
            act(Act::Drop(link), facts, "removing a link")
        }
    }
}

/// The addresses that the plan gives each binding.
fn wanted(scene: &Scene) -> &[BindingDns] {
    scene.record.plan().map_or(&[], |plan| plan.binding_with_dns.as_slice())
}

/// Whether an address is neither known nor given up.
fn pending(scene: &Scene, wanted: &BindingDns) -> bool {
    let known = scene.job().facts.addresses.get(&wanted.name);
    known.is_none_or(|it| it.address.is_none() && !it.dropped)
}

/// What the job knows of the `n`th address, and something more.
fn known(scene: &Scene, n: usize, more: impl FnOnce(&mut Address)) -> Facts {
    let mut facts = Facts::default();
    if let Some(wanted) = wanted(scene).get(n) {
        let mut address = scene
            .job()
            .facts
            .addresses
            .get(&wanted.name)
            .cloned()
            .unwrap_or_default();
        more(&mut address);
        facts.addresses.insert(wanted.name.clone(), address);
    }
    facts
}

/// What the job knows of the addresses behind a link that is deleted.
fn dropped(scene: &Scene, link: &str) -> Facts {
    let behind = |it: &Address| it.link.as_deref() == Some(link);
    let known = scene.job().facts.addresses.iter().filter(|(_, it)| behind(it));
    let known = known.map(|(name, it)| {
        let dropped = it.dropped || it.address.is_some();
        (name.clone(), Address { dropped, ..it.clone() })
    });
    Facts {
        addresses: known.collect(),
        ..Facts::default()
    }
}

/// The `n`th address can't be had, and isn't asked for again.
fn given_up(scene: &Scene, n: usize) -> Facts {
    known(scene, n, |it| it.dropped = true)
}

fn no_provider(scene: &Scene, n: usize) -> String {
    let wanted = wanted(scene).get(n);
    let (group, name) = wanted.map_or(("", ""), |it| (it.instance_group.as_str(), it.link_provider.as_str()));
    format!(
        "could not find link provider matching deployment {}, instanceGroupName {group}, providerName {name}",
        scene.record.instance.deployment()
    )
}

/// Whether the job has acted more often than its addresses explain, and a moment ago.
fn hurries(scene: &Scene) -> bool {
    let job = scene.job();
    job.attempts as usize > 4 * (wanted(scene).len() + 1) && scene.now.since(job.touched_at) < PAUSE
}

fn wait() -> Decision<Act> {
    Decision::Wait {
        after: back_off(0),
        note: Some("waiting for a link of BOSH DNS".into()),
        facts: Facts::default(),
    }
}

fn act(act: Act, facts: Facts, note: &str) -> Decision<Act> {
    Decision::Act {
        act,
        facts,
        note: Some(note.into()),
    }
}
