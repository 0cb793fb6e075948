//! How long a check may take at worst, told from the schema alone: see the README for the rule and for what was measured.

mod count;
#[cfg(test)]
mod measure;
mod parts;
#[cfg(test)]
mod sound;
mod states;

use crate::graph::Graph;
use count::Counted;
use states::States;

/// The largest request, in bytes.
pub(crate) const BODY: f64 = 262_144.0;
/// The most that a check may cost. A unit is about what one keyword takes on one value.
pub(crate) const MAX_UNITS: f64 = 60_000_000.0;
/// The most subschemas that may be at work at once, one inside the other: each takes some of the thread's stack.
pub(crate) const MAX_NESTED: usize = 1200;

/// What a reference that leads back costs, in units.
const WATCHING: f64 = 90.0;

/// Whether a schema may be used, and how much its patterns for names cost: KiB of their programs for each byte of the names.
///
/// # Errors
/// Why it could take for ever, or just too long.
pub(crate) fn judge(graph: &Graph) -> Result<f64, String> {
    let cost = estimate(graph)?;
    if cost.nested > MAX_NESTED {
        let nested = cost.nested;
        return Err(format!(
            "checking could take too much memory: up to {nested} subschemas one inside the other, {MAX_NESTED} are allowed"
        ));
    }
    // Also when it is no number any more.
    if cost.units.is_nan() || cost.units > MAX_UNITS {
        let times = (cost.units / MAX_UNITS).min(1e9);
        return Err(format!(
            "checking could take too long: up to {times:.1} times of what is allowed for a request of 256 KiB"
        ));
    }
    if graph.nodes.iter().all(|node| node.rules.patterns.is_empty()) {
        return Ok(0.0);
    }
    count::count(graph, &States::of_patterns(graph), 0.0).map(|counted| counted.per_byte)
}

/// What a check costs at worst.
#[derive(Debug, Clone, Copy)]
struct Cost {
    /// In units, for the largest request.
    units: f64,
    /// Subschemas at work at once.
    nested: usize,
}

fn estimate(graph: &Graph) -> Result<Cost, String> {
    let states = States::of(graph);
    let Counted { once, per_byte, nested } = count::count(graph, &states, WATCHING)?;
    let units = once + per_byte * BODY;
    Ok(Cost { units, nested })
}
