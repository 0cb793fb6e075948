//! What CredHub says no to: one table of statuses and texts.

use http::StatusCode;
use serde_json::{Value, json};

use super::kind::Kind;

/// Why nothing was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is no such credential, or the actor may not see it: the two look the same.
    NoCredential,
    /// The actor may not write there.
    NotWritable,
    /// The credential has another type.
    OtherType,
    /// The body or the query has another shape.
    BadRequest,
    /// A body that isn't JSON by its content type.
    ContentType,
    /// A query parameter is missing or empty.
    MissingQuery(&'static str),
    /// `current` and `versions` together.
    CurrentAndVersions,
    /// A type that can't be set.
    UnknownType,
    /// A type that can't be generated because there is no such type.
    UnknownTypeToGenerate,
    /// `value` and `json` can't be generated.
    CannotGenerate,
    /// A real CredHub generates it, this one doesn't.
    NotSimulated(Kind),
    /// A key in the body that isn't known.
    UnknownKey(String),
    /// No name.
    MissingName,
    /// A name of more than 1024 characters.
    NameTooLong,
    /// A name with a character that isn't allowed.
    NameCharacter,
    /// A name with `//` or a slash at its end.
    NameSlash,
    /// No value, or an empty one.
    MissingValue,
    /// A password or user without a password.
    MissingPassword,
    /// A certificate, RSA or SSH credential without any key.
    MissingKeys,
    /// Metadata of more than 7000 characters.
    MetadataTooLong,
    /// `mode` isn't one of three.
    UnknownMode,
    /// `mode` and `overwrite` together.
    ModeAndOverwrite,
    /// A password of no characters at all.
    NoCharset,
    /// The credential was set, so it can't be generated anew.
    Static(Kind),
    /// A `credhub-ref` to a credential of another type.
    NotJson(String),
    /// A permission for the actor and path is there already.
    PermissionExists,
    /// A change of a permission that isn't there or that the actor may not change.
    NoPermission,
    /// A look at a permission that isn't there or that the actor may not see.
    PermissionHidden,
    /// An operation that isn't one of five.
    UnknownOperation,
    /// An actor may not change its own permissions.
    OwnPermission,
    /// The body's path and actor aren't those of the permission.
    OtherPermission,
    /// No path.
    MissingPath,
    /// No actor.
    MissingActor,
    /// No operations.
    MissingOperations,
    /// A path with a character that isn't allowed.
    PathCharacter,
    /// A path with `//` or a slash at its end.
    PathSlash,
    /// Writes are switched off.
    ReadOnly,
}

