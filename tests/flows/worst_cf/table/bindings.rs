//! Bindings: bind, fetch, unbind, and clean-ups; all of one instance.
use super::{Fate, Sight, orphans::taken_on};
use crate::worst_cf::{GAVE_UP, LIMIT, Stage, stands};
use chandler_proto::layout::binding_key;
use chandler_simulators::cloud_controller::{
    OperationKind::{Create, Delete},
    OperationState::{Failed, InProgress},
    OutgoingAction, OutgoingFate, OutgoingFault,
};
use chandler_tests::wait;
use futures::future::join_all;
use reqwest::Method;
use serde_json::json;

const PATH: &str = "/v3/service_credential_bindings";
/// So long a bind takes at least, that its polls and its fetch can be armed.
const SLOW: u64 = 3_000;

/// When the gateways answer a bind or an unbind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grace {
    /// As soon as it is accepted.
    None,
    /// When it is done, as by default.
    Default,
}

impl Grace {
    /// How long the adapter takes for a bind, in milliseconds.
    fn pace(self) -> u64 {
        match self {
            Grace::None => SLOW,
            // Whoever isn't heard of isn't done yet.
            Grace::Default => 500,
        }
    }

    /// What a bind was answered that was heard of, as often as it was sent.
    fn bound(self, sent: &[OutgoingFate], fate: Fate) {
        let (first, again) = match self {
            Grace::None => (202, 202),
            Grace::Default => (201, 200),
        };
        let mut wanted = vec![OutgoingFate::Answered(again); fate.times()];
        wanted[0] = OutgoingFate::Answered(first);
        let at = sent.iter().position(|it| *it == wanted[0]);
        assert!(at.is_some() && (fate == Fate::AtOnce || at == Some(0)), "{sent:?}");
        let mut sent = sent.to_vec();
        sent.swap(0, at.unwrap());
        assert_eq!(sent, wanted, "{self:?}");
    }

    /// The same of an unbind: when it comes twice, the first may be done before the second.
    fn unbound(self, sent: &[OutgoingFate], fate: Fate) {
        let done = OutgoingFate::Answered(match self {
            Grace::None => 202,
            Grace::Default => 200,
        });
        assert_eq!(sent.len(), fate.times(), "{sent:?}");
        assert!(
            sent[0] == done || fate == Fate::AtOnce && sent.contains(&done),
            "{sent:?}"
        );
        let fits = |it: &OutgoingFate| *it == done || *it == OutgoingFate::Answered(410);
        assert!(sent.iter().all(fits), "{self:?}: {sent:?}");
    }
}

/// What meets a fate on the way to a binding.
#[derive(Clone, Copy, Debug)]
struct Fates {
    bind: Option<Fate>,
    fetch: Option<Fate>,
    orphan: Option<Fate>,
    grace: Grace,
}

impl Stage {
    /// Begins to make a key of an instance: its guid and its job.
    async fn binds(&self, home: &str, name: &str, fates: Fates) -> (String, String) {
        let (alone, controller) = (self.arming.lock().await, &self.cf.controller);
        let path = format!("{home}/service_bindings/");
        let once = |method: &str, fate: Option<Fate>, purpose: &str| {
            if let Some(fate) = fate {
                controller.set_outgoing_fault(OutgoingFault::once(method, &path, fate.action()).only(purpose));
            }
        };
        once("PUT", fates.bind.filter(|it| *it != Fate::Unpolled), "bind");
        once("DELETE", fates.orphan, "orphan");
        let instance = json!({"data": {"guid": home}});
        let body = json!({"type": "key", "name": name, "parameters": {"adapter_sleep_ms": fates.grace.pace()},
                          "relationships": {"service_instance": instance}});
        let job = self.user().begin(Method::POST, PATH, Some(&body)).await;
        let guid = self.user().key(home, name).await;
        if let Some(fate) = fates.fetch {
            controller.set_outgoing_fault(OutgoingFault::once("GET", &guid, fate.action()).only("fetch"));
        }
        wait::until("it was sent", LIMIT, || async {
            (!self.calls(&guid, "bind").is_empty()).then_some(())
        })
        .await;
        // Nobody else's fault may hit its clean-up, and its own nobody else's.
        if fates.bind.is_some_and(|it| it.sight() == Sight::GaveUp) {
            self.cleaned_up(&guid).await;
        }
        drop(alone);
        (guid, job)
    }

