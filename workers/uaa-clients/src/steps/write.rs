//! The three writes to the UAA, and what a new client needs before it.
use super::{ends, owner};
use crate::{
    definition::Pattern,
    mint::Kind,
    request::{self, Asked},
    room::Outside,
};
use chandler_clients::{
    Secret,
    uaa::{Creation, OauthClient},
};
use chandler_engine::step::{Scene, Stop};
use chandler_proto::{
    config::ClientDefinition,
    job::{Facts, Learnt, OwnClient, sealed},
    seal::NONCE,
};
use std::time::Duration;
use tracing::warn;

/// One request.
#[derive(Debug)]
pub(super) enum Write {
    /// `POST /oauth/clients`, with its secret if it gets one; and whose client it is that may refuse it.
    Create(Box<OauthClient>, Option<Secret>, OwnClient),
    /// `PUT /oauth/clients/:id`
    Update(Box<OauthClient>),
    /// `DELETE /oauth/clients/:id`
    Delete,
}

impl Write {
    /// Sends it, once.
    pub(super) async fn send(self, outside: &Outside, scene: &Scene, limit: Duration) -> Result<Learnt, Stop> {
        let (clients, id) = (outside.clients()?, scene.record.instance.as_str());
        let mut facts = Facts::default();
        match self {
            Write::Create(client, secret, whose) => {
                match clients.create(&client, secret.as_ref(), &scene.call, limit).await? {
                    Creation::Created => {}
                    Creation::Exists => {
                        warn!(
                            client = id,
                            ?whose,
                            "a client was there before the one that was to be created"
                        );
                        facts.own_client = Some(whose);
                        facts.unsure = (whose == OwnClient::Made).then_some(true);
                    }
                }
            }
            // Whether it was there the next look tells.
            Write::Update(client) => {
                clients.update(&client, &scene.call, limit).await?;
            }
            Write::Delete => {
                clients.delete(id, &scene.call, limit).await?;
            }
        }
        Ok(Learnt::from(facts))
    }
}

/// A new client and its secret, which the checkpoint before the act holds: the job's own, if it has one, for an earlier
/// attempt may have taken effect with it. From that checkpoint on the client counts as ours.
///
/// # Errors
/// A failure, when the configuration and what the platform told make no client; a fault without a definition.
pub(super) fn create(outside: &Outside, scene: &Scene, may_mint: bool) -> Result<(Write, Learnt), Stop> {
    let fails = |cause: &str| Stop::Failure(ends::failure(outside.texts, scene, cause));
    let definition = outside.definition()?;
    let asked = request::asked(&outside.sealer, scene).map_err(|why| fails(&why))?;
    let client = pattern(definition, scene, &asked).created().map_err(fails)?;
    let kind = Kind::of(definition);
    let key = scene.record.key();
    let opened = scene.job().sealed.get(sealed::CLIENT_SECRET);
    let opened = opened.map(|kept| outside.sealer.open(&key, kept)).transpose();
    let opened = opened.map_err(|why| fails(&format!("its secret kept in the record: {why}")))?;
    let known = opened.map(|secret| Secret::new(secret.expose()));
    let mut learnt = Learnt::from(Facts {
        unsure: scene.job().facts.unsure.map(|_| false),
        own_client: Some(OwnClient::Made),
        ..Facts::default()
    });
    let secret = match known.filter(|secret| kind.fits(secret)) {
        Some(secret) => secret,
        // Nobody was told of the one before.
        None if may_mint => {
            let (secret, nonce) = (kind.mint(), rand::random::<[u8; NONCE]>());
            let kept = outside.sealer.seal(&key, secret.expose(), nonce);
            let kept = kept.map_err(|why| fails(&why.to_string()))?;
            learnt.sealed.insert(sealed::CLIENT_SECRET.into(), kept);
            secret
        }
        None => return Err(fails(OTHER_KIND)),
    };
    let write = Write::Create(Box::new(client), kind.sent(secret), owner::refused_by(scene));
    Ok((write, learnt))
}

/// The adapter has the secret, and a client of the present definition can't have it.
const OTHER_KIND: &str = "it was removed while the operation ran, and cf.uaa.client_definition now asks for another kind \
    of secret than the service instance was deployed with; run the operation again";

/// The client of the scene's instance, after the pattern.
pub(super) fn pattern<'a>(definition: &'a ClientDefinition, scene: &'a Scene, asked: &'a Asked) -> Pattern<'a> {
    let before = scene.record.in_force.as_ref();
    let before = before.and_then(|force| force.dashboard_url.as_deref());
    Pattern {
        definition,
        client_id: scene.record.instance.as_str(),
        asked,
        dashboard: scene.job().facts.dashboard_url.as_deref().or(before),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_does_not_show_its_secret() {
        let write = Write::Create(Box::default(), Some(Secret::new("hunter2")), OwnClient::Gone);
        let shown = format!("{write:?}");
        assert!(shown.contains("***") && !shown.contains("hunter2"), "{shown}");
    }
}
