//! The state and the faults, for tests in the same process.

use std::ops::Deref;

use super::client::Client;
use super::options::User;
use super::state::Shared;
use super::verify::Verifier;
use crate::common::Controls;

/// A handle on a running simulator; clones see the same state. It can do all that [`Controls`] can.
#[derive(Clone)]
pub struct UaaWorld {
    pub(super) shared: Shared,
    pub(super) controls: Controls,
}

impl std::fmt::Debug for UaaWorld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UaaWorld").finish_non_exhaustive()
    }
}

impl Deref for UaaWorld {
    type Target = Controls;

    fn deref(&self) -> &Controls {
        &self.controls
    }
}

impl UaaWorld {
    /// All clients by name.
    pub fn clients(&self) -> Vec<Client> {
        self.shared.lock().clients.values().cloned().collect()
    }

    /// One client.
    pub fn client(&self, client_id: &str) -> Option<Client> {
        self.shared.lock().clients.get(client_id).cloned()
    }

    /// Puts a client there, over one of the same name.
    pub fn put_client(&self, client: Client) {
        self.shared.lock().clients.insert(client.client_id.clone(), client);
    }

    /// Takes a client away; false when there is none.
    pub fn remove_client(&self, client_id: &str) -> bool {
        self.shared.lock().clients.remove(client_id).is_some()
    }

    /// Puts a user there.
    pub fn add_user(&self, user: User) {
        self.shared.lock().options.users.push(user);
    }

    /// Gives a client another secret; the old one is wrong from now on, its tokens stay good at other servers.
    /// False when there is no such client.
    pub fn rotate_secret(&self, client_id: &str, secret: &str) -> bool {
        match self.shared.lock().clients.get_mut(client_id) {
            Some(client) => {
                client.secrets = vec![secret.to_owned()];
                true
            }
            None => false,
        }
    }

    /// Signs with a new key from now on. The old ones stay published, so their tokens stay good.
    pub fn rotate_keys(&self) {
        let mut state = self.shared.lock();
        let next = state.key() + 1;
        state.keys.push(next);
    }

    /// Takes all keys away but the one that signs: tokens of the others have a wrong signature from now on.
    pub fn withdraw_old_keys(&self) {
        let mut state = self.shared.lock();
        let key = state.key();
        state.keys = vec![key];
    }

    /// All tokens that were made so far are over, for everybody who verifies in this process.
    pub fn expire_tokens(&self) {
        for token in self.shared.lock().tokens.values_mut() {
            token.ended = true;
        }
    }

    /// How often an access token was made for a client, the answer lost or not.
    pub fn tokens_issued(&self, client_id: &str) -> usize {
        self.shared.lock().issued.get(client_id).copied().unwrap_or(0)
    }

    /// The same for all clients that asked, by name.
    pub fn all_tokens_issued(&self) -> Vec<(String, usize)> {
        let state = self.shared.lock();
        state.issued.iter().map(|(id, count)| (id.clone(), *count)).collect()
    }

    /// Seconds that access tokens are good for, from now on.
    pub fn set_token_seconds(&self, seconds: i64) {
        self.shared.lock().options.token_seconds = seconds;
    }

    /// Seconds that the UAA's clock is ahead of all others (negative: behind), from now on.
    pub fn set_skew_seconds(&self, seconds: f64) {
        self.shared.lock().options.skew_seconds = seconds;
    }

    /// What answers say as `expires_in` from now on, true or not; none = the truth.
    pub fn set_expires_in(&self, seconds: Option<i64>) {
        self.shared.lock().expires_in = seconds;
    }

    /// Checks this UAA's tokens without a call, as the Director and CredHub do.
    pub fn verifier(&self) -> Verifier {
        let url = self.shared.lock().url.clone();
        Verifier::of(&url, self.shared.clone())
    }
}
