//! `/oauth/clients`: create, show, list, update, delete.

use http::StatusCode;
use serde_json::{Value, json};

use super::wanted::{Wanted, invalid, secret};
use crate::common::answer::Answer;
use crate::uaa::Client;
use crate::uaa::refusal::Refusal;
use crate::uaa::routes::Call;

const READ: &str = "clients.read clients.admin";
const WRITE: &str = "clients.write clients.admin";
/// Rows of one page at most.
const PAGE: usize = 500;

#[expect(clippy::cast_possible_truncation, reason = "times are far below 2^53")]
fn milliseconds(now: f64) -> i64 {
    (now * 1000.0) as i64
}

pub(in crate::uaa) fn create(call: &Call<'_>) -> Result<Answer, Refusal> {
    let asker = call.bearer_with(WRITE)?.client_id;
    let mut wanted = Wanted::parse(&call.request.body)?;
    let id = wanted
        .client_id
        .take()
        .ok_or_else(|| invalid("Client id is required"))?;
    if call.shared.lock().clients.contains_key(&id) {
        return Err(Refusal::exists(&id));
    }
    let given = wanted.secret.take();
    let mut client = Client {
        client_id: id.clone(),
        last_modified: milliseconds(call.now),
        ..Client::default()
    };
    wanted.over(&mut client)?;
    client.secrets = secret(&client, given)?;
    let shown = client.shown();
    call.shared.lock().clients.insert(id, client);
    Ok(Answer::json(StatusCode::CREATED, &shown).by(asker))
}

pub(in crate::uaa) fn show(call: &Call<'_>) -> Result<Answer, Refusal> {
    let asker = call.bearer_with(READ)?.client_id;
    let state = call.shared.lock();
    let client = state.clients.get(call.arg(0)).ok_or_else(Refusal::absent)?;
    Ok(Answer::json(StatusCode::OK, &client.shown()).by(asker))
}

/// What is absent or empty stays as it was, the secret in any case.
pub(in crate::uaa) fn update(call: &Call<'_>) -> Result<Answer, Refusal> {
    let asker = call.bearer_with(WRITE)?.client_id;
    let wanted = Wanted::parse(&call.request.body)?;
    let id = call.arg(0);
    let mut state = call.shared.lock();
    let client = state.clients.get_mut(id).ok_or_else(Refusal::absent)?;
    if let Some(other) = wanted.client_id.as_deref().filter(|other| *other != id) {
        return Err(invalid(format!(
            "The client id ({other}) does not match the URL ({id})"
        )));
    }
    let mut changed = client.clone();
    wanted.over(&mut changed)?;
    changed.last_modified = milliseconds(call.now);
    *client = changed;
    Ok(Answer::json(StatusCode::OK, &client.shown()).by(asker))
}

pub(in crate::uaa) fn delete(call: &Call<'_>) -> Result<Answer, Refusal> {
    let asker = call.bearer_with(WRITE)?.client_id;
    let removed = call.shared.lock().clients.remove(call.arg(0));
    let mut shown = removed.ok_or_else(Refusal::absent)?.shown();
    shown["approvals_deleted"] = json!(true);
    Ok(Answer::json(StatusCode::OK, &shown).by(asker))
}

pub(in crate::uaa) fn list(call: &Call<'_>) -> Result<Answer, Refusal> {
    let asker = call.bearer_with(READ)?.client_id;
    let query = |key: &str| call.request.query(key).filter(|v| !v.is_empty());
    let filter = query("filter").map(Filter::parse).transpose()?;
    let number = |key: &str, default: usize| query(key).and_then(|n| n.parse().ok()).unwrap_or(default).max(1);
    let (start, count) = (number("startIndex", 1), number("count", 100).min(PAGE));
    let state = call.shared.lock();
    let mut found: Vec<&Client> = state
        .clients
        .values()
        .filter(|client| filter.as_ref().is_none_or(|f| f.fits(&client.client_id)))
        .collect();
    if query("sortOrder") == Some("descending") {
        found.reverse();
    }
    let rows: Value = found.iter().skip(start - 1).take(count).map(|c| c.shown()).collect();
    Ok(Answer::json(
        StatusCode::OK,
        &json!({
            "resources": rows, "startIndex": start, "itemsPerPage": count, "totalResults": found.len(),
            "schemas": ["http://cloudfoundry.org/schema/scim/oauth-clients-1.0"],
        }),
    )
    .by(asker))
}

/// `client_id eq "x"`; also `co` (contains) and `sw` (starts with). Nothing else is simulated.
struct Filter {
    operator: String,
    value: String,
}

impl Filter {
    fn parse(text: &str) -> Result<Self, Refusal> {
        let bad = || Refusal::bad("unknown_error", format!("Invalid filter expression: [{text}]"));
        let mut words = text.trim().splitn(3, ' ');
        let (field, operator, value) = (words.next(), words.next(), words.next());
        let operator = operator.unwrap_or_default().to_ascii_lowercase();
        let value = value
            .map(str::trim)
            .and_then(|v| v.strip_prefix('"')?.strip_suffix('"'));
        match (field, value) {
            (Some("client_id"), Some(value)) if ["eq", "co", "sw"].contains(&operator.as_str()) => Ok(Self {
                operator,
                value: value.to_owned(),
            }),
            (_, _) => Err(bad()),
        }
    }

    fn fits(&self, id: &str) -> bool {
        match self.operator.as_str() {
            "co" => id.contains(&self.value),
            "sw" => id.starts_with(&self.value),
            _ => id == self.value,
        }
    }
}
