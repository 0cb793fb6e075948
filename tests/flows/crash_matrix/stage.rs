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
    settings::{LARGE, SMALL, SMALL_WITH_ERRANDS},
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
    /// To the maintenance info of the catalog; where instances have clients and errands, by order of an operator.
    Upgrade,
    /// Every VM anew, by order of an operator.
    Recreate,
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
    /// Every instance has a UAA client, and errands run after its deployments and before its deletion.
    Full,
    /// The same with every secret in a CredHub: credentials of bindings, and those that manifests refer to. Manifests come
    /// with configs.
    FullSecure,
}

impl Ground {
    pub(super) fn secure(self) -> bool {
        matches!(self, Ground::Secure | Ground::SecureDns | Ground::FullSecure)
    }
    pub(super) fn dns(self) -> bool {
        matches!(self, Ground::Dns | Ground::SecureDns)
    }
    /// Whether instances have UAA clients and errands.
    pub(super) fn full(self) -> bool {
        matches!(self, Ground::Full | Ground::FullSecure)
    }
    /// How many VMs the service has in the plan `small`.
    pub(super) fn small(self) -> u32 {
        if self.full() { SMALL_WITH_ERRANDS } else { 1 }
    }
    pub(super) fn plan(self) -> Plan {
        Plan {
            secure: self.secure(),
            secure_manifests: self == Ground::FullSecure,
            errands: self.full(),
            uaa_clients: self.full(),
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
            Story::Provision
            | Story::Deprovision
            | Story::DeprovisionBound
            | Story::Update
            | Story::Upgrade
            | Story::Recreate => {
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
            Story::Provision | Story::Deprovision | Story::Update | Story::Upgrade | Story::Recreate => {
                Thing::instance(&self.instance)
            }
            Story::DeprovisionBound => Thing::whole(&self.instance),
            Story::Bind | Story::Unbind => Thing::binding(&self.instance, &self.binding),
        }
    }
    /// What begins before it.
    pub(super) fn before(&self) -> Vec<Case> {
        match self.story {
            Story::Provision | Story::Bind => vec![],
            Story::Deprovision | Story::Update | Story::Upgrade | Story::Recreate => vec![self.but(Story::Provision)],
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
            Story::Provision => p.put(instance, self.parameters()),
            Story::Deprovision | Story::DeprovisionBound => p.delete(instance),
            Story::Bind => p.bind(instance, binding, json!({}), Style::Asynchronous),
            Story::Unbind => p.unbind(instance, binding, Style::Asynchronous),
            Story::Update => p.update(instance, LARGE, json!({"task_seconds": 0})),
            Story::Upgrade if self.ground.full() => p.manage(instance, "upgrade", SMALL),
            Story::Upgrade => p.patch(instance, &Platform::upgrade_body(OLD, NEW)),
            Story::Recreate => p.manage(instance, "recreate", SMALL),
        };
        p.send(request).await
    }

    /// The parameters of a provision.
    fn parameters(&self) -> Value {
        match self.ground {
            Ground::FullSecure => json!({"configs": {"cloud": "vm_types: []"}}),
            Ground::Plain | Ground::Secure | Ground::Dns | Ground::SecureDns | Ground::Full => json!({}),
        }
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

    /// As if the instance had been made before the configuration defined clients; what its deployment knows is void.
    pub(super) async fn take_client_away(&self, case: &Case) {
        let (mut record, revision) = self.rig.record(&case.thing()).await;
        record.in_force.as_mut().unwrap().uaa_client = false;
        (record.job.facts.own_client, record.job.facts.uaa_client) = (None, None);
        let bytes = record.bytes().into();
        self.rig.world.bus.write(&record.key(), bytes, revision).await.unwrap();
        assert!(self.rig.world.uaa().remove_client(&case.instance));
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
            Story::Update | Story::Upgrade => seen::changed(self, case, &what).await,
            Story::Recreate => seen::recreated(self, case, &what).await,
        }
    }

    /// What must be true of all bindings at home, at the end of the day.
    pub(super) async fn check_home(&self) {
        let home = InstanceId::parse(HOME).unwrap();
        let records = self.rig.others.bindings(&home, 0).await.unwrap();
        seen::all_bindings(self, &records).await;
    }
}
