//! `retrieve vm-stats`: one JSON line per instance in the result output.

use std::collections::VecDeque;

use super::Problem;
use crate::bosh::plan::{Beat, Plan, What};
use crate::bosh::task::Ending;
use crate::bosh::world::World;

impl World {
    pub(super) fn plan_instances(&mut self, name: &str, vms_only: bool) -> Result<VecDeque<Beat>, Problem> {
        let mut plan = Plan::default();
        for instance in &self.find(name)?.instances {
            if vms_only && instance.vm.is_none() {
                continue;
            }
            plan.push(What::Output(format!(
                "{}\n",
                instance.full(name, instance.index, self.options.release)
            )));
        }
        Ok(plan.finish(Ending::Done, String::new(), 0.0))
    }
}
