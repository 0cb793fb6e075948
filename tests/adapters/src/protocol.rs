//! The contract between broker and service adapter: arguments or stdin in, stdout and an exit code out.

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The exit code of any failure that has no code of its own.
pub(crate) const FAILED: u8 = 1;
/// The exit code of a command that this adapter doesn't have.
pub(crate) const NOT_IMPLEMENTED: u8 = 10;
/// The exit code of an unbind of what isn't there.
pub(crate) const NOT_FOUND: u8 = 41;
/// The exit code of a bind that needs an app and has none.
pub(crate) const APP_NEEDED: u8 = 42;
/// The exit code of a bind of what is there already.
pub(crate) const EXISTS: u8 = 49;

/// Commands for bindings.
pub(crate) const CREATE_BINDING: &str = "create-binding";
pub(crate) const DELETE_BINDING: &str = "delete-binding";

/// How the parameters come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// As positional arguments.
    Arguments,
    /// As one JSON object on stdin.
    Stdin,
}

/// A command's parameters, still as text.
pub(crate) struct Request<'a> {
    pub(crate) mode: Mode,
    /// What follows the command.
    pub(crate) arguments: &'a [String],
    pub(crate) stdin: &'a str,
}

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) code: u8,
    /// Goes to stdout, and from there to the user. May be empty.
    pub(crate) for_user: String,
    /// Goes to stderr.
    pub(crate) for_operator: String,
}

/// The object on stdin. Every leaf is a text, mostly of serialised JSON; unused ones are empty.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Input {
    generate_manifest: GenerateManifest,
    dashboard_url: DashboardUrl,
    create_binding: Binding,
    delete_binding: Binding,
    generate_plan_schemas: PlanSchemas,
}

/// Parameters of `generate-plan-schemas`.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct PlanSchemas {
    pub(crate) plan: String,
}

/// Parameters of `generate-manifest`, as far as this adapter uses them.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct GenerateManifest {
    pub(crate) service_deployment: String,
    pub(crate) plan: String,
    pub(crate) request_parameters: String,
    pub(crate) previous_manifest: String,
    /// Only comes on stdin.
    pub(crate) uaa_client: String,
}

/// Parameters of `dashboard-url`.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct DashboardUrl {
    pub(crate) instance_id: String,
    pub(crate) plan: String,
    pub(crate) manifest: String,
}

/// Parameters of `create-binding` and `delete-binding`; the last two only come on stdin.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Binding {
    pub(crate) binding_id: String,
    pub(crate) bosh_vms: String,
    pub(crate) manifest: String,
    pub(crate) request_parameters: String,
    pub(crate) secrets: String,
    pub(crate) dns_addresses: String,
}

impl Failure {
    /// The same with another exit code.
    pub(crate) fn with_code(self, code: u8) -> Self {
        Self { code, ..self }
    }

    /// The user gets the broker's general text.
    pub(crate) fn for_operator(text: impl Into<String>) -> Self {
        Self {
            code: FAILED,
            for_user: String::new(),
            for_operator: text.into(),
        }
    }

    /// Both get this text.
    pub(crate) fn for_both(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            code: FAILED,
            for_user: text.clone(),
            for_operator: text,
        }
    }
}

impl Request<'_> {
    pub(crate) fn generate_manifest(&self) -> Result<GenerateManifest, Failure> {
        match (self.mode, self.arguments) {
            (Mode::Stdin, _) => Ok(self.input()?.generate_manifest),
            (
                Mode::Arguments,
                [
                    service_deployment,
                    plan,
                    request_parameters,
                    previous_manifest,
                    _previous_plan,
                ],
            ) => Ok(GenerateManifest {
                service_deployment: service_deployment.clone(),
                plan: plan.clone(),
                request_parameters: request_parameters.clone(),
                previous_manifest: previous_manifest.clone(),
                uaa_client: String::new(),
            }),
            (Mode::Arguments, _) => Err(Failure::for_operator(
                "usage: generate-manifest <service-deployment-JSON> <plan-JSON> <request-params-JSON> <previous-manifest-YAML> <previous-plan-JSON>",
            )),
        }
    }

    pub(crate) fn dashboard_url(&self) -> Result<DashboardUrl, Failure> {
        match (self.mode, self.arguments) {
            (Mode::Stdin, _) => Ok(self.input()?.dashboard_url),
            (Mode::Arguments, [instance_id, plan, manifest]) => Ok(DashboardUrl {
                instance_id: instance_id.clone(),
                plan: plan.clone(),
                manifest: manifest.clone(),
            }),
            (Mode::Arguments, _) => Err(Failure::for_operator(
                "usage: dashboard-url <instance-ID> <plan-JSON> <manifest-YAML>",
            )),
        }
    }

    /// The parameters of one of the commands for bindings.
    pub(crate) fn binding(&self, command: &str) -> Result<Binding, Failure> {
        match (self.mode, self.arguments) {
            (Mode::Stdin, _) => {
                let input = self.input()?;
                Ok(if command == CREATE_BINDING {
                    input.create_binding
                } else {
                    input.delete_binding
                })
            }
            (Mode::Arguments, [binding_id, bosh_vms, manifest, request_parameters]) => Ok(Binding {
                binding_id: binding_id.clone(),
                bosh_vms: bosh_vms.clone(),
                manifest: manifest.clone(),
                request_parameters: request_parameters.clone(),
                ..Binding::default()
            }),
            (Mode::Arguments, _) => Err(Failure::for_operator(format!(
                "usage: {command} <binding-ID> <bosh-VMs-JSON> <manifest-YAML> <request-params-JSON>"
            ))),
        }
    }

    pub(crate) fn plan_schemas(&self) -> Result<PlanSchemas, Failure> {
        match (self.mode, self.arguments) {
            (Mode::Stdin, _) => Ok(self.input()?.generate_plan_schemas),
            (Mode::Arguments, [flag, plan]) if flag == "--plan-json" => Ok(PlanSchemas { plan: plan.clone() }),
            (Mode::Arguments, _) => Err(Failure::for_operator(
                "usage: generate-plan-schemas --plan-json <plan-JSON>",
            )),
        }
    }

    fn input(&self) -> Result<Input, Failure> {
        if self.stdin.trim().is_empty() {
            return Err(Failure::for_operator("expecting parameters to be passed via stdin"));
        }
        json("stdin", self.stdin)
    }
}

/// Reads a JSON text. The error says where it is wrong, but shows nothing of the text: it may be
/// or hold a secret.
pub(crate) fn json<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let kind = match error.classify() {
            serde_json::error::Category::Data => "does not have the expected form",
            serde_json::error::Category::Io
            | serde_json::error::Category::Syntax
            | serde_json::error::Category::Eof => "is not JSON",
        };
        Failure::for_operator(format!("{what} {kind} (line {line}, column {column})"))
    })
}
