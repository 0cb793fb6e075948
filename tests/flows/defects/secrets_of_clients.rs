//! Where the secrets of UAA clients come from.
use chandler_process::Clock as _;
use chandler_tests::{
    rig::{Fate, Rig, Thing},
    world::Plan,
};
use serde_json::json;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const MANY: usize = 6;

#[tokio::test]
async fn d23_the_time_says_nothing_of_a_secret() {
    let mut rig = Rig::start(Plan {
        uaa_clients: true,
        ..Plan::default()
    })
    .await;
    // Every client is made at the same moment of the same worker's only clock.
    let moment = rig.clock.now_ms();
    let mut secrets = BTreeSet::new();
    for n in 0..MANY {
        let i = format!("timeless-{n}");
        rig.clock.set(moment);
        rig.world.platform.accepted(rig.world.platform.put(&i, json!({}))).await;
        rig.drive(&Thing::instance(&i), Fate::default()).await;
        let client = rig.world.client(&i).unwrap();
        let [secret] = client.secrets.as_slice() else {
            panic!("one secret: {}", client.secrets.len())
        };
        assert!(
            secret.len() >= 32 && secret.bytes().all(|b| b.is_ascii_alphanumeric()),
            "{} characters",
            secret.len()
        );
        // No two begin or end alike, as those of a generator whose seed is near another's could.
        assert!(secrets.insert(secret[..8].to_owned()) && secrets.insert(secret[24..].to_owned()));
    }
    assert_eq!(secrets.len(), 2 * MANY);

    // And no program of ours has a generator that can be seeded with the time, or with anything else.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let sources: Vec<_> = ["proto", "gateway", "workers"]
        .iter()
        .flat_map(|room| sources(&root.join(room)))
        .collect();
    assert!(
        sources.iter().any(|(_, text)| text.contains("rand::rng()")),
        "this looks at the wrong files"
    );
    for (path, text) in sources {
        for seeded in ["SeedableRng", "SmallRng", "StdRng", "seed_from_u64", "from_seed"] {
            assert!(!text.contains(seeded), "{seeded} in {}", path.display());
        }
    }
}

/// The sources of programs below, not those of their tests.
fn sources(below: &Path) -> Vec<(PathBuf, String)> {
    let mut found = vec![];
    for entry in fs::read_dir(below).unwrap().map(|it| it.unwrap().path()) {
        let name = entry.file_name().unwrap().to_str().unwrap();
        if entry.is_dir() && !["tests", "target", "fixtures"].contains(&name) {
            found.extend(sources(&entry));
        } else if name.ends_with(".rs") && name != "tests.rs" {
            found.push((entry.clone(), fs::read_to_string(&entry).unwrap()));
        }
    }
    found
}
