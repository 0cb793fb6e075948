//! The configuration: one YAML file for all processes.
//!
//! | file | what |
//! |---|---|
//! | `finding` | what is wrong, with the path of the key |
//! | `yaml`, `scalar`, `tree` | from text to a tree that knows its paths, as YAML 1.1 |
//! | `keys` | the table of all keys, and which take effect |
//! | `check` | a tree against the table |
//! | `properties` | the properties of the `broker` job, rewritten as the rendered file |
//! | `read` | typed values out of a tree |
//! | `broker`, `connections`, `service`, `chandler` | the sections |
//! | `offering`, `plan`, `metadata`, `maintenance` | the section `service_catalog` |
//!
//! [`parse`] reads and checks text; it touches nothing outside. Some sections are needed by some
//! processes only: [`Config::credentials`], [`Config::require_bosh`], [`Config::require_seal`] and
//! [`ServiceAdapter::check`] are the checks of those who need them, and [`both`] joins their findings.
mod broker;
mod chandler;
mod check;
mod connections;
mod finding;
pub mod keys;
mod maintenance;
mod metadata;
mod offering;
mod plan;
mod properties;
mod read;
mod scalar;
mod service;
mod tree;
mod yaml;

pub use broker::{Broker, Credential, Pem, Tls};
pub use chandler::{Bus, ChandlerSection, Deadlines, Gateway, Lanes, Seal, SealKey, Workers};
pub use connections::{Bosh, Cf, CfAuthentication, Director};
pub use finding::{Finding, Findings};
pub use service::{FileLook, Release, ServiceAdapter, ServiceDeployment, Stemcell};

use crate::catalog::Catalog;
use finding::Collector;
use keys::Form;

/// A configuration that can be used, and what is odd about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Unknown keys, and keys whose effect is still missing in a harmless way.
    pub warnings: Vec<Finding>,
}

/// A configuration, the same whichever form it was written in.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The gateway as the platform sees it.
    pub broker: Broker,
    /// The Director.
    pub bosh: Option<Bosh>,
    /// Cloud Foundry; nothing uses it yet.
    pub cf: Option<Cf>,
    /// The service author's executable.
    pub service_adapter: ServiceAdapter,
    /// What the adapter is told to deploy.
    pub service_deployment: ServiceDeployment,
    /// What is offered.
    pub catalog: Catalog,
    /// What ODB doesn't have.
    pub chandler: ChandlerSection,
}

/// Reads a configuration in either form: with a top-level key `broker` it is the rendered
/// `broker.yml`, without it the properties of the `broker` job.
///
/// # Errors
/// Everything that is wrong, at once; the process prints it and exits with 64.
pub fn parse(text: &str) -> Result<Loaded, Findings> {
    let mut collector = Collector::default();
    let mut root = yaml::read(text, &mut collector)?;
    let form = if root.members().iter().any(|(name, _)| name == "broker") {
        Form::File
    } else {
        Form::Properties
    };
    if form == Form::Properties {
        properties::clean(&mut root, &mut collector);
    }
    check::check(&root, form, &mut collector);
    if form == Form::Properties {
        root = properties::to_file(root, &mut collector);
    }
    let broker = broker::read(&root, &mut collector);
    let chandler = chandler::read(&root, &mut collector);
    let config = Config {
        bosh: connections::bosh(&root, &mut collector),
        cf: connections::cf(&root, !broker.disable_cf_startup_checks, &mut collector),
        service_adapter: service::adapter(&root),
        service_deployment: service::deployment(&root, &mut collector),
        catalog: offering::catalog(&root, chandler.deadlines, &mut collector),
        broker,
        chandler,
    };
    let warnings = std::mem::take(&mut collector.warnings);
    if !collector.errors.is_empty() {
        // Often the reason of an error: the key that is missing is there with a slip in its name.
        let told = |w: &Finding| Finding {
            path: w.path.clone(),
            message: format!("(a warning) {}", w.message),
        };
        let slips = warnings.iter().filter(|w| w.message.contains("not a known key"));
        collector.errors.extend(slips.map(told));
    }
    collector.verdict(Loaded { config, warnings })
}

impl Config {
    /// The credentials that the gateway takes: that of `broker` first, then those of `chandler`.
    ///
    /// # Errors
    /// When there is none at all: ODB's texts.
    pub fn credentials(&self) -> Result<Vec<&Credential>, Findings> {
        let all: Vec<_> = self
            .broker
            .credential
            .iter()
            .chain(&self.chandler.credentials)
            .collect();
        if all.is_empty() {
            Err(broker::no_credentials())
        } else {
            Ok(all)
        }
    }

    /// The Director, for processes that call it.
    ///
    /// # Errors
    /// What is missing, with ODB's texts.
    pub fn require_bosh(&self) -> Result<Director<'_>, Findings> {
        connections::director(self.bosh.as_ref())
    }

    /// The keys for what may be secret, for processes that serve.
    ///
    /// # Errors
    /// When there are none.
    pub fn require_seal(&self) -> Result<&Seal, Findings> {
        self.chandler.seal.as_ref().ok_or_else(|| {
            let text = "must hold keys and fingerprint_key: requests can't be recorded without";
            Findings(vec![Finding::new("chandler.seal", text)])
        })
    }
}

/// Two checks in one, so that the findings of both are told.
///
/// # Errors
/// The findings of either, in order.
pub fn both<A, B>(first: Result<A, Findings>, second: Result<B, Findings>) -> Result<(A, B), Findings> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (Err(findings), Ok(_)) | (Ok(_), Err(findings)) => Err(findings),
        (Err(Findings(mut first)), Err(Findings(second))) => {
            first.extend(second);
            Err(Findings(first))
        }
    }
}
