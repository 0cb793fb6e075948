//! Whose token came with a call of the API, and whether it is enough.

use super::claims::Claims;
use super::refusal::Refusal;
use super::routes::Call;
use super::verify::{BadToken, Verifier};

const CHALLENGE: &str = "Bearer realm=\"oauth\", error=\"unauthorized\", error_description=\"Full authentication is required to access this resource\"";

impl Call<'_> {
    /// A good token's claims. The UAA also looks at what other servers can't see: revocation, a changed secret.
    pub(super) fn check(&self, token: &str) -> Result<Claims, Refusal> {
        let verifier = Verifier::of(&self.url(), self.shared.clone());
        let claims = verifier.verify(token, self.now).map_err(|bad| match bad {
            BadToken::Expired => Refusal::token("Token has expired"),
            BadToken::Malformed | BadToken::Signature | BadToken::Issuer | BadToken::Refresh => {
                Refusal::token(format!("Invalid token: {bad}"))
            }
        })?;
        let state = self.shared.lock();
        if state.is_revoked(&claims.jti) {
            return Err(Refusal::token("Token has been revoked"));
        }
        match state.rev_sig(&claims.client_id) {
            Some(known) if known == claims.rev_sig => Ok(claims),
            Some(_) | None => Err(Refusal::token("revocable signature mismatch")),
        }
    }

    /// The claims of the call's bearer.
    pub(super) fn bearer(&self) -> Result<Claims, Refusal> {
        let token = self.request.bearer().ok_or_else(|| Refusal::nobody(CHALLENGE))?;
        self.check(token)
    }

    /// The same when it has one of the scopes (in one text, as the refusal shows them); `uaa.admin` is always enough.
    pub(super) fn bearer_with(&self, enough: &'static str) -> Result<Claims, Refusal> {
        let claims = self.bearer()?;
        let has = enough.split(' ').chain(["uaa.admin"]).any(|scope| claims.has(scope));
        if has { Ok(claims) } else { Err(Refusal::scope(enough)) }
    }
}
