//! What happened around the recorded exchanges: deployments made before, faults, the passing of time.

use std::time::Duration;

use chandler_simulators::bosh::{
    Catalog, Ending, ErrandScript, Outage, Release, Stemcell, TaskEffect, TaskFault, TaskKind,
};

use crate::client::{Bench, manifest, task_of};

/// The stage for one file.
pub(crate) struct Scene {
    pub(crate) bench: Bench,
}

const SERVICE: &str = r"name: service-instance_si1
releases: [{name: sandbox-svc, version: latest}]
stemcells: [{alias: default, os: toronto-os, version: latest}]
instance_groups:
- &group
  name: smoke-errand
  lifecycle: errand
  azs: [z1]
  instances: 1
  vm_type: small
  stemcell: default
  networks: [{name: default}]
  jobs: [{name: smoke, release: sandbox-svc}]
- name: fail-errand
  lifecycle: errand
  azs: [z1]
  instances: 1
  vm_type: small
  stemcell: default
  networks: [{name: default}]
  jobs: [{name: fail, release: sandbox-svc}, {name: slow, release: sandbox-svc}]
- name: node
  azs: [z1]
  instances: 2
  vm_type: small
  stemcell: default
  persistent_disk: 1024
  networks: [{name: default}]
  jobs:
  - name: svc
    release: sandbox-svc
    provides: {db: {as: si1-db, shared: true}, addr: {}}
    consumes: {peer: {from: si1-db}}
  - {name: smoke, release: sandbox-svc}
";

