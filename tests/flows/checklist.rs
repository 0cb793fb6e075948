//! The Open Service Broker API, item by item: `checklist/items.md` against a broker of real processes, and another one
//! whose bindings have their credentials in CredHub.
//!
//! A check names items after its assertions have passed. What is in scope and named by no check fails by name.
mod auth;
mod bind;
mod bind_answers;
mod bind_bodies;
mod binding;
mod binding_last_operation;
mod binding_paths;
mod binding_races;
mod binding_rules;
mod binding_waits;
mod bodies;
mod catalog;
mod catalog_rules;
mod deprovision;
mod fetch;
mod fetch_binding;
mod floor;
mod headers;
mod house;
mod items;
mod last_operation;
mod paths;
mod provision;
mod racing;
mod rotation;
mod secure;
mod sizes;
mod unbind;
mod update;
mod update_bodies;
mod update_races;
mod update_refusals;
mod update_rules;
mod updates;
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
        binding_waits::a_bind_that_takes_too_long,
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

/// About updates.
fn of_updates(floor: &Floor) -> Vec<Check<'_>> {
    checks![
        floor,
        update::a_failed_update_changes_nothing,
        update::what_is_not_named_stays,
        update::from_the_first_patch_to_its_end,
        update::a_delete_ends_an_update,
        update::a_context_alone_is_kept,
        update_refusals::what_is_not_possible,
        update_refusals::who_cannot_wait_is_refused,
        update_refusals::maintenance_info_is_compared,
        update_refusals::what_the_catalog_does_not_have,
        update_refusals::what_is_not_there,
        update_bodies::ids_are_ids,
        update_bodies::malformed_bodies,
        update_bodies::members_of_wrong_types,
        update_races::equal_patches_are_one_operation,
        update_races::of_different_patches_one_wins,
        update_races::patches_against_a_deprovision,
    ]
}

/// About bindings, whether their credentials are in CredHub or not.
fn of_bindings(floor: &Floor) -> Vec<Check<'_>> {
    checks![
        floor,
        bind::from_the_first_put_to_a_binding,
        bind::who_cannot_poll_gets_the_end,
        bind::who_needs_an_app_says_so,
        bind::what_the_platform_may_send_along,
        bind_answers::all_members_reach_the_platform,
        bind_bodies::what_does_not_fit_the_instance,
        bind_bodies::plans_say_whether_they_can_be_bound,
        fetch_binding::hints_are_hints,
        fetch_binding::a_binding_belongs_to_its_instance,
        unbind::while_it_is_made,
        unbind::every_state_can_be_deleted,
        binding_last_operation::from_in_progress_to_gone,
        binding_last_operation::failures_say_so,
        binding_races::puts_and_deletes_together,
        binding_races::an_instance_goes_with_its_bindings,
        binding_races::binds_against_a_deprovision,
        rotation::both_work_side_by_side,
        rotation::only_a_live_one_is_a_predecessor,
    ]
}

/// About bindings, wherever their credentials are.
fn of_any_bindings(floor: &Floor) -> Vec<Check<'_>> {
    checks![
        floor,
        bind::a_refused_head_changes_nothing,
        bind_answers::what_would_not_be_taken,
        bind_bodies::malformed_bodies,
        bind_bodies::members_of_wrong_types,
        bind_bodies::bodies_of_other_calls,
        unbind::what_is_missing_and_what_is_unknown,
        binding_last_operation::never_a_bad_request,
        binding_waits::who_hangs_up_gets_no_binding,
        binding_races::equal_puts_are_one_operation,
        binding_races::of_different_puts_one_wins,
        binding_paths::odd_ids_are_refused,
        binding_paths::served_ids_are_the_same_everywhere,
        binding_paths::unknown_paths_and_methods,
        binding_paths::head_is_get_without_a_body,
        binding_paths::who_is_not_let_in,
    ]
}

/// About CredHub.
fn of_credhub(floor: &Floor) -> Vec<Check<'_>> {
    checks![
        floor,
        secure::the_reader_is_who_was_named,
        secure::nobody_to_read_is_refused,
        binding_waits::a_bind_that_takes_too_long,
    ]
}

/// The service stands still for the next one who calls, so they come one after the other.
fn one_by_one(floor: &Floor) -> Vec<Check<'_>> {
    checks![
        floor,
        unbind::while_it_is_deleted,
        binding_waits::an_unbind_that_takes_too_long
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_keeps_the_checklist() {
    let world = World::start(Plan {
        gateways: 2,
        change: catalog::richer,
        ..Plan::default()
    });
    let with_credhub = World::start(Plan {
        gateways: 2,
        secure: true,
        change: catalog::bound_by_the_plan,
        ..Plan::default()
    });
    let (floor, vault) = tokio::join!(world, with_credhub);
    let (floor, vault) = (Floor::new(floor), Floor::new(vault));
    let all = [
        checks(&floor),
        of_updates(&floor),
        of_bindings(&floor),
        of_any_bindings(&floor),
    ];
    let secure = [of_credhub(&vault), of_bindings(&vault)];
    let (mut wrong, of_vault) = tokio::join!(
        run(all.into_iter().flatten().collect(), AT_ONCE),
        run(secure.into_iter().flatten().collect(), AT_ONCE)
    );
    wrong.extend(of_vault);
    for floor in [&floor, &vault] {
        wrong.extend(run(one_by_one(floor), 1).await);
        wrong.extend(run(house::judgements(floor), AT_ONCE).await);
    }
    floor.takes_over(&vault);
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
async fn run(checks: Vec<Check<'_>>, at_once: usize) -> Vec<(&'static str, String)> {
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
        .buffer_unordered(at_once)
        .filter_map(|failed| async { failed })
        .collect()
        .await
}
