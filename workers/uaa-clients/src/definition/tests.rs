use super::*;

fn list(all: &[&str]) -> Vec<String> {
    all.iter().map(|&text| text.to_owned()).collect()
}

fn definition() -> ClientDefinition {
    ClientDefinition {
        scopes: list(&["openid", "space.ODB_SPACE_GUID.read", "ODB_SPACE_GUID-ODB_SPACE_GUID"]),
        authorities: list(&["space.ODB_SPACE_GUID.admin"]),
        authorized_grant_types: list(&["authorization_code"]),
        resource_ids: list(&["of-ODB_SPACE_GUID"]),
        name: None,
        allow_public: false,
    }
}

fn asked(space: Option<&str>, name: Option<&str>) -> Asked {
    Asked {
        space_guid: space.map(str::to_owned),
        instance_name: name.map(str::to_owned),
    }
}

fn pattern<'a>(definition: &'a ClientDefinition, asked: &'a Asked, dashboard: Option<&'a str>) -> Pattern<'a> {
    Pattern {
        definition,
        client_id: "i-1",
        asked,
        dashboard,
    }
}

#[test]
fn the_space_stands_in_every_list_of_a_new_client_and_of_an_update() {
    let (definition, asked) = (definition(), asked(Some("s-1"), None));
    let pattern = pattern(&definition, &asked, None);
    for client in [pattern.created().unwrap(), pattern.updated(&OauthClient::default())] {
        assert_eq!(client.scope, list(&["openid", "space.s-1.read", "s-1-s-1"]));
        assert_eq!(client.authorities, list(&["space.s-1.admin"]));
        assert_eq!(client.resource_ids, list(&["of-s-1"]));
        assert_eq!(client.client_id, "i-1");
    }
}

#[test]
fn the_literal_is_never_put() {
    let nowhere = asked(None, Some("mine"));
    for field in 0..3 {
        let mut definition = ClientDefinition {
            scopes: vec![],
            authorities: vec![],
            resource_ids: vec![],
            ..definition()
        };
        let lists = [
            &mut definition.scopes,
            &mut definition.authorities,
            &mut definition.resource_ids,
        ];
        for (n, it) in lists.into_iter().enumerate() {
            it.push(if n == field { "x.ODB_SPACE_GUID" } else { "x" }.into());
        }
        let pattern = pattern(&definition, &nowhere, None);
        assert_eq!(pattern.created(), Err(NO_SPACE), "{field}");
        let update = pattern.updated(&OauthClient::default());
        let left = [&update.scope, &update.authorities, &update.resource_ids];
        for (n, sent) in left.into_iter().enumerate() {
            assert_eq!(sent.is_empty(), n == field, "{field}: what is empty stays as it is");
        }
    }
    // Only lists know the word; where nothing wants a space, none is missed.
    let definition = ClientDefinition {
        name: Some("ODB_SPACE_GUID".into()),
        scopes: list(&["openid"]),
        authorities: vec![],
        resource_ids: vec![],
        ..definition()
    };
    let client = pattern(&definition, &nowhere, None).created().unwrap();
    assert_eq!(client.name.as_deref(), Some("ODB_SPACE_GUID"));
}

#[test]
fn a_new_client_is_called_as_configured_else_as_the_instance_and_an_update_only_as_configured() {
    for (configured, instance, created, updated) in [
        (None, None, None, None),
        (None, Some("mine"), Some("mine"), None),
        (Some("ours"), Some("mine"), Some("ours"), Some("ours")),
        (Some("ours"), None, Some("ours"), Some("ours")),
        (Some(""), Some("mine"), Some("mine"), None),
        (None, Some(""), None, None),
    ] {
        let definition = ClientDefinition {
            name: configured.map(str::to_owned),
            ..definition()
        };
        let asked = asked(Some("s"), instance);
        let pattern = pattern(&definition, &asked, None);
        assert_eq!(
            pattern.created().unwrap().name.as_deref(),
            created,
            "{configured:?} {instance:?}"
        );
        let update = pattern.updated(&OauthClient::default());
        assert_eq!(update.name.as_deref(), updated, "{configured:?} {instance:?}");
    }
}

#[test]
fn browsers_are_sent_to_the_dashboard_else_nowhere_else_to_a_placeholder() {
    const URL: &str = "https://d.example.com";
    let there = OauthClient {
        redirect_uri: list(&["https://old.example.com"]),
        ..OauthClient::default()
    };
    let nowhere = OauthClient::default();
    for (grants, dashboard, shown, created, updated) in [
        (&["authorization_code"][..], None, &there, &[PLACEHOLDER][..], &[][..]),
        (&["refresh_token", "implicit"], None, &there, &[PLACEHOLDER], &[]),
        (&["implicit"], None, &nowhere, &[PLACEHOLDER], &[PLACEHOLDER]),
        (&["client_credentials"], None, &nowhere, &[], &[]),
        (&["authorization_code"], Some(URL), &there, &[URL], &[URL]),
        (&["authorization_code"], Some(""), &there, &[PLACEHOLDER], &[]),
        (&["client_credentials"], Some(URL), &there, &[URL], &[URL]),
    ] {
        let definition = ClientDefinition {
            authorized_grant_types: list(grants),
            ..definition()
        };
        let asked = asked(Some("s"), None);
        let pattern = pattern(&definition, &asked, dashboard);
        assert_eq!(
            pattern.created().unwrap().redirect_uri,
            list(created),
            "{grants:?} {dashboard:?}"
        );
        let update = pattern.updated(shown);
        assert_eq!(update.redirect_uri, list(updated), "{grants:?} {dashboard:?}");
    }
}

#[test]
fn the_adapter_gets_what_is_shown() {
    let shown = OauthClient {
        client_id: "i-1".into(),
        name: Some("n".into()),
        scope: list(&["a", "b"]),
        authorities: list(&["uaa.none"]),
        authorized_grant_types: list(&["implicit"]),
        resource_ids: list(&["none"]),
        redirect_uri: list(&[PLACEHOLDER]),
        allowpublic: true,
    };
    let json = chandler_common::client::copy(shown).adapter_json("-");
    for (member, wanted) in [
        ("client_id", "i-1"),
        ("client_secret", "-"),
        ("name", "n"),
        ("scopes", "a,b"),
        ("authorities", "uaa.none"),
        ("authorized_grant_types", "implicit"),
        ("resource_ids", "none"),
        ("redirect_uri", PLACEHOLDER),
        ("allowpublic", "true"),
    ] {
        assert_eq!(json[member], wanted, "{member}");
    }
}

#[test]
fn blanks_around_items_go_and_nothing_else() {
    let plain = definition();
    let list = |items: &[String]| {
        let mut blank: Vec<String> = items.iter().map(|item| format!(" {item}\t")).collect();
        blank.push("  ".into());
        blank
    };
    let blank = ClientDefinition {
        scopes: list(&plain.scopes),
        authorities: list(&plain.authorities),
        authorized_grant_types: list(&plain.authorized_grant_types),
        resource_ids: list(&plain.resource_ids),
        ..plain.clone()
    };
    assert_eq!(trimmed(&blank), plain);
    assert_eq!(trimmed(&plain), plain);
}
