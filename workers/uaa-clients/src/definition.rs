//! From the configured pattern to the client of one instance. Nothing here can reach the UAA.
use crate::request::Asked;
use chandler_clients::uaa::OauthClient;
use chandler_proto::config::ClientDefinition;

/// The UAA takes no client of a browser's grants without an address; the dashboard's isn't known at first.
const PLACEHOLDER: &str = "https://placeholder.example.com";
/// What stands in the pattern for the instance's space.
const SPACE_GUID: &str = "ODB_SPACE_GUID";
/// The platform has told no space, and the pattern wants one: a literal `ODB_SPACE_GUID` would be nobody's right.
const NO_SPACE: &str = "cf.uaa.client_definition names ODB_SPACE_GUID, and the platform has told no space_guid for \
    this instance";

/// The pattern as the UAA is to have it. The configuration keeps blanks after commas, as ODB does: a UAA drops some of them,
/// keeps others, and refuses grants that have any.
pub(crate) fn trimmed(definition: &ClientDefinition) -> ClientDefinition {
    let list = |items: &[String]| {
        let items = items.iter().map(|item| item.trim()).filter(|item| !item.is_empty());
        items.map(str::to_owned).collect()
    };
    ClientDefinition {
        scopes: list(&definition.scopes),
        authorities: list(&definition.authorities),
        authorized_grant_types: list(&definition.authorized_grant_types),
        resource_ids: list(&definition.resource_ids),
        name: definition.name.clone(),
        allow_public: definition.allow_public,
    }
}

/// The client of one instance, after the pattern.
#[derive(Clone, Copy)]
pub(crate) struct Pattern<'a> {
    pub(crate) definition: &'a ClientDefinition,
    /// The instance's id.
    pub(crate) client_id: &'a str,
    pub(crate) asked: &'a Asked,
    /// The instance's dashboard, as far as it is known.
    pub(crate) dashboard: Option<&'a str>,
}

impl Pattern<'_> {
    /// What a new client is to be.
    ///
    /// # Errors
    /// A text for the operator.
    pub(crate) fn created(self) -> Result<OauthClient, &'static str> {
        let lists = [
            &self.definition.scopes,
            &self.definition.authorities,
            &self.definition.resource_ids,
        ];
        if lists.into_iter().any(|list| self.in_space(list).is_none()) {
            return Err(NO_SPACE);
        }
        let mut client = self.client();
        let instance = || self.asked.instance_name.clone();
        client.name = client.name.or_else(instance).filter(|name| !name.is_empty());
        if client.redirect_uri.is_empty() && self.wants_redirect() {
            client.redirect_uri = vec![PLACEHOLDER.to_owned()];
        }
        Ok(client)
    }

    /// What `shown`, the client as it is, is to become. What is empty here stays there as it is: so does a list that names
    /// the space of an instance whose platform has told none.
    pub(crate) fn updated(self, shown: &OauthClient) -> OauthClient {
        let mut client = self.client();
        if client.redirect_uri.is_empty() && shown.redirect_uri.is_empty() && self.wants_redirect() {
            client.redirect_uri = vec![PLACEHOLDER.to_owned()];
        }
        client
    }

    fn client(self) -> OauthClient {
        let it = self.definition;
        let dashboard = self.dashboard.filter(|url| !url.is_empty());
        let list = |items| self.in_space(items).unwrap_or_default();
        OauthClient {
            client_id: self.client_id.to_owned(),
            name: it.name.clone().filter(|name| !name.is_empty()),
            scope: list(&it.scopes),
            authorities: list(&it.authorities),
            authorized_grant_types: it.authorized_grant_types.clone(),
            resource_ids: list(&it.resource_ids),
            redirect_uri: dashboard.map(str::to_owned).into_iter().collect(),
            allowpublic: it.allow_public,
        }
    }

    /// `None`: it names the space, which nobody knows.
    fn in_space(self, items: &[String]) -> Option<Vec<String>> {
        let placed = items.iter().map(|item| match &self.asked.space_guid {
            Some(space) => Some(item.replace(SPACE_GUID, space)),
            None if item.contains(SPACE_GUID) => None,
            None => Some(item.clone()),
        });
        placed.collect()
    }

    fn wants_redirect(self) -> bool {
        let grants = &self.definition.authorized_grant_types;
        grants.iter().any(|it| it == "implicit" || it == "authorization_code")
    }
}

#[cfg(test)]
mod tests;
