//! The stories, and the worlds in which they happen.
use super::{
    losses::{Loss, System},
    seen,
};
use chandler_proto::ids::InstanceId;
use chandler_tests::{
    bindings::Style,
    platform::{Answer, Platform},
    rig::{Fate, Rig, Thing},
    settings::{LARGE, SMALL},
    world::Plan,
};
use serde_json::{Value, json};

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Story {
    Provision,
    Deprovision,
    /// Of an instance with two bindings.
    DeprovisionBound,
    Bind,
    Unbind,
    /// From the plan `small` to the plan `large`, with parameters.
    Update,
    /// To the maintenance info of the catalog.
    Upgrade,
}

/// The maintenance version that an instance has before its upgrade.
const OLD: &str = "0.9.0";
/// The one that the catalog has.
pub(super) const NEW: &str = "1.0.0";

/// Where it is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ground {
    /// Credentials are sealed in the record, the Director wants a password.
    Plain,
    /// Credentials are in CredHub.
    Secure,
    /// Each binding gets addresses by BOSH DNS.
    Dns,
    /// Both, and the Director wants tokens of the UAA.
    SecureDns,
}

impl Ground {
    pub(super) fn secure(self) -> bool {
        matches!(self, Ground::Secure | Ground::SecureDns)
    }
    pub(super) fn dns(self) -> bool {
        matches!(self, Ground::Dns | Ground::SecureDns)
    }
    pub(super) fn plan(self) -> Plan {
        Plan {
            secure: self.secure(),
            director_by_uaa: self == Ground::SecureDns,
            dns: usize::from(self.dns()),
            change: patient,
            ..Plan::default()
        }
    }
}

/// Several windows are waited for in one story; the deadline is not what it is about.
pub(super) fn patient(json: &mut Value) {
    json["chandler"]["deadlines"] = json!({"binding_seconds": 36_000});
    json["service_catalog"]["plan_updatable"] = json!(true);
}

/// The instance of a stage whose bindings come and go.
pub(super) const HOME: &str = "home";

/// One story with its own ids.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) story: Story,
    pub(super) instance: String,
    pub(super) binding: String,
}

impl Case {
    pub(super) fn new(story: Story, number: usize) -> Self {
        let instance = match story {
            Story::Provision | Story::Deprovision | Story::DeprovisionBound | Story::Update | Story::Upgrade => {
                format!("case-{number}")
            }
            Story::Bind | Story::Unbind => HOME.to_owned(),
        };
        Case {
            story,
            instance,
            binding: format!("b-{number}"),
        }
    }
    /// The same ids in another story.
    pub(super) fn but(&self, story: Story) -> Self {
        Case { story, ..self.clone() }
    }
    pub(super) fn thing(&self) -> Thing {
        match self.story {
            Story::Provision | Story::Deprovision | Story::Update | Story::Upgrade => Thing::instance(&self.instance),
            Story::DeprovisionBound => Thing::whole(&self.instance),
            Story::Bind | Story::Unbind => Thing::binding(&self.instance, &self.binding),
        }
    }
    /// What begins before it.
    pub(super) fn before(&self) -> Vec<Case> {
        match self.story {
            Story::Provision | Story::Bind => vec![],
            Story::Deprovision | Story::Update | Story::Upgrade => vec![self.but(Story::Provision)],
            Story::Unbind => vec![self.but(Story::Bind)],
            Story::DeprovisionBound => {
                let bind = |binding: &str| Case {
                    story: Story::Bind,
                    instance: self.instance.clone(),
                    binding: binding.into(),
                };
                vec![self.but(Story::Provision), bind("one"), bind("two")]
            }
        }
    }
}

/// A world with the workers in our hands.
pub(super) struct Stage {
    pub(super) rig: Rig,
    pub(super) ground: Ground,
}

