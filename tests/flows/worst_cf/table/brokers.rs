//! The catalog.
use super::{Fate, Sight};
use crate::worst_cf::{GAVE_UP, Stage};
use chandler_simulators::cloud_controller::BrokerState;
use chandler_tests::cloud_foundry::NAME;

/// Reading it meets each fate, and both sides agree as before.
pub(super) async fn catalogs(stage: &Stage) {
    let (cf, url) = (&stage.cf, &stage.world.platform.url);
    let broker = cf.admin.broker(NAME).await;
    let state = || cf.controller.registered()[0].state;
    let plans = cf.controller.plans().len();
    for fate in Fate::SINGLE {
        stage.arm("GET", "/v2/catalog", fate.action(), Some(1));
        let end = cf.admin.refresh_broker(&broker, url).await;
        match fate.sight() {
            Sight::Heard => drop(end.succeeded()),
            Sight::GaveUp => {
                let why = end.failed();
                assert!(why.contains(GAVE_UP), "{fate:?}: {why}");
                // What was taken before counts on.
                assert_eq!(state(), BrokerState::Available, "{fate:?}");
                cf.admin.refresh_broker(&broker, url).await.succeeded();
            }
        }
        assert_eq!(state(), BrokerState::Available, "{fate:?}");
        let available = cf.controller.plans().iter().filter(|it| it.available).count();
        assert_eq!(available, plans, "{fate:?}");
        stage.is_exact();
    }
}
