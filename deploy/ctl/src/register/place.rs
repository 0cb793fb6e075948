//! The organizations and the space that a configuration names.

use super::wanted::Wanted;
use super::{Desk, failed};
use crate::say::{Exit, complain};
use std::collections::BTreeMap;

const UNCHANGED: &str = "nothing was changed";

/// Guids of what was named.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// Organizations of plans, by name. None for a broker of one space: its plans are seen there.
    pub(super) organizations: BTreeMap<String, String>,
    /// The space of the broker.
    pub(super) space: Option<String>,
}

/// Looks everything up; what isn't there is told, all of it.
pub(super) async fn look(desk: &Desk, wanted: &Wanted) -> Result<Place, Exit> {
    if let Some((organization, space)) = &wanted.space {
        let found = organizations(desk, std::slice::from_ref(organization)).await?;
        let Some(organization_guid) = found.get(organization) else {
            return Err(missing(&[organization]));
        };
        let names = [space.clone()];
        let spaces = desk.cloud.spaces(&names, organization_guid, &desk.call).await;
        let spaces = spaces.map_err(|fault| failed(&fault))?;
        let Some(found) = spaces.first() else {
            complain(format_args!(
                "error: failed to find space with name \"{space}\" in org \"{organization}\""
            ));
            complain(UNCHANGED);
            return Err(Exit::Failure);
        };
        return Ok(Place {
            organizations: BTreeMap::new(),
            space: Some(found.guid.clone()),
        });
    }
    let names = wanted.organizations();
    let organizations = match names.is_empty() {
        true => BTreeMap::new(),
        false => organizations(desk, &names).await?,
    };
    let lacking: Vec<&String> = names.iter().filter(|name| !organizations.contains_key(*name)).collect();
    match lacking.is_empty() {
        true => Ok(Place {
            organizations,
            space: None,
        }),
        false => Err(missing(&lacking)),
    }
}

async fn organizations(desk: &Desk, names: &[String]) -> Result<BTreeMap<String, String>, Exit> {
    let found = desk.cloud.organizations(names, &desk.call).await;
    let found = found.map_err(|fault| failed(&fault))?;
    Ok(found.into_iter().map(|it| (it.name, it.guid)).collect())
}

fn missing(names: &[&String]) -> Exit {
    for name in names {
        complain(format_args!("error: failed to find org with name \"{name}\""));
    }
    complain(UNCHANGED);
    Exit::Failure
}
