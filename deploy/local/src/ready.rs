//! Waiting for what was started.

use anyhow::{Context as _, bail};
use reqwest::{RequestBuilder, StatusCode};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(100);
/// For one look.
const LOOK: Duration = Duration::from_secs(2);

/// Asks until the answer is 200; afterwards the error tells what it was last.
pub(crate) async fn wait(what: &str, request: RequestBuilder, limit: Duration) -> anyhow::Result<()> {
    let end = Instant::now() + limit;
    loop {
        let said = match again(&request)?.timeout(LOOK).send().await {
            Ok(answer) if answer.status() == StatusCode::OK => return Ok(()),
            Ok(answer) => {
                let status = answer.status();
                format!("{status} {}", answer.text().await.unwrap_or_default())
            }
            Err(error) if error.is_connect() => "no connection".to_owned(),
            Err(error) => error.without_url().to_string(),
        };
        if Instant::now() >= end {
            let url = again(&request)?.build()?.url().clone();
            bail!("{what} isn't ready after {} s: {url} says: {said}", limit.as_secs());
        }
        sleep(PAUSE).await;
    }
}

fn again(request: &RequestBuilder) -> anyhow::Result<RequestBuilder> {
    request
        .try_clone()
        .context("a request whose body is gone can't be repeated")
}
