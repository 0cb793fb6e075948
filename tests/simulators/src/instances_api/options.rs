//! How a simulated service instances API is started.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Serialize;

use crate::tls::Identity;

/// An instance that is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Instance {
    /// Its id.
    pub service_instance_id: String,
    /// The id of its plan.
    pub plan_id: String,
    /// The space that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space_guid: Option<String>,
}

/// How a simulated service instances API is started. Ports are chosen by the system unless said otherwise.
#[derive(Clone)]
pub struct Options {
    /// Where HTTPS listens (default `127.0.0.1:0`).
    pub addr: SocketAddr,
    /// Where the control API listens, in plain HTTP (default `127.0.0.1:0`).
    pub control_addr: SocketAddr,
    /// The user (default `lister`).
    pub username: String,
    /// Its password (default `lister-secret`).
    pub password: String,
    /// What is listed from the start (default nothing).
    pub instances: Vec<Instance>,
    /// Certificate and key; `None` makes a new authority.
    pub tls: Option<Identity>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("addr", &self.addr)
            .field("username", &self.username)
            .field("instances", &self.instances.len())
            .finish_non_exhaustive()
    }
}

impl Default for Options {
    fn default() -> Self {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            addr: loopback,
            control_addr: loopback,
            username: "lister".to_owned(),
            password: "lister-secret".to_owned(),
            instances: Vec::new(),
            tls: None,
        }
    }
}

impl Instance {
    /// One that is in no space.
    pub fn new(service_instance_id: &str, plan_id: &str) -> Self {
        Self {
            service_instance_id: service_instance_id.to_owned(),
            plan_id: plan_id.to_owned(),
            space_guid: None,
        }
    }

    /// The same in a space.
    #[must_use]
    pub fn within(self, space_guid: &str) -> Self {
        Self {
            space_guid: Some(space_guid.to_owned()),
            ..self
        }
    }
}
