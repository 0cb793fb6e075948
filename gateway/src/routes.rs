//! The one list of routes.
use crate::answer::Refusal;
use chandler_proto::ids::InstanceId;
use http::Method;

/// A call of the Open Service Broker API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Catalog,
    Provision,
    Fetch,
    Deprovision,
    LastOperation,
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
        allow: "GET, HEAD, PUT, DELETE",
        calls: &[
            (Method::PUT, Call::Provision),
            (Method::GET, Call::Fetch),
            (Method::DELETE, Call::Deprovision),
        ],
    },
    Route {
        path: "/v2/service_instances/{instance_id}/last_operation",
        allow: "GET, HEAD",
        calls: &[(Method::GET, Call::LastOperation)],
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
    /// The id as it stands in the path, percent-encoded.
    raw_id: Option<&'a str>,
}

/// Whether a path belongs to the API at all.
pub(crate) fn is_ours(path: &str) -> bool {
    path == "/v2" || path.starts_with("/v2/")
}

/// Finds the route of a path, still percent-encoded: `%2F` belongs to an id and parts nothing.
pub(crate) fn find<'a>(method: &Method, path: &'a str) -> Option<Matched<'a>> {
    ROUTES.iter().find_map(|route| {
        let raw_id = matches(route.path, path)?;
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
            raw_id,
        })
    })
}

/// `Some(id)` if the path fits the pattern, the id being `None` where the pattern has none.
fn matches<'a>(pattern: &str, path: &'a str) -> Option<Option<&'a str>> {
    let mut id = None;
    let mut segments = path.split('/');
    for wanted in pattern.split('/') {
        match segments.next()? {
            segment if wanted.starts_with('{') && !segment.is_empty() => id = Some(segment),
            segment if segment == wanted => {}
            _ => return None,
        }
    }
    segments.next().is_none().then_some(id)
}

impl Matched<'_> {
    /// The instance of the path, decoded once.
    pub(crate) fn instance(&self) -> Result<InstanceId, Refusal> {
        let decoded = self.raw_id.and_then(|raw| decode(raw, false)).unwrap_or_default();
        InstanceId::parse(&decoded).map_err(|bad| Refusal::Malformed(bad.to_string()))
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
mod tests {
    use super::*;

    fn call(method: Method, path: &str) -> Result<Call, Refusal> {
        find(&method, path).map_or(Err(Refusal::NoSuchPath), |matched| matched.call)
    }

    #[test]
    fn methods_and_paths_lead_to_calls() {
        assert_eq!(call(Method::GET, "/v2/catalog"), Ok(Call::Catalog));
        assert_eq!(call(Method::HEAD, "/v2/catalog"), Ok(Call::Catalog));
        assert_eq!(call(Method::PUT, "/v2/service_instances/a"), Ok(Call::Provision));
        assert_eq!(call(Method::DELETE, "/v2/service_instances/a"), Ok(Call::Deprovision));
        assert_eq!(
            call(Method::GET, "/v2/service_instances/last_operation"),
            Ok(Call::Fetch),
            "an id like any other"
        );
        assert_eq!(
            call(Method::GET, "/v2/service_instances/a/last_operation"),
            Ok(Call::LastOperation)
        );
        assert_eq!(
            call(Method::POST, "/v2/catalog"),
            Err(Refusal::NoSuchMethod("GET, HEAD"))
        );
        for unknown in [
            "/",
            "/v2",
            "/v2/",
            "/v2/catalog/",
            "/v3/catalog",
            "/v2/service_instances",
            "/v2/service_instances/",
            "/v2/service_instances//last_operation",
            "/v2/service_instances/a/b",
            "/V2/catalog",
            "//v2/catalog",
        ] {
            assert_eq!(call(Method::GET, unknown), Err(Refusal::NoSuchPath), "{unknown}");
        }
    }

    #[test]
    fn the_value_of_allow_is_what_is_served() {
        for route in ROUTES {
            for method in [
                Method::GET,
                Method::HEAD,
                Method::PUT,
                Method::POST,
                Method::PATCH,
                Method::DELETE,
                Method::OPTIONS,
            ] {
                let served = call(method.clone(), &route.path.replace("{instance_id}", "a")).is_ok();
                assert_eq!(
                    served,
                    route.allow.split(", ").any(|name| name == method.as_str()),
                    "{method} {}",
                    route.path
                );
            }
        }
    }

    #[test]
    fn ids_are_decoded_once() {
        let id = |raw: &str| {
            find(&Method::GET, &format!("/v2/service_instances/{raw}"))
                .unwrap()
                .instance()
                .map(|id| id.to_string())
        };
        assert_eq!(id("a%2Db%5f.C"), Ok("a-b_.C".into()));
        for refused in [
            "a%2Fb",
            "a%252D",
            "%",
            "%zz",
            "%ff",
            "%C3%A4",
            "a+b",
            "..",
            ".",
            "%2e%2E",
            "a%0d%0ab",
            "a%00",
            &"x".repeat(201),
        ] {
            assert!(matches!(id(refused), Err(Refusal::Malformed(_))), "{refused}");
        }
        assert!(id(&"x".repeat(200)).is_ok());
    }

    #[test]
    fn queries_are_read_leniently() {
        let query = Query::read(Some("a=1&a=2&b=&c&d=x%20y+z&accepts_incomplete=true&%ff=1"));
        assert_eq!(
            (query.get("a"), query.get("b"), query.get("c"), query.get("d")),
            (Some("1"), None, None, Some("x y z"))
        );
        assert!(query.is_true("accepts_incomplete"));
        for not in [
            "accepts_incomplete=True",
            "accepts_incomplete=1",
            "accepts_incomplete",
            "Accepts_incomplete=true",
            "",
        ] {
            assert!(!Query::read(Some(not)).is_true("accepts_incomplete"), "{not}");
        }
        assert!(Query::read(None).get("a").is_none());
    }
}
