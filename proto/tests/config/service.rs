//! What is deployed, and by which adapter.
use crate::support::{config, edited, file, finding, only, remove};
use chandler_proto::config::FileLook;
use serde_json::json;

#[test]
fn releases_and_stemcells_are_complete() {
    for (path, text) in [
        (
            "service_deployment.releases",
            "Invalid service_deployment config - must specify releases",
        ),
        (
            "service_deployment.releases[0].name",
            "Invalid service_deployment.releases config - must specify name",
        ),
        (
            "service_deployment.releases[0].version",
            "Invalid service_deployment.releases config - must specify version",
        ),
        (
            "service_deployment.releases[0].jobs",
            "Invalid service_deployment.releases config - must specify jobs",
        ),
        (
            "service_deployment.stemcells",
            "Invalid service_deployment config - at least one stemcell must be specified",
        ),
        (
            "service_deployment.stemcells[0].os",
            "Invalid service_deployment stemcell config - must specify os",
        ),
        (
            "service_deployment.stemcells[0].version",
            "Invalid service_deployment stemcell config - must specify version",
        ),
    ] {
        let mut all = file();
        remove(&mut all, path);
        assert_eq!(only(&all), finding(path, text));
    }
    let none = only(&edited(file(), "service_deployment.releases", json!([])));
    assert_eq!(
        none.message,
        "Invalid service_deployment config - must specify at least one release"
    );
}

#[test]
fn versions_are_exact() {
    for path in [
        "service_deployment.releases[0].version",
        "service_deployment.stemcells[0].version",
    ] {
        for version in ["latest", "3112.latest"] {
            let found = only(&edited(file(), path, json!(version)));
            assert_eq!(found.path, path);
            assert!(found.message.starts_with(
                "You must configure the exact release and stemcell versions in broker.service_deployment. "
            ));
        }
    }
}

#[test]
fn the_adapter_gets_the_deployment_in_its_own_names() {
    let all = edited(file(), "service_deployment.stemcells[0].name", json!("bosh-warden"));
    assert_eq!(
        config(&all).catalog.offerings[0]
            .deployment
            .adapter_json("service-instance_1"),
        json!({
            "deployment_name": "service-instance_1",
            "releases": [{"name": "kv", "version": "1.0", "jobs": ["kv-server"]}],
            "stemcells": [{"stemcell_name": "bosh-warden", "stemcell_os": "ubuntu-jammy", "stemcell_version": "1.651"}],
        })
    );
    let plain = config(&file()).catalog.offerings[0].deployment.adapter_json("d");
    assert_eq!(
        plain["stemcells"][0],
        json!({"stemcell_os": "ubuntu-jammy", "stemcell_version": "1.651"})
    );
}

#[test]
fn the_adapter_is_an_executable_file() {
    let adapter = config(&edited(file(), "service_adapter.path", json!("/a")))
        .catalog
        .offerings[0]
        .adapter
        .clone();
    adapter
        .check(|path| {
            assert_eq!(path, "/a");
            FileLook::File(0o755)
        })
        .expect("executable");
    for (look, text) in [
        (FileLook::File(0o644), "'/a' is not executable"),
        (FileLook::Directory, "'/a' is a directory"),
        (
            FileLook::Error("stat /a: no such file or directory".into()),
            "stat /a: no such file or directory",
        ),
    ] {
        let found = adapter.check(|_| look).expect_err(text).0;
        assert_eq!(
            found,
            [finding(
                "service_adapter.path",
                &format!("checking for executable service adapter file: {text}")
            )]
        );
    }
}
