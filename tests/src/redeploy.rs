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

    /// All processes take a changed configuration while they run, by SIGHUP.
    pub async fn reload(&mut self, change: impl FnOnce(&mut Value)) {
        let mut json: Value = serde_json::from_str(&fs::read_to_string(&self.config).unwrap()).unwrap();
        change(&mut json);
        fs::write(&self.config, json.to_string()).unwrap();
        for process in self.processes() {
            let written = process.written();
            process.hang_up();
            wait::until("the configuration is in force", LIMIT, || {
                let said = process.output_since(written);
                assert!(!said.contains("the configuration is refused"), "{said}");
                async move { said.contains("the configuration was read again").then_some(()) }
            })
            .await;
        }
    }

    /// Stops and starts all, with another text of the configuration.
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
