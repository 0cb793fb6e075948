//! What bindings and secure manifests need of the Director, against the simulated one.

use chandler_clients::bosh::{Config, bosh_vms};
use chandler_clients::{Fault, FaultKind};
use chandler_simulators::bosh::{CallAction, CallFault};
use serde_json::{Value, json};

use crate::simulator::{LIMIT, start};

const MANIFEST: &str = "name: service-instance_1
releases: [{name: svc, version: 1.0.0}]
stemcells: [{alias: default, os: ubuntu-jammy, version: '1.406'}]
update: {canaries: 1, max_in_flight: 1, canary_watch_time: 1-5000, update_watch_time: 1-5000}
instance_groups:
- name: node
  azs: [z1]
  instances: 2
  vm_type: small
  stemcell: default
  networks: [{name: default}]
  jobs:
  - name: svc
    release: svc
    provides: {db: {as: si-db, shared: true}, address: {as: own}}
    consumes: {peer: {from: si-db}}
";
const NAME: &str = "service-instance_1";

fn refused(status: u16, code: u64) -> impl Fn(Fault) -> bool {
    move |fault| {
        fault.kind
            == FaultKind::Refused {
                status,
                code: Some(code),
            }
    }
}

#[tokio::test]
async fn what_is_not_there_is_nothing_and_not_a_fault() {
    let (simulator, director, call) = start().await;
    assert_eq!(director.vms(NAME, &call).await.unwrap(), None);
    assert_eq!(director.variables(NAME, &call).await.unwrap(), None);
    assert_eq!(director.link_providers(NAME, &call).await.unwrap(), None);
    assert_eq!(director.links(NAME, &call).await.unwrap(), None);
    assert_eq!(director.link_address("7", &[], None, &call).await.unwrap(), None);
    director.delete_link("7", &call, LIMIT).await.unwrap();
    assert!(director.configs(NAME, &call).await.unwrap().is_empty());
    simulator.stop().await;
}

#[tokio::test]
async fn vms_and_variables_come_without_a_task() {
    let (simulator, director, call) = start().await;
    director.deploy(MANIFEST, "job.deploy", &call, LIMIT).await.unwrap();
    let vms = director.vms(NAME, &call).await.unwrap().unwrap();
    assert_eq!(vms.len(), 2);
    assert!(
        vms.iter()
            .all(|vm| vm.group == "node" && vm.az.as_deref() == Some("z1"))
    );
    let map: Value = serde_json::from_str(&bosh_vms(&vms)).unwrap();
    let mut ips: Vec<&String> = vms.iter().flat_map(|vm| &vm.ips).collect();
    ips.sort();
    assert_eq!((ips.len(), map["node"].as_array().unwrap().len()), (2, 2), "{map}");
    assert_eq!(director.variables(NAME, &call).await.unwrap(), Some(vec![]));
    let tasks = director.tasks(Default::default(), &call).await.unwrap();
    assert_eq!(tasks.len(), 1, "the deploy's alone: {tasks:?}");
    simulator.stop().await;
}

#[tokio::test]
async fn an_external_link_is_found_by_its_consumer_and_gives_an_address() {
    let (simulator, director, call) = start().await;
    director.deploy(MANIFEST, "job.deploy", &call, LIMIT).await.unwrap();
    let providers = director.link_providers(NAME, &call).await.unwrap().unwrap();
    let of = |name: &str| providers.iter().find(|provider| provider.name == name).unwrap();
    let (shared, own) = (of("si-db"), of("own"));
    assert_eq!((shared.shared, shared.instance_group()), (true, Some("node")));
    assert!(!own.shared);

    let link = director.create_link(&shared.id, "job-1", &call, LIMIT).await.unwrap();
    assert_eq!(link.consumer.as_deref(), Some("job-1"));
    let again = director.create_link(&shared.id, "job-1", &call, LIMIT).await.unwrap();
    assert_eq!(again, link);
    let address = director.link_address(&link.id, &[], None, &call).await.unwrap();
    assert_eq!(address.as_deref(), Some("q-s0.node.default.service-instance-1.bosh"));
    let zones = ["z1".to_owned()];
    let address = director.link_address(&link.id, &zones, Some("healthy"), &call).await;
    assert!(
        address
            .unwrap()
            .unwrap()
            .ends_with("s3.node.default.service-instance-1.bosh")
    );

    // The answer is lost, the link is there: it is found by the consumer's name, beside the link of the release job.
    let lost = CallFault::once("POST", "/links", CallAction::LoseResponse);
    simulator.world().set_fault(lost);
    let fault = director
        .create_link(&shared.id, "job-2", &call, LIMIT)
        .await
        .unwrap_err();
    assert!(!fault.nothing_happened(), "{fault}");
    let links = director.links(NAME, &call).await.unwrap().unwrap();
    let mut consumers: Vec<_> = links.iter().map(|link| link.consumer.as_deref()).collect();
    consumers.sort_unstable();
    assert_eq!(consumers, [None, Some("job-1"), Some("job-2")]);
    for link in links.iter().filter(|link| link.consumer.is_some()) {
        director.delete_link(&link.id, &call, LIMIT).await.unwrap();
        director.delete_link(&link.id, &call, LIMIT).await.unwrap();
    }
    let left = director.links(NAME, &call).await.unwrap().unwrap();
    assert_eq!(left.len(), 1);

    let fault = director.create_link(&own.id, "job-3", &call, LIMIT).await.unwrap_err();
    assert!(refused(403, 810_009)(fault));
    let fault = director.create_link("99", "job-3", &call, LIMIT).await.unwrap_err();
    assert!(refused(400, 810_002)(fault));
    let fault = director.delete_link(&left[0].id, &call, LIMIT).await.unwrap_err();
    assert!(refused(400, 810_005)(fault));
    simulator.stop().await;
}

#[tokio::test]
async fn configs_are_written_read_and_deleted() {
    let (simulator, director, call) = start().await;
    for (kind, content) in [("cloud", "a: 1\n"), ("other", "b: hidden\n"), ("cloud", "a: 2\n")] {
        director.update_config(kind, NAME, content, &call, LIMIT).await.unwrap();
    }
    director
        .update_config("cloud", "default", "c: 3\n", &call, LIMIT)
        .await
        .unwrap();
    let mut configs = director.configs(NAME, &call).await.unwrap();
    configs.sort_by(|a, b| a.kind.cmp(&b.kind));
    let config = |kind: &str, content: &str| Config {
        kind: kind.into(),
        content: content.into(),
    };
    assert_eq!(configs, [config("cloud", "a: 2\n"), config("other", "b: hidden\n")]);
    assert!(!format!("{configs:?}").contains("hidden"));
    let fault = director
        .update_config("cloud", NAME, "no hash", &call, LIMIT)
        .await
        .unwrap_err();
    assert!(refused(400, 440_011)(fault));
    director.delete_config("other", NAME, &call, LIMIT).await.unwrap();
    assert_eq!(
        director.configs(NAME, &call).await.unwrap(),
        [config("cloud", "a: 2\n")]
    );
    assert_eq!(
        json!(director.config_types(NAME, &call).await.unwrap()),
        json!(["cloud"])
    );
    simulator.stop().await;
}
