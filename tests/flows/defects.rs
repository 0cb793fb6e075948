//! The defects of the Go broker, by their numbers: each is provoked in its cause, against the broker's processes, and
//! doesn't show.
//!
//! | number | what it was | test |
//! |---|---|---|
//! | D1 | a bind without `bind_resource` panicked | `d01_a_bind_without_a_resource_is_a_bind` |
//! | D2 | a `context` that is no object panicked | `d02_a_context_that_is_no_object_is_refused` |
//! | D3 | keys that are no texts, nested in plan properties, panicked at every run of the adapter | `d03_keys_that_are_no_texts_reach_the_adapter` |
//! | D4 | a deployment that vanished before its `DELETE` held the delete, and all others, for ever | `d04_a_deployment_that_vanishes_in_the_middle_is_deleted` |
//! | D5 | the results of an errand on several instances weren't read: it counted as succeeded | `d05_an_errand_that_fails_on_one_of_two_instances_has_failed` |
//! | D6 | one plan's count for the global quota of resources | comes with the configuration: `d06_each_plan_takes_its_own_cost_of_the_global_resources`, in the gateway's tests |
//! | D7 | UAA clients were left behind in three ways | `d07_a_uaa_client_goes_however_its_instance_goes` |
//! | D8 | an upgrade told the adapter no previous secrets | `d08_an_upgrade_hands_over_the_previous_secrets` |
//! | D9 | `expose_operational_errors` changed the status of a bind to what isn't there | `d09_exposed_errors_change_no_status` |
//! | D10 | the parameters of a failed provision were in the log | `d10_the_parameters_of_a_failed_provision_are_in_no_log` |
//! | D11 | large numbers lost digits | `d11_numbers_reach_the_adapter_digit_by_digit` |
//! | D12 | `null` for an empty list of instances | comes with the operator's tools |
//! | D13 | a recreate of what isn't there was 500 | comes with the operator's tools |
//! | D14 | the body of a 412 said `Description` | `d14_a_412_has_a_description` |
//! | D15 | a failed grant of a secure bind was ignored | `d15_a_secure_bind_without_its_permission_is_none` |
//! | D16 | a credential stayed in CredHub when the adapter knew no binding | `d16_a_credential_goes_without_its_user` |
//! | D17 | a PATCH without `plan_id`, or without the previous one, was 500 | `d17_a_patch_needs_no_plan_ids` |
//! | D18 | requests to Cloud Controller weren't encoded | `d18_odd_names_and_passwords_reach_cloud_controller_whole` |
//! | D19 | a shutdown that took too long exited with 0 | comes with the configuration: `d19_a_shutdown_that_cuts_requests_off_says_so_by_its_exit_code`, in the gateway's tests |
//! | D20 | the service metrics printed error bodies and exited with 0 | comes with the operator's tools |
//! | D21 | `disable_ssl_cert_verification` didn't count for UAA clients | `d21_certificates_of_the_uaa_are_checked_unless_told_otherwise` |
//! | D22 | the log said `#{err}` when a UAA client couldn't be made | `d22_the_log_says_why_there_is_no_uaa_client` |
//! | D23 | secrets of UAA clients came from a generator that was seeded with the time | `d23_the_time_says_nothing_of_a_secret` |
//! | D24 | a deployment that had gone when the last pre-delete errand ended made every poll 500 | `d24_a_deployment_that_goes_during_the_last_errand_is_deleted` |
//! | D25 | a request that was sent again started a deploy, an errand or a delete twice | `d25_lost_answers_start_nothing_twice` |
//! | D26 | no limits for slow clients, idle connections and large bodies | `d26_large_bodies_and_slow_clients_are_cut_off` |
mod abuse;
mod adapter;
mod bindings;
mod clients;
mod cloud_controller;
mod deletes;
mod errands;
mod requests;
mod secrets_of_clients;
mod telling;

