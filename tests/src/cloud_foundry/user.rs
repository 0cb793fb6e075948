//! Somebody with a token, who targets a space.
use crate::{platform::Answer, wait};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use std::{sync::Mutex, time::Duration};

/// How long a job may take in a test.
const LIMIT: Duration = Duration::from_secs(60);

/// Somebody at Cloud Controller.
pub struct User {
    pub name: String,
    http: reqwest::Client,
    url: String,
    token: String,
    /// The guid of the space that is targeted.
    pub space: String,
}

/// How a job ended.
#[derive(Debug)]
pub struct End {
    /// `COMPLETE` or `FAILED`.
    pub state: String,
    /// The `detail` of each error.
    pub errors: Vec<String>,
    /// The `detail` of each warning.
    pub warnings: Vec<String>,
    /// What the description of the instance's last operation was on the way, each once; empty for what isn't about an instance.
    pub said: Vec<String>,
}

impl End {
    /// Panics unless it went well.
    pub fn succeeded(self) -> Self {
        assert_eq!(self.state, "COMPLETE", "{self:?}");
        self
    }

    /// The first error; panics when it went well.
    pub fn failed(self) -> String {
        assert_eq!(self.state, "FAILED", "{self:?}");
        self.errors.into_iter().next().unwrap()
    }
}

impl User {
    /// Logs in at the UAA as `cf auth` does.
    pub async fn log_in(url: String, uaa: &str, cas: &str, name: &str, password: &str) -> User {
        let cas = reqwest::Certificate::from_pem_bundle(cas.as_bytes()).unwrap();
        let http = reqwest::Client::builder()
            .tls_certs_only(cas)
            .timeout(Duration::from_secs(65))
            .build()
            .unwrap();
        let (name_sent, password) = (encoded(name), encoded(password));
        let form = format!("grant_type=password&username={name_sent}&password={password}");
        let call = http.post(format!("{uaa}/oauth/token")).basic_auth("cf", Some(""));
        let call = call.header("content-type", "application/x-www-form-urlencoded");
        let answer = call.body(form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{name} can't log in");
        let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        User {
            name: name.to_owned(),
            http,
            url,
            token: body["access_token"].as_str().unwrap().to_owned(),
            space: String::new(),
        }
    }

    /// The same somebody, targeting the space of this guid.
    #[must_use]
    pub fn targeting(self, space: &str) -> User {
        User {
            space: space.to_owned(),
            ..self
        }
    }

    /// Sends a request, whatever comes of it. `path` begins with `/v3/`, or is an address that Cloud Controller named.
    pub async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let url = match path.starts_with("https://") {
            true => path.to_owned(),
            false => format!("{}{path}", self.url),
        };
        let call = self.http.request(method, url).bearer_auth(&self.token);
        let call = match body {
            Some(body) => call.json(body),
            None => call,
        };
        let answer = call.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null);
        Answer { status, headers, body }
    }

    /// What `GET` shows; panics unless it is there.
    pub async fn get(&self, path: &str) -> Value {
        let answer = self.ask(Method::GET, path, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {answer:?}");
        answer.body
    }

    /// The resources of a list, narrowed by these parameters; panics when there is more than a page.
    pub async fn list(&self, path: &str, query: &[(&str, &str)]) -> Vec<Value> {
        let query = query.iter().map(|(key, value)| format!("{key}={}", encoded(value)));
        let query: Vec<_> = query.chain(["per_page=5000".to_owned()]).collect();
        let body = self.get(&format!("{path}?{}", query.join("&"))).await;
        assert!(body["pagination"]["next"].is_null(), "{path}: more than a page");
        body["resources"].as_array().unwrap().clone()
    }

    /// The only one of such a list.
    pub async fn one(&self, path: &str, query: &[(&str, &str)]) -> Value {
        let mut found = self.list(path, query).await;
        assert_eq!(found.len(), 1, "{path} {query:?}: {found:?}");
        found.remove(0)
    }

    /// Sends a write that starts a job: its address. Panics on a refusal, which tests ask for with [`User::ask`].
    pub async fn begin(&self, method: Method, path: &str, body: Option<&Value>) -> String {
        let answer = self.ask(method, path, body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{path}: {answer:?}");
        answer.headers["location"].to_str().unwrap().to_owned()
    }

    /// A job as it is now.
    pub async fn job(&self, job: &str) -> Value {
        self.get(job).await
    }

    /// Waits for a job that is about an instance, or about none.
    pub async fn ended(&self, job: &str, instance: Option<&str>) -> End {
        let said = Mutex::new(Vec::<String>::new());
        let ended = wait::until(&format!("{job} has ended"), LIMIT, || async {
            // The job first: what the instance says then is at least as new.
            let view = self.job(job).await;
            if let Some(instance) = instance {
                let path = format!("/v3/service_instances/{instance}");
                let answer = self.ask(Method::GET, &path, None).await;
                let text = answer.body["last_operation"]["description"]
                    .as_str()
                    .unwrap_or_default();
                let mut said = said.lock().unwrap();
                if !text.is_empty() && said.last().is_none_or(|last| last != text) {
                    said.push(text.to_owned());
                }
            }
            matches!(view["state"].as_str().unwrap(), "COMPLETE" | "FAILED").then_some(view)
        })
        .await;
        let details = |key: &str| {
            let all = ended[key].as_array().unwrap().iter();
            all.map(|it| it["detail"].as_str().unwrap().to_owned()).collect()
        };
        End {
            state: ended["state"].as_str().unwrap().to_owned(),
            errors: details("errors"),
            warnings: details("warnings"),
            said: said.into_inner().unwrap(),
        }
    }

    /// Begins, and waits.
    pub async fn done(&self, method: Method, path: &str, body: Option<&Value>, instance: Option<&str>) -> End {
        let job = self.begin(method, path, body).await;
        self.ended(&job, instance).await
    }
}

/// A value of a query parameter: bytes that mean nothing there stay, all others are percent-encoded.
fn encoded(value: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    let write = |byte: u8| match plain(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    value.bytes().map(write).collect()
}