impl Refusal {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::NoCredential | Self::NoPermission | Self::PermissionHidden => StatusCode::NOT_FOUND,
            Self::NotWritable => StatusCode::FORBIDDEN,
            Self::UnknownType | Self::UnknownKey(_) | Self::UnknownOperation => StatusCode::UNPROCESSABLE_ENTITY,
            Self::PermissionExists => StatusCode::CONFLICT,
            Self::ReadOnly => StatusCode::SERVICE_UNAVAILABLE,
            Self::OtherType
            | Self::BadRequest
            | Self::ContentType
            | Self::MissingQuery(_)
            | Self::CurrentAndVersions
            | Self::UnknownTypeToGenerate
            | Self::CannotGenerate
            | Self::NotSimulated(_)
            | Self::MissingName
            | Self::NameTooLong
            | Self::NameCharacter
            | Self::NameSlash
            | Self::MissingValue
            | Self::MissingPassword
            | Self::MissingKeys
            | Self::MetadataTooLong
            | Self::UnknownMode
            | Self::ModeAndOverwrite
            | Self::NoCharset
            | Self::Static(_)
            | Self::NotJson(_)
            | Self::OwnPermission
            | Self::OtherPermission
            | Self::MissingPath
            | Self::MissingActor
            | Self::MissingOperations
            | Self::PathCharacter
            | Self::PathSlash => StatusCode::BAD_REQUEST,
        }
    }

    /// `{"error":"…"}`.
    pub(super) fn body(&self) -> Value {
        json!({"error": self.text()})
    }

    /// As CredHub words it.
    pub(super) fn text(&self) -> String {
        let fixed = match self {
            Self::NoCredential | Self::NotWritable => {
                "The request could not be completed because the credential does not exist or you do not have sufficient authorization."
            }
            Self::OtherType => {
                "The credential type cannot be modified. Please delete the credential if you wish to create it with a different type."
            }
            Self::BadRequest => {
                "The request could not be fulfilled because the request path or body did not meet expectation. Please check the documentation for required formatting and retry your request."
            }
            Self::ContentType => "The provided content type is not supported",
            Self::MissingQuery(name) => return format!("The query parameter {name} is required for this request."),
            Self::CurrentAndVersions => {
                "The query parameters current and versions cannot be provided in the same request."
            }
            Self::UnknownType => {
                "The request does not include a valid type. Valid values include 'value', 'json', 'password', 'user', 'certificate', 'ssh' and 'rsa'."
            }
            Self::UnknownTypeToGenerate => {
                "The request does not include a valid type. Valid values for generate include 'password', 'user', 'certificate', 'ssh' and 'rsa'."
            }
            Self::CannotGenerate => {
                "Credentials of this type cannot be generated. Please adjust the credential type and retry your request."
            }
            Self::NotSimulated(kind) => {
                return format!(
                    "This simulator does not generate credentials of type '{}'.",
                    kind.name()
                );
            }
            Self::UnknownKey(key) => {
                return format!(
                    "The request includes an unrecognized parameter '{key}'. Please update or remove this parameter and retry your request."
                );
            }
            Self::MissingName => {
                "A credential name must be provided. Please validate your input and retry your request."
            }
            Self::NameTooLong => {
                "The request could not be completed. The credential name cannot exceed 1024 characters"
            }
            Self::NameCharacter => {
                "Credential names may only include alpha, numeric, hyphen, underscore, and forward-slash characters. Please update and retry your request."
            }
            Self::NameSlash => {
                "A credential name cannot end with a '/' character or contain '//'. Credential names should be in the form of /[path]/[name] or [path]/[name]. Please update and retry your request."
            }
            Self::MissingValue => {
                "A non-empty value must be specified for the credential. Please validate and retry your request."
            }
            Self::MissingPassword => {
                "A password value must be specified for the credential. Please validate and retry your request."
            }
            Self::MissingKeys => {
                "At least one key value must be set. Please validate your input and retry your request."
            }
            Self::MetadataTooLong => "Metadata exceeds the maximum size of 7000 characters.",
            Self::UnknownMode => {
                "The request does not include a valid mode. Valid values for generate include 'overwrite', 'no-overwrite' and 'converge'."
            }
            Self::ModeAndOverwrite => {
                "The parameters overwrite and mode cannot be combined. Please update and retry your request."
            }
            Self::NoCharset => {
                "The combination of parameters in the request is not allowed. Please validate your input and retry your request."
            }
            Self::Static(kind) => {
                let kind = kind.name();
                return format!(
                    "The {kind} could not be regenerated because the value was statically set. Only generated {kind}s may be regenerated."
                );
            }
            Self::NotJson(name) => {
                return format!(
                    "The credential '{name}' is not the expected type. A credhub-ref credential must be of type 'JSON'."
                );
            }
            Self::PermissionExists => {
                "A permission entry for this actor and path already exists. Please use PUT to update the permission entry."
            }
            Self::NoPermission => "The request includes a permission that does not exist.",
            Self::PermissionHidden => {
                "The request could not be completed because the permission does not exist or you do not have sufficient authorization."
            }
            Self::UnknownOperation => {
                "The provided operation is not supported. Valid values include read, write, delete, read_acl, and write_acl."
            }
            Self::OwnPermission => {
                "Modification of access control for the authenticated user is not allowed. Please contact an administrator."
            }
            Self::OtherPermission => "The permission guid does not match the provided actor and path.",
            Self::MissingPath => "You must specify a path. Please validate your input and retry your request.",
            Self::MissingActor => "You must specify an actor. Please validate your input and retry your request.",
            Self::MissingOperations => {
                "At least one operation must be provided. Please validate your input and retry your request."
            }
            Self::PathCharacter => {
                "Credential paths may only include alpha, numeric, hyphen, underscore, and forward-slash characters. Please update and retry your request."
            }
            Self::PathSlash => {
                "A credential path cannot end with a '/' character or contain '//'. Credential paths should be in the form of /[path]/[name] or [path]/[name]. Please update and retry your request."
            }
            Self::ReadOnly => "Service Unavailable. Credhub is currently in read only mode.",
        };
        fixed.to_owned()
    }
}
