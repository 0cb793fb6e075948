//! What a world stands on: a configuration.
use chandler_testing::settings;
use serde_json::{Value, json};

/// Who we are at the UAA.
pub(crate) const US: &str = "broker";
/// Our secret there.
pub(crate) const OURS: &str = "hush-hush";

/// A `broker.yml` as JSON, which is YAML.
pub(crate) fn broker_yml(nats: &str, uaa: &str, ca: &str) -> Value {
    let mut yml = settings::broker_yml(nats, "uaa-clients");
    yml["cf"] = json!({"root_ca_cert": ca, "uaa": {
        "url": uaa,
        "authentication": {"client_credentials": {"client_id": US, "client_secret": OURS}},
        "client_definition": {
            "scopes": "openid,kv.ODB_SPACE_GUID.user", "authorities": "kv.ODB_SPACE_GUID.read",
            "resource_ids": "kv.ODB_SPACE_GUID", "authorized_grant_types": "authorization_code"}}});
    yml
}
