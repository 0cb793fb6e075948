//! Looks for secrets in everything that is kept or sent, whatever they are dressed up as.
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use chandler_tests::{otlp::Collector, world::World};
use futures::{StreamExt, TryStreamExt};
use prost::Message;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

/// What is looked for.
#[derive(Default)]
pub(super) struct Hunt {
    /// What it is, and every form of it.
    marks: Vec<(String, BTreeSet<String>)>,
}

impl Hunt {
    /// A secret, `what` for people.
    pub(super) fn add(&mut self, what: impl Into<String>, secret: &str) {
        assert!(secret.len() >= 12, "too short to be told from chance: {secret:?}");
        self.marks.push((what.into(), forms(secret)));
    }
    pub(super) fn all(&self) -> usize {
        self.marks.len()
    }
    /// What of it these bytes hold.
    pub(super) fn found(&self, bytes: &[u8]) -> Vec<&str> {
        let text = String::from_utf8_lossy(bytes);
        let holds = |forms: &BTreeSet<String>| forms.iter().any(|form| text.contains(form.as_str()));
        let found = self.marks.iter().filter(|(_, forms)| holds(forms));
        found.map(|(what, _)| what.as_str()).collect()
    }
    /// Panics with all that was found in these places.
    pub(super) fn must_find_nothing(&self, places: &[(String, Vec<u8>)]) {
        let leaks: Vec<_> = places
            .iter()
            .map(|(place, bytes)| (place, self.found(bytes)))
            .filter(|(_, found)| !found.is_empty())
            .collect();
        assert!(leaks.is_empty(), "{leaks:#?}");
    }
}

/// As it is, escaped, percent-encoded, in base64 at each of the three offsets, as hex, as a list of numbers.
fn forms(secret: &str) -> BTreeSet<String> {
    let json = |text: &str| {
        let quoted = serde_json::to_string(text).unwrap();
        quoted[1..quoted.len() - 1].to_owned()
    };
    let percent = |upper: bool, space: &str, kept: &str| -> String {
        let one = |byte: u8| match (byte, upper) {
            (b' ', _) => space.to_owned(),
            (byte, _) if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) => (byte as char).to_string(),
            (byte, true) => format!("%{byte:02X}"),
            (byte, false) => format!("%{byte:02x}"),
        };
        secret.bytes().map(one).collect()
    };
    let mut all = BTreeSet::from([secret.to_owned(), json(secret), json(&json(secret))]);
    for (upper, space, kept) in [
        (true, "%20", "-._~"),
        (false, "%20", "-._~"),
        (true, "+", "-._"),
        (true, "%20", "-._~/+=&"),
    ] {
        all.insert(percent(upper, space, kept));
    }
    for offset in 0..3 {
        for engine in [&STANDARD, &URL_SAFE] {
            let text = engine.encode([&vec![b'x'; offset][..], secret.as_bytes()].concat());
            all.insert(text[4..text.len() - 4].to_owned());
        }
    }
    all.insert(secret.bytes().map(|byte| format!("{byte:02x}")).collect());
    let numbers: Vec<_> = secret.bytes().map(|byte| byte.to_string()).collect();
    all.insert(numbers.join(", "));
    all.insert(numbers.join(","));
    all
}

/// Every message that anybody sends over the bus from now on.
pub(super) struct Tap {
    client: async_nats::Client,
    taken: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    pub(super) async fn start(world: &World) -> Tap {
        let client = async_nats::connect(&world.nats.url).await.unwrap();
        let mut messages = client.subscribe(">").await.unwrap();
        client.flush().await.unwrap();
        let taken = Arc::<Mutex<Vec<u8>>>::default();
        let kept = taken.clone();
        tokio::spawn(async move {
            while let Some(message) = messages.next().await {
                let mut kept = kept.lock().unwrap();
                kept.extend(format!("\n{} {:?} {:?}\n", message.subject, message.reply, message.headers).as_bytes());
                kept.extend(&message.payload);
            }
        });
        Tap { client, taken }
    }
    /// What was sent, and every message that a stream still has, each with its place.
    pub(super) async fn places(&self) -> Vec<(String, Vec<u8>)> {
        let mut places = vec![("sent over the bus".to_owned(), self.taken.lock().unwrap().clone())];
        let bus = async_nats::jetstream::new(self.client.clone());
        let streams: Vec<String> = bus.stream_names().try_collect().await.unwrap();
        for name in streams {
            let mut stream = bus.get_stream(&name).await.unwrap();
            let state = stream.info().await.unwrap().state.clone();
            let mut kept = vec![];
            for sequence in state.first_sequence..=state.last_sequence {
                // Others were written over.
                if let Ok(message) = stream.get_raw_message(sequence).await {
                    kept.extend(format!("\n{} {:?}\n", message.subject, message.headers).as_bytes());
                    kept.extend(&message.payload);
                }
            }
            places.push((format!("messages of the stream {name}"), kept));
        }
        places
    }
}

/// All files below, each with its bytes.
pub(super) fn files(below: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = vec![];
    for entry in fs::read_dir(below).unwrap().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push((path.display().to_string(), fs::read(&path).unwrap_or_default())),
        }
    }
    found
}

/// The logs of all processes of a world.
pub(super) fn logs(world: &World) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(world.dir.path()).unwrap().flatten();
    let logs = entries
        .map(|entry| entry.path())
        .filter(|path: &PathBuf| path.extension().is_some_and(|it| it == "log"));
    logs.map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect()
}

/// All spans so far, by the service that sent them.
pub(super) fn spans(collector: &Collector) -> Vec<(String, Vec<u8>)> {
    let spans = collector.spans().into_iter();
    spans
        .map(|(service, span)| (format!("a span {} of {service}", span.name), span.encode_to_vec()))
        .collect()
}

#[test]
fn a_secret_is_found_in_every_dress() {
    let secret = "a \"secret\"/of+24 letters=&";
    let mut hunt = Hunt::default();
    hunt.add("it", secret);
    let encoded = |before: &str| STANDARD.encode(format!("{before}{secret} and more"));
    let dresses = [
        format!("x{secret}y"),
        serde_json::json!({ "a": secret }).to_string(),
        serde_json::json!({ "a": serde_json::json!({ "a": secret }).to_string() }).to_string(),
        format!("{secret:?}"),
        encoded(""),
        encoded("1"),
        encoded("12"),
        encoded("123"),
        URL_SAFE.encode(secret),
        "q=a+%22secret%22%2Fof%2B24+letters%3D%26".to_owned(),
        "/a%20%22secret%22%2fof%2b24%20letters%3d%26/".to_owned(),
        format!("{:?}", secret.as_bytes()),
    ];
    for dress in dresses {
        assert_eq!(hunt.found(dress.as_bytes()), ["it"], "{dress}");
    }
    assert!(hunt.found(b"a secret of 24 letters").is_empty());
}
