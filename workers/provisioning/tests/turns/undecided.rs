//! What a gateway has not decided yet: no worker touches it, and its wake isn't lost.
use crate::{
    records::{provision, update},
    site::Site,
    update::{I, deployed, first, made},
};
use chandler_engine::{probe::NoProbe, turn::Answer};
use chandler_proto::{
    job::{Displaced, Later},
    records::{Phase, Record},
};
use chandler_testing::records::{done, succeeded};

async fn waits(site: &Site, undecided: &Record) {
    assert!(matches!(site.turn(I, &NoProbe).await.unwrap(), Answer::NakIn(_)));
    assert_eq!(site.ground.read(I).await.0, *undecided);
}

#[tokio::test]
async fn an_undecided_provision_waits() {
    let site = Site::start(|_| ()).await;
    let mut record = provision(&site, "i");
    record.phase = Phase::Pending;
    site.ground.write(&record, 0).await;
    waits(&site, &record).await;
    assert_eq!((deployed(&site), site.runs().len()), (None, 0));
}

#[tokio::test]
async fn an_undecided_change_of_the_plan_waits_until_it_is_admitted() {
    let (site, old) = made(|_| ()).await;
    let mut record = update(&site, &old);
    record.job.undecided = Some(Box::new(Displaced {
        job: old.job.clone(),
        before: old.before.clone(),
        later: Later::new(),
    }));
    let (_, over) = site.ground.read(I).await;
    let over = site.ground.write(&record, over).await;
    waits(&site, &record).await;
    assert_eq!((deployed(&site), site.runs().len()), (Some(first()), 0));

    record.job.undecided = None;
    site.ground.write(&record, over).await;
    succeeded(&site.drive(I, done).await);
    assert_ne!(deployed(&site), Some(first()));
}
