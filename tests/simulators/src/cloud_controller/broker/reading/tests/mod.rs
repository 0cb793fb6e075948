//! Each answer of a broker, and what it means.

mod bind;
mod common;
mod fetch;
mod instance;
mod poll;
mod remove;

use crate::cloud_controller::broker::client::Reply;
use crate::cloud_controller::broker::trouble::{Kind, Trouble};

fn reply(status: u16, body: &str) -> Reply {
    Reply {
        status,
        retry_after: None,
        body: body.to_owned(),
    }
}

/// Kind, the user's status, and whether an orphan may be left.
fn verdict<T: std::fmt::Debug>(read: Result<T, Trouble>) -> (Kind, u16, bool) {
    let trouble = read.expect_err("trouble");
    (trouble.kind, trouble.user_status(), trouble.leaves_orphan())
}

fn text<T: std::fmt::Debug>(read: Result<T, Trouble>) -> String {
    read.expect_err("trouble").text
}
