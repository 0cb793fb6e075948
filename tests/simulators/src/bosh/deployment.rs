//! Deployments, their instances, and what a task does to them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::answer::omit;
use super::manifest::{Group, Manifest};
use super::options::DirectorRelease;
use super::task::TaskKind;
use super::variables::Variable;

/// A deployment: there from the first POST, with a manifest from the first success.
#[derive(Debug, Clone, Default)]
pub(super) struct Deployment {
    /// Whose it is, beside the Director's own.
    pub(super) teams: Vec<String>,
    /// The last manifest that was deployed well.
    pub(super) good: Option<Manifest>,
    pub(super) releases: Vec<(String, String)>,
    pub(super) stemcells: Vec<(String, String)>,
    pub(super) instances: Vec<Instance>,
    /// Those of the newest deploy, even of one that failed.
    pub(super) variables: Vec<Variable>,
    /// Errand, instance and configuration of the runs that ended well.
    pub(super) errand_runs: BTreeSet<(String, String, String)>,
}

/// An instance, with or without a VM.
#[derive(Debug, Clone)]
pub(super) struct Instance {
    pub(super) group: String,
    pub(super) index: usize,
    pub(super) id: String,
    pub(super) az: Option<String>,
    pub(super) network: String,
    pub(super) vm_type: String,
    pub(super) disk: Option<String>,
    pub(super) expects_vm: bool,
    pub(super) vm: Option<Vm>,
    /// `started`, `stopped` or `detached`, as wanted.
    pub(super) state: &'static str,
    /// The configuration that it runs.
    pub(super) config: String,
    pub(super) stemcell: Option<(String, String)>,
}

/// A VM.
#[derive(Debug, Clone)]
pub(super) struct Vm {
    pub(super) cid: String,
    pub(super) agent_id: String,
    pub(super) created_at: String,
    pub(super) ip: String,
    pub(super) job_state: &'static str,
    /// Its agent doesn't answer any more.
    pub(super) dead: bool,
}

impl Instance {
    pub(super) fn new(group: &Group, index: usize) -> Self {
        let uuid = || uuid::Uuid::new_v4();
        Self {
            group: group.name.clone(),
            index,
            id: uuid().to_string(),
            az: group.azs.get(index % group.azs.len().max(1)).cloned(),
            network: group.networks.first().cloned().unwrap_or_default(),
            vm_type: group.vm_type.clone(),
            disk: group.disk.then(|| uuid().simple().to_string()),
            expects_vm: false,
            vm: None,
            state: "started",
            config: String::new(),
            stemcell: None,
        }
    }

    /// `group/uuid (index)`, as events name it.
    pub(super) fn label(&self) -> String {
        format!("{}/{} ({})", self.group, self.id, self.index)
    }

    /// What the Director says when the instance's VM is dead and it wants to call `method`; none if it isn't.
    pub(super) fn no_agent(&self, method: &str) -> Option<String> {
        let vm = self.vm.as_ref().filter(|vm| vm.dead)?;
        let name = format!("{}/{}", self.group, self.id);
        let text = format!(
            "Timed out sending '{method}' to instance: '{name}', agent-id: '{}' after 45 seconds",
            vm.agent_id
        );
        // The first question of a deploy is asked for each instance, with its name in front.
        Some(if method == "get_state" {
            format!("{name}: {text}")
        } else {
            text
        })
    }

    pub(super) fn short(&self, vms: bool) -> Value {
        let vm = self.vm.as_ref();
        let mut row = json!({
            "agent_id": vm.map(|v| &v.agent_id), "cid": vm.map(|v| &v.cid), "job": self.group,
            "index": self.index, "id": self.id, "az": self.az,
            "ips": vm.map(|v| &v.ip).into_iter().collect::<Vec<_>>(),
            "vm_created_at": vm.map(|v| &v.created_at),
        });
        if vms {
            row["active"] = json!(true);
            row["permanent_nats_credentials"] = json!(false);
        } else {
            row["expects_vm"] = json!(self.expects_vm && !self.config.is_empty());
        }
        row
    }