    async fn unpolled_binding(&self, home: &str, guid: &str, stop: u64) {
        self.rests(&binding_key(home, guid)).await;
        let row = self.binding(guid).unwrap();
        assert_eq!(row.state, InProgress, "{guid}: {row:?}");
        self.cf.controller.clear_outgoing_fault(stop);
    }

    /// What a key shows is what the service takes.
    async fn works(&self, home: &str, guid: &str) {
        self.has_all_of(guid);
        let shown = self.user().credentials(guid).await;
        let user = &self.world.users(home)[guid];
        assert_eq!(
            (&shown["username"], &shown["password"]),
            (&user["username"], &user["password"])
        );
    }
}

const BIND: Fates = Fates {
    bind: None,
    fetch: None,
    orphan: None,
    grace: Grace::None,
};

/// Every story of a binding, at the same time; then the instance goes with those that stayed.
pub(super) async fn all(stage: &Stage) {
    let home = stage.created("home").await;
    let lives = Fate::ALL.map(|fate| life(stage, &home, fate, Grace::None));
    let fetches = Fate::SINGLE.map(|fate| fetch(stage, &home, fate));
    let orphans = Fate::SINGLE.map(|fate| orphan(stage, &home, fate));
    futures::join!(join_all(lives), join_all(fetches), join_all(orphans));
    // Unbinds that go on are why a first `delete-service` fails; they go on all the same.
    let kept = stage.cf.controller.bindings().len();
    assert_eq!(kept, Fate::SINGLE.len() - 3, "those whose fetch was heard");
    let why = stage.user().delete_service(&home).await.failed();
    assert!(
        why.contains("is in progress") || why.contains("in progress for"),
        "{why}"
    );
    wait::until("all is unbound", LIMIT, || async {
        stage.cf.controller.bindings().is_empty().then_some(())
    })
    .await;
    stage.deleted(&home).await;
    stage.has_nothing_of(&home);
}

/// The same of binds and unbinds that are answered when they are done: there are no polls then, and nothing is fetched.
pub(super) async fn soon(stage: &Stage) {
    let home = stage.created("home").await;
    join_all(Fate::SINGLE.map(|fate| life(stage, &home, fate, Grace::Default))).await;
    let polls = stage.calls(&format!("{home}/service_bindings/"), "poll");
    assert!(polls.is_empty(), "{polls:#?}");
    stage.deleted(&home).await;
    stage.has_nothing_of(&home);
}

/// A bind that meets its fate, and the unbind of a binding that does.
async fn life(stage: &Stage, home: &str, fate: Fate, grace: Grace) {
    let calm = Fates { grace, ..BIND };
    let fates = Fates {
        bind: Some(fate),
        ..calm
    };
    let (guid, job) = stage.binds(home, &format!("key-{fate:?}"), fates).await;
    if fate == Fate::Unpolled {
        let stop = stage.arm("GET", &guid, OutgoingAction::Stop, None);
        stage.unpolled_binding(home, &guid, stop).await;
    }
    let end = stage.user().ended(&job, None).await;
    let sent = stage.fates(&guid, "bind");
    match fate.sight() {
        Sight::Heard => {
            end.succeeded();
            grace.bound(&sent, fate);
            stage.works(home, &guid).await;
            unbind(stage, home, &guid, fate, grace).await;
        }
        Sight::GaveUp => {
            assert_eq!(end.failed(), format!("bind could not be completed: {GAVE_UP}"));
            assert!(stands(stage.binding(&guid).as_ref(), Create, Failed));
            assert_eq!(sent, [OutgoingFate::TimedOut]);
            stage.cleaned_up(&guid).await;
            let record = stage.rests(&binding_key(home, &guid)).await;
            assert!(record.gone(), "{record:#?}");
            stage.has_nothing_of(&guid);
            stage.unbound(&guid).await;
            assert_eq!(stage.fates(&guid, "unbind"), [OutgoingFate::Answered(410)]);
            let (other, job) = stage.binds(home, &format!("other-{fate:?}"), calm).await;
            stage.user().ended(&job, None).await.succeeded();
            stage.works(home, &other).await;
            unbind(stage, home, &other, fate, grace).await;
        }
    }
}

