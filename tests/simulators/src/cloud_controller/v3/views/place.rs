//! Organizations, spaces and apps.

use serde_json::{Value, json};

use super::{link, no_metadata, row, to, with};
use crate::cloud_controller::model::{App, Organization, Space};
use crate::cloud_controller::state::State;

/// There are no quotas here; every organization has this one.
const QUOTA: &str = "7a1e4b9c-0000-4000-8000-000000000001";

pub(in crate::cloud_controller::v3) fn organization(state: &State, organization: &Organization) -> Value {
    let here = format!("/v3/organizations/{}", organization.guid);
    with(
        row(&organization.guid, &organization.stamp),
        json!({
            "name": organization.name,
            "suspended": false,
            "relationships": {"quota": to(QUOTA)},
            "metadata": no_metadata(),
            "links": {
                "self": link(state, &here),
                "domains": link(state, &format!("{here}/domains")),
                "default_domain": link(state, &format!("{here}/domains/default")),
                "quota": link(state, &format!("/v3/organization_quotas/{QUOTA}")),
            },
        }),
    )
}

pub(in crate::cloud_controller::v3) fn space(state: &State, space: &Space) -> Value {
    let here = format!("/v3/spaces/{}", space.guid);
    with(
        row(&space.guid, &space.stamp),
        json!({
            "name": space.name,
            "relationships": {"organization": to(&space.organization), "quota": {"data": null}},
            "metadata": no_metadata(),
            "links": {
                "self": link(state, &here),
                "organization": link(state, &format!("/v3/organizations/{}", space.organization)),
                "features": link(state, &format!("{here}/features")),
            },
        }),
    )
}

pub(in crate::cloud_controller::v3) fn app(state: &State, app: &App) -> Value {
    let here = format!("/v3/apps/{}", app.guid);
    with(
        row(&app.guid, &app.stamp),
        json!({
            "name": app.name,
            "state": "STOPPED",
            "lifecycle": {"type": "buildpack", "data": {"buildpacks": [], "stack": "cflinuxfs4"}},
            "relationships": {"space": to(&app.space), "current_droplet": {"data": null}},
            "metadata": no_metadata(),
            "links": {
                "self": link(state, &here),
                "space": link(state, &format!("/v3/spaces/{}", app.space)),
            },
        }),
    )
}