    pub(super) fn full(&self, deployment: &str, position: usize, release: DirectorRelease) -> Value {
        let vm = self.vm.as_ref();
        let canonical = |text: &str| text.to_lowercase().replace('_', "-");
        let domain = format!(
            "{}.{}.{}.bosh",
            canonical(&self.group),
            canonical(&self.network),
            canonical(deployment)
        );
        let stemcell = self.stemcell.as_ref().filter(|_| vm.is_some());
        let alive = vm.filter(|v| !v.dead);
        let vitals = alive.map(|_| {
            json!({
                "cpu": {"sys": "0.3", "user": "1.2", "wait": "0.0"},
                "disk": {"ephemeral": {"inode_percent": "3", "percent": "8"}, "system": {"inode_percent": "3", "percent": "8"}},
                "load": ["0.10", "0.20", "0.30"], "mem": {"kb": "97511", "percent": "4"},
                "swap": {"kb": "0", "percent": "0"}, "uptime": {"secs": 1348},
            })
        });
        let processes = match alive {
            Some(vm) => json!([{
                "name": "process-1", "state": vm.job_state, "uptime": {"secs": 144_987},
                "mem": {"kb": 100, "percent": 0.1}, "cpu": {"total": 0.1},
            }]),
            None => json!([]),
        };
        let mut row = json!({
            "vm_cid": vm.map(|v| &v.cid), "active": vm.map(|_| true), "vm_created_at": vm.map(|v| &v.created_at),
            "cloud_properties": {"type": self.vm_type}, "disk_cid": self.disk.as_ref().filter(|_| vm.is_some()),
            "disk_cids": self.disk.iter().filter(|_| vm.is_some()).collect::<Vec<_>>(),
            "ips": vm.map(|v| &v.ip).into_iter().collect::<Vec<_>>(),
            "dns": [format!("{}.{domain}", self.id), format!("{}.{domain}", self.index)],
            "agent_id": vm.map(|v| &v.agent_id), "job_name": self.group, "index": self.index,
            "job_state": vm.map(|v| if v.dead { "unresponsive agent" } else { v.job_state }), "state": self.state, "vm_type": self.vm_type, "vitals": vitals,
            "processes": processes, "az": self.az, "id": self.id, "bootstrap": position == 0, "ignore": false,
            "stemcell": {"name": stemcell.map(|s| &s.0), "version": stemcell.map(|s| &s.1), "api_version": null},
        });
        match release {
            DirectorRelease::Old => {}
            DirectorRelease::Newest => {
                omit(&mut row, "dns");
                if vm.is_none() {
                    row["cloud_properties"] = json!({});
                    row["vm_type"] = Value::Null;
                }
            }
        }
        row
    }
}

/// What a task does.
#[derive(Debug, Clone)]
pub(super) enum Job {
    Deploy(Box<Deploy>),
    Delete { force: bool },
    Errand(Errand),
    Change(Change),
    Instances { vms_only: bool },
}

/// A deploy, first or later.
#[derive(Debug, Clone)]
pub(super) struct Deploy {
    pub(super) manifest: Manifest,
    pub(super) dry_run: bool,
    pub(super) recreate: bool,
    pub(super) fix: bool,
}

/// A run of an errand.
#[derive(Debug, Clone)]
pub(super) struct Errand {
    pub(super) name: String,
    pub(super) keep_alive: bool,
    pub(super) when_changed: bool,
    pub(super) filters: Vec<Value>,
}

/// A change of the state of instances.
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// `started`, `stopped`, `detached`, `restart` or `recreate`.
    pub(super) state: String,
    pub(super) group: Option<String>,
    /// Index or uuid.
    pub(super) id: Option<String>,
}

impl Job {
    pub(super) fn kind(&self) -> TaskKind {
        match self {
            Self::Deploy(_) => TaskKind::Deploy,
            Self::Delete { .. } => TaskKind::Delete,
            Self::Errand(_) => TaskKind::Errand,
            Self::Change(_) => TaskKind::Change,
            Self::Instances { .. } => TaskKind::Instances,
        }
    }

    pub(super) fn description(&self, deployment: &str) -> String {
        match self {
            Self::Deploy(deploy) if deploy.dry_run => "create deployment (dry run)".to_owned(),
            Self::Deploy(_) | Self::Change(_) => "create deployment".to_owned(),
            Self::Delete { .. } => format!("delete deployment {deployment}"),
            Self::Errand(errand) => {
                format!("run errand {} from deployment {deployment}", errand.name)
            }
            Self::Instances { .. } => "retrieve vm-stats".to_owned(),
        }
    }
}
