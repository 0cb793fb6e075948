//! Quotas under load: a hundred requests at once at four gateways, again and again. Whatever is written to the bucket is
//! read back, revision by revision, and counted by a rule of the tests' own.
mod changes;
mod creates;
mod history;
mod killed;
mod resources;
mod rule;
mod stage;

/// How often each is played. Order, gateways and pauses differ from round to round.
const ROUNDS: usize = 20;
/// Gateways at work in each round.
const GATEWAYS: usize = 4;
/// Requests at once.
const REQUESTS: usize = 100;
/// Instances that there is room for.
const ROOM: usize = 37;
