//! The operator deploys the broker anew.
use crate::{wait, world::World};
use serde_json::Value;
use std::{fs, time::Duration};

const LIMIT: Duration = Duration::from_secs(60);

impl World {
    /// The same processes with a changed configuration: all of them stop, then all of them start.
    pub async fn reconfigure(&mut self, change: impl Fn(&mut Value)) {
        self.redeploy(|text| {
            let mut json: Value = serde_json::from_str(&text).unwrap();
            change(&mut json);
            json.to_string()
        })
        .await;
    }

    /// The same by the configuration's text.
    pub async fn redeploy(&mut self, change: impl Fn(String) -> String) {
        let text = fs::read_to_string(&self.config).unwrap();
        fs::write(&self.config, change(text)).unwrap();
        for process in self.processes() {
            process.stop();
        }
        for process in self.processes() {
            wait::until("it has stopped", LIMIT, || {
                let ended = process.ended();
                async move { ended }
            })
            .await;
            process.restart();
        }
        self.serves().await;
    }
}