fn catalog() -> Catalog {
    let script = |exit_code, stdout: &str, stderr: &str| ErrandScript {
        exit_code,
        stdout: stdout.to_owned(),
        stderr: stderr.to_owned(),
    };
    let smoke = script(0, "smoke stdout line\n", "smoke stderr line\n");
    let fail = script(3, "about to fail\n", "boom\n");
    let errands = [
        ("smoke-errand", smoke.clone()),
        ("smoke", smoke),
        ("fail-errand", fail.clone()),
        ("fail", fail),
        ("slow", script(0, "", "")),
    ];
    Catalog {
        releases: vec![Release {
            name: "sandbox-svc".to_owned(),
            version: "1.0.0".to_owned(),
            jobs: ["badtmpl", "fail", "slow", "smoke", "svc"].map(str::to_owned).to_vec(),
        }],
        stemcells: vec![Stemcell {
            name: "ubuntu-stemcell".to_owned(),
            os: "toronto-os".to_owned(),
            version: "1".to_owned(),
        }],
        networks: vec!["default".to_owned()],
        links: [("db", "svcdb"), ("addr", "address")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .into(),
        errands: errands.map(|(name, script)| (name.to_owned(), script)).into(),
    }
}

impl Scene {
    /// What was there before the recording began.
    pub(crate) async fn open(&mut self, file: &str) {
        let world = &self.bench.world;
        world.set_catalog(Some(catalog()));
        // The recorded Director had made some before.
        world.set_next_links(3, 2, 2);
        match file {
            "crashes.txt" => world.set_next_task(3),
            _ => {
                let service = self.post(SERVICE, "").await;
                self.settle(service, "done").await;
                if file != "locks-and-failures.txt" {
                    let empty = self.deploy("empty", 0).await;
                    self.settle(empty, "done").await;
                }
                self.bench.world.set_next_task(match file {
                    "deployments-tasks.txt" => 10,
                    "newest-deployments-tasks.txt" => 6,
                    "locks-and-failures.txt" => 28,
                    "newest-errands-links-configs.txt" => 16,
                    _ => 20,
                });
            }
        }
    }

    /// What was there before the recording about UAA began: a team's deployment, made by task 4.
    pub(crate) async fn open_for_team(&mut self, token: &str) {
        let world = &self.bench.world;
        world.set_catalog(Some(catalog()));
        world.set_next_links(1, 1, 1);
        world.set_next_task(4);
        let request = self.bench.anonymous("POST", "/deployments");
        let request = request.header("Content-Type", "text/yaml").bearer_auth(token);
        // What the real release's job offers by itself, the simulated one offers when the manifest says so.
        let u1 = manifest("u1", 0, 1).replace("name: svc,", "name: svc, provides: {db: {}, addr: {}},");
        let answer = request.body(u1).send().await;
        let task = task_of(answer.expect("an answer"));
        self.settle(task, "done").await;
    }

    /// What happened just before a line of a recording.
    pub(crate) async fn before(&mut self, file: &str, line: usize) {
        // The same happened on both Directors, and up to there the lines are the same.
        match file.strip_prefix("newest-").unwrap_or(file) {
            "deployments-tasks.txt" => self.before_deployments(line),
            "locks-and-failures.txt" => self.before_locks(line).await,
            "crashes.txt" => self.before_crashes(line).await,
            _ => self.before_errands(line),
        }
    }

    fn before_deployments(&self, line: usize) {
        if line == 494 {
            self.fault(TaskKind::Deploy, fail("Rendering templates", None));
        }
    }

    fn before_errands(&self, line: usize) {
        match line {
            13 => self.pass(1.2),
            178 => self.fault(TaskKind::Errand, TaskEffect::Take { seconds: 15.0 }),
            189 => self.pass(13.0),
            274 => self.bench.world.set_next_links(5, 4, 5),
            _ => {}
        }
    }

    async fn before_locks(&self, line: usize) {
        let world = &self.bench.world;
        match line {
            2 => self.make("lk", 1).await,
            12 => self.fault(TaskKind::Delete, TaskEffect::Hang),
            21 => self.pass(5.0),
            29 => self.make("lk", 1).await,
            112 => assert!(world.finish_task(29, Ending::Done)),
            131 => {
                world.set_workers(2);
                for at in 0..8 {
                    self.make(&format!("q{at}"), 0).await;
                }
                self.pass(1.5);
            }
            139 => self.pass(60.0),
            162 => {
                for at in 0..8 {
                    self.remove(&format!("q{at}")).await;
                }
                world.set_workers(1000);
            }
            171 => {
                self.fault(TaskKind::Deploy, fail("Creating missing vms", None));
                self.make("cf", 1).await;
            }
            221 => self.remove("cf").await,
            223 => {
                let text =
                    "Timed out pinging VM '3156' with agent 'a16c5901-8dcb-42eb-879e-0227b589d579' after 60 seconds";
                self.fault(TaskKind::Deploy, fail("Creating missing vms", Some((450_002, text))));
                self.make("ua", 1).await;
            }
            250 => self.remove("ua").await,
            252 => self.make("kv", 1).await,
            253 => {
                assert!(world.kill_vm("kv", "node", 0));
                self.look("kv").await;
            }
            264 => self.make("kv", 1).await,
            284 => {
                self.post(&manifest("kv", 1, 1), "?fix=true").await;
            }
            342 => self.remove("kv").await,
            _ => {}
        }
    }

    async fn before_crashes(&mut self, line: usize) {
        let world = self.bench.world.clone();
        match line {
            1 => self.make("c1", 1).await,
            4 => {
                self.remove("c1").await;
                self.pass(1.5);
                world.set_outage(Some(Outage::Api));
            }
            18 | 158 => {
                world.set_outage(None);
                world.finish_task(11, Ending::Done);
            }
            35 => self.make("c2", 1).await,
            38 => {
                self.fault(TaskKind::Delete, TaskEffect::End { ending: Ending::Killed });
                self.remove("c2").await;
                self.pass(5.0);
            }
            62 => self.make("c2", 1).await,
            72 => self.make("c3", 1).await,
            74 => {
                self.fault(TaskKind::Delete, TaskEffect::Hang);
                self.remove("c3").await;
                self.pass(2.5);
            }
            113 => self.make("c3", 1).await,
            123 => {
                self.fault(TaskKind::Deploy, TaskEffect::Hang);
                self.make("c4", 1).await;
            }
            132 => self.look("c4").await,
            143 => world.set_outage(Some(Outage::Database)),
            165 => self.make("c5", 1).await,
            179 => self.second_director().await,
            _ => {}
        }
    }

    /// The end of crashes.txt was taken on a Director of its own: a worker dies, later its VM.
    async fn second_director(&mut self) {
        self.bench = crate::replay::bench("crashes.txt", None).await;
        let world = self.bench.world.clone();
        world.set_catalog(Some(catalog()));
        world.set_next_task(11);
        let task = self.deploy("w1", 1).await;
        self.settle(task, "done").await;
        self.fault(
            TaskKind::Delete,
            TaskEffect::End {
                ending: Ending::Timeout,
            },
        );
        self.remove("w1").await;
        self.settle(12, "timeout").await;
        self.pass(293.0);
        assert!(world.kill_vm("w1", "node", 0));
        self.make("w1", 1).await;
    }

    /// Lets time pass until the task is in that state.
    pub(crate) async fn settle(&self, task: u64, last: &str) {
        for _ in 0..2000 {
            let now = self
                .bench
                .world
                .task(task)
                .unwrap_or_else(|| panic!("no task {task}"))
                .state;
            if now.as_str() == last {
                return;
            }
            assert!(!now.is_final(), "task {task} is {now:?}, recorded was {last}");
            self.pass(0.5);
        }
        panic!("task {task} never came to {last}");
    }

    fn pass(&self, seconds: f64) {
        self.bench.world.skip(Duration::from_secs_f64(seconds));
    }

    fn fault(&self, kind: TaskKind, effect: TaskEffect) {
        self.bench.world.set_fault(TaskFault::once(kind, effect));
    }

    async fn make(&self, name: &str, instances: usize) {
        self.deploy(name, instances).await;
    }

    async fn deploy(&self, name: &str, instances: usize) -> u64 {
        self.post(&manifest(name, instances, 1), "").await
    }

    async fn post(&self, manifest: &str, query: &str) -> u64 {
        let request = self.send("POST", &format!("/deployments{query}"));
        let request = request.header("Content-Type", "text/yaml").body(manifest.to_owned());
        task_of(request.send().await.expect("an answer"))
    }

    async fn remove(&self, name: &str) {
        let path = format!("/deployments/{name}");
        task_of(self.send("DELETE", &path).send().await.expect("an answer"));
    }

    async fn look(&self, name: &str) {
        let path = format!("/deployments/{name}/instances?format=full");
        task_of(self.send("GET", &path).send().await.expect("an answer"));
    }

    fn send(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.bench
            .anonymous(method, path)
            .header("Authorization", "Basic dGVzdDp0ZXN0")
    }
}

fn fail(stage: &str, problem: Option<(u32, &str)>) -> TaskEffect {
    TaskEffect::Fail {
        stage: stage.to_owned(),
        message: problem.map(|(_, message)| message.to_owned()),
        code: problem.map(|(code, _)| code),
    }
}
