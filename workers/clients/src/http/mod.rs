//! HTTPS with the rules that every client here keeps: no redirects, no proxies, HTTP/1.1, one time-out for
//! the whole call, repeats for reads only.

mod address;
mod answer;
mod client;
mod context;
mod request;
pub(crate) mod trace;
mod trust;
mod unchecked;

pub(crate) use address::{below, https_base, open_address};
pub(crate) use answer::Answer;
pub use client::{Http, HttpSettings};
pub use context::CallContext;
pub(crate) use request::Request;
pub use trust::Trust;
