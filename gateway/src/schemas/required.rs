//! The plans of a configuration that asks for schemas, and its catalog with them.
use super::{
    book::Says,
    library::{Entry, Library},
};
use crate::answer::{Answer, Page};
use chandler_proto::catalog::{Catalog, Showing};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// What of a configuration needs schemas. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Required(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    catalog: Catalog,
    showing: Showing<'static>,
    plans: Vec<RequiredPlan>,
    /// What the catalog came to, and of which edition of the library.
    printed: Mutex<Option<(u64, Result<Page, Unready>)>>,
}

/// A plan whose schemas have to be known.
#[derive(Clone, Debug)]
pub(crate) struct RequiredPlan {
    pub(super) service_id: String,
    pub(super) id: String,
    pub(super) name: String,
    /// Of the plan as the adapter would get it here.
    pub(super) digest: String,
}

/// Why a catalog can't be shown: nothing half is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Unready {
    /// Nothing is published for a plan.
    Missing(String),
    /// Schemas of a plan can't be used: what the worker says of it.
    Wrong(String),
}

impl Required {
    /// All plans of the catalog; `showing` says what else it shows.
    pub(crate) fn new(catalog: &Catalog, showing: Showing<'static>) -> Self {
        let plans = catalog.offerings.iter().flat_map(|offering| {
            offering.plans.iter().map(|plan| RequiredPlan {
                service_id: offering.id.clone(),
                id: plan.id.clone(),
                name: plan.name.clone(),
                digest: plan.adapter_digest(),
            })
        });
        Required(Arc::new(Inner {
            plans: plans.collect(),
            catalog: catalog.clone(),
            showing,
            printed: Mutex::default(),
        }))
    }

    /// The plans, in the order of the catalog.
    pub(super) fn plans(&self) -> &[RequiredPlan] {
        &self.0.plans
    }

    /// The plan with this id.
    pub(super) fn plan(&self, id: &str) -> Option<&RequiredPlan> {
        self.0.plans.iter().find(|plan| plan.id == id)
    }

    /// The catalog with the schemas that are known. It is made once for each edition of the library.
    ///
    /// # Errors
    /// [`Unready`].
    pub(crate) fn page(&self, library: &Library) -> Result<Page, Unready> {
        let mut printed = self.0.printed.lock().unwrap_or_else(PoisonError::into_inner);
        match &*printed {
            Some((edition, page)) if *edition == library.edition() => page.clone(),
            Some(_) | None => {
                let (edition, entries) = library.all_of(self.0.plans.iter().map(|plan| plan.id.as_str()));
                let page = self.print(&entries);
                *printed = Some((edition, page.clone()));
                page
            }
        }
    }

    fn print(&self, entries: &[Entry]) -> Result<Page, Unready> {
        let Inner {
            catalog,
            showing,
            plans,
            printed: _,
        } = &*self.0;
        let (mut schemas, mut missing, mut wrong) = (BTreeMap::new(), Vec::new(), Vec::<&str>::new());
        for (plan, entry) in plans.iter().zip(entries) {
            match entry.book.as_deref().map(|book| &book.says) {
                Some(Says::Good(it)) => drop(schemas.insert(plan.id.as_str(), it.to_osbapi())),
                // An adapter without the command says so of each plan.
                Some(Says::Wrong(texts)) => wrong.extend(texts.iter().map(String::as_str)),
                None => missing.push(plan.to_string()),
            }
        }
        let mut told = std::collections::BTreeSet::new();
        wrong.retain(|text| told.insert(*text));
        if !wrong.is_empty() {
            return Err(Unready::Wrong(wrong.join("\n")));
        }
        if !missing.is_empty() {
            return Err(Unready::Missing(format!(
                "The JSON schemas of the plans aren't known yet: nothing is published for {}. {TO_DO}",
                missing.join(", ")
            )));
        }
        let showing = Showing {
            schemas,
            ..showing.clone()
        };
        Ok(Page::of(&catalog.to_osbapi(&showing)))
    }
}

