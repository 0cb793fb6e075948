//! `dashboard-url`.

use std::time::Duration;

use chandler_clients::adapter::{AdapterError, DashboardUrl};
use chandler_testing::log::Log;
use serde_json::{Value, json};

use crate::script::Script;
use crate::server::context;

const LIMIT: Duration = Duration::from_secs(60);

fn input() -> DashboardUrl {
    DashboardUrl {
        instance_id: "instance-1".into(),
        plan: r#"{"properties":{}}"#.into(),
        manifest: "name: service-instance_1\npassword: manifest-secret\n".into(),
    }
}

async fn run(script: &Script) -> Result<Option<String>, AdapterError> {
    script.adapter().dashboard_url(input(), &context(), LIMIT).await
}

#[tokio::test]
async fn it_gets_three_texts_on_stdin() {
    let script = Script::new(r#"cat > "$DIR/in"; echo "$# $1" > "$DIR/args"; echo '{"dashboard_url":"https://d/1"}'"#);
    assert_eq!(run(&script).await.unwrap().as_deref(), Some("https://d/1"));
    assert_eq!(script.left("args").await, "1 dashboard-url\n");
    let given: Value = serde_json::from_str(&script.left("in").await).unwrap();
    let wanted = input();
    assert_eq!(
        given["dashboard_url"],
        json!({"instance_id": wanted.instance_id, "plan": wanted.plan, "manifest": wanted.manifest})
    );
    assert_eq!(given.as_object().unwrap().len(), 5);
    let others = &given["generate_manifest"];
    assert!(others.as_object().unwrap().values().all(|leaf| leaf == ""), "{others}");
}

#[tokio::test]
async fn the_old_form_has_three_arguments() {
    let mut script =
        Script::new(r#"for a in "$@"; do echo "<$a>" >> "$DIR/args"; done; cat; echo '{"dashboard_url":"u"}'"#);
    script.settings.use_stdin = false;
    assert_eq!(run(&script).await.unwrap().as_deref(), Some("u"));
    let of = input();
    let wanted = ["dashboard-url", &of.instance_id, &of.plan, &of.manifest];
    assert_eq!(
        script.left("args").await,
        wanted.map(|arg| format!("<{arg}>\n")).concat()
    );
}

#[tokio::test]
async fn an_adapter_without_dashboards_is_no_trouble() {
    let log = Log::default();
    for body in [
        "echo no >&2; exit 10",
        "echo '{}'",
        "echo null",
        r#"echo '{"dashboard_url":""}'"#,
        r#"echo '{"dashboard_url":null,"more":1}'"#,
    ] {
        let _guard = log.catch();
        let script = Script::new(&format!("cat > /dev/null; {body}"));
        assert_eq!(run(&script).await.unwrap(), None, "{body}");
    }
    let text = log.text();
    assert!(text.contains("doesn't have this command"), "{text}");
    assert!(!text.contains("WARN"), "{text}");
}

#[tokio::test]
async fn other_codes_and_other_outputs_are_errors() {
    let codes = [(1, Some("for the user")), (41, None), (42, None), (49, None)];
    for (code, said) in codes {
        let script = Script::new(&format!("cat > /dev/null; printf 'for the user'; exit {code}"));
        let error = run(&script).await.unwrap_err();
        assert!(
            matches!(error, AdapterError::Exited { code: Some(seen), .. } if seen == code),
            "{error}"
        );
        assert_eq!(error.for_user(), said, "{code}");
    }
    for body in [
        "",
        "echo hidden",
        "echo '[\"hidden\"]'",
        r#"echo '{"dashboard_url":["hidden"]}'"#,
    ] {
        let error = run(&Script::new(&format!("cat > /dev/null\n{body}")))
            .await
            .unwrap_err();
        assert!(
            matches!(&error, AdapterError::InvalidOutput { for_operator } if for_operator.contains("returned invalid JSON at")),
            "{error}"
        );
        assert!(!error.for_operator().contains("hidden"), "{error}");
    }
    let large = Script::new("cat > /dev/null; head -c 20000 /dev/zero");
    assert!(matches!(
        run(&large).await,
        Err(AdapterError::TooLarge { max: 16_384, .. })
    ));
    let slow = Script::new("cat > /dev/null; sleep 100");
    let limit = Duration::from_millis(300);
    let error = slow.adapter().dashboard_url(input(), &context(), limit).await;
    assert!(matches!(error, Err(AdapterError::TimedOut { .. })), "{error:?}");
    let error = slow.adapter().dashboard_url(input(), &context(), Duration::ZERO).await;
    assert!(matches!(error, Err(AdapterError::NotStarted { .. })), "{error:?}");
}

#[tokio::test]
async fn the_manifest_is_masked_where_the_adapter_repeats_it() {
    let log = Log::default();
    {
        let _guard = log.catch();
        let script = Script::new(r#"cat >&2; echo looked at instance-1 >&2; echo '{"dashboard_url":"u"}'"#);
        run(&script).await.unwrap();
        let mut script = Script::new(r#"echo "$4" >&2; echo '{"dashboard_url":"u"}'"#);
        script.settings.use_stdin = false;
        run(&script).await.unwrap();
    }
    let text = log.text();
    assert!(text.contains("looked at instance-1"), "{text}");
    assert!(!text.contains("manifest-secret"), "{text}");
    assert!(!format!("{:?}", input()).contains("secret"));
}