impl Stage {
    pub(super) async fn start(ground: Ground) -> Stage {
        Self::start_with(ground, ground.plan()).await
    }
    /// A changed configuration.
    pub(super) async fn start_with(ground: Ground, plan: Plan) -> Stage {
        let rig = Box::pin(Rig::start(plan)).await;
        let mut stage = Stage { rig, ground };
        let home = Case {
            story: Story::Provision,
            instance: HOME.into(),
            binding: String::new(),
        };
        stage.tell(&home).await;
        stage
    }

    /// The request with which a story begins: its operation.
    pub(super) async fn accept(&self, case: &Case) -> String {
        let answer = self.ask(case).await;
        assert_eq!(answer.status, 202, "{case:?}: {answer:?}");
        answer.body["operation"].as_str().unwrap().to_owned()
    }

    /// The same, whatever is answered.
    pub(super) async fn ask(&self, case: &Case) -> Answer {
        let (p, instance, binding) = (&self.rig.world.platform, &case.instance, &case.binding);
        let request = match case.story {
            Story::Provision => p.put(instance, json!({})),
            Story::Deprovision | Story::DeprovisionBound => p.delete(instance),
            Story::Bind => p.bind(instance, binding, json!({}), Style::Asynchronous),
            Story::Unbind => p.unbind(instance, binding, Style::Asynchronous),
            Story::Update => p.update(instance, LARGE, json!({"task_seconds": 0})),
            Story::Upgrade => p.patch(instance, &Platform::upgrade_body(OLD, NEW)),
        };
        p.send(request).await
    }

    /// The whole of it, undisturbed.
    pub(super) async fn tell(&mut self, case: &Case) {
        self.rig.new_story();
        self.accept(case).await;
        self.rig.drive(&case.thing(), Fate::default()).await;
        self.check(case, "undisturbed").await;
    }

    /// What comes before the story; then nothing is remembered, tokens least of all.
    pub(super) async fn prepare(&mut self, case: &Case) {
        self.rig.new_story();
        for before in case.before() {
            self.tell(&before).await;
        }
        if case.story == Story::Upgrade {
            self.age(case).await;
        }
        System::forget_calls(&self.rig.world);
        if let Some(uaa) = &self.rig.world.systems.uaa {
            uaa.expire_tokens();
        }
    }

    /// As if the instance had been made before the catalog had its present maintenance version.
    async fn age(&self, case: &Case) {
        let (mut record, revision) = self.rig.record(&case.thing()).await;
        let force = record.in_force.as_mut().unwrap();
        force.maintenance_version = Some(OLD.to_owned());
        let bytes = record.bytes().into();
        self.rig.world.bus.write(&record.key(), bytes, revision).await.unwrap();
    }

    /// A story while a call is lost and workers meet their fate. Gives the number of turns.
    pub(super) async fn run(&mut self, case: &Case, loss: Option<&Loss>, fate: Fate) -> usize {
        self.prepare(case).await;
        if let Some(loss) = loss {
            loss.arm(&self.rig.world);
        }
        self.accept(case).await;
        let turns = self.rig.drive(&case.thing(), fate.clone()).await;
        System::clear_faults(&self.rig.world);
        let what = format!("loss {loss:?}, crash {:?} at {:?}", fate.crash, fate.died_at());
        self.check(case, &what).await;
        turns
    }

    /// What must be true after a story, whatever happened on the way.
    pub(super) async fn check(&self, case: &Case, what: &str) {
        let what = format!("{case:?} on {:?}, {what}", self.ground);
        match case.story {
            Story::Provision => seen::provisioned(self, case, &what).await,
            Story::Deprovision | Story::DeprovisionBound => seen::deprovisioned(self, case, &what).await,
            Story::Bind => seen::bound(self, case, &what).await,
            Story::Unbind => seen::unbound(self, case, &what).await,
            Story::Update => seen::changed(self, case, LARGE, 3, &what).await,
            Story::Upgrade => seen::changed(self, case, SMALL, 1, &what).await,
        }
    }

    /// What must be true of all bindings at home, at the end of the day.
    pub(super) async fn check_home(&self) {
        let home = InstanceId::parse(HOME).unwrap();
        let records = self.rig.others.bindings(&home, 0).await.unwrap();
        seen::all_bindings(self, &records).await;
    }
}
