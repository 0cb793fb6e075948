//! Records as the gateway writes them.
use crate::world::World;
use chandler_proto::{
    catalog::BindingDns,
    ids::BindingId,
    itinerary::{Wishes, itinerary},
    job::{State, sealed},
    layout::Lane,
    operation::Operation,
    records::{BindingWanted, PlanCopy, Record, Wanted},
    seal::NONCE,
};
use chandler_testing::{
    records::{birth, in_force, plan, record, wanted},
    settings::{PLAN, SERVICE},
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
    fn record(&self, operation: Operation, binding: Option<&str>, wish: &Wish) -> Record {
        let legs = itinerary(
            operation,
            Wishes {
                addresses: &wish.dns,
                secure: wish.secure,
                ..Wishes::default()
            },
        );
        let mut job =
            birth(Uuid::now_v7()).job(operation, Lane::User, legs, Duration::from_secs(600), self.ground.now());
        job.wanted = Some(Wanted {
            binding: binding.map(|_| BindingWanted {
                secure: wish.secure,
                reader: wish.reader.map(str::to_owned),
                ..BindingWanted::default()
            }),
            ..wanted(PlanCopy {
                binding_with_dns: wish.dns.clone(),
                ..plan(SERVICE, PLAN)
            })
        });
        Record {
            binding: binding.map(|id| BindingId::parse(id).unwrap()),
            ..record("i-1", job)
        }
    }

    /// The instance's record after its provision.
    pub(crate) fn instance(&self) -> Record {
        let mut record = self.record(Operation::Provision, None, &Wish::default());
        record.job.state = State::Succeeded { at: self.ground.now() };
        record.in_force = Some(in_force(plan(SERVICE, PLAN)));
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
        record.unbound(
            &birth(Uuid::now_v7()),
            Lane::User,
            secure,
            Duration::from_secs(600),
            self.ground.now(),
        )
    }
}
