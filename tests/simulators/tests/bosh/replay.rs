//! Every recorded exchange is played again. What differs must be listed, and what is listed must differ.

use std::collections::{BTreeMap, BTreeSet};

use chandler_simulators::bosh::{BoshOptions, DirectorRelease};
use serde::Deserialize;

use crate::client::Bench;
use crate::compare::{Got, differences};
use crate::recording::{Credentials, Exchange, Piece, folder, read};
use crate::scenes::Scene;
use crate::tokens::{TEAM, Tokens};

const FILES: [&str; 7] = [
    "deployments-tasks.txt",
    "locks-and-failures.txt",
    "crashes.txt",
    "errands-links-configs.txt",
    "newest-deployments-tasks.txt",
    "newest-errands-links-configs.txt",
    UAA_FILE,
];

const UAA_FILE: &str = "uaa-authentication.txt";

/// An exchange that is known to differ.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Deviation {
    file: String,
    line: usize,
    call: String,
    reason: String,
}

/// A recording that isn't replayed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LeftOut {
    file: String,
    reason: String,
}

#[test]
fn every_recording_is_replayed_or_left_out_with_a_reason() {
    let listed = std::fs::read_to_string(folder().join("left_out.json")).expect("the list");
    let listed: Vec<LeftOut> = serde_json::from_str(&listed).expect("the list");
    let mut known: BTreeSet<String> = FILES.map(str::to_owned).into();
    for LeftOut { file, reason } in listed {
        assert!(!reason.trim().is_empty(), "{file} has no reason");
        assert!(
            known.insert(file.clone()),
            "{file} is listed twice, or replayed as well"
        );
    }
    let there: BTreeSet<String> = std::fs::read_dir(folder())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .filter(|name| !["deviations.json", "left_out.json"].contains(&name.as_str()))
        .collect();
    assert_eq!(there, known, "left: in the folder; right: replayed or left out");
}

#[tokio::test]
async fn recordings_are_answered_alike() {
    let listed = std::fs::read_to_string(folder().join("deviations.json")).expect("the list");
    let listed: Vec<Deviation> = serde_json::from_str(&listed).expect("the list");
    let mut listed: BTreeMap<(String, usize), Deviation> =
        listed.into_iter().map(|d| ((d.file.clone(), d.line), d)).collect();
    let (mut equal, mut deviating, mut problems) = (0, 0, Vec::new());
    for file in FILES {
        for (exchange, different) in play(file).await {
            let known = listed.remove(&(file.to_owned(), exchange.line));
            match (known, different.is_empty()) {
                (None, true) => equal += 1,
                (Some(known), false) => {
                    assert_eq!(known.call, exchange.call(), "{file}:{}", exchange.line);
                    assert!(!known.reason.is_empty(), "{file}:{}", exchange.line);
                    deviating += 1;
                }
                (None, false) => problems.push(format!(
                    "{file}:{} {} is not listed:\n    {}",
                    exchange.line,
                    exchange.call(),
                    different.join("\n    ")
                )),
                (Some(_), true) => problems.push(format!(
                    "{file}:{} {} is listed but no longer differs",
                    exchange.line,
                    exchange.call()
                )),
            }
        }
    }
    problems.extend(
        listed
            .into_values()
            .map(|d| format!("no such exchange: {}:{}", d.file, d.line)),
    );
    println!("{equal} exchanges are answered alike, {deviating} are listed as different");
    assert!(
        problems.is_empty(),
        "{} problems\n{}",
        problems.len(),
        problems.join("\n")
    );
}

/// Plays one file in a world of its own, with the clock standing still.
async fn play(file: &str) -> Vec<(Exchange, Vec<String>)> {
    let tokens = match file {
        UAA_FILE => Some(Tokens::new(Some("https://127.0.0.1:25580")).await),
        _ => None,
    };
    let mut scene = Scene {
        bench: bench(file, tokens.as_ref()).await,
    };
    match &tokens {
        Some(tokens) => scene.open_for_team(&tokens.of(TEAM).await).await,
        None => scene.open(file).await,
    }
    let mut played = Vec::new();
    for piece in read(file) {
        match piece {
            Piece::Seen { line, task, last } => {
                scene.before(file, line).await;
                scene.settle(task, &last).await;
            }
            Piece::Exchange(exchange) => {
                scene.before(file, exchange.line).await;
                let authorization = match &tokens {
                    Some(tokens) => tokens.recorded(&exchange).await,
                    None => password(&exchange),
                };
                let got = send(&scene.bench, &exchange, authorization).await;
                let different = differences(&exchange, &got);
                played.push((exchange, different));
            }
        }
    }
    assert!(!played.is_empty(), "{file} has no exchanges");
    played
}

/// A simulator as the Director of that recording was set up.
pub(crate) async fn bench(file: &str, tokens: Option<&Tokens>) -> Bench {
    let (release, name, uuid) = match file.starts_with("newest-") {
        true => (DirectorRelease::Newest, "TestDirector-300", "deadbeef-300"),
        false => (DirectorRelease::Old, "TestDirector", "deadbeef"),
    };
    let bench = Bench::start(BoshOptions {
        release,
        name: name.to_owned(),
        uuid: uuid.to_owned(),
        uaa: tokens.map(|tokens| tokens.uaa.verifier()),
        username: "test".to_owned(),
        password: "test".to_owned(),
        queue_seconds: 1.0,
        task_seconds: 6.0,
        ..BoshOptions::default()
    })
    .await;
    bench.world.freeze(true);
    bench
}

/// The `Authorization` of an exchange with a Director that has a user with a password.
pub(crate) fn password(exchange: &Exchange) -> Option<String> {
    match exchange.credentials {
        Credentials::Right => Some("Basic dGVzdDp0ZXN0".to_owned()),
        Credentials::Wrong => Some("Basic dGVzdDp3cm9uZw==".to_owned()),
        Credentials::None => None,
    }
}

async fn send(bench: &Bench, exchange: &Exchange, authorization: Option<String>) -> Got {
    let mut request = bench.anonymous(&exchange.method, &exchange.target);
    if let Some(authorization) = authorization {
        request = request.header("Authorization", authorization);
    }
    for (name, value) in &exchange.request_headers {
        request = request.header(name, value);
    }
    let answer = request
        .body(exchange.request_body.clone())
        .send()
        .await
        .expect("an answer");
    let headers = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
        .collect();
    Got {
        status: answer.status().as_u16(),
        headers,
        body: answer.text().await.expect("text"),
    }
}
