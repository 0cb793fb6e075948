//! What a catalog has to be, each rule with a change that breaks it.
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(crate) struct Rule {
    pub(crate) ids: &'static [&'static str],
    pub(crate) holds: fn(&Value) -> bool,
    /// Makes a catalog that has everything break the rule.
    pub(crate) breaks: fn(&mut Value),
}

pub(crate) fn offerings(catalog: &Value) -> impl Iterator<Item = &Value> {
    catalog["services"].as_array().into_iter().flatten()
}
pub(crate) fn plans(catalog: &Value) -> impl Iterator<Item = &Value> {
    offerings(catalog).flat_map(|offering| offering["plans"].as_array().into_iter().flatten())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
fn said(value: &Value) -> bool {
    !text(value).trim().is_empty()
}
/// Absent, or `is`.
fn optional(object: &Value, name: &str, is: impl Fn(&Value) -> bool) -> bool {
    object.get(name).is_none_or(is)
}
fn texts(value: &Value) -> bool {
    value.as_array().is_some_and(|all| all.iter().all(Value::is_string))
}
fn unique<'a>(mut values: impl Iterator<Item = &'a Value>) -> bool {
    let mut seen = BTreeSet::new();
    values.all(|value| seen.insert(value.to_string()))
}
fn described(thing: &Value) -> bool {
    said(&thing["description"]) && text(&thing["description"]).chars().count() <= 10_000
}
fn is_name(name: &str) -> bool {
    let good = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'-';
    name.bytes().all(good) && name.bytes().any(|b| b.is_ascii_alphanumeric())
}
/// `1.2.3`, `1.2.3-rc.1+5`
fn is_semantic(version: &str) -> bool {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let number = |n: &str| n.parse::<u64>().is_ok() && (n == "0" || !n.starts_with('0'));
    core.split('.').count() == 3 && core.split('.').all(number)
}
fn info(plan: &Value) -> impl Iterator<Item = &Value> {
    plan.get("maintenance_info").into_iter()
}
fn offering(catalog: &mut Value) -> &mut Value {
    &mut catalog["services"][0]
}
fn plan(catalog: &mut Value) -> &mut Value {
    &mut catalog["services"][0]["plans"][0]
}
fn twice(list: &mut Value) {
    let list = list.as_array_mut().unwrap();
    list.push(list[0].clone());
}
/// The same, but `other` is different.
fn twice_but(list: &mut Value, other: &str) {
    twice(list);
    let last = list.as_array().unwrap().len() - 1;
    list[last][other] = json!("00000000-0000-0000-0000-0000000000ff");
}