/// What can be done where nothing is published.
pub(super) const TO_DO: &str = "The provisioning worker publishes them when it has run the service adapter's generate-plan-schemas. Please try again in a moment; if it stays so, \
     see that chandler-provisioning runs with broker.enable_plan_schemas, and what its /readyz or `chandler doctor` tells.";

impl std::fmt::Display for RequiredPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.name, self.id)
    }
}

impl From<Unready> for Answer {
    fn from(unready: Unready) -> Self {
        match unready {
            Unready::Missing(text) => Answer::SchemasMissing(text),
            Unready::Wrong(text) => Answer::SchemasWrong(text),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::schemas::{
        book::Book,
        testing::{document, published},
    };
    use chandler_proto::config;
    use serde_json::{Value, json};

    /// The plans `p` and `q`.
    pub(in crate::schemas) fn required() -> Required {
        let plan = |id: &str, name: &str| {
            json!({"plan_id": id, "name": name, "description": "d",
                "instance_groups": [{"name": "g", "vm_type": "t", "instances": 1, "networks": ["n"], "azs": ["z"]}]})
        };
        let file = json!({
            "broker": {"port": 8080, "username": "u", "password": "p", "disable_cf_startup_checks": true},
            "service_adapter": {"path": "/bin/true"},
            "service_deployment": {"releases": [{"name": "r", "version": "1", "jobs": ["j"]}], "stemcells": [{"os": "o", "version": "1"}]},
            "service_catalog": {"id": "s", "service_name": "kv", "service_description": "d", "bindable": true, "plan_updatable": true,
                "plans": [plan("p", "small"), plan("q", "large")]}});
        let config = config::parse(&file.to_string()).unwrap().config;
        Required::new(&config.catalog, Showing::default())
    }

    pub(in crate::schemas) fn put(library: &Library, plan: &str, value: &Value) {
        library.take(plan.to_owned(), Book::read(plan, value.to_string().as_bytes()));
    }

    fn plans(page: &Page) -> Value {
        let json: Value = serde_json::from_slice(&page.json).unwrap();
        json["services"][0]["plans"].clone()
    }

    #[test]
    fn nothing_half_is_shown() {
        let (required, library) = (required(), Library::default());
        let Err(Unready::Missing(text)) = required.page(&library) else {
            panic!()
        };
        assert!(
            text.contains("for small (p), large (q). The provisioning worker"),
            "{text}"
        );
        put(&library, "p", &published("p", Ok(document("one"))));
        let Err(Unready::Missing(text)) = required.page(&library) else {
            panic!()
        };
        assert!(text.contains("for large (q). ") && !text.contains("small"), "{text}");
        put(&library, "q", &published("q", Ok(document("two"))));
        let page = required.page(&library).unwrap();
        assert_eq!(plans(&page)[0]["schemas"], document("one"));
        assert_eq!(plans(&page)[1]["schemas"], document("two"));

        put(&library, "q", &published("q", Ok(document("three"))));
        let other = required.page(&library).unwrap();
        assert_eq!(plans(&other)[1]["schemas"], document("three"));
        assert_ne!(page.etag, other.etag);
        assert_eq!(required.page(&library), Ok(other));
    }

    #[test]
    fn what_is_wrong_is_told_once() {
        let (required, library) = (required(), Library::default());
        put(&library, "p", &published("p", Err(vec!["no command", "bad"])));
        assert_eq!(required.page(&library), Err(Unready::Wrong("no command\nbad".into())));
        put(&library, "q", &published("q", Err(vec!["no command"])));
        assert_eq!(required.page(&library), Err(Unready::Wrong("no command\nbad".into())));
        assert_eq!(
            Answer::from(Unready::Wrong("x".into())),
            Answer::SchemasWrong("x".into())
        );
    }
}