async fn unbind(stage: &Stage, home: &str, guid: &str, fate: Fate, grace: Grace) {
    let stop = match fate {
        Fate::Unpolled => stage.arm("GET", guid, OutgoingAction::Stop, None),
        _ => stage.arm("DELETE", guid, fate.action(), Some(1)),
    };
    let job = stage
        .user()
        .begin(Method::DELETE, &format!("{PATH}/{guid}"), None)
        .await;
    if fate == Fate::Unpolled {
        wait::until("it is accepted", LIMIT, || async {
            (stage.fates(guid, "unbind") == [OutgoingFate::Answered(202)]).then_some(())
        })
        .await;
        stage.unpolled_binding(home, guid, stop).await;
    }
    let end = stage.user().ended(&job, None).await;
    let sent = stage.fates(guid, "unbind");
    match fate.sight() {
        Sight::Heard => {
            end.succeeded();
            grace.unbound(&sent, fate);
        }
        Sight::GaveUp => {
            let why = end.failed();
            assert!(
                why.starts_with("unbind could not be completed: ") && why.ends_with(GAVE_UP),
                "{why}"
            );
            assert!(stands(stage.binding(guid).as_ref(), Delete, Failed));
            if fate != Fate::TimeOut {
                let record = stage.rests(&binding_key(home, guid)).await;
                assert_eq!(record.gone(), fate.arrives(), "{record:#?}");
            }
            stage.unbound(guid).await;
        }
    }
    assert_eq!(stage.binding(guid), None);
    assert_eq!(stage.fates(guid, "orphan"), [], "an unbind has none");
    stage.rests(&binding_key(home, guid)).await;
    stage.has_nothing_of(guid);
}

/// A bind that is done, and whose credentials are asked for in vain: Cloud Controller calls it failed, and cleans nothing up.
async fn fetch(stage: &Stage, home: &str, fate: Fate) {
    let fates = Fates {
        fetch: Some(fate),
        ..BIND
    };
    let (guid, job) = stage.binds(home, &format!("fetched-{fate:?}"), fates).await;
    let end = stage.user().ended(&job, None).await;
    assert_eq!(stage.calls(&guid, "fetch").len(), fate.times());
    match fate.sight() {
        Sight::Heard => {
            end.succeeded();
            stage.works(home, &guid).await;
        }
        Sight::GaveUp => {
            assert_eq!(end.failed(), format!("bind could not be completed: {GAVE_UP}"));
            assert!(stands(stage.binding(&guid).as_ref(), Create, Failed));
            assert_eq!(stage.fates(&guid, "orphan"), []);
            assert!(stage.world.users(home).contains_key(&guid), "it was made");
            stage.unbound(&guid).await;
            stage.has_nothing_of(&guid);
        }
    }
}

/// A bind that was accepted and not heard of; the DELETE of its clean-up meets its fate.
async fn orphan(stage: &Stage, home: &str, fate: Fate) {
    let fates = Fates {
        bind: Some(Fate::Unheard),
        orphan: Some(fate),
        ..BIND
    };
    let (guid, job) = stage.binds(home, &format!("orphan-{fate:?}"), fates).await;
    stage.user().ended(&job, None).await.failed();
    stage.cleaned_up(&guid).await;
    let record = stage.rests(&binding_key(home, &guid)).await;
    assert!(record.gone(), "{record:#?}");
    stage.has_nothing_of(&guid);
    taken_on(&stage.fates(&guid, "orphan"), fate);
    stage.unbound(&guid).await;
    assert_eq!(stage.fates(&guid, "unbind"), [OutgoingFate::Answered(410)]);
}
