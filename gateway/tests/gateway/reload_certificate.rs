//! Another certificate in the same files, while the gateway serves.
use crate::{
    https::{Files, Https, Pair, check},
    world::until,
};
use chandler_process::{Clock as _, SystemClock};
use std::{os::unix::fs::symlink, time::Duration};

const TAKEN: &str = r#"chandler_gateway_reloads_total{what="certificate",outcome="taken"}"#;
const REFUSED: &str = r#"chandler_gateway_reloads_total{what="certificate",outcome="refused"}"#;

/// Lets the gateway look until a condition holds.
async fn looking(gateway: &Https, what: &str, holds: impl Fn() -> bool) {
    until(what, || async {
        gateway.clock.advance(Duration::from_secs(5));
        holds()
    })
    .await;
}

#[tokio::test]
async fn a_new_pair_is_shown_to_new_connections_and_the_old_ones_stay() {
    let (one, two) = (Pair::new(), Pair::new());
    let files = Files::of(&one);
    let gateway = Https::start(&files.text()).await;
    let kept = one.trusted_by(gateway.addr).pool_max_idle_per_host(1).build().unwrap();
    let old = one.trusted_by(gateway.addr).build().unwrap();
    let new = two.trusted_by(gateway.addr).build().unwrap();
    assert_eq!(gateway.answers(&kept).await.unwrap().status(), 200);
    assert!(gateway.answers(&new).await.is_err());
    assert!(gateway.shows(&format!("{TAKEN} 0")) && gateway.shows(&format!("{REFUSED} 0")));

    files.put(&two);
    looking(&gateway, "it is seen", || gateway.shows(&format!("{TAKEN} 1"))).await;
    assert_eq!(gateway.answers(&new).await.unwrap().status(), 200);
    assert!(
        gateway.answers(&old).await.is_err(),
        "the one before is not shown any more"
    );
    assert_eq!(
        gateway.answers(&kept).await.unwrap().status(),
        200,
        "the old connection stays"
    );
    gateway.stop().await;
}

#[tokio::test]
async fn half_a_pair_changes_nothing_and_is_told() {
    let (one, two) = (Pair::new(), Pair::new());
    let files = Files::of(&one);
    let gateway = Https::start(&files.text()).await;
    let (old, new) = (
        one.trusted_by(gateway.addr).build().unwrap(),
        two.trusted_by(gateway.addr).build().unwrap(),
    );
    let mut refused = 0;
    let cut = &two.certificate[..two.certificate.len() / 2];
    for (certificate, says) in [
        (Some(two.certificate.as_str()), "private key does not match public key"),
        (Some(cut), "can't parse server certificate file"),
        (Some(""), "failed to find any PEM data"),
        (None, "can't read server certificate file"),
        (
            Some(&Pair::until(2020, 1, 1).certificate),
            "server certificate expired on 2020-01-01",
        ),
    ] {
        match certificate {
            Some(text) => std::fs::write(files.certificate(), text).unwrap(),
            None => std::fs::remove_file(files.certificate()).unwrap(),
        }
        refused += 1;
        let line = format!("{REFUSED} {refused}");
        looking(&gateway, says, || gateway.shows(&line)).await;
        let reason = gateway.reason("certificate").unwrap();
        assert!(
            reason.starts_with("the one before stays in force: ") && reason.contains(says),
            "{reason}"
        );
        assert_eq!(gateway.answers(&old).await.unwrap().status(), 200);
    }
    let failing = gateway
        .health
        .report()
        .checks
        .into_iter()
        .filter(|it| it.status == "failing");
    assert!(failing.into_iter().all(|it| it.name != "certificate"), "a notice only");

    files.put(&one);
    looking(&gateway, "the old one is there again", || {
        gateway.reason("certificate").is_none()
    })
    .await;
    files.put(&two);
    looking(&gateway, "the new one", || gateway.shows(&format!("{TAKEN} 1"))).await;
    assert!(gateway.shows(&format!("{REFUSED} {refused}")), "each was told once");
    assert_eq!(gateway.answers(&new).await.unwrap().status(), 200);
    gateway.stop().await;
}

/// As Kubernetes changes what is mounted.
#[tokio::test]
async fn a_link_that_points_elsewhere_is_seen() {
    let (one, two) = (Pair::new(), Pair::new());
    let (first, second, mount) = (Files::of(&one), Files::of(&two), Files::of(&one));
    for file in [mount.certificate(), mount.key()] {
        std::fs::remove_file(&file).unwrap();
        symlink(mount.dir().join("data").join(file.file_name().unwrap()), file).unwrap();
    }
    symlink(first.dir(), mount.dir().join("data")).unwrap();
    let gateway = Https::start(&mount.text()).await;
    assert!(
        gateway
            .answers(&one.trusted_by(gateway.addr).build().unwrap())
            .await
            .is_ok()
    );
    symlink(second.dir(), mount.dir().join("next")).unwrap();
    std::fs::rename(mount.dir().join("next"), mount.dir().join("data")).unwrap();
    looking(&gateway, "it is seen", || gateway.shows(&format!("{TAKEN} 1"))).await;
    assert!(
        gateway
            .answers(&two.trusted_by(gateway.addr).build().unwrap())
            .await
            .is_ok()
    );
    assert!(gateway.shows(&format!("{REFUSED} 0")), "both change in one");
    gateway.stop().await;
}

#[tokio::test]
async fn a_month_before_its_end_a_certificate_is_a_notice() {
    let end_ms = 4_102_444_800_000_i64;
    let gateway = Https::start(&Files::of(&Pair::until(2100, 1, 1)).text()).await;
    let line = "chandler_gateway_certificate_not_after_seconds 4102444800";
    looking(&gateway, "the metric", || gateway.shows(line)).await;
    assert_eq!(gateway.reason("certificate end"), None);
    let day = 86_400_000;
    for (left, says) in [
        (31, None),
        (29, Some("server certificate expires on 2100-01-01 00:00:00 +0000 UTC")),
        (-1, Some("server certificate expired on 2100-01-01 00:00:00 +0000 UTC")),
    ] {
        let now = u64::try_from(end_ms - left * day).unwrap();
        until("it is told", || async {
            gateway.clock.set(now);
            gateway.clock.advance(Duration::from_secs(5));
            gateway.reason("certificate end").as_deref() == says
        })
        .await;
    }
    gateway.stop().await;
}

#[test]
fn a_certificate_that_ends_today_still_starts() {
    let tomorrow = i64::try_from(SystemClock::new().now_ms() / 1000 + 86_400).unwrap();
    let day = time::OffsetDateTime::from_unix_timestamp(tomorrow).unwrap().date();
    let pair = Pair::until(day.year(), day.month().into(), day.day());
    assert!(check(&Files::of(&pair).text()).is_ok());
}
