//! Records as the gateway writes them.
use crate::world::{ID, KEY, World};
use chandler_proto::{
    failure::Failure,
    itinerary::{ClientWish, Wishes, itinerary},
    job::{OwnClient, State, sealed},
    layout::Lane,
    operation::Operation,
    records::{InForce, Past, Record, Wanted},
    seal::NONCE,
};
use chandler_testing::{
    records::{birth, in_force, plan, record, wanted},
    settings::{PLAN, SERVICE},
};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// How long a job may take.
pub(crate) const DEADLINE: Duration = Duration::from_secs(600);

/// What Cloud Foundry says of an instance.
pub(crate) fn context() -> Value {
    json!({"platform": "cloudfoundry", "space_guid": "s-1", "instance_name": "mine"})
}

impl World {
    /// A job with a client in the way of `client`, over `old`, not written yet.
    pub(crate) fn job(
        &self,
        operation: Operation,
        client: ClientWish,
        old: Option<&Record>,
        context: &Value,
    ) -> Record {
        let wishes = Wishes {
            client,
            ..Wishes::default()
        };
        let legs = itinerary(operation, wishes);
        let mut job = birth(Uuid::now_v7()).job(operation, Lane::User, legs, DEADLINE, self.ground.now());
        if let Some(old) = old {
            old.hand_client_to(&mut job);
        }
        let seal = |value: &Value| self.sealer.seal(KEY, &value.to_string(), [7; NONCE]).unwrap();
        // A recreate changes nothing of what is in force.
        job.wanted = (operation != Operation::Recreate).then(|| Wanted {
            context: (!context.is_null()).then(|| seal(context)),
            ..wanted(plan(SERVICE, PLAN))
        });
        let request = json!({"service_id": SERVICE, "plan_id": PLAN, "parameters": {"password": "hunter2"}});
        job.sealed.insert(sealed::REQUEST.into(), seal(&request));
        let record = Record {
            in_force: old.and_then(|old| old.in_force.clone()),
            before: old.map(|old| Past::of(&old.job, self.ground.now())),
            ..record(ID, job)
        };
        assert_eq!(record.key(), KEY);
        record
    }

    pub(crate) fn provision(&self) -> Record {
        self.job(Operation::Provision, ClientWish::Keep, None, &context())
    }

    /// The same over one that failed after it may have made a client.
    pub(crate) fn provision_again(&self) -> Record {
        let mut failed = self.provision();
        failed.job.facts.own_client = Some(OwnClient::Made);
        failed.job.state = State::Failed {
            at: self.ground.now(),
            failure: Failure::new("u", "o"),
        };
        self.job(Operation::Provision, ClientWish::Keep, Some(&failed), &context())
    }

    /// The deletion of an instance, as the gateway accepts it.
    pub(crate) fn deprovision(&self, old: &Record) -> Record {
        let client = match old.may_have_client() {
            true => ClientWish::Drop,
            false => ClientWish::None,
        };
        self.job(Operation::Deprovision, client, Some(old), &context())
    }

    /// The instance as it is after a provision with a client. Whether the UAA has it is for the test to say.
    pub(crate) fn instance_with_client(&self) -> Record {
        let mut record = self.instance(None);
        record.in_force.as_mut().unwrap().uaa_client = true;
        record
    }

    /// The instance as it is after a provision without a client, with a dashboard.
    pub(crate) fn instance(&self, dashboard: Option<&str>) -> Record {
        let mut record = self.job(Operation::Provision, ClientWish::None, None, &context());
        record.job.state = State::Succeeded { at: self.ground.now() };
        let wanted = record.job.wanted.take().unwrap();
        record.in_force = Some(InForce {
            context: wanted.context,
            dashboard_url: dashboard.map(str::to_owned),
            ..in_force(wanted.plan)
        });
        record
    }
}
