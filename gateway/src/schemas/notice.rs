//! What operators should know of the schemas; nothing of what the adapter said is in it.
use super::{
    book::Says,
    library::{Entry, Library},
    required::{Required, RequiredPlan},
};

/// For `/readyz`; `None` when all is well, or when no schemas are asked for.
pub(crate) fn notice(required: Option<&Required>, library: &Library) -> Option<String> {
    let required = required.filter(|_| library.is_loaded())?;
    let lines = required.plans().iter().flat_map(|plan| {
        let lines = of(plan, &library.of(&plan.id));
        lines.into_iter().map(move |line| format!("plan {plan}: {line}"))
    });
    let lines: Vec<_> = lines.collect();
    (!lines.is_empty()).then(|| lines.join("; "))
}

fn of(plan: &RequiredPlan, entry: &Entry) -> Vec<String> {
    const WORKER: &str = "what the /readyz of chandler-provisioning, or `chandler doctor`, tells";
    const CHECKED: &str = "provisions, updates and binds, also those without parameters";
    let mut lines = Vec::new();
    match entry.book.as_deref() {
        None => lines.push(format!(
            "no schemas are published, so that the catalog gets 503, and so do {CHECKED}. See that chandler-provisioning runs with \
             broker.enable_plan_schemas, and {WORKER}"
        )),
        Some(book) => {
            if book.service_id != plan.service_id || book.plan_digest != plan.digest {
                lines.push(
                    "the published schemas are those of another configuration. They are used until chandler-provisioning runs with this one"
                        .to_owned(),
                );
            }
            match &book.says {
                Says::Good(schemas) => lines.extend(schemas.warnings()),
                Says::Wrong(_) => lines.push(format!(
                    "its schemas can't be used, so that the catalog gets 500, with the reason, and {CHECKED} get 503. See {WORKER}"
                )),
            }
        }
    }
    if let Some(why) = &entry.unusable {
        lines.push(format!(
            "what was published last can't be used by this release: {why}. What was known before stays in use"
        ));
    }
    if entry.lost {
        lines.push(
            "the bus has lost its schemas. Those known before stay in use until chandler-provisioning has published them again, within a minute"
                .to_owned(),
        );
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemas::{
        library::News,
        required::tests::{put, required},
        testing::{document, published},
    };
    use chandler_process::Shutdown;
    use serde_json::{Value, json};

    fn good(plan: &str, digest: &str) -> Value {
        let mut value = published(plan, Ok(document("one")));
        value["plan_digest"] = json!(digest);
        value
    }

    #[tokio::test]
    async fn it_says_which_plan_and_what_to_do() {
        let (required, library) = (required(), Library::default());
        let told = || notice(Some(&required), &library);
        assert_eq!(told(), None, "nothing is known before all is loaded");
        library.hears(News::Loaded);
        let stop = Shutdown::manual();
        tokio::select! {
            () = library.run(&stop) => {}
            () = library.loaded() => {}
        }
        assert_eq!(notice(None, &library), None);
        let says = |parts: &[&str]| {
            let text = told().unwrap();
            for part in parts {
                assert!(text.contains(part), "{part}: {text}");
            }
        };
        says(&[
            "plan small (p): no schemas are published, so that the catalog gets 503, and so do provisions, updates and binds, also those without \
             parameters. See",
            "; plan large (q): no schemas",
            "chandler-provisioning",
        ]);
        let digests: Vec<_> = required.plans().iter().map(|plan| plan.digest.clone()).collect();
        put(&library, "p", &good("p", &digests[0]));
        put(&library, "q", &good("q", "of another"));
        says(&["plan large (q): the published schemas are those of another configuration"]);
        assert!(!told().unwrap().contains("small"));
        put(&library, "q", &good("q", &digests[1]));
        assert_eq!(told(), None);

        let mut wrong = published("q", Err(vec!["what the adapter said"]));
        wrong["plan_digest"] = json!(digests[1]);
        put(&library, "q", &wrong);
        says(&[
            "plan large (q): its schemas can't be used",
            "with the reason, and provisions, updates and binds, also those without parameters get 503",
        ]);
        assert!(!told().unwrap().contains("adapter said"));
        put(&library, "q", &json!({"schema": 3}));
        says(&["its schemas can't be used", "a later release wrote it (shape 3"]);

        let mut newer = good("q", &digests[1]);
        let seven = json!("http://json-schema.org/draft-07/schema#");
        newer["schemas"]["service_binding"]["create"]["parameters"]["$schema"] = seven;
        put(&library, "q", &newer);
        says(&["plan large (q): the schema for binding create is written in draft-07"]);
    }
}