use chandler_clients::{
    CallContext,
    bosh::{Auth, Director, DirectorSettings},
};
use chandler_tests::{
    process::{Process, binary},
    wait,
    world::{Plan, World},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

const LIMIT: Duration = Duration::from_secs(60);

/// A world whose Director needs no time.
fn quick() -> Plan {
    Plan {
        task_seconds: 0.0,
        ..Plan::default()
    }
}

/// Every plan may be changed into every other.
fn updatable(json: &mut Value) {
    json["service_catalog"]["plan_updatable"] = json!(true);
}

/// What a program says to a configuration that it doesn't take, and the code that it ends with.
async fn refusal(world: &World, program: &str, config: &str) -> (i32, String) {
    let file = world.dir.path().join("refused.yml");
    fs::write(&file, config).unwrap();
    let (program, file) = (binary(program), file.to_str().unwrap().to_owned());
    let mut command = vec![program, "--config".to_owned(), file];
    command.extend(["--admin-addr", "127.0.0.1:0"].map(str::to_owned));
    let mut process = Process::start("refused", world.dir.path(), command, vec![]);
    let code = wait::until("it ends", LIMIT, || {
        let code = process.ended();
        async move { code }
    })
    .await;
    (code, process.output())
}

fn deployment(instance: &str) -> String {
    format!("service-instance_{instance}")
}

/// Somebody who isn't the broker deletes the deployment of an instance.
async fn somebody_deletes(world: &World, instance: &str) {
    let settings = DirectorSettings {
        url: world.systems.bosh.url(),
        ca_pem: Some(world.systems.bosh.ca_pem().into()),
        auth: Auth::Basic {
            username: "admin".into(),
            password: "admin".into(),
        },
        timeout: Duration::from_secs(10),
        user_agent: "somebody".into(),
    };
    let (director, name) = (Director::new(settings).unwrap(), deployment(instance));
    let (call, limit) = (CallContext::default(), Duration::from_secs(10));
    let started = director.delete_deployment(&name, false, "", &call, limit).await;
    assert!(started.unwrap().is_some(), "there was nothing to delete");
    wait::until("it is gone", LIMIT, || async {
        world.director.deployment(&name).is_none().then_some(())
    })
    .await;
}

/// What all processes have logged, each with its name.
fn logs(world: &World) -> Vec<(String, String)> {
    let files = fs::read_dir(world.dir.path()).unwrap().map(|it| it.unwrap().path());
    let logs = files.filter(|path| path.extension().is_some_and(|it| it == "log"));
    let read = |path: PathBuf| {
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        (path.file_name().unwrap().to_str().unwrap().to_owned(), text)
    };
    logs.map(read).collect()
}

/// Nothing has panicked.
fn is_unharmed(world: &World) {
    let logs = logs(world);
    assert!(
        logs.iter()
            .any(|(name, text)| name == "gateway-0.log" && !text.is_empty())
    );
    for (name, text) in logs {
        let line = text
            .lines()
            .find(|line| line.contains("panicked") || line.contains(r#""panic""#));
        assert_eq!(line, None, "{name}");
    }
}

/// Those that a test must be there for.
const REQUIRED: [u32; 21] = [
    1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 14, 15, 16, 17, 18, 21, 22, 23, 24, 25, 26,
];
/// Those that come later, in the table's words.
const LATER: [u32; 5] = [6, 12, 13, 19, 20];

/// The names of the tests in a source file: functions right below a test's attribute.
fn tests_in(source: &str) -> Vec<String> {
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    let tested = lines
        .windows(2)
        .filter(|pair| pair[0] == "#[test]" || pair[0].starts_with("#[tokio::test"));
    let name = |line: &str| Some(line.split_once("fn ")?.1.split_once('(')?.0.to_owned());
    tested.filter_map(|pair| name(pair[1])).collect()
}

/// The number in `d07_…`.
fn number(name: &str) -> Option<u32> {
    name.strip_prefix('d')?.get(..3)?.strip_suffix('_')?.parse().ok()
}

#[test]
fn every_defect_has_its_test() {
    let flows = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows");
    let files = fs::read_dir(flows.join("defects"))
        .unwrap()
        .map(|it| it.unwrap().path());
    let tests: Vec<_> = files
        .flat_map(|file| tests_in(&fs::read_to_string(file).unwrap()))
        .collect();
    let tested: BTreeSet<_> = tests.iter().filter_map(|name| number(name)).collect();
    assert_eq!(tested, BTreeSet::from(REQUIRED));
    for none in [
        "async fn d01_a() {",
        "#[tokio::test]\n#[ignore]\nasync fn d01_a() {",
        "// #[test]\nfn d01_a() {",
    ] {
        assert!(tests_in(none).is_empty(), "{none}");
    }

    let own = fs::read_to_string(flows.join("defects.rs")).unwrap();
    let rows = own.lines().filter_map(|line| line.strip_prefix("//! | D"));
    let rows: Vec<Vec<_>> = rows
        .map(|row| row.trim_end_matches('|').split('|').map(str::trim).collect())
        .collect();
    let told: Vec<u32> = rows.iter().map(|row| row[0].parse().unwrap()).collect();
    assert_eq!(told, (1..=26).collect::<Vec<_>>(), "the table has a row for each");
    for (row, of) in rows.iter().zip(told) {
        if LATER.contains(&of) {
            assert!(row[2].starts_with("comes with "), "{row:?}");
        } else {
            let name = row[2].trim_matches('`');
            assert!(number(name) == Some(of) && tests.iter().any(|it| it == name), "{row:?}");
        }
    }
}
