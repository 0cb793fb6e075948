//! Every end of a run: nobody of it is left, and no pipe can stop it.

use std::time::{Duration, Instant};

use chandler_clients::adapter::{Adapter, AdapterError};

use crate::script::{Script, input, is_alive, until};
use crate::server::context;

/// Ignores SIGTERM, and so does its child; both write down who they are.
const STUBBORN: &str = r#"trap '' TERM
sh -c 'trap "" TERM; echo $$ > "$0/child"; while :; do sleep 1; done' "$DIR" &
echo $$ > "$DIR/pid"
while :; do sleep 1; done"#;

#[tokio::test]
async fn what_cannot_be_started_says_so() {
    let script = Script::new("exit 0");
    let mut settings = script.settings.clone();
    settings.path = script.file("missing");
    let error = Adapter::new(settings)
        .generate_manifest(input(), "d", &context(), Duration::from_secs(5))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, AdapterError::NotStarted { for_operator } if for_operator.contains("missing")),
        "{error}"
    );
    let error = script.run(Duration::ZERO).await.unwrap_err();
    assert!(matches!(error, AdapterError::NotStarted { .. }));
}

#[tokio::test]
async fn at_the_limit_the_whole_group_is_gone() {
    let script = Script::new(STUBBORN);
    let begun = Instant::now();
    let error = script.run(Duration::from_secs(3)).await.unwrap_err();
    let took = begun.elapsed();
    assert!(matches!(error, AdapterError::TimedOut { .. }), "{error}");
    assert!(
        (Duration::from_secs(3)..Duration::from_secs(10)).contains(&took),
        "{took:?}"
    );
    let (pid, child) = (script.left("pid").await, script.left("child").await);
    assert_ne!(pid, child);
    until("the group's end", || !is_alive(&pid) && !is_alive(&child)).await;
}

#[tokio::test]
async fn the_settings_limit_holds_too_and_the_first_signal_is_polite() {
    let mut script = Script::new(r#"trap 'echo bye > "$DIR/bye"; echo {}; exit 0' TERM; while :; do sleep 0.05; done"#);
    script.settings.limit = Duration::from_secs(2);
    let error = script.run_long().await.unwrap_err();
    assert!(
        matches!(error, AdapterError::TimedOut { limit, .. } if limit == Duration::from_secs(2)),
        "{error}"
    );
    assert_eq!(script.left("bye").await, "bye\n");
}

#[tokio::test]
async fn a_dropped_future_takes_the_group_with_it() {
    let script = Script::new(STUBBORN);
    let adapter = script.adapter();
    let run = tokio::spawn(async move {
        adapter
            .generate_manifest(input(), "d", &context(), Duration::from_secs(60))
            .await
    });
    let (pid, child) = (script.left("pid").await, script.left("child").await);
    assert!(is_alive(&pid) && is_alive(&child));
    run.abort();
    assert!(run.await.unwrap_err().is_cancelled());
    until("the group's end", || !is_alive(&pid) && !is_alive(&child)).await;
}

#[tokio::test]
async fn too_much_output_ends_a_run() {
    let script = Script::new(r#"echo $$ > "$DIR/pid"; head -c 100000000 /dev/zero; sleep 60"#);
    let begun = Instant::now();
    let error = script.run_long().await.unwrap_err();
    assert!(
        matches!(error, AdapterError::TooLarge { max: 1_048_576, .. }),
        "{error}"
    );
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    let pid = script.left("pid").await;
    until("its end", || !is_alive(&pid)).await;
}

#[tokio::test]
async fn a_lot_on_both_sides_is_no_deadlock() {
    // It writes 100 MB to stderr before it reads its 4 MB of input, and all of it comes back.
    let script = Script::new(
        r#"head -c 100000000 /dev/zero | tr '\0' e >&2; wc -c > "$DIR/size"; echo '{"manifest":"name: service-instance_1"}'"#,
    );
    let mut input = input();
    input.previous_manifest = "x".repeat(4_000_000);
    let generated = script
        .adapter()
        .generate_manifest(input, "service-instance_1", &context(), Duration::from_secs(60))
        .await
        .unwrap();
    assert_eq!(generated.manifest, "name: service-instance_1");
    assert!(script.left("size").await.trim().parse::<u64>().unwrap() > 4_000_000);
}

#[tokio::test]
async fn an_adapter_that_does_not_read_its_input_is_fine() {
    for script in [
        r#"echo '{"manifest":"name: service-instance_1"}'"#,
        r#"exec 0<&-; echo '{"manifest":"name: service-instance_1"}'; sleep 0.2"#,
    ] {
        let script = Script::new(script);
        let mut input = input();
        input.previous_manifest = "x".repeat(4_000_000);
        script
            .adapter()
            .generate_manifest(input, "service-instance_1", &context(), Duration::from_secs(60))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn late_output_of_a_child_counts_and_what_stays_is_killed() {
    let script = Script::new(
        r#"sh -c 'echo $$ > "$0/child"; sleep 0.3; echo "{\"manifest\":\"name: service-instance_1\"}"; exec sleep 60' "$DIR" & exit 0"#,
    );
    let begun = Instant::now();
    let generated = script.run_long().await.unwrap();
    assert_eq!(generated.manifest, "name: service-instance_1");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    let child = script.left("child").await;
    until("the child's end", || !is_alive(&child)).await;
}

#[tokio::test]
async fn somebody_who_left_the_group_cannot_hold_a_run() {
    let script = Script::new(
        r#"echo '{"manifest":"name: service-instance_1"}'; setsid sh -c 'echo $$ > "$0/away"; exec sleep 30' "$DIR" & exit 0"#,
    );
    let begun = Instant::now();
    script.run_long().await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    let away = script.left("away").await;
    let _ = std::process::Command::new("kill").args(["-9", away.trim()]).status();
}
