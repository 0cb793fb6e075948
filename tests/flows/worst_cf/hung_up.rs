//! Cloud Controller's time is over while a gateway waits for the end of a bind or of an unbind: it hangs up.
use super::{GAVE_UP, LIMIT, Stage, plan, soon, stands};
use chandler_proto::layout::binding_key;
use chandler_simulators::cloud_controller::{
    OperationKind::{Create, Delete},
    OperationState::Failed,
    OutgoingFate,
};
use chandler_tests::{
    service::Side,
    wait,
    world::{Plan, World},
};
use reqwest::Method;
use std::time::Duration;

const BINDINGS: &str = "/v3/service_credential_bindings";
/// How long Cloud Controller waits for an answer: less than the gateways wait for the end of what they answer.
const PATIENCE: Duration = Duration::from_secs(3);

impl Stage {
    /// The call of a binding for this purpose was sent once, and given up.
    async fn hangs_up(&self, guid: &str, purpose: &str) {
        wait::until(&format!("the {purpose} is given up"), LIMIT, || async {
            let fates = self.fates(guid, purpose);
            (fates != [OutgoingFate::Pending]).then_some(fates)
        })
        .await;
        assert_eq!(self.fates(guid, purpose), [OutgoingFate::TimedOut], "nothing came");
    }
}

/// The adapter stands still before it makes the user, or behind that, until Cloud Controller has hung up.
async fn bind(stage: &Stage, home: &str, side: Side) {
    let (user, name) = (stage.user(), format!("hung-up-{side:?}"));
    let gate = stage.world.service.gate("create-binding", side);
    let job = user
        .begin(Method::POST, BINDINGS, Some(&user.key_body(home, &name)))
        .await;
    let guid = user.key(home, &name).await;
    gate.reached().await;
    stage.hangs_up(&guid, "bind").await;
    let why = user.ended(&job, None).await.failed();
    assert_eq!(why, format!("bind could not be completed: {GAVE_UP}"));
    assert!(stands(stage.binding(&guid).as_ref(), Create, Failed));
    let users = stage.world.users(home);
    assert_eq!(users.contains_key(&guid), side == Side::After, "{users:?}");
    gate.open();
    // It hangs up on its clean-up as well if that takes too long, and sends another one.
    stage.cleaned_up(&guid).await;
    let record = stage.rests(&binding_key(home, &guid)).await;
    assert!(record.gone(), "{record:#?}");
    stage.has_nothing_of(&guid);
    stage.unbound(&guid).await;
    assert_eq!(stage.fates(&guid, "unbind"), [OutgoingFate::Answered(410)]);
    // Another one can be made, by the same name.
    let (other, shown) = user.keyed(home, &name).await;
    assert_eq!(stage.world.users(home)[&other]["password"], shown["password"]);
    stage.has_all_of(&other);
    unbind(stage, home, &other, side).await;
}

/// The same of an unbind, which goes on, and which the user repeats.
async fn unbind(stage: &Stage, home: &str, guid: &str, side: Side) {
    let user = stage.user();
    let gate = stage.world.service.gate("delete-binding", side);
    let job = user.begin(Method::DELETE, &format!("{BINDINGS}/{guid}"), None).await;
    gate.reached().await;
    stage.hangs_up(guid, "unbind").await;
    let why = user.ended(&job, None).await.failed();
    assert!(why.ends_with(GAVE_UP), "{why}");
    assert!(stands(stage.binding(guid).as_ref(), Delete, Failed));
    gate.open();
    assert!(stage.rests(&binding_key(home, guid)).await.gone());
    stage.has_nothing_of(guid);
    stage.unbound(guid).await;
    assert_eq!(stage.fates(guid, "unbind").last(), Some(&OutgoingFate::Answered(410)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hangs_up_on_a_bind_finds_nothing_left_of_it() {
    let world = World::start(Plan { change: soon, ..plan() });
    let world = Box::new(Box::pin(world).await);
    let url = world.platform.url.clone();
    let stage = Box::pin(Stage::around(world, &url, |it| it.broker_timeout = PATIENCE)).await;
    let home = stage.created("home").await;
    for side in [Side::Before, Side::After] {
        bind(&stage, &home, side).await;
    }
    stage.is_at_rest().await;
    stage.is_exact();
    stage.deleted(&home).await;
    stage.has_nothing_of(&home);
}
