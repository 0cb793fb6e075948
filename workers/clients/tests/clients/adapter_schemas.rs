//! `generate-plan-schemas`.

use std::time::Duration;

use chandler_clients::adapter::{AdapterError, ExitMeaning};
use chandler_testing::log::Log;
use serde_json::{Value, json};

use crate::script::Script;
use crate::server::context;

const LIMIT: Duration = Duration::from_secs(60);
const PLAN: &str = r#"{"instance_groups":[],"properties":{"key":"plan-secret"}}"#;

async fn run(script: &Script) -> Result<Value, AdapterError> {
    script
        .adapter()
        .generate_plan_schemas(PLAN.to_owned(), &context(), LIMIT)
        .await
}

#[tokio::test]
async fn it_gets_the_plan_on_stdin() {
    let script = Script::new(r#"cat > "$DIR/in"; echo "$# $1" > "$DIR/args"; echo '{"service_instance":{"x":1.50}}'"#);
    assert_eq!(run(&script).await.unwrap(), json!({"service_instance": {"x": 1.5}}));
    assert_eq!(script.left("args").await, "1 generate-plan-schemas\n");
    let given: Value = serde_json::from_str(&script.left("in").await).unwrap();
    assert_eq!(given["generate_plan_schemas"], json!({"plan": PLAN}));
    assert_eq!(given.as_object().unwrap().len(), 5);
    for other in ["generate_manifest", "dashboard_url", "create_binding", "delete_binding"] {
        let leaves = given[other].as_object().unwrap();
        assert!(!leaves.is_empty() && leaves.values().all(|leaf| leaf == ""), "{other}");
    }
}

#[tokio::test]
async fn the_old_form_names_its_argument() {
    let mut script = Script::new(r#"for a in "$@"; do echo "<$a>" >> "$DIR/args"; done; cat; echo '{}'"#);
    script.settings.use_stdin = false;
    assert_eq!(run(&script).await.unwrap(), json!({}));
    let wanted = ["generate-plan-schemas", "--plan-json", PLAN];
    assert_eq!(
        script.left("args").await,
        wanted.map(|arg| format!("<{arg}>\n")).concat()
    );
}

#[tokio::test]
async fn an_adapter_without_the_command_is_told_apart() {
    let codes = [
        (10, Some(ExitMeaning::NotImplemented), None),
        (1, None, Some("for the user")),
        (41, Some(ExitMeaning::BindingNotFound), None),
    ];
    for (code, meaning, said) in codes {
        let script = Script::new(&format!("cat > /dev/null; printf 'for the user'; exit {code}"));
        let error = run(&script).await.unwrap_err();
        assert!(
            matches!(error, AdapterError::Exited { code: Some(seen), .. } if seen == code),
            "{error}"
        );
        assert_eq!((error.meaning(), error.for_user()), (meaning, said), "{code}");
    }
}

#[tokio::test]
async fn what_is_no_json_is_an_error_that_quotes_nothing() {
    for body in ["", "echo hidden", "echo '{\"hidden\": '", "echo '{} hidden'"] {
        let error = run(&Script::new(&format!("cat > /dev/null\n{body}")))
            .await
            .unwrap_err();
        assert!(
            matches!(&error, AdapterError::InvalidOutput { for_operator } if for_operator.contains("returned invalid JSON at")),
            "{error}"
        );
        assert!(!error.for_operator().contains("hidden"), "{error}");
    }
    let mut large = Script::new("cat > /dev/null; head -c 3000000 /dev/zero");
    large.settings.max_output = 16 << 20;
    assert!(matches!(
        run(&large).await,
        Err(AdapterError::TooLarge { max: 2_097_152, .. })
    ));
    let slow = Script::new("cat > /dev/null; sleep 100");
    let limit = Duration::from_millis(300);
    let slow = slow
        .adapter()
        .generate_plan_schemas(PLAN.to_owned(), &context(), limit)
        .await;
    assert!(matches!(slow, Err(AdapterError::TimedOut { .. })), "{slow:?}");
}

#[tokio::test]
async fn the_plan_is_masked_where_the_adapter_repeats_it() {
    let log = Log::default();
    {
        let _guard = log.catch();
        run(&Script::new("cat >&2; echo looked at it >&2; echo '{}'"))
            .await
            .unwrap();
        let mut script = Script::new(r#"echo "$3" >&2; echo '{}'"#);
        script.settings.use_stdin = false;
        run(&script).await.unwrap();
    }
    let text = log.text();
    assert!(text.contains("looked at it"), "{text}");
    assert!(!text.contains("plan-secret"), "{text}");
}

/// What it says for users is published and shown with the catalog.
#[tokio::test]
async fn what_it_says_has_nothing_of_the_plans_properties() {
    let plan = r#"{"instance_groups":[{"name":"a-group"}],"properties":{"db":{"password":"hunter2hunter2","lines":["one\ntwo-lines"]},"n":"abc"}}"#;
    let log = Log::default();
    let error = {
        let _guard = log.catch();
        let script = Script::new(
            r#"cat > /dev/null
echo 'refused: "hunter2hunter2" of a-group' >&2
echo 'bad password hunter2hunter2 in abc of a-group'
printf 'one\ntwo-lines, or "one\\ntwo-lines"'
exit 1"#,
        );
        let adapter = script.adapter();
        adapter.generate_plan_schemas(plan.to_owned(), &context(), LIMIT).await
    };
    let error = error.unwrap_err();
    // Short ones are ordinary words, and the rest of the plan is no secret.
    let said = "bad password *** in abc of a-group\n***, or \"***\"";
    assert_eq!(error.for_user(), Some(said));
    for text in [format!("{error} {error:?}"), log.text()] {
        assert!(!text.contains("hunter2") && !text.contains("two-lines"), "{text}");
    }
    assert!(log.text().contains("of a-group"), "{}", log.text());
}
