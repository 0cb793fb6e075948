//! The calls as they leave us, and the faults that hit them.

mod asks;
mod client;
mod ledger;
mod outgoing;
