//! Have the adapter create the binding and, with secure bindings, put its credentials into CredHub: one act, because the
//! credentials exist only in the adapter's answer.
use super::ends::{self, Run};
use crate::{answer, bindable, inputs, room::Outside};
use chandler_clients::{
    Fault, FaultKind,
    adapter::{AdapterError, Binding, CreateBinding, DeleteBinding, ExitMeaning},
    credhub::NewValue,
};
use chandler_engine::{
    step::{Decision, Scene, Step, Stop},
    texts::Texts,
};
use chandler_proto::{
    failure::{Failure, SyncError},
    job::{Creates, Facts, Learnt, sealed},
    seal::NONCE,
    secret::Secret,
};
use std::time::Duration;
use tokio::time::Instant;
use tracing::warn;

/// So many creates may say that the binding is there although it was deleted before, or be ended by a signal.
const TRIES: u32 = 3;
/// For CredHub, in the same act.
const STORING: Duration = Duration::from_secs(20);

/// See [`Step`].
pub(super) struct Create<'a>(pub &'a Outside);

/// What `decide` needs besides the job.
pub(super) struct Seen {
    /// What is in the way of a bind.
    obstacle: Option<&'static str>,
    /// Whether there is a CredHub to store credentials in.
    credhub: bool,
    texts: Texts,
}

/// What this leg writes.
#[derive(Debug, PartialEq)]
pub(super) enum Act {
    /// `delete-binding`: there may be a binding whose credentials nobody has.
    Undo,
    /// `create-binding`
    Create,
}

/// The same with its inputs, which may be secret.
pub(super) enum Ready {
    /// See [`Act`].
    Undo(DeleteBinding),
    /// See [`Act`].
    Create(CreateBinding),
}

impl Step for Create<'_> {
    type Seen = Seen;
    type Act = Act;
    type Ready = Ready;

    fn act_limit(&self, scene: &Scene, ready: &Ready) -> Duration {
        let besides = match ready {
            Ready::Create(_) if scene.record.secure() => STORING,
            Ready::Create(_) | Ready::Undo(_) => Duration::ZERO,
        };
        self.0.adapter_limit(scene, besides)
    }

    async fn observe(&self, scene: &Scene) -> Result<Seen, Fault> {
        // By a leader read, with a record of our own already: see `bindable`.
        let instance = self.0.others.instance(&scene.record.instance).await?;
        Ok(Seen {
            obstacle: bindable::obstacle(instance.as_ref().map(|(record, _)| &**record)),
            credhub: self.0.credhub.is_some(),
            texts: self.0.texts,
        })
    }

    fn decide(scene: &Scene, seen: Seen) -> Decision<Act> {
        let Seen {
            obstacle,
            credhub,
            texts,
        } = seen;
        if scene.job().sealed.contains_key(sealed::ANSWER) {
            return Decision::Done(Facts::default());
        }
        if let Some(why) = obstacle {
            return Decision::Fail(ends::refused(texts, scene, why));
        }
        if scene.expired() {
            return Decision::Fail(ends::too_late(texts, scene));
        }
        if scene.record.secure() && !credhub {
            return Decision::Fail(texts.failure(scene, None, ends::NO_CREDHUB));
        }
        let (act, note) = match scene.job().facts.unsure {
            Some(true) => (Act::Undo, "removing a binding that nobody has the credentials of"),
            Some(false) | None => (Act::Create, "creating the binding"),
        };
        // From the moment of the act on, until there is an answer.
        let facts = Facts {
            creates: Some(Creates {
                ran: ran(scene),
                open: act == Act::Create,
            }),
            unsure: Some(true),
            ..Facts::default()
        };
        Decision::Act {
            act,
            facts,
            note: Some(note.into()),
        }
    }

    async fn prepare(&self, scene: &Scene, act: Act) -> Result<(Ready, Learnt), Stop> {
        // Nothing is created as long as nobody could take the credentials.
        if let (Act::Create, true, Some(credhub), Some(name)) = (
            &act,
            scene.record.secure(),
            &self.0.credhub,
            scene.record.credhub_name(),
        ) {
            credhub.find(&name, &scene.call).await?;
        }
        let deployed = inputs::deployed(self.0, scene).await?;
        let deployed =
            deployed.ok_or_else(|| Stop::Failure(ends::refused(self.0.texts, scene, ends::NO_DEPLOYMENT)))?;
        self.0.adapters.of(&scene.record)?;
        let ready = match act {
            Act::Undo => Ready::Undo(deployed.for_delete(scene)),
            Act::Create => Ready::Create(deployed.for_create(scene, &self.request(scene)?)),
        };
        Ok((ready, Learnt::default()))
    }

    async fn act(&self, scene: &Scene, ready: Ready, limit: Duration) -> Result<Learnt, Stop> {
        let (adapter, begun) = (self.0.adapters.of(&scene.record)?, Instant::now());
        match ready {
            Ready::Undo(input) => match adapter.delete_binding(input, &scene.call, limit).await {
                Ok(()) => Ok(unsure(false)),
                Err(error) => self.not_undone(scene, error),
            },
            Ready::Create(input) => {
                let storing = if scene.record.secure() {
                    (limit / 10).min(STORING)
                } else {
                    Duration::ZERO
                };
                match adapter.create_binding(input, &scene.call, limit - storing).await {
                    Ok(binding) => {
                        let left = limit.saturating_sub(begun.elapsed());
                        self.keep(scene, binding, left).await
                    }
                    Err(error) => self.not_created(scene, error),
                }
            }
        }
    }

    fn failure(&self, scene: &Scene, fault: &Fault) -> Failure {
        ends::failed(self.0.texts, scene, fault)
    }
    fn waits_for(&self, fault: &Fault) -> &'static str {
        ends::whom(fault)
    }
}

