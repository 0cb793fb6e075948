//! The instance's UAA client, as the adapter gets it and as it must not be there at the end. Another worker keeps it.
use crate::room::Outside;
use chandler_clients::{Fault, FaultKind, uaa::OauthClient};
use chandler_common::client;
use chandler_engine::step::Scene;
use chandler_proto::{
    job::{OwnClient, sealed},
    step::{Step, UaaClientsStep},
};
use tracing::warn;

/// The value of an instance without one.
pub(super) const NONE: &str = "null";

/// The value `uaa_client` of an adapter call: the client that the job made or found, with its secret if the job knows it.
/// It may hold a secret.
///
/// # Errors
/// A text for the operator.
pub(super) fn of_job(outside: &Outside, scene: &Scene) -> Result<String, String> {
    let Some(client) = &scene.job().facts.uaa_client else {
        return Ok(NONE.into());
    };
    let secret = match scene.job().sealed.get(sealed::CLIENT_SECRET) {
        None => return Ok(client.adapter_json("").to_string()),
        Some(kept) => outside.sealer.open(&scene.record.key(), kept),
    };
    let secret = secret.map_err(|why| format!("the secret of the UAA client: {why}"))?;
    Ok(client.adapter_json(secret.expose()).to_string())
}

/// The same for an instance whose job has no client of its own: as the UAA has it, without a secret, which nobody knows
/// any more.
///
/// # Errors
/// A [`Fault`] when the UAA doesn't answer, or can't be asked.
pub(super) async fn in_force(outside: &Outside, scene: &Scene) -> Result<String, Fault> {
    let has = scene.record.in_force.as_ref().is_some_and(|force| force.uaa_client);
    let found = if has { find(outside, scene).await? } else { None };
    Ok(found.map_or_else(|| NONE.into(), |it| client::copy(it).adapter_json("").to_string()))
}

/// At a last look: whether a client is there that the job has removed. A forced job waits for no UAA.
///
/// # Errors
/// As [`in_force`].
pub(super) async fn is_there_again(outside: &Outside, scene: &Scene) -> Result<bool, Fault> {
    let removed = |leg: &Step| matches!(leg, Step::UaaClients(UaaClientsStep::Remove));
    let job = scene.job();
    // Of what a forced job has left there the log has told.
    let left = job.force && job.facts.own_client != Some(OwnClient::Gone);
    if left || !job.itinerary.iter().any(removed) {
        return Ok(false);
    }
    match find(outside, scene).await {
        Err(fault) if job.force => {
            let (client, job) = (&scene.record.instance, &job.id);
            warn!(%client, %job, %fault,
                "the last look of a forced deprovision can't see whether its UAA client is there again");
            Ok(false)
        }
        found => Ok(found?.is_some()),
    }
}

async fn find(outside: &Outside, scene: &Scene) -> Result<Option<OauthClient>, Fault> {
    let Some(clients) = &outside.uaa_clients else {
        let text = "the configuration has no cf.uaa.authentication.client_credentials";
        return Err(Fault::new(FaultKind::NotSent, "GET /oauth/clients of the UAA", text));
    };
    clients.get(scene.record.instance.as_str(), &scene.call).await
}
