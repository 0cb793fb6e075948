//! `GET /info`: never refused; wrong credentials are as good as none.

use serde_json::json;

use crate::bosh::answer::Answer;

pub(in crate::bosh) fn show(user: Option<&str>) -> Answer {
    let body = json!({
        "name": "TestDirector", "uuid": "deadbeef", "version": "277.3.0 (00000000)", "user": user,
        "cpi": "dummy-cpi", "stemcell_os": "-", "stemcell_version": "-",
        "user_authentication": {"type": "basic", "options": {}},
        "features": {
            "local_dns": {"status": false, "extras": {"domain_name": "bosh"}},
            "power_dns": {"status": true, "extras": {"domain_name": "bosh"}},
            "snapshots": {"status": true},
            "config_server": {"status": false, "extras": {"urls": []}},
        },
    });
    Answer {
        challenge: false,
        ..Answer::json(&body)
    }
}
