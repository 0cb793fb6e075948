//! `create-binding` and `delete-binding`.

use std::time::Duration;

use chandler_clients::adapter::{AdapterError, CreateBinding, DeleteBinding, ExitMeaning, MAX_BINDING_OUTPUT};
use chandler_testing::log::Log;
use serde_json::{Value, json};

use crate::script::Script;
use crate::server::context;

const LIMIT: Duration = Duration::from_secs(60);

fn create() -> CreateBinding {
    CreateBinding {
        binding_id: "binding-1".into(),
        bosh_vms: r#"{"node":["10.0.0.2"]}"#.into(),
        manifest: "name: service-instance_1\n".into(),
        request_parameters: r#"{"app_guid":"app-1","parameters":{"note":"parameter-secret"}}"#.into(),
        secrets: r#"{"((a))":"manifest-secret"}"#.into(),
        dns_addresses: r#"{"db":"q-s0.node.default.service-instance-1.bosh"}"#.into(),
    }
}

fn delete() -> DeleteBinding {
    let of = create();
    DeleteBinding {
        binding_id: of.binding_id,
        bosh_vms: of.bosh_vms,
        manifest: of.manifest,
        request_parameters: r#"{"plan_id":"p","service_id":"s"}"#.into(),
        secrets: of.secrets,
        dns_addresses: of.dns_addresses,
    }
}

#[tokio::test]
async fn both_get_six_texts_on_stdin() {
    let script = Script::new(
        r#"cat > "$DIR/$1"; echo "$#" > "$DIR/count"; [ "$1" = delete-binding ] || echo '{"credentials":{"p":1}}'"#,
    );
    let adapter = script.adapter();
    let binding = adapter.create_binding(create(), &context(), LIMIT).await.unwrap();
    assert_eq!(
        serde_json::to_value(&binding).unwrap(),
        json!({"credentials": {"p": 1}})
    );
    adapter.delete_binding(delete(), &context(), LIMIT).await.unwrap();
    assert_eq!(script.left("count").await, "1\n");

    let read = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    let created = read(script.left("create-binding").await);
    let input = create();
    assert_eq!(
        created["create_binding"],
        json!({
            "binding_id": input.binding_id, "bosh_vms": input.bosh_vms, "manifest": input.manifest,
            "request_parameters": input.request_parameters, "secrets": input.secrets,
            "dns_addresses": input.dns_addresses,
        })
    );
    let empty = &created["delete_binding"];
    assert!(empty.as_object().unwrap().values().all(|leaf| leaf == ""), "{empty}");
    assert_eq!(created["generate_manifest"].as_object().unwrap().len(), 8);
    let deleted = read(script.left("delete-binding").await);
    assert_eq!(
        deleted["delete_binding"]["request_parameters"],
        delete().request_parameters
    );
    assert_eq!(deleted["create_binding"], *empty);
}

#[tokio::test]
async fn the_old_form_has_four_arguments() {
    let mut script = Script::new(r#"for a in "$@"; do echo "<$a>" >> "$DIR/args"; done; cat; echo '{}'"#);
    script.settings.use_stdin = false;
    script
        .adapter()
        .create_binding(create(), &context(), LIMIT)
        .await
        .unwrap();
    let input = create();
    let wanted = [
        "create-binding",
        &input.binding_id,
        &input.bosh_vms,
        &input.manifest,
        &input.request_parameters,
    ];
    assert_eq!(
        script.left("args").await,
        wanted.map(|arg| format!("<{arg}>\n")).concat()
    );
}

#[tokio::test]
async fn exit_codes_have_their_meaning_in_both() {
    let table = [
        (10, Some(ExitMeaning::NotImplemented)),
        (41, Some(ExitMeaning::BindingNotFound)),
        (42, Some(ExitMeaning::AppGuidMissing)),
        (49, Some(ExitMeaning::BindingExists)),
        (1, None),
    ];
    for (exit, meaning) in table {
        let script = Script::new(&format!("cat > /dev/null; echo for the user; exit {exit}"));
        let adapter = script.adapter();
        let errors = [
            adapter.create_binding(create(), &context(), LIMIT).await.unwrap_err(),
            adapter.delete_binding(delete(), &context(), LIMIT).await.unwrap_err(),
        ];
        for error in errors {
            assert!(matches!(error, AdapterError::Exited { code: Some(code), .. } if code == exit));
            assert_eq!(error.meaning(), meaning);
            assert_eq!(error.for_user().is_some(), meaning.is_none(), "{exit}");
        }
    }
}

#[tokio::test]
async fn outputs_that_are_no_binding_or_too_large() {
    for body in [
        "",
        "echo hidden",
        r#"echo '{"credentials":"hidden"}'"#,
        r#"printf '{"credentials":{"a":"hidden'"#,
    ] {
        let script = Script::new(&format!("cat > /dev/null\n{body}"));
        let error = script
            .adapter()
            .create_binding(create(), &context(), LIMIT)
            .await
            .unwrap_err();
        assert!(
            matches!(&error, AdapterError::InvalidOutput { for_operator } if for_operator.contains("returned invalid JSON at")),
            "{error}"
        );
        assert!(!error.for_operator().contains("hidden"), "{error}");
    }
    let room = MAX_BINDING_OUTPUT - r#"{"credentials":{"a":""}}"#.len();
    let speak = |length: usize| {
        Script::new(&format!(
            r#"cat > /dev/null; printf '{{"credentials":{{"a":"'; head -c {length} /dev/zero | tr '\0' x; printf '"}}}}'"#
        ))
    };
    let binding = speak(room).adapter().create_binding(create(), &context(), LIMIT).await;
    assert!(binding.unwrap().credentials.is_some());
    let script = speak(room + 1);
    let error = script.adapter().create_binding(create(), &context(), LIMIT).await;
    assert!(matches!(
        error,
        Err(AdapterError::TooLarge {
            max: MAX_BINDING_OUTPUT,
            ..
        })
    ));
    script
        .adapter()
        .delete_binding(delete(), &context(), LIMIT)
        .await
        .unwrap();
}

#[tokio::test]
async fn credentials_and_inputs_are_masked_where_the_adapter_repeats_them() {
    let log = Log::default();
    // A whole binding, one that is cut off, and one of a run that fails.
    let endings = [
        r#"echo '{"credentials":{"password":"made-just-now"}}'"#,
        r#"printf '{"credentials":{"password":"made-just-now'"#,
        r#"echo '{"credentials":{"password":"made-just-now"}}'; exit 3"#,
    ];
    for ending in endings {
        let script = Script::new(&format!(
            "cat >&2; echo created made-just-now for binding-1 >&2; {ending}"
        ));
        let _guard = log.catch();
        let end = script.adapter().create_binding(create(), &context(), LIMIT).await;
        assert!(!matches!(end, Err(AdapterError::NotStarted { .. })), "{end:?}");
    }
    let text = log.text();
    assert_eq!(text.matches("for binding-1").count(), 3, "{text}");
    for hidden in ["made-just-now", "manifest-secret", "parameter-secret"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    for debug in [format!("{:?}", create()), format!("{:?}", delete())] {
        assert!(!debug.contains("secret") && !debug.contains("binding-1"), "{debug}");
    }
}
