//! The configuration: one YAML file for all processes.
//!
//! | file | what |
//! |---|---|
//! | `finding` | what is wrong, with the path of the key |
//! | `yaml`, `scalar`, `tree` | from text to a tree that knows its paths, as YAML 1.1 |
//! | `keys` | the table of all keys, and which take effect |
//! | `check`, `markers` | a tree against the table; templates that nobody filled in |
//! | `properties`, `legacy` | the properties of the `broker` job, rewritten as the rendered file |
//! | `read` | typed values out of a tree |
//! | `broker`, `bosh`, `cf`, `credhub`, `instances_api`, `uaa`, `service`, `chandler`, `bus` | the sections |
//! | `offering`, `unique`, `plan`, `metadata`, `maintenance`, `quotas`, `errands`, `dns` | the service offerings |
//! | `load` | all of it, in order |
//!
//! [`load()`] is for processes: it reads and checks text, lets the process check what it needs, and
//! tells everything that is wrong in one round. [`parse`] is the same without needs. Both touch
//! nothing outside. What some processes only need is asked for with [`Config::credentials`],
//! [`Config::require_bosh`], [`Config::require_seal`], [`Config::require_credhub`],
//! [`Config::require_bosh_credhub`], [`Config::require_uaa_clients`], [`Config::require_cloud_controller`],
//! [`Config::require_instances_api`] and [`ServiceAdapter::check`]; [`both`] joins findings.
mod bosh;
mod broker;
mod bus;
mod cf;
mod chandler;
mod check;
mod credhub;
mod dns;
mod errands;
mod finding;
mod instances_api;
pub mod keys;
mod legacy;
mod load;
mod maintenance;
mod markers;
mod metadata;
mod offering;
mod plan;
mod properties;
mod quotas;
mod read;
mod scalar;
mod service;
mod tree;
mod uaa;
mod unique;
mod yaml;

pub use bosh::{Bosh, BoshAuthentication, Director};
pub use broker::{Broker, Credential, Pem, Tls};
pub use bus::Bus;
pub use cf::{Cf, CfAccess, CfAuthentication, ClientDefinition, UaaAccess};
pub use chandler::{ChandlerSection, ClientCertificates, Deadlines, Gateway, Lanes, Seal, SealKey, Workers};
pub use credhub::{BoshCredHub, BoshCredHubAccess, CredHub, CredHubAccess};
pub use finding::{Finding, Findings, Refused};
pub use instances_api::{InstancesApiAccess, ServiceInstancesApi};
pub use load::{load, parse};
pub use service::{FileLook, Release, ServiceAdapter, ServiceDeployment, Stemcell};
pub use uaa::UaaClient;

use crate::catalog::Catalog;

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
    /// Cloud Foundry: its UAA, where clients of instances are, and Cloud Controller, where the broker is registered.
    pub cf: Option<Cf>,
    /// Who else than Cloud Controller can list the platform's instances.
    pub service_instances_api: Option<ServiceInstancesApi>,
    /// The platform's CredHub. That it is there switches secure bindings on: credentials are stored in it, and
    /// applications get a credhub-ref.
    pub credhub: Option<CredHub>,
    /// BOSH's CredHub, for secure manifests.
    pub bosh_credhub: Option<BoshCredHub>,
    /// What is offered, with the adapter of each offering and what it is told to deploy.
    pub catalog: Catalog,
    /// What ODB doesn't have.
    pub chandler: ChandlerSection,
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
        bosh::director(self.bosh.as_ref())
    }

    /// Whether credentials of bindings are stored in the platform's CredHub. A gateway need know no more of it.
    pub fn secure_bindings(&self) -> bool {
        self.credhub.is_some()
    }

    /// The platform's CredHub, for processes that call it. `None`: secure bindings are off.
    ///
    /// # Errors
    /// What is missing.
    pub fn require_credhub(&self) -> Result<Option<CredHubAccess<'_>>, Findings> {
        credhub::access(self.credhub.as_ref())
    }

    /// BOSH's CredHub, for processes that store the secrets of manifests, read or remove them. With secure manifests off
    /// it is used if it is there, since instances may have secrets of before; `None` if it isn't.
    ///
    /// # Errors
    /// With secure manifests on: what is missing, with ODB's texts.
    pub fn require_bosh_credhub(&self) -> Result<Option<BoshCredHubAccess<'_>>, Findings> {
        let access = credhub::bosh_access(self.bosh_credhub.as_ref(), self.bosh.as_ref());
        match self.broker.enable_secure_manifests {
            true => access.map(Some),
            false => Ok(access.ok()),
        }
    }

    /// Cloud Foundry's UAA, for processes that keep the clients of instances. `None`: without client credentials no
    /// instance has one.
    ///
    /// # Errors
    /// What is missing, when the configuration defines clients.
    pub fn require_uaa_clients(&self) -> Result<Option<UaaAccess<'_>>, Findings> {
        cf::access(self.cf.as_ref(), self.broker.disable_ssl_cert_verification)
    }

    /// Cloud Controller, for who registers the broker there or looks whether that would work. `None`: there is no section `cf`, or
    /// nothing in it that says where and who.
    ///
    /// # Errors
    /// What is missing, with ODB's texts.
    pub fn require_cloud_controller(&self) -> Result<Option<CfAccess<'_>>, Findings> {
        cf::cloud_controller(self.cf.as_ref(), self.broker.disable_ssl_cert_verification)
    }

    /// Who lists the platform's instances, for commands that compare them with the broker's records. `None`: nobody but Cloud
    /// Controller.
    ///
    /// # Errors
    /// What is missing. Loading the file has found it, too.
    pub fn require_instances_api(&self) -> Result<Option<InstancesApiAccess<'_>>, Findings> {
        instances_api::access(self.service_instances_api.as_ref())
    }

    /// After which pattern each instance gets a UAA client of its own; `None`: none gets one. A gateway need know no more
    /// of it.
    pub fn client_definition(&self) -> Option<&ClientDefinition> {
        let definition = self.cf.as_ref()?.client_definition.as_ref();
        definition.filter(|definition| definition.is_active())
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

    /// Everything that some process could find missing.
    fn gaps(&self) -> Vec<Finding> {
        [
            self.credentials().err(),
            self.require_bosh().err(),
            self.require_credhub().err(),
            self.require_bosh_credhub().err(),
            self.require_uaa_clients().err(),
            self.require_cloud_controller().err(),
            self.require_instances_api().err(),
            self.require_seal().err(),
        ]
        .into_iter()
        .flatten()
        .flat_map(|Findings(all)| all)
        .collect()
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
