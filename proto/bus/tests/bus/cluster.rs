//! Three servers: conflicts have another code there, and leaders die.

use crate::server::Server;
use crate::{bytes, settings, wanted, within};
use chandler_bus::{BootstrapSettings, Bus, Settings, SureError};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(25);

/// Three servers, and a bus on each, which knows the others.
async fn three() -> ([Server; 3], Vec<Bus>) {
    let servers = Server::three();
    let mut buses = Vec::new();
    for server in &servers {
        let mut it = Settings {
            urls: vec![server.url()],
            ..settings("")
        };
        it.urls
            .extend(servers.iter().map(Server::url).filter(|url| *url != server.url()));
        let bus = Bus::connect(it).await.expect("fine settings");
        within(bus.connected()).await;
        buses.push(bus);
    }
    let wanted = BootstrapSettings {
        replicas: 3,
        ..wanted()
    };
    let end = Instant::now() + LIMIT;
    // The servers have to find each other first.
    loop {
        match within(buses[0].bootstrap(&wanted)).await {
            Ok(_) => break,
            Err(error) => assert!(Instant::now() < end, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(buses[0].check(&wanted).await, Ok(()));
    (servers, buses)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_whose_server_is_gone_is_missed_until_it_is_back() {
    let (mut servers, buses) = three().await;
    let seen = async |wanted: &[&str]| {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let told = within(buses[0].copies()).await;
            let as_wanted = |it: &chandler_bus::Copies| it.away == wanted && it.in_files && it.wanted == 3;
            match &told {
                Ok(all) if all.len() == 3 && all.iter().all(as_wanted) => return,
                other => assert!(Instant::now() < end, "{wanted:?}: {other:?}"),
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    seen(&[]).await;
    servers[2].kill();
    seen(&["s3"]).await;
    servers[2].again();
    seen(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_three_servers_exactly_one_writer_wins() {
    let (_servers, buses) = three().await;
    for round in 0..60 {
        let key = format!("instance.{round}");
        let writes = buses.iter().map(|bus| {
            let (bus, key) = (bus.clone(), key.clone());
            tokio::spawn(async move { bus.write_sure(&key, bytes("same"), 0, LIMIT).await })
        });
        let writes: Vec<_> = writes.collect();
        let mut winners = Vec::new();
        for write in writes {
            match within(write).await.expect("no panic") {
                Ok(revision) => winners.push(revision),
                Err(SureError::Conflict { revision, .. }) => assert!(revision > 0),
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(winners.len(), 1, "{key}");
        assert_eq!(buses[0].read(&key).await.expect("read").revision, winners[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_costs_seconds_and_no_write() {
    let (mut servers, buses) = three().await;
    let mut revision = buses[1].write("instance.a", bytes("0"), 0).await.expect("write");
    // One of the three kills is that of the stream's leader.
    for (at, server) in servers.iter_mut().enumerate() {
        server.kill();
        let bus = &buses[(at + 1) % 3];
        let value = format!("after {at}");
        let written = within(bus.write_sure("instance.a", bytes(&value), revision, LIMIT)).await;
        revision = written.unwrap_or_else(|error| panic!("{value}: {error}"));
        server.again();
        let read = loop {
            match within(bus.read("instance.a")).await {
                Ok(read) => break read,
                Err(error) => assert!(error.is_transient(), "{error}"),
            }
        };
        assert_eq!(
            (read.revision, read.entry.expect("it").value),
            (revision, bytes(&value))
        );
    }
}
