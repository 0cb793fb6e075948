//! What Cloud Controller knows against what is there.
use super::{LIMIT, Stage};
use chandler_bus::Seen;
use chandler_proto::records::Record;
use chandler_simulators::{
    bosh::{TaskKind, TaskState},
    cloud_controller::{BindingKind, CloudControllerWorld, LastOperation, OperationKind, OperationState},
};
use chandler_tests::{settings::SERVICE, world::World};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Deref,
    time::Duration,
};
use tokio::time::{Instant, sleep};

/// Everything that there is of instances and of bindings, each thing by a name of its own.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Things(BTreeSet<String>);

impl Things {
    /// What has to be there of everything that is good at Cloud Controller, and nothing else.
    pub(super) fn known(controller: &CloudControllerWorld) -> Things {
        let mut things = BTreeSet::new();
        for row in controller.instances() {
            if is_good(&row.last_operation) {
                let all = ["deployment", "client", "config", "secrets"];
                things.extend(all.map(|what| format!("{what} of {}", row.guid)));
            }
        }
        for row in controller.bindings() {
            if !is_good(&row.last_operation) {
                continue;
            }
            let reader = match &row.kind {
                BindingKind::Key => "uaa-client:cc_service_key_client".to_owned(),
                BindingKind::App { app } => format!("mtls-app:{app}"),
            };
            let name = format!("{}/{}", row.instance, row.guid);
            things.extend(["user", "credential"].map(|what| format!("{what} of {name}")));
            things.insert(format!("permission of {reader} for {name}"));
        }
        Things(things)
    }

    /// What is there.
    pub(super) fn there(world: &World) -> Things {
        let mut things = BTreeSet::new();
        let instance = |name: &str| name.strip_prefix("service-instance_").map(str::to_owned);
        for deployment in world.director.deployments() {
            let guid = instance(&deployment.name).unwrap();
            things.extend(world.links(&guid).into_iter().map(|it| format!("link {it} of {guid}")));
            things.insert(format!("deployment of {guid}"));
        }
        let clients = world.uaa().clients().into_iter().map(|it| it.client_id);
        let clients = clients.filter(|it| uuid::Uuid::parse_str(it).is_ok());
        things.extend(clients.map(|it| format!("client of {it}")));
        // /odb/<service>/service-instance_<instance>/<name>
        let secrets = world.bosh_credhub().names().into_iter();
        let secrets = secrets.filter_map(|it| it.split('/').find_map(instance));
        things.extend(secrets.map(|guid| format!("secrets of {guid}")));
        let configs = world.director.config_names().into_iter();
        let configs = configs.filter_map(|(_, name)| instance(&name));
        things.extend(configs.map(|guid| format!("config of {guid}")));
        things.extend(users(world));
        let thing = |path: &str| {
            let rest = path.strip_prefix(&format!("/c/{SERVICE}/"))?;
            rest.strip_suffix("/credentials").map(str::to_owned)
        };
        let names = world.credhub().names();
        things.extend(names.iter().map(|it| format!("credential of {}", thing(it).unwrap())));
        for (path, actor, may) in world.credhub().permissions() {
            if let Some(name) = thing(&path) {
                assert_eq!(may, ["read"], "{actor} for {name}");
                things.insert(format!("permission of {actor} for {name}"));
            }
        }
        Things(things)
    }

    /// Those whose names hold this.
    pub(super) fn about(self, part: &str) -> Vec<String> {
        self.0.into_iter().filter(|it| it.contains(part)).collect()
    }
}

fn users(world: &World) -> BTreeSet<String> {
    let some = world.service.users_dir("some");
    let mut users = BTreeSet::new();
    for file in std::fs::read_dir(some.parent().unwrap()).unwrap().flatten() {
        let name = file.file_name();
        let guid = name.to_str().unwrap().strip_prefix("service-instance_").unwrap();
        let of = world.users(guid).into_keys();
        users.extend(of.map(|binding| format!("user of {guid}/{binding}")));
    }
    users
}

/// Whether Cloud Controller takes it for something that can be used: its making has succeeded, whatever became of a change.
fn is_good(of: &LastOperation) -> bool {
    match of.kind {
        OperationKind::Create => of.state == OperationState::Succeeded,
        OperationKind::Update => true,
        OperationKind::Delete => false,
    }
}

fn runs(of: &LastOperation) -> bool {
    matches!(of.state, OperationState::Initial | OperationState::InProgress)
}

