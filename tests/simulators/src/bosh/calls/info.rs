//! `GET /info`: never refused; wrong credentials are as good as none.

use serde_json::json;

use crate::bosh::answer::{Answer, omit};
use crate::bosh::options::{BoshOptions, DirectorRelease};

pub(in crate::bosh) fn show(options: &BoshOptions, user: Option<&str>) -> Answer {
    let mut features = json!({
        "local_dns": {"status": false, "extras": {"domain_name": "bosh"}},
        "power_dns": {"status": true, "extras": {"domain_name": "bosh"}},
        "snapshots": {"status": true},
        "config_server": {"status": false, "extras": {"urls": []}},
    });
    match options.release {
        DirectorRelease::Old => {}
        DirectorRelease::Newest => omit(&mut features, "power_dns"),
    }
    let authentication = match &options.uaa {
        None => json!({"type": "basic", "options": {}}),
        Some(uaa) => json!({"type": "uaa", "options": {"url": uaa.url(), "urls": [uaa.url()]}}),
    };
    let version = options.version.as_deref().unwrap_or(options.release.version());
    let body = json!({
        "name": options.name, "uuid": options.uuid, "version": version, "user": user,
        "cpi": "dummy-cpi", "stemcell_os": "-", "stemcell_version": "-",
        "user_authentication": authentication,
        "features": features,
    });
    Answer {
        challenge: false,
        ..Answer::json(&body)
    }
}
