//! What can be wrong with a broker's answer, in Cloud Controller's words.

use http::StatusCode;
use serde_json::{Map, Value};

use super::client::{NoReply, Reply};
use crate::cloud_controller::refusal::Refusal;

/// Above this a text is cut.
const LONGEST: usize = 16 * 1024;
/// To this.
const CUT: usize = 8 * 1024;
const CUT_TEXT: &str =
    "...This message has been truncated due to size. To read the full message, check the broker's logs";

/// A call that didn't do what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) kind: Kind,
    /// What the broker answered, if it did.
    pub(super) status: Option<u16>,
    /// For the user.
    pub(super) text: String,
}

/// What was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// 401.
    Unauthorized,
    /// 408: the broker says so itself.
    BrokerTimeout,
    /// Another 4xx.
    Rejected,
    /// A status that means nothing here.
    BadResponse,
    /// 409.
    Conflict,
    /// 422 with this code.
    AsyncRequired,
    /// 422 with this code.
    Concurrency,
    /// 422 with this code.
    MaintenanceInfoConflict,
    /// 422 with this code.
    AppRequired,
    /// The body isn't what it should be.
    Malformed,
    /// A drain that the offering doesn't ask for.
    InvalidDrain,
    /// Volumes that the offering doesn't ask for, or that make no sense.
    InvalidMounts,
    /// There was nobody.
    Unreachable,
    /// Nothing came in time.
    TimedOut,
    /// It broke on the way.
    RequestError,
}

impl Trouble {
    pub(super) fn new(kind: Kind, reply: &Reply, text: impl Into<String>) -> Self {
        Self {
            kind,
            status: Some(reply.status),
            text: cut(text.into()),
        }
    }

    /// With the broker's own text, where it gives one.
    pub(super) fn bad_response(reply: &Reply) -> Self {
        let text = described(reply).unwrap_or_else(|| invalid(reply));
        Self::new(Kind::BadResponse, reply, text)
    }

    /// The broker's own text isn't shown.
    pub(super) fn undescribed(reply: &Reply) -> Self {
        Self::new(Kind::BadResponse, reply, invalid(reply))
    }

    pub(super) fn rejected(reply: &Reply) -> Self {
        let text = described(reply).unwrap_or_else(|| {
            let status = status_line(reply.status);
            format!(
                "The service broker rejected the request. Status Code: {status}, Body: {}",
                reply.body
            )
        });
        Self::new(Kind::Rejected, reply, text)
    }

    pub(super) fn conflict(reply: &Reply) -> Self {
        let text = described(reply).unwrap_or_else(|| "Resource conflict".to_owned());
        Self::new(Kind::Conflict, reply, text)
    }

    pub(super) fn malformed(reply: &Reply, what: &str) -> Self {
        let text = format!("The service broker returned an invalid response: {what}");
        Self::new(Kind::Malformed, reply, text)
    }

    /// What all calls but polls have in common.
    pub(super) fn common(reply: &Reply) -> Option<Self> {
        match reply.status {
            401 => Some(Self::new(Kind::Unauthorized, reply, UNAUTHORIZED)),
            408 => Some(Self::new(Kind::BrokerTimeout, reply, TIMED_OUT)),
            409 | 410 | 422 => None,
            400..=499 => Some(Self::rejected(reply)),
            500..=599 => Some(Self::bad_response(reply)),
            _ => None,
        }
    }

    /// The trouble of a 422 with one of these codes.
    pub(super) fn coded(reply: &Reply, codes: &[(&str, Kind)]) -> Option<Self> {
        let body = object(&reply.body)?;
        let code = body.get("error")?.as_str()?;
        let (_, kind) = codes.iter().find(|(it, _)| *it == code)?;
        let text = match kind {
            Kind::AsyncRequired => "This service plan requires client support for asynchronous service operations.",
            Kind::AppRequired => "This service supports generation of credentials through binding an application only.",
            Kind::MaintenanceInfoConflict => {
                let text = text_of(&body).filter(|it| !it.trim().is_empty());
                let text = text.map_or_else(|| NO_REASON.to_owned(), |it| format!("Service broker error: {it}"));
                return Some(Self::new(*kind, reply, text));
            }
            Kind::Concurrency => {
                "The service broker could not perform this operation in parallel with other running operations"
            }
            Kind::Unauthorized
            | Kind::BrokerTimeout
            | Kind::Rejected
            | Kind::BadResponse
            | Kind::Conflict
            | Kind::Malformed
            | Kind::InvalidDrain
            | Kind::InvalidMounts
            | Kind::Unreachable
            | Kind::TimedOut
            | Kind::RequestError => return Some(Self::bad_response(reply)),
        };
        Some(Self::new(*kind, reply, text))
    }

