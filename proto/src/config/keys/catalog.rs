//! What is offered.
use super::{Key, Shape::*, When::*};

const QUOTAS: &str = "quotas are not built";
const ERRANDS: &str = "lifecycle errands are not built";
const ACCESS: &str = "has no effect until the broker can be registered";
const MANY: u64 = 1 << 40;

pub(super) const KEYS: &[Key] = &[
    Key::both("service_catalog", Section),
    Key::both("service_catalog.id", Text),
    Key::both("service_catalog.service_name", Text),
    Key::both("service_catalog.service_description", Text),
    Key::both("service_catalog.bindable", Bool).warns(True, "bindings are not served yet"),
    Key::both("service_catalog.plan_updatable", Bool).warns(True, "updates are not served yet"),
    Key::both("service_catalog.requires", Texts),
    Key::both("service_catalog.tags", Texts),
    Key::both("service_catalog.metadata", Open),
    Key::both("service_catalog.metadata.display_name", Text),
    Key::both("service_catalog.metadata.image_url", Text),
    Key::both("service_catalog.metadata.long_description", Text),
    Key::both("service_catalog.metadata.provider_display_name", Text),
    Key::both("service_catalog.metadata.documentation_url", Text),
    Key::both("service_catalog.metadata.support_url", Text),
    Key::both("service_catalog.metadata.shareable", Bool),
    Key::both("service_catalog.dashboard_client", Section),
    Key::both("service_catalog.dashboard_client.id", Text),
    Key::both("service_catalog.dashboard_client.secret", Secret),
    Key::both("service_catalog.dashboard_client.redirect_uri", Text),
    Key::both("service_catalog.global_properties", Map),
    Key::both("service_catalog.global_quotas", Section).refused(Filled, QUOTAS),
    Key::both(
        "service_catalog.global_quotas.service_instance_limit",
        Int(0, MANY),
    ),
    Key::both("service_catalog.global_quotas.resources", Named),
    Key::both("service_catalog.global_quotas.resources.*", Section),
    Key::both(
        "service_catalog.global_quotas.resources.*.limit",
        Int(0, MANY),
    ),
    Key::both(
        "service_catalog.global_quotas.resources.*.cost",
        Int(0, MANY),
    ),
    Key::property("service_catalog.global_quotas.resource_limits", Map),
    Key::both("service_catalog.maintenance_info", Section),
    Key::both("service_catalog.maintenance_info.public", Map),
    Key::both("service_catalog.maintenance_info.private", Map),
    Key::both("service_catalog.maintenance_info.version", Text),
    Key::both("service_catalog.maintenance_info.description", Text),
    Key::both("service_catalog.plans", List),
    Key::both("service_catalog.plans[].plan_id", Text),
    Key::both("service_catalog.plans[].name", Text),
    Key::both("service_catalog.plans[].description", Text),
    Key::both("service_catalog.plans[].free", Bool),
    Key::both("service_catalog.plans[].bindable", Bool).warns(True, "bindings are not served yet"),
    Key::both("service_catalog.plans[].metadata", Open),
    Key::both("service_catalog.plans[].metadata.display_name", Text),
    Key::both("service_catalog.plans[].metadata.bullets", Texts),
    Key::both("service_catalog.plans[].metadata.costs", List),
    Key::both("service_catalog.plans[].metadata.costs[].amount", Map),
    Key::both("service_catalog.plans[].metadata.costs[].unit", Text),
    Key::both("service_catalog.plans[].properties", Map),
    Key::both("service_catalog.plans[].instance_groups", List),
    Key::both("service_catalog.plans[].instance_groups[].name", Text),
    Key::both("service_catalog.plans[].instance_groups[].vm_type", Text),
    Key::both(
        "service_catalog.plans[].instance_groups[].vm_extensions",
        Texts,
    ),
    Key::both(
        "service_catalog.plans[].instance_groups[].persistent_disk_type",
        Text,
    ),
    Key::both(
        "service_catalog.plans[].instance_groups[].instances",
        Int(0, 1_000_000),
    ),
    Key::both("service_catalog.plans[].instance_groups[].networks", Texts),
    Key::both("service_catalog.plans[].instance_groups[].azs", Texts),
    Key::both("service_catalog.plans[].instance_groups[].lifecycle", Text),
    Key::both(
        "service_catalog.plans[].instance_groups[].migrated_from",
        List,
    ),
    Key::both(
        "service_catalog.plans[].instance_groups[].migrated_from[].name",
        Text,
    ),
    Key::both("service_catalog.plans[].update", Section),
    Key::both("service_catalog.plans[].update.canaries", Int(0, 1_000_000)),
    Key::both("service_catalog.plans[].update.max_in_flight", Any),
    Key::both("service_catalog.plans[].update.canary_watch_time", Text),
    Key::both("service_catalog.plans[].update.update_watch_time", Text),
    Key::both("service_catalog.plans[].update.serial", Bool),
    Key::both(
        "service_catalog.plans[].update.initial_deploy_az_update_strategy",
        Text,
    ),
    Key::both("service_catalog.plans[].lifecycle_errands", Section),
    Key::both(
        "service_catalog.plans[].lifecycle_errands.post_deploy",
        List,
    )
    .refused(Filled, ERRANDS),
    Key::both(
        "service_catalog.plans[].lifecycle_errands.post_deploy[].name",
        Text,
    ),
    Key::both(
        "service_catalog.plans[].lifecycle_errands.post_deploy[].instances",
        Texts,
    ),
    Key::property(
        "service_catalog.plans[].lifecycle_errands.post_deploy[].disabled",
        Bool,
    ),
    Key::both("service_catalog.plans[].lifecycle_errands.pre_delete", List)
        .refused(Filled, ERRANDS),
    Key::both(
        "service_catalog.plans[].lifecycle_errands.pre_delete[].name",
        Text,
    ),
    Key::both(
        "service_catalog.plans[].lifecycle_errands.pre_delete[].instances",
        Texts,
    ),
    Key::property(
        "service_catalog.plans[].lifecycle_errands.pre_delete[].disabled",
        Bool,
    ),
    Key::both("service_catalog.plans[].quotas", Section).refused(Filled, QUOTAS),
    Key::both(
        "service_catalog.plans[].quotas.service_instance_limit",
        Int(0, MANY),
    ),
    Key::both("service_catalog.plans[].quotas.resources", Named),
    Key::both("service_catalog.plans[].quotas.resources.*", Section),
    Key::both(
        "service_catalog.plans[].quotas.resources.*.limit",
        Int(0, MANY),
    ),
    Key::both(
        "service_catalog.plans[].quotas.resources.*.cost",
        Int(0, MANY),
    ),
    Key::property("service_catalog.plans[].quotas.resource_limits", Map),
    Key::property("service_catalog.plans[].resource_costs", Map).refused(Filled, QUOTAS),
    Key::both("service_catalog.plans[].binding_with_dns", List)
        .refused(Filled, "addresses for bindings are not built"),
    Key::both("service_catalog.plans[].binding_with_dns[].name", Text),
    Key::both(
        "service_catalog.plans[].binding_with_dns[].link_provider",
        Text,
    ),
    Key::both(
        "service_catalog.plans[].binding_with_dns[].instance_group",
        Text,
    ),
    Key::both(
        "service_catalog.plans[].binding_with_dns[].properties",
        Section,
    ),
    Key::both(
        "service_catalog.plans[].binding_with_dns[].properties.azs",
        Texts,
    ),
    Key::both(
        "service_catalog.plans[].binding_with_dns[].properties.status",
        Text,
    ),
    Key::both("service_catalog.plans[].maintenance_info", Section),
    Key::both("service_catalog.plans[].maintenance_info.public", Map),
    Key::both("service_catalog.plans[].maintenance_info.private", Map),
    Key::both("service_catalog.plans[].maintenance_info.version", Text),
    Key::both("service_catalog.plans[].maintenance_info.description", Text),
    Key::both("service_catalog.plans[].cf_service_access", Text).warns(Filled, ACCESS),
    Key::both("service_catalog.plans[].service_access_org", Text).warns(Filled, ACCESS),
];
