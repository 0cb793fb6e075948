//! Bindings, through real processes.
mod away;
mod ends;
mod life;
mod load;
mod manifests;
mod slow;
mod soon;

use chandler_tests::world::World;

/// What the workers said about whatever failed, for a test that fails.
fn why(world: &World) -> String {
    let workers = world.workers.iter().chain(&world.binding_workers);
    let lines = workers.flat_map(|worker| worker.output().lines().map(str::to_owned).collect::<Vec<_>>());
    let told = ["the job failed", "service adapter failed", "a fault", "panicked"];
    lines
        .filter(|line| told.iter().any(|it| line.contains(it)))
        .collect::<Vec<_>>()
        .join("\n")
}
