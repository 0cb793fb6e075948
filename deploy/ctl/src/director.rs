//! Who we are at the Director.

use chandler_clients::Secret;
use chandler_clients::bosh::Auth;
use chandler_proto::config::BoshAuthentication;

/// As the configuration says.
pub(crate) fn auth(authentication: &BoshAuthentication) -> Auth {
    match authentication {
        BoshAuthentication::Basic(user) => Auth::Basic {
            username: user.username.clone(),
            password: user.password.expose().to_owned(),
        },
        BoshAuthentication::Uaa(client) => Auth::Uaa {
            client_id: client.client_id.clone(),
            client_secret: Secret::new(client.client_secret.expose()),
        },
    }
}
