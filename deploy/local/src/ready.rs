//! Waiting for what was started.

use anyhow::bail;
use reqwest::{Client, StatusCode};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(100);
/// For one look.
const LOOK: Duration = Duration::from_secs(2);

/// Waits until `url` answers 200; afterwards the error tells what it answered last.
pub(crate) async fn wait(client: &Client, what: &str, url: &str, limit: Duration) -> anyhow::Result<()> {
    let end = Instant::now() + limit;
    loop {
        let said = match client.get(url).timeout(LOOK).send().await {
            Ok(answer) if answer.status() == StatusCode::OK => return Ok(()),
            Ok(answer) => {
                let status = answer.status();
                format!("{status} {}", answer.text().await.unwrap_or_default())
            }
            Err(error) if error.is_connect() => "no connection".to_owned(),
            Err(error) => error.without_url().to_string(),
        };
        if Instant::now() >= end {
            bail!("{what} isn't ready after {} s: {url} says: {said}", limit.as_secs());
        }
        sleep(PAUSE).await;
    }
}
