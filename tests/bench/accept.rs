//! How fast a provision is accepted, with the Director as it is and with 500 ms added to each of its calls.
//!
//! `cargo build --release --workspace --bins && target/release/bench-accept`
#![expect(clippy::print_stdout, reason = "a tool for measuring")]
use chandler_tests::world::{Plan, World};
use futures::{StreamExt, stream};
use serde_json::json;
use std::time::{Duration, Instant};

struct Figures {
    per_second: f64,
    p50: f64,
    p99: f64,
}

async fn measure(world: &World, name: &str, clients: usize, requests: usize) -> Figures {
    let begun = Instant::now();
    let all = (0..requests).map(|n| {
        let platform = world.platform.clone();
        let id = format!("{name}-{n}");
        async move {
            let asked = Instant::now();
            platform.accepted(platform.put(&id, json!({}))).await;
            asked.elapsed().as_secs_f64() * 1000.0
        }
    });
    let mut took: Vec<f64> = stream::iter(all).buffer_unordered(clients).collect().await;
    let whole = begun.elapsed().as_secs_f64();
    took.sort_by(f64::total_cmp);
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    Figures {
        per_second: requests as f64 / whole,
        p50: at(0.5),
        p99: at(0.99),
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() {
    println!("| clients | Director | accepted/s | p50 ms | p99 ms |\n|---|---|---|---|---|");
    for clients in [1, 64] {
        for (name, latency) in [("as it is", 0), ("500 ms slower", 500)] {
            let world = World::start(Plan {
                task_seconds: 5.0,
                ..Plan::default()
            })
            .await;
            world.director.set_latency(Duration::from_millis(latency));
            measure(&world, "warm", clients, clients * 4).await;
            let Figures { per_second, p50, p99 } =
                measure(&world, "bench", clients, if clients == 1 { 2_000 } else { 8_000 }).await;
            println!("| {clients} | {name} | {per_second:.0} | {p50:.2} | {p99:.1} |");
        }
    }
}
