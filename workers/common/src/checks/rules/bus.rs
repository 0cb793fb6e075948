//! How the bus keeps what it is given.
use crate::checks::Verdict;
use chandler_clients::{Fault, nats_monitor::JetStream};
use chandler_engine::store::Copies;

/// What became of asking a nats-server by its monitoring.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Where it was asked.
    pub address: String,
    /// What it said.
    pub said: Result<JetStream, Fault>,
}

/// Whether what the bus remembers survives the loss of a server. `monitored`: whether the servers are asked elsewhere what they don't tell clients.
pub fn copies(all: &[Copies], monitored: bool) -> Verdict {
    let mut wrong = Vec::new();
    for it in all {
        if !it.in_files {
            wrong.push(format!(
                "stream {} is kept in memory only, a restart of the bus loses it: make it anew with `chandler bus bootstrap`",
                it.stream
            ));
        }
        if !it.away.is_empty() {
            wrong.push(format!(
                "stream {} lacks {} of {} copies: bring {} back",
                it.stream,
                it.away.len(),
                it.wanted,
                it.away.join(", ")
            ));
        }
    }
    if !wrong.is_empty() {
        return Verdict::Wrong(wrong.join("; "));
    }
    let copies = match all.iter().map(|it| it.wanted).min().unwrap_or_default() {
        1 => "one copy of each stream, in files: what is lost with that disk is lost".to_owned(),
        number => format!("{number} copies of each stream, in files, all there"),
    };
    Verdict::Fine(match monitored {
        true => copies,
        false => format!(
            "{copies}. Whether the servers sync each write (sync_interval: always) isn't known: it is asked where chandler.bus.monitor_urls leads"
        ),
    })
}

/// Whether what was acknowledged survives a power cut of these servers. One that tells nothing doesn't hide what another one tells; no other check
/// tells that it doesn't.
pub fn bus_sync(all: &[Asked]) -> Verdict {
    let (mut wrong, mut silent) = (Vec::new(), Vec::new());
    for (at, Asked { address, said }) in all.iter().enumerate() {
        let it = match said {
            Ok(it) => it,
            Err(fault) => {
                silent.push(fault.to_string());
                continue;
            }
        };
        let same = |other: &&Asked| matches!(&other.said, Ok(other) if other.server_id == it.server_id);
        if let Some(other) = all[..at].iter().find(same) {
            let other = &other.address;
            wrong.push(format!(
                "{other} and {address} are one and the same server: name each of them by an address of its own"
            ));
        } else if !it.enabled {
            wrong.push(format!(
                "the nats-server at {address} has no JetStream: name those in chandler.bus.monitor_urls that keep the streams"
            ));
        } else if !it.sync_always {
            wrong.push(format!(
                "the nats-server at {address} brings writes to its disk every {:?}, and what it acknowledged since is lost with its power: put \
                 `jetstream {{ sync_interval: always }}` into its configuration, and restart it",
                it.sync_interval
            ));
        }
    }
    let answered = all.iter().filter_map(|it| it.said.as_ref().ok());
    let cluster = answered.map(|it| it.cluster_size).max().unwrap_or_default();
    if cluster > all.len() {
        wrong.push(format!(
            "their cluster has {cluster} servers, and not more than {} of them are asked: put the addresses of all into chandler.bus.monitor_urls",
            all.len()
        ));
    }
    let why = || {
        format!(
            "{}. What to do: see that each runs, and that chandler.bus.monitor_urls has the addresses of their monitoring (`http` or `https` \
             of their configuration), as they are reached from here",
            silent.join("; ")
        )
    };
    match (wrong.is_empty(), silent.is_empty()) {
        (true, true) => Verdict::Fine(match all.len() {
            1 => {
                "the one nats-server that is monitored has each write on its disk before it acknowledges it".to_owned()
            }
            number => format!("all {number} nats-servers have each write on their disks before they acknowledge it"),
        }),
        (true, false) => Verdict::Wrong(why()),
        (false, true) => Verdict::Wrong(wrong.join("; ")),
        (false, false) => Verdict::Wrong(format!("{}; {}", wrong.join("; "), why())),
    }
}