impl Create<'_> {
    /// The platform's request, as the gateway sealed it.
    fn request(&self, scene: &Scene) -> Result<Secret, Stop> {
        let defect = |cause: &str| Stop::Failure(self.0.texts.failure(scene, None, cause));
        let kept = scene.job().sealed.get(sealed::REQUEST);
        let kept = kept.ok_or_else(|| defect("the job has no request parameters"))?;
        let opened = self.0.sealer.open(&scene.record.key(), kept);
        opened.map_err(|why| defect(&why.to_string()))
    }

    /// Stores the credentials, if they are to be stored, and seals the answer.
    async fn keep(&self, scene: &Scene, binding: Binding, left: Duration) -> Result<Learnt, Stop> {
        let name = scene.record.credhub_name().filter(|_| scene.record.secure());
        let made = answer::make(binding, name.as_deref());
        if let (Some(credentials), Some(name)) = (made.stored, name) {
            let Some(credhub) = &self.0.credhub else {
                return Err(Stop::Failure(self.0.texts.failure(scene, None, ends::NO_CREDHUB)));
            };
            if left.is_zero() {
                let call = "PUT /api/v1/data of CredHub";
                return Err(Fault::new(FaultKind::NotSent, call, "the adapter left no time for it").into());
            }
            let value = NewValue::Json(credentials);
            credhub.set(&name, &value, &scene.call, left).await?;
        }
        let answer = Secret::new(made.answer.to_string());
        let nonce = rand::random::<[u8; NONCE]>();
        match self.0.sealer.seal(&scene.record.key(), answer.expose(), nonce) {
            Ok(answer) => {
                let mut learnt = unsure(false);
                learnt.sealed.insert(sealed::ANSWER.into(), answer);
                Ok(learnt)
            }
            Err(why) => Err(Stop::Failure(self.0.texts.failure(scene, None, &why.to_string()))),
        }
    }

    /// ODB's rules for exit codes; 49 only counts when nobody can have created it before us.
    fn not_created(&self, scene: &Scene, error: AdapterError) -> Result<Learnt, Stop> {
        let texts = self.0.texts;
        let (meaning, for_user, cause) = match ends::run(error, "create-binding") {
            Run::Killed(fault) if last_try(scene) => {
                return Err(Stop::Failure(ends::failed(texts, scene, &fault)));
            }
            Run::Not(fault) | Run::TimedOut(fault) | Run::Killed(fault) => return Err(fault.into()),
            Run::Ended {
                meaning,
                for_user,
                cause,
            } => (meaning, for_user, cause),
        };
        let with = |text: &str, error| Failure {
            error: Some(error),
            ..texts.told(scene, text, &cause)
        };
        let failure = match meaning {
            Some(ExitMeaning::BindingExists) if first(scene) => with("binding already exists", SyncError::Conflict),
            Some(ExitMeaning::BindingExists) if !last_try(scene) => {
                warn!(
                    binding = scene.record.binding.as_ref().map(tracing::field::display),
                    "the binding is there, but nobody has its credentials: it is deleted and created again"
                );
                let mut learnt = unsure(true);
                learnt.facts.creates = Some(Creates {
                    ran: creates(scene).ran + 1,
                    open: false,
                });
                return Ok(learnt);
            }
            Some(ExitMeaning::AppGuidMissing) => with(
                "app_guid is a required field but was not provided",
                SyncError::RequiresApp,
            ),
            Some(ExitMeaning::NotImplemented) => {
                let cause = format!("the service adapter does not implement create-binding: {cause}");
                texts.failure(scene, None, &cause)
            }
            Some(ExitMeaning::BindingNotFound) => with("binding not found", SyncError::Gone),
            Some(ExitMeaning::BindingExists) | None => texts.from_adapter(scene, for_user, &cause),
        };
        Err(Stop::Failure(failure))
    }

    fn not_undone(&self, scene: &Scene, error: AdapterError) -> Result<Learnt, Stop> {
        match ends::run(error, "delete-binding") {
            Run::Not(fault) | Run::TimedOut(fault) | Run::Killed(fault) => Err(fault.into()),
            Run::Ended {
                meaning: Some(ExitMeaning::BindingNotFound),
                ..
            } => Ok(unsure(false)),
            Run::Ended { for_user, cause, .. } => {
                let cause = format!("a binding that nobody has the credentials of can't be removed: {cause}");
                Err(Stop::Failure(self.0.texts.from_adapter(scene, for_user, &cause)))
            }
        }
    }
}

/// Whether nobody can have created this binding before this very act.
fn first(scene: &Scene) -> bool {
    scene.record.before.is_none() && scene.job().attempts <= 1
}

fn creates(scene: &Scene) -> Creates {
    scene.job().facts.creates.unwrap_or_default()
}

/// How many creates may have run, the last one included. Where nothing was sent, and where the credentials alone could
/// not be kept, the act window is over without an answer.
fn ran(scene: &Scene) -> u32 {
    let Creates { ran, open } = creates(scene);
    ran + u32::from(open && scene.job().act_until.is_some())
}

/// Whether creates have had their tries with the one that has just run.
fn last_try(scene: &Scene) -> bool {
    creates(scene).ran + 1 >= TRIES
}

fn unsure(unsure: bool) -> Learnt {
    Learnt::from(Facts {
        unsure: Some(unsure),
        ..Facts::default()
    })
}

#[cfg(test)]
mod tests;
