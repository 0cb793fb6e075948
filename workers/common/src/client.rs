//! The UAA client of an instance, as the UAA shows it and as a record keeps it.
use chandler_clients::uaa::OauthClient;
use chandler_proto::job::{ClientCopy, Later};

/// What the record keeps of a client, and the adapter gets.
pub fn copy(client: OauthClient) -> ClientCopy {
    ClientCopy {
        client_id: client.client_id,
        name: client.name,
        scopes: client.scope,
        resource_ids: client.resource_ids,
        authorities: client.authorities,
        authorized_grant_types: client.authorized_grant_types,
        redirect_uri: client.redirect_uri,
        allow_public: client.allowpublic,
        later: Later::new(),
    }
}
