//! The commands of the README's walks, as somebody would type them.

use crate::world::{Local, until};
use std::cell::RefCell;
use std::process::Command;

const README: &str = include_str!("../../../../README.md");

/// What each command after the first block says in the end.
const SAID: [&[&str]; 31] = [
    &[r#"{"operation":"#],
    &[r#""state":"succeeded""#],
    // The UAA client.
    &[""],
    &[
        r#""client_id":"my-first""#,
        r#""example-kv.s.user""#,
        r#""redirect_uri":["https://dashboard"#,
        r#""name":"Example KV""#,
    ],
    // Bind.
    &[
        r#"{"credentials":{"credhub-ref":"/c/"#,
        r#"/my-first/my-key/credentials"}"#,
    ],
    &[
        r#"{"credentials":{"credhub-ref":"/c/"#,
        r#"/my-first/my-app/credentials"}"#,
    ],
    &[r#""state":"succeeded""#],
    &[
        r#"{"credentials":{"credhub-ref":"/c/"#,
        r#"/my-first/my-app/credentials"}"#,
    ],
    // CredHub.
    &[""],
    &[r#""username":"user-my-key""#, r#""username":"user-my-app""#],
    &[r#""actor":"uaa-client:me""#, r#""actor":"mtls-app:an-app""#],
    // Update.
    &[r#""operation":"u."#, r#""dashboard_url":"https://"#],
    &[r#"Instance update completed"#, r#""state":"succeeded""#],
    &[r#""operation":"u."#, r#""dashboard_url":"https://"#],
    &[r#"Instance update completed"#, r#""state":"succeeded""#],
    &[
        r#""dashboard_url":"https://"#,
        r#""plan_id":"5d6d5a0e-9b5c-4f0a-8d3f-2f7b6f1c2b22""#,
    ],
    // Recreate, upgrade.
    &[""],
    &[r#""operation":"r."#, r#""OperationType":"recreate""#],
    &[r#"Instance recreate completed"#, r#""state":"succeeded""#],
    &["204"],
    // An errand that fails.
    &[""],
    &[""],
    &[r#"{"id":"#],
    &[r#""operation":"r."#],
    &[r#""state":"failed""#, "step: post-deploy errand health-check"],
    &["the store is ill"],
    // Unbind.
    &["{}"],
    &["{}"],
    &["410"],
    // Delete.
    &[r#"{"operation":"#],
    &["410"],
];

#[test]
fn the_walks_of_the_readme_work_as_typed() {
    let walks = README.split_once("## Walks").unwrap().1;
    let walks = walks.split_once("\n## ").unwrap().0;
    let mut blocks = walks
        .split("```sh\n")
        .skip(1)
        .map(|rest| rest.split_once("```").unwrap().0);
    let local = Local::start(&["--no-tour"]);
    local.says("The broker is up");
    let port = local.current()["broker"]["port"].to_string();
    let mut typed = blocks.next().unwrap().replace("8080", &port);
    let commands: Vec<&str> = blocks.flat_map(str::lines).collect();
    assert_eq!(commands.len(), SAID.len(), "{commands:#?}");
    for (command, expected) in commands.into_iter().zip(SAID) {
        // What it sets is there for all that follow.
        let name = command.split_once('=').map_or("", |(name, _)| name);
        if !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase()) {
            typed.push_str(command);
            typed.push('\n');
        }
        let last = RefCell::new(String::new());
        let says = || {
            let output = Command::new("bash")
                .args(["-euc", &format!("{typed}{command}")])
                .current_dir(local.dir.path())
                .output()
                .unwrap();
            assert!(output.status.success(), "{command}: {output:?}");
            *last.borrow_mut() = String::from_utf8_lossy(&output.stdout).into_owned();
            expected.iter().all(|text| last.borrow().contains(text))
        };
        // Only what asks is asked again.
        match command.contains("-X ") {
            true => assert!(says(), "{command}: {}", last.borrow()),
            false => until(command, says, || last.borrow().clone()),
        }
    }
}
