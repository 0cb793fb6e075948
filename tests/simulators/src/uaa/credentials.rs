//! Which client asks: by Basic, or by the form.

use super::client::Client;
use super::refusal::Refusal;
use super::state::State;
use crate::common::request::{Request, decode};

const CHALLENGE: &str = "Basic realm=\"UAA/client\", error=\"unauthorized\", error_description=\"Full authentication is required to access this resource\"";

/// The parameters of a request: of its form, then of its query.
pub(super) fn parameters(request: &Request) -> Vec<(String, String)> {
    [request.form(), request.query.clone()].concat()
}

/// The first value of a parameter that isn't empty.
pub(super) fn get<'a>(parameters: &'a [(String, String)], key: &str) -> Option<&'a str> {
    let found = parameters.iter().find(|(k, _)| k == key);
    found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}

impl State {
    /// The client whose id and secret came with the request. Basic counts more than the form.
    pub(super) fn authenticated(&self, request: &Request, parameters: &[(String, String)]) -> Result<&Client, Refusal> {
        let named = get(parameters, "client_id");
        let Some((id, secret)) = request.basic() else {
            let secret = parameters.iter().find(|(key, _)| key == "client_secret");
            return match (named, secret) {
                (Some(id), Some((_, secret))) => self.client(id, secret),
                (_, None) | (None, _) => Err(Refusal::nobody(CHALLENGE)),
            };
        };
        let (id, secret) = match request.header("x-cf-encoded-credentials") {
            Some("true") => (unescape(&id), unescape(&secret)),
            Some(_) | None => (id, secret),
        };
        let client = self.client(&id, &secret)?;
        match named {
            Some(other) if other != id => Err(Refusal::client("Given client ID does not match authenticated client")),
            Some(_) | None => Ok(client),
        }
    }

    fn client(&self, id: &str, secret: &str) -> Result<&Client, Refusal> {
        let client = self.clients.get(id);
        client
            .filter(|client| client.secrets.iter().any(|known| known == secret))
            .ok_or_else(|| Refusal::credentials(self.options.bad_credentials))
    }
}

fn unescape(text: &str) -> String {
    decode(&text.replace('+', " "))
}
