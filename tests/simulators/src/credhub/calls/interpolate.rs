//! `POST /api/v1/interpolate`: what an application's launcher does with `VCAP_SERVICES`.

use super::{Call, ok};
use crate::common::answer::Answer;
use crate::credhub::refusal::Refusal;
use crate::credhub::vault::Vault;

pub(in crate::credhub) fn interpolate(vault: &mut Vault, call: &Call<'_>) -> Result<Answer, Refusal> {
    Ok(ok(&vault.interpolate(call.actor, call.body()?)?))
}
