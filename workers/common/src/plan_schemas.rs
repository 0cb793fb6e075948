//! The schemas of a plan, asked of its service adapter: for the worker that publishes them, and for whoever wants to know whether they are good.
use crate::checks::Verdict;
use chandler_clients::{
    CallContext,
    adapter::{Adapter, AdapterError, ExitMeaning, SCHEMAS_NOT_IMPLEMENTED},
};
use chandler_proto::catalog::Plan;
use chandler_schemas::PlanSchemas;
use std::time::Duration;

const TO_DO: &str = "Correct the service adapter's generate-plan-schemas, or set broker.enable_plan_schemas to false";

/// Why a plan has no schemas that can be used. `Debug` shows nothing of what the adapter said.
#[derive(Clone, PartialEq, Eq)]
pub struct Unusable {
    /// For whoever asks for the catalog: ODB's texts, or what the adapter said on stdout, which may be anything but texts of the plan's `properties`.
    pub for_catalog: Vec<String>,
    /// For logs and checks: the same without what the adapter said.
    pub for_operator: Vec<String>,
}

/// What is known of one plan, for the check.
#[derive(Clone, Debug)]
pub struct Known {
    /// The plan's name.
    pub plan: String,
    /// Its schemas' warnings, or what is wrong.
    pub outcome: Result<Vec<String>, Vec<String>>,
}

/// Runs the adapter for a plan, not longer than `limit`, and reads what it says on a thread for that. Schemas are public; what else the plan has
/// is the adapter client's to keep.
///
/// # Errors
/// [`Unusable`].
pub async fn ask(adapter: &Adapter, plan: &Plan, limit: Duration) -> Result<PlanSchemas, Unusable> {
    let (json, call) = (plan.adapter_json().to_string(), CallContext::default());
    let asked = adapter.generate_plan_schemas(json, &call, limit).await;
    let document = asked.map_err(|error| failed(&error))?;
    let reading = tokio::task::spawn_blocking(move || PlanSchemas::read(&document));
    let Ok(read) = reading.await else {
        return Err(both("a defect: reading the schemas ended by a panic".to_owned()));
    };
    read.map_err(|wrong| {
        let texts = wrong
            .iter()
            .map(|it| format!("Invalid JSON Schema for plan {}: {it}", plan.name));
        let texts: Vec<_> = texts.collect();
        Unusable {
            for_catalog: texts.clone(),
            for_operator: texts,
        }
    })
}

/// What the check says; `None` as long as nothing is wrong and not all is known.
pub fn verdict(known: &[Option<Known>]) -> Option<Verdict> {
    // An adapter without the command says so of each plan.
    let mut wrong: Vec<(&str, Vec<&str>)> = Vec::new();
    for it in known.iter().flatten() {
        for text in it.outcome.as_ref().err().into_iter().flatten() {
            match wrong.iter_mut().find(|(told, _)| told == text) {
                Some((_, plans)) => plans.push(&it.plan),
                None => wrong.push((text, vec![&it.plan])),
            }
        }
    }
    if !wrong.is_empty() {
        let told = |(text, plans): &(&str, Vec<&str>)| format!("{text} (of {})", plans.join(", "));
        let wrong: Vec<_> = wrong.iter().map(told).collect();
        return Some(Verdict::Wrong(format!("{}. {TO_DO}", wrong.join("; "))));
    }
    let all: Option<Vec<&Known>> = known.iter().map(Option::as_ref).collect();
    let all = all?;
    let names: Vec<_> = all.iter().map(|it| it.plan.as_str()).collect();
    let mut text = format!("those of {} can be used", names.join(", "));
    for it in &all {
        for warning in it.outcome.iter().flatten() {
            text.push_str(&format!("; plan {}: {warning}", it.plan));
        }
    }
    Some(Verdict::Fine(text))
}

fn failed(error: &AdapterError) -> Unusable {
    if error.meaning() == Some(ExitMeaning::NotImplemented) {
        return both(SCHEMAS_NOT_IMPLEMENTED.to_owned());
    }
    let for_operator = error.for_operator().trim_end_matches('.').to_owned();
    Unusable {
        for_catalog: vec![error.for_user().unwrap_or(&for_operator).trim_end().to_owned()],
        for_operator: vec![for_operator],
    }
}

fn both(text: String) -> Unusable {
    Unusable {
        for_catalog: vec![text.clone()],
        for_operator: vec![text],
    }
}

impl std::fmt::Debug for Unusable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Unusable").field(&self.for_operator).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exited(code: i32, for_user: Option<&str>) -> AdapterError {
        AdapterError::Exited {
            code: Some(code),
            for_user: for_user.map(str::to_owned),
            for_operator: "external service adapter exited with 1 at /a. Its stderr is in the worker's log.".into(),
        }
    }

    #[test]
    fn what_the_adapter_says_is_for_the_catalog_alone() {
        let it = failed(&exited(1, Some("the licence s3cr3t has expired\n")));
        assert_eq!(it.for_catalog, ["the licence s3cr3t has expired"]);
        assert_eq!(
            it.for_operator,
            ["external service adapter exited with 1 at /a. Its stderr is in the worker's log"]
        );
        assert!(!format!("{it:?}").contains("s3cr3t"));
        assert_eq!(failed(&exited(1, None)).for_catalog, it.for_operator);
        assert_eq!(failed(&exited(10, None)), both(SCHEMAS_NOT_IMPLEMENTED.into()));
    }

    #[test]
    fn wrong_is_told_at_once_and_fine_when_all_is_known() {
        let known = |plan: &str, outcome| {
            let plan = plan.to_owned();
            Some(Known { plan, outcome })
        };
        let wrong = |plan: &str, text: &str| known(plan, Err(vec![text.into()]));
        let small = known("small", Ok(vec![]));
        assert_eq!(verdict(&[small.clone(), None]), None);
        let told = verdict(&[
            None,
            wrong("large", "bad"),
            wrong("huge", "bad"),
            wrong("tiny", "worse"),
        ]);
        let text = format!("bad (of large, huge); worse (of tiny). {TO_DO}");
        assert_eq!(told, Some(Verdict::Wrong(text)));
        let newer = known("large", Ok(vec!["draft-07".into()]));
        let told = verdict(&[small, newer]);
        let text = "those of small, large can be used; plan large: draft-07";
        assert_eq!(told, Some(Verdict::Fine(text.into())));
    }
}
