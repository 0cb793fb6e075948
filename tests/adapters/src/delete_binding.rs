//! `delete-binding`: removes the binding's user.

use serde_json::Value;

use crate::control::Control;
use crate::protocol::{self, Failure, NOT_FOUND, Request};
use crate::users::Users;

pub(crate) fn run(request: &Request<'_>, control: &Control) -> Result<String, Failure> {
    let given = request.binding(protocol::DELETE_BINDING)?;
    let manifest: Value = protocol::json("manifest", &given.manifest)?;
    if !Users::of(&manifest, control)?.delete(&given.binding_id)? {
        let text = format!("binding not found: there is no user for {}", given.binding_id);
        return Err(Failure::for_both(text).with_code(NOT_FOUND));
    }
    control.after()?;
    Ok("{}".to_owned())
}
