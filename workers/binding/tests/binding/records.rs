//! Records as the gateway writes them.
use crate::{
    ground::{PLAN, SERVICE},
    world::World,
};
use chandler_proto::{
    catalog::BindingDns,
    ids::{BindingId, InstanceId, JobId},
    itinerary::{Wishes, itinerary},
    job::{Birth, State, sealed},
    layout::Lane,
    operation::Operation,
    records::{BindingWanted, InForce, Phase, PlanCopy, Record, SCHEMA, Wanted},
    seal::NONCE,
};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// The app that may read credentials.
pub(crate) const READER: &str = "mtls-app:app-1";

/// What a binding is to be.
pub(crate) struct Wish {
    pub(crate) secure: bool,
    pub(crate) reader: Option<&'static str>,
    pub(crate) parameters: Value,
    pub(crate) dns: Vec<BindingDns>,
}

impl Default for Wish {
    fn default() -> Self {
        Wish {
            secure: true,
            reader: Some(READER),
            parameters: json!({}),
            dns: vec![],
        }
    }
}

pub(crate) fn dns(name: &str, provider: &str) -> BindingDns {
    BindingDns {
        name: name.into(),
        link_provider: provider.into(),
        instance_group: "kv".into(),
        azs: vec!["z1".into()],
        status: None,
    }
}

impl World {
    fn plan(&self, dns: Vec<BindingDns>) -> PlanCopy {
        PlanCopy {
            service_id: SERVICE.into(),
            service_name: "example-kv".into(),
            plan_id: PLAN.into(),
            plan_name: "small".into(),
            binding_with_dns: dns,
            later: Default::default(),
        }
    }
    fn birth() -> Birth {
        Birth {
            job: JobId(Uuid::now_v7()),
            traceparent: None,
            tracestate: None,
            originating_identity: None,
            request_identity: None,
        }
    }
    fn record(&self, operation: Operation, binding: Option<&str>, wish: &Wish) -> Record {
        let legs = itinerary(
            operation,
            Wishes {
                addresses: &wish.dns,
                secure: wish.secure,
                ..Wishes::default()
            },
        );
        let mut job = Self::birth().job(operation, Lane::User, legs, Duration::from_secs(600), self.now());
        job.wanted = Some(Wanted {
            plan: self.plan(wish.dns.clone()),
            fingerprint: "f".into(),
            maintenance_version: None,
            context: None,
            binding: binding.map(|_| BindingWanted {
                secure: wish.secure,
                reader: wish.reader.map(str::to_owned),
                ..BindingWanted::default()
            }),
            later: Default::default(),
        });
        Record {
            schema: SCHEMA,
            instance: InstanceId::parse("i-1").unwrap(),
            binding: binding.map(|id| BindingId::parse(id).unwrap()),
            phase: Phase::Admitted,
            in_force: None,
            job,
            before: None,
            created_at: self.now(),
            later: Default::default(),
        }
    }

    /// The instance's record after its provision.
    pub(crate) fn instance(&self) -> Record {
        let mut record = self.record(Operation::Provision, None, &Wish::default());
        record.job.state = State::Succeeded { at: self.now() };
        record.in_force = Some(InForce {
            plan: self.plan(vec![]),
            fingerprint: "f".into(),
            maintenance_version: None,
            context: None,
            dashboard_url: None,
            labels: Default::default(),
            maybe: vec![],
            binding: None,
            later: Default::default(),
        });
        record
    }

    /// A bind as the gateway accepts it, not written yet.
    pub(crate) fn bind(&self, binding: &str, wish: &Wish) -> Record {
        let mut record = self.record(Operation::Bind, Some(binding), wish);
        let request =
            json!({"app_guid": "app-1", "service_id": SERVICE, "plan_id": PLAN, "parameters": wish.parameters});
        let sealed = self
            .sealer
            .seal(&record.key(), &request.to_string(), [7; NONCE])
            .unwrap();
        record.job.sealed.insert(sealed::REQUEST.into(), sealed);
        record
    }

    /// The record with an unbind in the place of its job, not written yet.
    pub(crate) fn unbind(&self, record: &Record, secure: bool) -> Record {
        record.unbound(&Self::birth(), Lane::User, secure, Duration::from_secs(600), self.now())
    }
}
