//! The Open Service Broker API, item by item: `checklist/items.md` against one broker of real processes.
//!
//! A check names items after its assertions have passed. What is in scope and named by no check fails by name.
mod auth;
mod bodies;
mod catalog;
mod catalog_rules;
mod deprovision;
mod fetch;
mod floor;
mod headers;
mod house;
mod items;
mod last_operation;
mod paths;
mod provision;
mod racing;
mod sizes;
mod wire;

use chandler_tests::world::{Plan, World};
use floor::Floor;
use futures::{FutureExt as _, StreamExt as _, future::LocalBoxFuture, stream};
use std::panic::AssertUnwindSafe;

/// So many checks at a time.
const AT_ONCE: usize = 8;

type Check<'a> = (&'static str, LocalBoxFuture<'a, ()>);

macro_rules! checks {
    ($floor:expr, $($module:ident::$name:ident),+ $(,)?) => {
        vec![$((concat!(stringify!($module), "::", stringify!($name)), $module::$name($floor).boxed_local())),+]
    };
}

/// The slow ones first.
fn checks(floor: &Floor) -> Vec<Check<'_>> {
    checks![
        floor,
        deprovision::a_clean_up_finishes_with_nobody_looking,
        deprovision::every_state_can_be_deleted,
        sizes::too_slow,
        provision::from_the_first_put_to_a_finished_instance,
        last_operation::from_in_progress_to_gone,
        last_operation::failures_say_so,
        paths::served_ids_are_the_same_everywhere,
        catalog::every_plan_can_be_fetched,
        racing::equal_puts_are_one_operation,
        racing::of_different_puts_one_wins,
        racing::puts_and_deletes_together,
        provision::what_the_platform_may_send_along,
        provision::maintenance_info_is_compared,
        provision::who_cannot_wait_is_refused,
        provision::what_the_catalog_does_not_have,
        fetch::hints_are_hints,
        last_operation::never_a_bad_request,
        deprovision::what_is_missing_and_what_is_unknown,
        bodies::malformed_bodies,
        bodies::members_of_wrong_types,
        bodies::unknown_members,
        sizes::nested_without_end,
        sizes::too_large,
        sizes::lies_about_the_length,
        sizes::bodies_are_no_requests,
        bodies::content_types,
        catalog::the_catalog_keeps_the_rules,
        catalog::the_catalog_can_be_cached,
        headers::versions,
        headers::originating_identities,
        headers::request_identities,
        headers::names_have_no_case,
        auth::who_is_not_let_in,
        auth::nothing_is_told_or_parsed_before,
        paths::odd_ids_are_refused,
        paths::unknown_paths_and_methods,
        paths::head_is_get_without_a_body,
        paths::no_http_at_all,
        paths::who_hangs_up_is_answered,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_keeps_the_checklist() {
    let world = World::start(Plan {
        gateways: 2,
        change: catalog::richer,
        ..Plan::default()
    })
    .await;
    let floor = Floor::new(world);
    let mut wrong = run(checks(&floor)).await;
    wrong.extend(run(house::judgements(&floor)).await);
    let mut text = String::new();
    for (name, why) in &wrong {
        text.push_str(&format!("\n* {name}: {why}"));
    }
    for gap in floor.gaps(&items::items()) {
        text.push_str(&format!("\n- {gap}"));
    }
    assert!(
        text.is_empty(),
        "{} checks failed (*), items without a passed check (-):{text}",
        wrong.len()
    );
}

/// All of them, whatever becomes of the others: the names of those that failed, and why.
async fn run(checks: Vec<Check<'_>>) -> Vec<(&'static str, String)> {
    let ended = stream::iter(checks).map(|(name, check)| async move {
        let why = AssertUnwindSafe(check).catch_unwind().await.err()?;
        let text = why.downcast_ref::<String>().cloned();
        Some((
            name,
            text.or_else(|| Some((*why.downcast_ref::<&str>()?).to_owned()))
                .unwrap_or_default(),
        ))
    });
    ended
        .buffer_unordered(AT_ONCE)
        .filter_map(|failed| async { failed })
        .collect()
        .await
}
