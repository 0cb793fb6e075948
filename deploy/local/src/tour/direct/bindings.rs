//! Bindings by OSBAPI: a service key, for whom the platform waits, and an app's, for which it can poll.

use super::Direct;
use crate::say;
use crate::tour::osb::{Poll, binding_path};
use crate::tour::platform::{Instance, Made, Purpose, Underway};
use crate::tour::show::Show;
use crate::tour::watch::watch;
use anyhow::ensure;
use reqwest::StatusCode;
use serde_json::{Value, json};

/// As whom a service key's owner reads it.
const CLIENT: &str = "tour-client";

/// Whether the platform can poll.
fn polls(purpose: Purpose) -> bool {
    match purpose {
        Purpose::Key | Purpose::LastApp => false,
        Purpose::App => true,
    }
}

impl Direct<'_> {
    pub(in crate::tour) async fn bind(&self, it: &Instance, plan: &str, purpose: Purpose) -> anyhow::Result<Made> {
        let id = uuid::Uuid::new_v4().to_string();
        let path = binding_path(&it.id, &id);
        let app = uuid::Uuid::new_v4().to_string();
        let (reader, resource) = match purpose {
            Purpose::Key => (
                format!("uaa-client:{CLIENT}"),
                json!({ "credential_client_id": CLIENT }),
            ),
            Purpose::App | Purpose::LastApp => (format!("mtls-app:{app}"), json!({ "app_guid": app })),
        };
        let mut body = json!({
            "service_id": self.service, "plan_id": plan,
            "bind_resource": resource, "context": { "platform": "cloudfoundry" },
        });
        if purpose != Purpose::Key {
            body["app_guid"] = app.into();
        }
        let credentials = match polls(purpose) {
            true => {
                say::step(format_args!("PUT {path}?accepts_incomplete=true  {resource}"));
                let (status, told) = self.osb.bind(&path, &body, true).await?;
                let end = self.poll("bind", &path, (status, &told), StatusCode::CREATED).await?;
                ensure!(
                    matches!(end, Poll::Succeeded(_)),
                    "the bind should have succeeded: {end:?}"
                );
                say::step(format_args!("GET {path}"));
                let (status, body) = self.osb.get(&path).await?;
                ensure!(status == StatusCode::OK, "GET of the binding: {status} {body}");
                let before = told.get("credentials").unwrap_or(&body["credentials"]);
                ensure!(
                    body["credentials"] == *before,
                    "the bind was answered by {told}, GET of the binding by {body}"
                );
                body["credentials"].clone()
            }
            false => {
                say::step(format_args!("PUT {path}  {resource}"));
                let show = Show::begin("bind");
                let (status, body) = self.osb.bind(&path, &body, false).await?;
                ensure!(status == StatusCode::CREATED, "201 was expected, not {status} {body}");
                show.changed("201 Created", "");
                body["credentials"].clone()
            }
        };
        Ok(Made {
            id,
            purpose,
            reader,
            credentials,
            shown: None,
        })
    }

    pub(in crate::tour) async fn unbind(&self, it: &Instance, plan: &str, made: &Made) -> anyhow::Result<()> {
        let path = binding_path(&it.id, &made.id);
        match polls(made.purpose) {
            true => {
                say::step(format_args!("DELETE {path}?accepts_incomplete=true"));
                let (status, body) = self.osb.unbind(&path, self.service, plan, true).await?;
                let end = self.poll("unbind", &path, (status, &body), StatusCode::OK).await?;
                ensure!(end == Poll::Gone, "the unbind should have ended with 410: {end:?}");
            }
            false => {
                say::step(format_args!("DELETE {path}"));
                let show = Show::begin("unbind");
                let (status, body) = self.osb.unbind(&path, self.service, plan, false).await?;
                ensure!(status == StatusCode::OK, "200 was expected, not {status} {body}");
                show.changed("200 OK", "");
            }
        }
        Ok(())
    }

    /// What polls say in the end. What was over soon was answered at once with the status `whole`; who asks for its last operation all
    /// the same hears how it ended.
    async fn poll(
        &self,
        title: &str,
        path: &str,
        (status, body): (StatusCode, &Value),
        whole: StatusCode,
    ) -> anyhow::Result<Poll> {
        ensure!(
            [whole, StatusCode::ACCEPTED].contains(&status),
            "{whole} or 202 was expected, not {status} {body}"
        );
        say::line(format_args!("  {status}"));
        let operation = body["operation"].as_str().unwrap_or_default();
        ensure!(
            operation.is_empty() == (status == whole),
            "only 202 names an operation: {status} {body}"
        );
        say::step(format_args!("GET {path}/last_operation"));
        let underway = Underway::Osb {
            osb: self.osb,
            path: path.to_owned(),
            operation: operation.to_owned(),
        };
        Ok(watch(title, &underway, self.limit, |_| false).await?.end)
    }
}
