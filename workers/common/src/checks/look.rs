//! Looks at one system of the outside each.
use super::{
    Check, Line, Verdict,
    rules::{self, Needs},
};
use chandler_clients::{
    CallContext, Fault, FaultKind, bosh::Director, cloud_controller::CloudController, credhub::CredHub,
    instances_api::InstancesApi, uaa::OauthClients,
};
use std::{future::Future, time::Duration};
use tokio::time::timeout;

/// What a call comes to, not later than `limit`.
pub(super) async fn within<T>(
    limit: Duration,
    name: &str,
    call: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    timeout(limit, call).await.unwrap_or_else(|_| {
        let text = format!("no answer within {} s", limit.as_secs());
        Err(Fault::new(FaultKind::Unknown, name, text))
    })
}

/// The version is told to everybody; then comes who we are.
pub(super) async fn director(director: &Director, needs: &Needs, limit: Duration) -> [Line; 3] {
    let (call, name) = (CallContext::default(), "GET /info of the Director");
    let info = match within(limit, name, director.introduction(&call)).await {
        Ok(info) => info,
        Err(fault) => {
            let why = rules::hindrance(&fault, "bosh", "url");
            let unknown = || Verdict::Unknown("the Director can't be asked".into());
            return [
                Check::Director.is(Verdict::Wrong(format!(
                    "error fetching BOSH director information: {why}"
                ))),
                Check::DirectorVersion.is(unknown()),
                Check::DirectorCredentials.is(unknown()),
            ];
        }
    };
    let who = match within(limit, name, director.standing(&call)).await {
        Ok(it) => rules::director_credentials(it.info.user.as_deref(), it.scopes.as_deref(), &it.info.uuid),
        Err(fault) => {
            let why = rules::hindrance(&fault, "bosh", "url");
            Verdict::Wrong(format!("BOSH Director error: {why}"))
        }
    };
    [
        Check::Director.is(Verdict::Fine(format!("{} ({}) answers", info.name, info.uuid))),
        Check::DirectorVersion.is(rules::director_version(&info.version, needs)),
        Check::DirectorCredentials.is(who),
    ]
}

pub(super) async fn runtime_credhub(it: &CredHub, limit: Duration) -> Line {
    let verdict = credhub(it, ("credhub", "api_url"), "error connecting to runtime credhub", limit);
    Check::CredHub.is(verdict.await)
}

pub(super) async fn bosh_credhub(it: &CredHub, limit: Duration) -> Line {
    let verdict = credhub(it, ("bosh_credhub", "url"), "error connecting to BOSH's credhub", limit);
    Check::BoshCredHub.is(verdict.await)
}

async fn credhub(it: &CredHub, (section, address): (&str, &str), failed: &str, limit: Duration) -> Verdict {
    match within(limit, "GET /version of CredHub", it.standing(&CallContext::default())).await {
        Ok(it) => rules::credhub(section, it.version.as_deref(), it.scopes.as_deref()),
        Err(fault) => {
            let why = rules::hindrance(&fault, section, address);
            Verdict::Wrong(format!("{failed}: {why}"))
        }
    }
}

pub(super) async fn uaa(clients: &OauthClients, keeps: bool, limit: Duration) -> Line {
    let name = "POST /oauth/token of the UAA";
    Check::Uaa.is(
        match within(limit, name, clients.scopes(&CallContext::default())).await {
            Ok(scopes) => rules::uaa(keeps, scopes.as_deref()),
            Err(fault) => Verdict::Wrong(rules::no_token(&fault)),
        },
    )
}

/// The version is told to everybody; then comes who we are.
pub(super) async fn cloud_controller(it: &CloudController, limit: Duration) -> Line {
    let (call, name) = (CallContext::default(), "GET / of Cloud Controller");
    let verdict = match within(limit, name, it.info(&call)).await {
        Ok(info) => match rules::cloud_controller_version(&info.version) {
            Some(wrong) => Verdict::Wrong(wrong),
            None => {
                let name = "GET /v3/service_brokers of Cloud Controller";
                match within(limit, name, it.standing(&call)).await {
                    Ok(we) => rules::cloud_controller(&info.version, we.scopes.as_deref()),
                    Err(fault) => Verdict::Wrong(rules::not_taken(&fault, info.uaa_url.as_deref())),
                }
            }
        },
        Err(fault) => Verdict::Wrong(rules::no_cloud_controller(&fault)),
    };
    Check::CloudController.is(verdict)
}

pub(super) async fn instances_api(api: &InstancesApi, limit: Duration) -> Line {
    let name = "GET of the service instances API";
    Check::InstancesApi.is(match within(limit, name, api.list(&CallContext::default())).await {
        Ok(listed) => rules::instances_api(listed.iter().map(|it| it.service_instance_id.as_str())),
        Err(fault) => Verdict::Wrong(rules::no_list(&fault)),
    })
}
