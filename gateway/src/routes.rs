//! The one list of routes.
use crate::answer::Refusal;
use chandler_proto::ids::{BindingId, InstanceId};
use http::Method;

/// A call of the Open Service Broker API, or of the management API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Catalog,
    Provision,
    Update,
    Fetch,
    Deprovision,
    LastOperation,
    Bind,
    FetchBinding,
    Unbind,
    BindingLastOperation,
    Manage,
}

/// One path and what it can do.
struct Route {
    /// Segments; `{…}` stands for an id.
    path: &'static str,
    /// The value of `Allow`.
    allow: &'static str,
    calls: &'static [(Method, Call)],
}

/// Everything that is served. HEAD is served wherever GET is.
const ROUTES: &[Route] = &[
    Route {
        path: "/v2/catalog",
        allow: "GET, HEAD",
        calls: &[(Method::GET, Call::Catalog)],
    },
    Route {
        path: "/v2/service_instances/{instance_id}",
        allow: "GET, HEAD, PUT, PATCH, DELETE",
        calls: &[
            (Method::PUT, Call::Provision),
            (Method::PATCH, Call::Update),
            (Method::GET, Call::Fetch),
            (Method::DELETE, Call::Deprovision),
        ],
    },
    Route {
        path: "/v2/service_instances/{instance_id}/last_operation",
        allow: "GET, HEAD",
        calls: &[(Method::GET, Call::LastOperation)],
    },
    Route {
        path: "/v2/service_instances/{instance_id}/service_bindings/{binding_id}",
        allow: "GET, HEAD, PUT, DELETE",
        calls: &[
            (Method::PUT, Call::Bind),
            (Method::GET, Call::FetchBinding),
            (Method::DELETE, Call::Unbind),
        ],
    },
    Route {
        path: "/v2/service_instances/{instance_id}/service_bindings/{binding_id}/last_operation",
        allow: "GET, HEAD",
        calls: &[(Method::GET, Call::BindingLastOperation)],
    },
    Route {
        path: "/mgmt/service_instances/{instance_id}",
        allow: "PATCH",
        calls: &[(Method::PATCH, Call::Manage)],
    },
];

/// What the label of an unknown path is, in spans and metrics.
pub(crate) const NO_ROUTE: &str = "unmatched";

/// A path, matched.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Matched<'a> {
    /// Its pattern, for labels.
    pub(crate) route: &'static str,
    /// The call, or how to refuse the method.
    pub(crate) call: Result<Call, Refusal>,
    /// The ids as they stand in the path, percent-encoded: the instance's, the binding's.
    raw_ids: [Option<&'a str>; 2],
}

/// Whether a path belongs to one of the APIs at all.
pub(crate) fn is_ours(path: &str) -> bool {
    path == "/v2" || path.starts_with("/v2/") || is_managed(path)
}

/// Whether a path belongs to the management API, which has no versions.
pub(crate) fn is_managed(path: &str) -> bool {
    path == "/mgmt" || path.starts_with("/mgmt/")
}

/// Finds the route of a path, still percent-encoded: `%2F` belongs to an id and parts nothing.
pub(crate) fn find<'a>(method: &Method, path: &'a str) -> Option<Matched<'a>> {
    ROUTES.iter().find_map(|route| {
        let raw_ids = matches(route.path, path)?;
        let asked = if method == Method::HEAD { &Method::GET } else { method };
        let call = route
            .calls
            .iter()
            .find(|(method, _)| method == asked)
            .map(|(_, call)| *call);
        let call = call.ok_or(Refusal::NoSuchMethod(route.allow));
        Some(Matched {
            route: route.path,
            call,
            raw_ids,
        })
    })
}

/// `Some(ids)` if the path fits the pattern, an id being `None` where the pattern has none.
fn matches<'a>(pattern: &str, path: &'a str) -> Option<[Option<&'a str>; 2]> {
    let mut ids = [None; 2];
    let mut places = ids.iter_mut();
    let mut segments = path.split('/');
    for wanted in pattern.split('/') {
        match segments.next()? {
            segment if wanted.starts_with('{') && !segment.is_empty() => *places.next()? = Some(segment),
            segment if segment == wanted => {}
            _ => return None,
        }
    }
    segments.next().is_none().then_some(ids)
}

impl Matched<'_> {
    /// The instance of the path, decoded once.
    pub(crate) fn instance(&self) -> Result<InstanceId, Refusal> {
        InstanceId::parse(&self.id(0)).map_err(|bad| Refusal::Malformed(bad.to_string()))
    }
    /// The binding of the path, decoded once.
    pub(crate) fn binding(&self) -> Result<BindingId, Refusal> {
        BindingId::parse(&self.id(1)).map_err(|bad| Refusal::Malformed(bad.to_string()))
    }
    fn id(&self, place: usize) -> String {
        let raw = self.raw_ids.get(place).copied().flatten();
        raw.and_then(|raw| decode(raw, false)).unwrap_or_default()
    }
}

/// The parameters of a query, decoded; of equal names the first counts.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query; what can't be decoded is left out.
    pub(crate) fn read(query: Option<&str>) -> Self {
        let pairs = query.unwrap_or_default().split('&').filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(name, true)?, decode(value, true)?))
        });
        Query(pairs.collect())
    }
    /// A value that isn't empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }
    /// Whether the value is exactly `true`.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }
}

/// Percent-decodes once. `None` for what isn't UTF-8 then; a `%` without two digits stays.
fn decode(text: &str, plus_is_space: bool) -> Option<String> {
    let digit = |byte: Option<&u8>| {
        byte.and_then(|b| char::from(*b).to_digit(16))
            .and_then(|d| u8::try_from(d).ok())
    };
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match (byte, digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 2;
            }
            (b'+', _, _) if plus_is_space => out.push(b' '),
            _ => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests;
