//! Errands and UAA clients, when a story is over.
use super::Story;
use crate::crash_matrix::stage::{Case, Ground, Stage};
use chandler_proto::{
    job::State,
    records::Record,
    step::{ErrandsStep, Step},
};
use chandler_simulators::bosh::TaskState;
use chandler_tests::{
    rig::Thing,
    settings::{CLEANUP_DATA, HEALTH_CHECK, SMOKE_TESTS},
};
use serde_json::{Value, json};

/// The errands of a story and of what came before it: all of them, in this order, each once.
pub(in crate::crash_matrix) fn errands(stage: &Stage, case: &Case, what: &str) {
    let after = [SMOKE_TESTS, HEALTH_CHECK];
    let names = match (stage.ground.full(), case.story) {
        (false, _) | (true, Story::Bind | Story::Unbind) => vec![],
        (true, Story::Provision) => after.to_vec(),
        (true, Story::Update | Story::Upgrade | Story::Recreate) => [after, after].concat(),
        (true, Story::Deprovision | Story::DeprovisionBound) => [&after[..], &[CLEANUP_DATA]].concat(),
    };
    let wanted: Vec<_> = names.into_iter().map(|it| (it.to_owned(), TaskState::Done)).collect();
    let world = &stage.rig.world;
    assert_eq!(world.errands(&case.instance), wanted, "{what}: each errand once");
    let co_located = wanted.iter().filter(|(name, _)| name == HEALTH_CHECK).count();
    let places = world.errand_places(&case.instance, HEALTH_CHECK);
    assert_eq!(
        places,
        ["kv/0", "kv/1"].repeat(co_located),
        "{what}: where it is placed"
    );
}

/// What a deprovision that came in between has left of the errands of a story: each once and in their order, as far as they
/// came, and those before the deletion when there was something to lose.
pub(in crate::crash_matrix) async fn cut_short(stage: &Stage, case: &Case, what: &str) {
    if !stage.ground.full() {
        return;
    }
    let (record, _) = stage.rig.record(&Thing::instance(&case.instance)).await;
    let of = |step: &Step| matches!(step, Step::Errands(ErrandsStep::PreDelete(_)));
    let is_last = record.job.itinerary.iter().any(of);
    let was_there = case.story != Story::Provision
        || matches!(
            record.before.as_ref().map(|it| &it.state),
            Some(State::Succeeded { .. })
        );
    assert_eq!(is_last, was_there, "{what}: {record:#?}");
    let mut ran = stage.rig.world.errands(&case.instance);
    if is_last {
        let last = ran.pop();
        assert_eq!(last, Some((CLEANUP_DATA.to_owned(), TaskState::Done)), "{what}");
    }
    let after = [SMOKE_TESTS, HEALTH_CHECK];
    let all = match case.story {
        Story::Provision => after.to_vec(),
        _ => [after, after].concat(),
    };
    let names: Vec<_> = ran.iter().map(|(name, _)| name.as_str()).collect();
    assert!(all.starts_with(&names), "{what}: {ran:?}");
    let least = all.len() - after.len();
    assert!(names.len() >= least, "{what}: those of before: {ran:?}");
    let whole = ran.iter().rev().skip(1).all(|(_, state)| *state == TaskState::Done);
    let state = ran.last().map(|(_, state)| *state);
    assert!(
        whole && matches!(state, None | Some(TaskState::Done | TaskState::Cancelled)),
        "{what}: {ran:?}"
    );
}

/// An instance that is there: its errands have run, and it has the client that it should have.
pub(super) async fn served(stage: &Stage, case: &Case, record: &Record, what: &str) {
    errands(stage, case, what);
    if !stage.ground.full() {
        return;
    }
    client(stage, case, record, what);
    let configs = stage.rig.world.configs(&case.instance).await;
    let wanted = if stage.ground == Ground::FullSecure {
        vec!["cloud"]
    } else {
        vec![]
    };
    assert_eq!(configs, wanted, "{what}");
}

/// The instance's client is as the configuration and the dashboard want it, and the deployment knows its secret.
pub(in crate::crash_matrix) fn client(stage: &Stage, case: &Case, record: &Record, what: &str) {
    let (world, instance) = (&stage.rig.world, case.instance.as_str());
    let force = record.in_force.as_ref().unwrap();
    assert!(force.uaa_client, "{what}: {record:#?}");
    let client = world.client(instance);
    let client = client.unwrap_or_else(|| panic!("{what}: there is no client"));
    let dashboard = force.dashboard_url.clone().unwrap();
    // A UAA keeps no resource ids.
    let is = json!([
        client.grant_types,
        client.scope,
        client.authorities,
        client.redirect_uri
    ]);
    let wanted = json!([
        ["authorization_code", "refresh_token"],
        ["openid", "example-kv.space.user"],
        ["example-kv.space.read"],
        [dashboard]
    ]);
    assert_eq!(is, wanted, "{what}: {client:?}");
    let [secret] = &client.secrets[..] else {
        panic!("{what}: one secret, not {}", client.secrets.len())
    };
    let letters = |secret: &str| secret.len() == 32 && secret.chars().all(|c| c.is_ascii_alphanumeric());
    assert!(letters(secret), "{what}: a secret of {} characters", secret.len());
    let manifest = world.manifest(instance);
    let told = &manifest["properties"]["uaa_client"];
    assert_eq!(told["client_id"], instance, "{what}: {told}");
    assert_eq!(told["redirect_uri"], dashboard, "{what}: {told}");
    let told = told["client_secret"].clone();
    let told = match stage.ground {
        Ground::FullSecure => resolved(stage, &told),
        Ground::Plain | Ground::Secure | Ground::Dns | Ground::SecureDns | Ground::Full => told,
    };
    assert!(
        told == secret.as_str(),
        "{what}: the deployment and the UAA know one secret"
    );
}

/// What BOSH puts in the place of a reference.
fn resolved(stage: &Stage, reference: &Value) -> Value {
    let name = reference
        .as_str()
        .and_then(|it| it.strip_prefix("((")?.strip_suffix("))"));
    let name = name.unwrap_or_else(|| panic!("{reference} is no reference"));
    stage.rig.world.bosh_credhub().get(name).unwrap_or_default()
}

pub(super) async fn nothing_is_left(stage: &Stage, instance: &str, what: &str) {
    if !stage.ground.full() {
        return;
    }
    let world = &stage.rig.world;
    assert!(world.client(instance).is_none(), "{what}: the client is left");
    assert_eq!(world.configs(instance).await, [""; 0], "{what}: configs are left");
    if stage.ground == Ground::FullSecure {
        let of_it = format!("/service-instance_{instance}/");
        let names = world.bosh_credhub().names().into_iter();
        let names: Vec<_> = names.filter(|name| name.contains(&of_it)).collect();
        assert_eq!(names, [""; 0], "{what}: secrets of the manifest are left");
    }
}
