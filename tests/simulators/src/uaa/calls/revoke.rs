//! `/oauth/token/revoke/…`. Other servers don't hear of it: they look at signature and expiry only.

use http::StatusCode;

use crate::common::answer::Answer;
use crate::uaa::refusal::Refusal;
use crate::uaa::routes::Call;

const SCOPE: &str = "tokens.revoke uaa.admin";

/// One token: an own one, or any with `tokens.revoke`.
pub(in crate::uaa) fn token(call: &Call<'_>) -> Result<Answer, Refusal> {
    let claims = call.bearer()?;
    let mut state = call.shared.lock();
    let token = state.tokens.get_mut(call.arg(0)).ok_or_else(Refusal::absent)?;
    let own = token.client_id == claims.client_id;
    if !own && !SCOPE.split(' ').any(|scope| claims.has(scope)) {
        return Err(Refusal::scope(SCOPE));
    }
    token.revoked = true;
    Ok(Answer::empty(StatusCode::OK).by(claims.client_id))
}

/// All tokens of a client.
pub(in crate::uaa) fn client(call: &Call<'_>) -> Result<Answer, Refusal> {
    let claims = call.bearer_with(SCOPE)?;
    let mut state = call.shared.lock();
    if !state.clients.contains_key(call.arg(0)) {
        return Err(Refusal::absent());
    }
    for token in state.tokens.values_mut().filter(|t| t.client_id == call.arg(0)) {
        token.revoked = true;
    }
    Ok(Answer::empty(StatusCode::OK).by(claims.client_id))
}
