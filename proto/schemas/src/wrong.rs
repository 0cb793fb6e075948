//! What is wrong with what an adapter says.

use crate::Parameters;

/// Why a schema of a plan can't be used. `Display` is ODB's text,
/// `Error validating plan schemas for <instance create, instance update or binding create> - <reason>`. It may quote the schema, which
/// is public.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Error validating plan schemas for {what} - failed validating schema - {reason}")]
pub struct Wrong {
    /// Which of the three.
    pub what: Parameters,
    /// Why, after ODB's words `failed validating schema - `.
    pub reason: String,
}