pub(crate) const RULES: &[Rule] = &[
    Rule {
        ids: &["CAT-1", "CCC-1", "CCR-52", "CCR-53", "CCR-54"],
        holds: |c| c.is_object() && c["services"].as_array().is_some_and(|all| !all.is_empty()),
        breaks: |c| c["services"] = json!([]),
    },
    Rule {
        ids: &["CCC-8", "CAT-2"],
        holds: |c| offerings(c).all(|o| said(&o["id"])),
        breaks: |c| offering(c)["id"] = json!(" "),
    },
    Rule {
        ids: &["CCC-9", "CAT-2"],
        holds: |c| offerings(c).all(|o| said(&o["name"])),
        breaks: |c| offering(c)["name"] = json!(1),
    },
    Rule {
        ids: &["CCC-10", "CAT-2"],
        holds: |c| offerings(c).all(described),
        breaks: |c| offering(c)["description"] = json!(""),
    },
    Rule {
        ids: &["CCC-11", "CAT-2"],
        holds: |c| offerings(c).all(|o| o["bindable"].is_boolean()),
        breaks: |c| offering(c)["bindable"] = Value::Null,
    },
    Rule {
        ids: &["CCC-3", "CAT-3"],
        holds: |c| unique(offerings(c).map(|o| &o["name"])),
        breaks: |c| twice_but(&mut c["services"], "id"),
    },
    Rule {
        ids: &["CCC-2", "CAT-4"],
        holds: |c| unique(offerings(c).map(|o| &o["id"])),
        breaks: |c| twice_but(&mut c["services"], "name"),
    },
    Rule {
        ids: &["CCC-5", "CCC-23", "CAT-4"],
        holds: |c| unique(plans(c).chain(offerings(c)).map(|p| &p["id"])),
        breaks: |c| twice_but(&mut offering(c)["plans"], "name"),
    },
    Rule {
        ids: &["CCC-24", "CAT-5"],
        holds: |c| offerings(c).all(|o| unique(o["plans"].as_array().into_iter().flatten().map(|p| &p["name"]))),
        breaks: |c| twice_but(&mut offering(c)["plans"], "id"),
    },
    Rule {
        ids: &["CCC-26", "CAT-5"],
        holds: |c| plans(c).all(|p| said(&p["id"]) && said(&p["name"])),
        breaks: |c| plan(c)["name"] = json!(""),
    },
    Rule {
        ids: &["CCC-27", "CAT-5"],
        holds: |c| plans(c).all(described),
        breaks: |c| plan(c)["description"] = json!(7),
    },
    Rule {
        ids: &["CAT-6"],
        holds: |c| plans(c).chain(offerings(c)).all(|thing| is_name(text(&thing["name"]))),
        breaks: |c| plan(c)["name"] = json!("-"),
    },
    Rule {
        ids: &["CAT-7"],
        holds: |c| {
            plans(c)
                .chain(offerings(c))
                .all(|thing| uuid::Uuid::try_parse(text(&thing["id"])).is_ok())
        },
        breaks: |c| plan(c)["id"] = json!("one"),
    },
    Rule {
        ids: &["CAT-8"],
        holds: |c| {
            plans(c).chain(offerings(c)).all(|thing| {
                ["name", "id", "description"]
                    .iter()
                    .all(|m| text(&thing[*m]).len() < 256)
            })
        },
        breaks: |c| plan(c)["description"] = json!("x".repeat(256)),
    },
    Rule {
        ids: &["CAT-9", "CCC-16", "CCC-17"],
        holds: |c| {
            let known = [json!("syslog_drain"), json!("route_forwarding"), json!("volume_mount")];
            offerings(c).all(|o| {
                optional(o, "requires", |all| {
                    texts(all) && all.as_array().is_some_and(|all| all.iter().all(|r| known.contains(r)))
                })
            })
        },
        breaks: |c| offering(c)["requires"] = json!(["everything"]),
    },
    Rule {
        ids: &["CAT-10", "CCC-14"],
        holds: |c| offerings(c).all(|o| optional(o, "tags", texts)),
        breaks: |c| offering(c)["tags"] = json!("kv"),
    },
    Rule {
        ids: &["CCC-15"],
        holds: |c| {
            offerings(c).all(|o| {
                o["tags"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|tag| text(tag).len())
                    .sum::<usize>()
                    <= 2048
            })
        },
        breaks: |c| offering(c)["tags"] = json!(["x".repeat(2049)]),
    },
    Rule {
        ids: &["CCC-12"],
        holds: |c| {
            plans(c)
                .chain(offerings(c))
                .all(|thing| optional(thing, "plan_updateable", Value::is_boolean))
        },
        breaks: |c| plan(c)["plan_updateable"] = json!("no"),
    },
    Rule {
        ids: &["CCC-13", "CAT-12"],
        holds: |c| {
            offerings(c).all(|o| {
                o["instances_retrievable"] == true
                    && ["bindings_retrievable", "allow_context_updates"]
                        .iter()
                        .all(|name| optional(o, name, Value::is_boolean))
            })
        },
        breaks: |c| offering(c)["instances_retrievable"] = json!("yes"),
    },
    Rule {
        ids: &["CAT-17", "CCC-28"],
        holds: |c| {
            plans(c).all(|p| {
                ["free", "bindable"]
                    .iter()
                    .all(|name| optional(p, name, Value::is_boolean))
            })
        },
        breaks: |c| plan(c)["free"] = json!("true"),
    },
    Rule {
        ids: &["CAT-13"],
        holds: |c| offerings(c).all(|o| o["bindings_retrievable"] == true),
        breaks: |c| offering(c)["bindings_retrievable"] = json!(false),
    },
    Rule {
        ids: &["CAT-16"],
        holds: |c| plans(c).all(|p| optional(p, "binding_rotatable", Value::is_boolean)),
        breaks: |c| plan(c)["binding_rotatable"] = json!("yes"),
    },
    Rule {
        ids: &["CAT-18", "CCC-29"],
        holds: |c| plans(c).all(|p| p["maximum_polling_duration"].is_u64()),
        breaks: |c| plan(c)["maximum_polling_duration"] = json!("3600"),
    },
    Rule {
        // Our own deadline is twelve hours; Cloud Controller's interval a minute.
        ids: &["LOP-14", "CCP-7"],
        holds: |c| plans(c).all(|p| p["maximum_polling_duration"].as_u64() > Some(12 * 3600 + 600)),
        breaks: |c| plan(c)["maximum_polling_duration"] = json!(60),
    },
    Rule {
        ids: &["CAT-19", "CCC-30", "CCC-31"],
        holds: |c| {
            plans(c)
                .flat_map(info)
                .all(|i| i.is_object() && is_semantic(text(&i["version"])))
        },
        breaks: |c| plan(c)["maintenance_info"]["version"] = json!("1.0"),
    },
    Rule {
        ids: &["CCC-32"],
        holds: |c| {
            plans(c)
                .flat_map(info)
                .all(|i| optional(i, "description", Value::is_string))
        },
        breaks: |c| plan(c)["maintenance_info"]["description"] = json!(["a"]),
    },
    Rule {
        ids: &["CCC-33"],
        holds: |c| plans(c).flat_map(info).all(|i| i.to_string().len() <= 2000),
        breaks: |c| plan(c)["maintenance_info"]["description"] = json!("x".repeat(2000)),
    },
    Rule {
        ids: &["CCC-34"],
        holds: |c| {
            let members = |i: &Value| {
                i.as_object()
                    .is_some_and(|i| i.keys().all(|name| name == "version" || name == "description"))
            };
            plans(c).flat_map(info).all(members)
        },
        breaks: |c| plan(c)["maintenance_info"]["private"] = json!("x"),
    },
    Rule {
        ids: &["CAT-20", "CCC-18"],
        holds: |c| {
            plans(c)
                .chain(offerings(c))
                .all(|thing| optional(thing, "metadata", Value::is_object))
        },
        breaks: |c| plan(c)["metadata"] = json!([]),
    },
    Rule {
        ids: &["CCC-19"],
        holds: |c| offerings(c).all(|o| optional(&o["metadata"], "shareable", Value::is_boolean)),
        breaks: |c| offering(c)["metadata"]["shareable"] = json!("true"),
    },
    Rule {
        ids: &["PRF-5"],
        holds: |c| {
            let names = [
                "displayName",
                "imageUrl",
                "longDescription",
                "providerDisplayName",
                "documentationUrl",
                "supportUrl",
            ];
            let costs = |p: &Value| p["metadata"]["costs"][0]["amount"]["usd"] == 1.5;
            names.iter().all(|name| said(&c["services"][0]["metadata"][*name]))
                && plans(c).any(|p| said(&p["metadata"]["displayName"]) && texts(&p["metadata"]["bullets"]) && costs(p))
        },
        breaks: |c| offering(c)["metadata"] = json!({"display_name": "Example KV"}),
    },
    Rule {
        ids: &["CAT-23", "CCC-20"],
        holds: |c| {
            let whole = |client: &Value| ["id", "secret", "redirect_uri"].iter().all(|name| said(&client[*name]));
            offerings(c).all(|o| optional(o, "dashboard_client", whole))
        },
        breaks: |c| offering(c)["dashboard_client"]["redirect_uri"] = Value::Null,
    },
    Rule {
        ids: &["CCC-7"],
        holds: |c| unique(offerings(c).filter_map(|o| o["dashboard_client"].get("id"))),
        breaks: |c| twice(&mut c["services"]),
    },
    Rule {
        ids: &["CCC-21", "CCC-22", "CAT-2"],
        holds: |c| {
            offerings(c).all(|o| {
                o["plans"]
                    .as_array()
                    .is_some_and(|all| !all.is_empty() && all.iter().all(Value::is_object))
            })
        },
        breaks: |c| offering(c)["plans"] = json!([]),
    },
];
