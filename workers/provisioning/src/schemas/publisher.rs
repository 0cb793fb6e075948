//! All plans, one after another: never two runs of the adapter at once.
use super::one_plan::OnePlan;
use chandler_common::{
    beside::Ground,
    checks::{Check, Line},
    offered::Adapters,
    plan_schemas,
};
use chandler_proto::config::Config;
use std::time::Duration;

/// Publishes the schemas of the plans of one configuration.
pub(super) struct Publisher {
    plans: Vec<OnePlan>,
    ground: Ground,
}

impl Publisher {
    /// Nothing is run before [`Publisher::run`].
    pub(super) fn new(config: &Config, adapters: &Adapters, ground: Ground) -> Self {
        let limit = Duration::from_secs(config.chandler.workers.adapter_seconds);
        let plans = config.catalog.offerings.iter().flat_map(|offering| {
            // There is one for each: the settings couldn't be made otherwise.
            let adapter = adapters.of_offering(offering);
            let of_it = offering.plans.iter();
            of_it.filter_map(move |plan| Some(OnePlan::new(offering, plan, adapter?, limit)))
        });
        Publisher {
            plans: plans.collect(),
            ground,
        }
    }

    /// Goes on for as long as it is polled.
    pub(super) async fn run(mut self) {
        let Ground { bus, clock, .. } = self.ground.clone();
        bus.connected().await;
        loop {
            for at in 0..self.plans.len() {
                if let Some(plan) = self.plans.get_mut(at) {
                    plan.go_on(&self.ground).await;
                }
                self.tell();
            }
            let next = self.plans.iter().map(OnePlan::next).min();
            let Some(next) = next else { return };
            clock.sleep(next.saturating_sub(clock.monotonic())).await;
        }
    }

    fn tell(&self) {
        let known: Vec<_> = self.plans.iter().map(OnePlan::known).collect();
        if let Some(verdict) = plan_schemas::verdict(&known) {
            self.ground.told.tell(&Line {
                check: Check::PlanSchemas,
                verdict,
            });
        }
    }
}