    /// Whether something may be left at the broker that nobody knows: of a provision or a bind.
    pub(super) fn leaves_orphan(&self) -> bool {
        match self.kind {
            Kind::BadResponse | Kind::InvalidDrain | Kind::InvalidMounts | Kind::TimedOut => true,
            Kind::Malformed => self.status != Some(200),
            Kind::Unauthorized
            | Kind::BrokerTimeout
            | Kind::Rejected
            | Kind::Conflict
            | Kind::AsyncRequired
            | Kind::Concurrency
            | Kind::MaintenanceInfoConflict
            | Kind::AppRequired
            | Kind::Unreachable
            | Kind::RequestError => false,
        }
    }

    /// The status that a user's call ends with.
    pub(super) fn user_status(&self) -> u16 {
        match self.kind {
            Kind::BrokerTimeout | Kind::TimedOut => 504,
            Kind::Conflict => 409,
            Kind::AsyncRequired | Kind::AppRequired => 400,
            Kind::Concurrency | Kind::MaintenanceInfoConflict => 422,
            Kind::Unauthorized
            | Kind::Rejected
            | Kind::BadResponse
            | Kind::Malformed
            | Kind::InvalidDrain
            | Kind::InvalidMounts
            | Kind::Unreachable
            | Kind::RequestError => 502,
        }
    }

    fn title(&self) -> &'static str {
        match self.kind {
            Kind::Unauthorized => "CF-ServiceBrokerApiAuthenticationFailed",
            Kind::BrokerTimeout => "CF-ServiceBrokerApiTimeout",
            Kind::Rejected => "CF-ServiceBrokerRequestRejected",
            Kind::BadResponse => "CF-ServiceBrokerBadResponse",
            Kind::Conflict => "CF-ServiceBrokerConflict",
            Kind::AsyncRequired => "CF-AsyncRequired",
            Kind::Concurrency => "CF-ConcurrencyError",
            Kind::MaintenanceInfoConflict => "CF-MaintenanceInfoConflict",
            Kind::AppRequired => "CF-AppRequired",
            Kind::Malformed => "CF-ServiceBrokerResponseMalformed",
            Kind::InvalidDrain => "CF-ServiceBrokerInvalidSyslogDrainUrl",
            Kind::InvalidMounts => "CF-ServiceBrokerInvalidVolumeMounts",
            Kind::Unreachable => "CF-ServiceBrokerApiUnreachable",
            Kind::TimedOut => "CF-HttpClientTimeout",
            Kind::RequestError => "CF-HttpRequestError",
        }
    }

    /// Where no operation's words stand before it: the answer of a read, or of the registration of a broker.
    pub(super) fn refusal(&self) -> Refusal {
        Refusal::new(self.user_status(), 10001, self.title(), self.text.clone())
    }
}

const UNAUTHORIZED: &str =
    "Authentication with the service broker failed. Double-check that the username and password are correct.";
const TIMED_OUT: &str = "The request to the service broker timed out";
const NO_REASON: &str = "The service broker did not provide a reason for this conflict, please ensure the catalog is up to date and you are \
                         providing a version supported by this service plan";

impl From<NoReply> for Trouble {
    fn from(why: NoReply) -> Self {
        let (kind, text) = match why {
            NoReply::Unreachable => (Kind::Unreachable, "The service broker could not be reached".to_owned()),
            NoReply::TimedOut => (Kind::TimedOut, TIMED_OUT.to_owned()),
            NoReply::Broken(what) => (Kind::RequestError, what),
        };
        Self {
            kind,
            status: None,
            text,
        }
    }
}

/// The body, when it is a JSON object.
pub(super) fn object(body: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(body).ok()
}

/// `404 Not Found`.
pub(super) fn status_line(status: u16) -> String {
    let name = match status {
        413 => "Request Entity Too Large",
        414 => "Request-URI Too Long",
        416 => "Requested Range Not Satisfiable",
        _ => StatusCode::from_u16(status)
            .ok()
            .and_then(|it| it.canonical_reason())
            .unwrap_or_default(),
    };
    format!("{status} {name}").trim_end().to_owned()
}

fn described(reply: &Reply) -> Option<String> {
    let body = object(&reply.body)?;
    let text = match body.get("description")? {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Some(format!("Service broker error: {text}"))
}

fn text_of(body: &Map<String, Value>) -> Option<&str> {
    body.get("description")?.as_str()
}

fn invalid(reply: &Reply) -> String {
    let status = status_line(reply.status);
    format!(
        "The service broker returned an invalid response. Status Code: {status}, Body: {}",
        reply.body
    )
}

fn cut(text: String) -> String {
    if text.len() <= LONGEST {
        return text;
    }
    let end = (0..=CUT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}{CUT_TEXT}", &text[..end])
}
