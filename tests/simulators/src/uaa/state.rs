//! What a UAA remembers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ring::digest::{SHA256, digest};

use super::client::Client;
use super::options::Options;

/// The state, shared by the listener, the tests and the verifiers.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<State>>);

impl Shared {
    pub(super) fn new(options: Options, url: String) -> Self {
        Self(Arc::new(Mutex::new(State::new(options, url))))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a UAA remembers.
pub(super) struct State {
    pub(super) options: Options,
    pub(super) url: String,
    pub(super) clients: BTreeMap<String, Client>,
    /// The numbers of the published keys; the last one signs.
    pub(super) keys: Vec<u64>,
    /// Tokens by their ids, until a while after they are over.
    pub(super) tokens: BTreeMap<String, Token>,
    /// How many answers with an access token were made for a client.
    pub(super) issued: BTreeMap<String, usize>,
    /// What answers say as `expires_in`, instead of the truth.
    pub(super) expires_in: Option<i64>,
}

/// A token that was made.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) client_id: String,
    pub(super) exp: i64,
    /// By `DELETE /oauth/token/revoke/…`. Only the UAA itself knows: other servers don't ask.
    pub(super) revoked: bool,
    /// By order of a test: over for everybody.
    pub(super) ended: bool,
}

impl State {
    fn new(options: Options, url: String) -> Self {
        let all = Client::built_in().into_iter().chain(options.clients.clone());
        Self {
            clients: all.map(|client| (client.client_id.clone(), client)).collect(),
            options,
            url,
            keys: vec![1],
            tokens: BTreeMap::new(),
            issued: BTreeMap::new(),
            expires_in: None,
        }
    }

    /// The key that signs.
    pub(super) fn key(&self) -> u64 {
        self.keys.last().copied().unwrap_or(1)
    }

    pub(super) fn is_ended(&self, jti: &str) -> bool {
        self.tokens.get(jti).is_some_and(|token| token.ended)
    }

    pub(super) fn is_revoked(&self, jti: &str) -> bool {
        self.tokens.get(jti).is_some_and(|token| token.revoked)
    }

    /// A short text that changes when the client's secrets change; none for an unknown client.
    pub(super) fn rev_sig(&self, client_id: &str) -> Option<String> {
        let client = self.clients.get(client_id)?;
        let text = [std::slice::from_ref(&client.client_id), &client.secrets]
            .concat()
            .join("\n");
        let hash = digest(&SHA256, text.as_bytes());
        Some(hash.as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect())
    }
}
