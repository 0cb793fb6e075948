//! What one check may spend on patterns and `uniqueItems`, whatever the parameters are: no bound that is known before would let ordinary
//! schemas pass and stop all others.

use std::cell::Cell;

/// What all of them may cost together in one check; see the README for what was measured. A byte of text costs 25
/// for each KiB of a linear pattern's program, or a sixth for each attempt of a backtracking one; a byte of an item that has to be unique
/// costs 8.
pub(crate) const FUEL: u64 = 20_000_000;

/// What a byte of text costs for each KiB of a linear pattern's program.
pub(crate) const LINEAR: u64 = 25;
/// The most bytes of text times KiB of linear patterns' programs.
pub(crate) const MAX_LINEAR: u64 = FUEL / LINEAR;

thread_local! {
    static LEFT: Cell<u64> = const { Cell::new(0) };
}

/// Runs a check with all of the fuel; whether it lasted. Checks don't nest.
pub(crate) fn metered<T>(check: impl FnOnce() -> T) -> (T, bool) {
    LEFT.set(FUEL);
    let outcome = check();
    let lasted = LEFT.replace(0) > 0;
    (outcome, lasted)
}

/// Takes from what is left; without enough of it nothing more is matched in this check.
pub(crate) fn take(cost: u64) -> bool {
    let left = LEFT.get().saturating_sub(cost);
    LEFT.set(left);
    left > 0
}

/// Ends the check: a match could not be decided.
pub(crate) fn give_up() {
    LEFT.set(0);
}