/// All records, as they are now.
async fn records(world: &World) -> Vec<Record> {
    let mut watch = world.bus.watch().await;
    let mut found = BTreeMap::new();
    loop {
        match watch.next().await {
            Seen::Change(change) => match change.value {
                Some(value) => _ = found.insert(change.key, value),
                None => _ = found.remove(&change.key),
            },
            Seen::Loaded { .. } => break,
            Seen::Replaced => found.clear(),
            Seen::Lost(_) | Seen::Malformed(_) => {}
        }
    }
    let of_things = found
        .iter()
        .filter(|(key, _)| key.starts_with("instance.") || key.starts_with("binding."));
    of_things
        .map(|(key, value)| Record::parse(value).unwrap_or_else(|why| panic!("{key}: {why}")))
        .collect()
}

impl<W: Deref<Target = World>> Stage<W> {
    /// Waits until nothing is under way: not at Cloud Controller, not at the broker, not at the Director.
    pub(super) async fn is_at_rest(&self) {
        self.is_at_rest_within(LIMIT).await;
    }

    pub(super) async fn is_at_rest_within(&self, limit: Duration) {
        let end = Instant::now() + limit;
        loop {
            let busy = self.busy().await;
            if busy.is_empty() {
                return;
            }
            assert!(Instant::now() < end, "not at rest after {limit:?}: {busy:#?}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Whoever has something to do still.
    pub(super) async fn busy(&self) -> Vec<String> {
        let mut busy = vec![];
        for row in self.cf.controller.instances() {
            busy.extend(
                runs(&row.last_operation).then(|| format!("Cloud Controller: {} {:?}", row.guid, row.last_operation)),
            );
        }
        for row in self.cf.controller.bindings() {
            busy.extend(
                runs(&row.last_operation).then(|| format!("Cloud Controller: {} {:?}", row.guid, row.last_operation)),
            );
        }
        if !self.cf.controller.is_idle() {
            busy.push("Cloud Controller".to_owned());
        }
        let tasks = self.world.director.tasks().into_iter();
        busy.extend(
            tasks
                .filter(|it| !it.state.is_final())
                .map(|it| format!("the Director: {it:?}")),
        );
        let records = records(&self.world).await.into_iter();
        busy.extend(records.filter(|it| !it.job.finished()).map(|it| {
            let (key, job) = (it.key(), &it.job);
            let step = job.step().map(chandler_proto::step::Step::name);
            format!("the broker: {key} {:?} {step:?} {job:?}", job.operation)
        }));
        busy
    }

    /// Everything that is good at Cloud Controller is there with all that belongs to it, and nothing else is.
    pub(super) fn is_exact(&self) {
        let (there, known) = (Things::there(&self.world).0, Things::known(&self.cf.controller).0);
        let left: Vec<_> = there.difference(&known).collect();
        let missing: Vec<_> = known.difference(&there).collect();
        let of: Vec<_> = left.iter().chain(&missing).map(|it| self.story_of(it)).collect();
        assert!(
            left.is_empty() && missing.is_empty(),
            "nobody knows of {left:#?}, missing are {missing:#?}: {of:#?}"
        );
        self.cf.agrees(&self.world);
    }

    /// The last operation of a thing at Cloud Controller, and all calls that were about it but polls.
    fn story_of(&self, thing: &str) -> Vec<String> {
        let guid = thing.rsplit([' ', '/']).next().unwrap_or_default();
        let row = self.instance(guid).or_else(|| self.binding(guid));
        let all = self.cf.controller.outgoing().into_iter();
        let of = all.filter(|it| it.purpose != "poll" && it.path.contains(guid));
        let of = of.map(|it| format!("{} {:?} {}", it.purpose, it.fate, it.path));
        [format!("{row:?}")].into_iter().chain(of).collect()
    }

    /// Nothing is there of an instance or of a binding.
    pub(super) fn has_nothing_of(&self, guid: &str) {
        assert_eq!(Things::there(&self.world).about(guid), [""; 0], "left of {guid}");
    }

    /// An instance, or a binding, is there with all that belongs to it.
    pub(super) fn has_all_of(&self, guid: &str) {
        let (there, known) = (
            Things::there(&self.world),
            Things::known(&self.cf.controller).about(guid),
        );
        assert_eq!(
            there.about(guid),
            known,
            "there, and known to Cloud Controller, of {guid}"
        );
        assert!(
            known.len() >= 3,
            "Cloud Controller has no {guid} that is good: {known:?}"
        );
    }

    /// How the Director's tasks of this kind of an instance ended, oldest first.
    pub(super) fn tasks(&self, instance: &str, kind: TaskKind) -> Vec<TaskState> {
        let name = format!("service-instance_{instance}");
        let tasks = self.world.director.tasks().into_iter();
        let of = tasks.filter(|it| it.deployment == name && it.kind == kind);
        of.map(|it| it.state).collect()
    }
}
