//! What an adapter gets, and what becomes of what it says.

use std::process::Command;
use std::time::Duration;

use chandler_clients::adapter::AdapterError;
use chandler_testing::log::Log;
use serde_json::Value;

use crate::script::{Script, input};
use crate::server::context;

const GOOD: &str = r#"cat > "$DIR/stdin"; echo '{"manifest":"name: service-instance_1","labels":{"a":"b"}}'"#;

#[tokio::test]
async fn the_inputs_are_one_object_of_texts_on_stdin() {
    let script = Script::new(&format!(r#"tr '\0' '\n' < /proc/$$/cmdline > "$DIR/argv"; {GOOD}"#));
    let generated = script.run_long().await.unwrap();
    assert_eq!(generated.manifest, "name: service-instance_1");
    assert_eq!(generated.labels.unwrap()["a"], "b");
    assert_eq!((generated.secrets, generated.configs), (None, None));

    let stdin = script.left("stdin").await;
    let document: Value = serde_json::from_str(&stdin).unwrap();
    let members: Vec<&String> = document.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        [
            "generate_manifest",
            "dashboard_url",
            "create_binding",
            "delete_binding",
            "generate_plan_schemas"
        ]
    );
    for (member, count) in [
        ("generate_manifest", 8),
        ("dashboard_url", 3),
        ("create_binding", 6),
        ("delete_binding", 6),
        ("generate_plan_schemas", 1),
    ] {
        let fields = document[member].as_object().unwrap();
        assert_eq!(fields.len(), count, "{member}");
        assert!(fields.values().all(Value::is_string), "{member}");
    }
    let given = &document["generate_manifest"];
    assert_eq!(given["uaa_client"], input().uaa_client);
    assert_eq!(given["previous_manifest"], "name: before\n");
    assert_eq!(given["request_parameters"], input().request_parameters);

    let argv = script.left("argv").await;
    assert!(argv.ends_with("adapter\ngenerate-manifest\n"), "{argv}");
    assert!(!argv.contains("secret"), "{argv}");
}

#[tokio::test]
async fn the_old_form_has_the_inputs_on_the_command_line() {
    let mut script = Script::new(
        r#"for a in "$@"; do echo "<$a>" >> "$DIR/args"; done; cat > "$DIR/stdin"; echo end >> "$DIR/stdin"; echo 'name: service-instance_1'"#,
    );
    script.settings.use_stdin = false;
    let generated = script.run_long().await.unwrap();
    assert_eq!(generated.manifest, "name: service-instance_1\n");
    let wanted = [
        "generate-manifest",
        &input().service_deployment,
        &input().plan,
        &input().request_parameters,
        &input().previous_manifest,
        &input().previous_plan,
    ];
    assert_eq!(
        script.left("args").await,
        wanted.map(|arg| format!("<{arg}>\n")).concat()
    );
    assert_eq!(script.left("stdin").await, "end\n");
}

#[tokio::test]
async fn the_trace_is_in_the_environment() {
    let script = Script::new(&format!(r#"env > "$DIR/env"; {GOOD}"#));
    script.run_long().await.unwrap();
    let env = script.left("env").await;
    assert!(
        env.contains(&format!("TRACEPARENT={}\n", context().traceparent.unwrap())),
        "{env}"
    );
    assert!(env.contains("TRACESTATE=a=b\n"), "{env}");
    assert!(env.contains("PATH="), "the rest is inherited");
    assert!(!env.contains("secret") && !env.contains("CHANDLER_"), "{env}");
}

/// The test above once more, in a process that has such a variable.
#[test]
fn our_own_settings_are_not_inherited() {
    let test = "adapter_runs::the_trace_is_in_the_environment";
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env("CHANDLER_SEAL_KEY", "secret")
        .env("TRACESTATE", "stale")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
async fn exit_codes_and_who_reads_what() {
    for (code, for_user) in [
        (1, true),
        (2, true),
        (10, false),
        (41, false),
        (42, false),
        (49, false),
        (255, true),
    ] {
        let script = Script::new(&format!(
            "echo 'text for the user'; echo 'text for the operator' >&2; exit {code}"
        ));
        match script.run_long().await.unwrap_err() {
            AdapterError::Exited {
                code: seen,
                for_user: said,
                for_operator,
            } => {
                assert_eq!(seen, Some(code));
                assert_eq!(said.as_deref(), for_user.then_some("text for the user\n"), "{code}");
                assert!(
                    for_operator.contains(&format!("exited with {code} at ")),
                    "{for_operator}"
                );
                assert!(for_operator.contains("stderr is in the worker's log"), "{for_operator}");
                // It is kept with the job: neither stream is quoted.
                assert!(!for_operator.contains("text for"), "{for_operator}");
            }
            other => panic!("{other}"),
        }
    }
    let blank = Script::new("echo; exit 1").run_long().await.unwrap_err();
    assert_eq!(blank.for_user(), None);
    let long = Script::new("head -c 100000 /dev/zero | tr '\\0' x; exit 1")
        .run_long()
        .await
        .unwrap_err();
    assert_eq!(long.for_user().unwrap().len(), 4096);
    let script = Script::new(r#"cat > "$DIR/in"; echo refused:; cat "$DIR/in"; echo password=hunter2; exit 1"#);
    let quoting = script.run_long().await.unwrap_err();
    let said = quoting.for_user().unwrap();
    for hidden in ["parameter-secret", "previous-secret", "uaa-secret-value", "hunter2"] {
        assert!(!said.contains(hidden), "{hidden} in {said}");
    }
    assert!(said.starts_with("refused:\n***"), "{said}");
    let killed = Script::new("kill -9 $$").run_long().await.unwrap_err();
    assert!(
        matches!(&killed, AdapterError::Exited { code: None, for_operator, .. } if for_operator.contains("signal: 9")),
        "{killed}"
    );
    assert!(!format!("{:?}", Script::new("echo hidden; exit 1").run_long().await.unwrap_err()).contains("hidden"));
}

#[tokio::test]
async fn output_that_cannot_be_used_is_not_quoted() {
    let cases = [
        ("hidden", "not the expected JSON"),
        (r#"{"manifest":"hidden: ["}"#, "not valid YAML"),
        (
            r#"{"manifest":"name: other\nhidden: 1"}"#,
            "expected name: 'service-instance_1', returned name: 'other'",
        ),
        (
            r#"{"manifest":"name: service-instance_1\nreleases: [{version: 3.latest}]\nhidden: 1"}"#,
            "returned version: '3.latest'",
        ),
        (
            r#"{"manifest":"name: service-instance_1","configs":{"cloud":{"hidden":1}}}"#,
            "config cloud is not a text",
        ),
    ];
    for (said, wanted) in cases {
        let script = Script::new(&format!("echo why >&2; printf '%s' '{said}'"));
        match script.run_long().await.unwrap_err() {
            AdapterError::InvalidOutput { for_operator } => {
                assert!(
                    for_operator.contains(wanted) && !for_operator.contains("why"),
                    "{for_operator}"
                );
                assert!(!for_operator.contains("hidden"), "{for_operator}");
            }
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn a_run_is_one_log_event_without_secrets_and_without_stdout() {
    let log = Log::default();
    // All of its input on stderr, twice: what is kept of it ends within the second copy.
    let script =
        Script::new(r#"cat > "$DIR/in"; cat "$DIR/in" "$DIR/in" >&2; echo stdout-text; echo reason >&2; exit 3"#);
    let mut input = input();
    input.previous_manifest = format!("name: before\nlong: \"{}\"\n", "manifest".repeat(6000));
    let error = {
        let _guard = log.catch();
        let limit = Duration::from_secs(60);
        script
            .adapter()
            .generate_manifest(input, "d", &context(), limit)
            .await
            .unwrap_err()
    };
    let text = log.text();
    assert_eq!(text.matches("service adapter failed").count(), 1, "{text}");
    assert!(
        text.contains(" adapter: ") && text.contains("stderr=\"***\\n***\""),
        "{text}"
    );
    for hidden in ["parameter-secret", "previous-secret", "uaa-secret-value", "stdout-text"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
        assert!(!error.for_operator().contains(hidden), "{hidden} in {error}");
    }
}
