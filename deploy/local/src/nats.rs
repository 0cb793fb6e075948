//! The nats-servers of this run: the roles of production, ports and passwords of our own.

use crate::ports;
use crate::programs::password;
use crate::state::State;
use crate::supervise::{Program, Tier};
use std::path::Path;

/// The roles as they are in production.
const ROLES: &str = include_str!("../../nats/roles.conf");

/// The servers and who may use them.
#[derive(Debug)]
pub(crate) struct Nats {
    /// A program for each server.
    pub(crate) programs: Vec<Program>,
    /// `nats://host:port` of each.
    pub(crate) urls: Vec<String>,
    /// `http://host:port` of each one's monitoring.
    pub(crate) monitors: Vec<String>,
    /// Passwords by role.
    pub(crate) passwords: Passwords,
}

/// A password per role.
pub(crate) struct Passwords {
    /// Of the gateways.
    pub(crate) gateway: String,
    /// Of the provisioning workers.
    pub(crate) provisioning: String,
    /// Of the binding workers.
    pub(crate) binding: String,
    /// Of `chandler bus bootstrap`.
    pub(crate) operator: String,
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passwords(***)")
    }
}

/// Writes the servers' configuration and says how to start them.
pub(crate) fn prepare(state: &State, server: &Path, cluster: bool) -> anyhow::Result<Nats> {
    let count = if cluster { 3 } else { 1 };
    let ports = ports::free(count * 3)?;
    let passwords = Passwords {
        gateway: password(),
        provisioning: password(),
        binding: password(),
        operator: password(),
    };
    let env = vec![
        ("CHANDLER_NATS_GATEWAY_PASSWORD".to_owned(), passwords.gateway.clone()),
        (
            "CHANDLER_NATS_PROVISIONING_PASSWORD".to_owned(),
            passwords.provisioning.clone(),
        ),
        ("CHANDLER_NATS_BINDING_PASSWORD".to_owned(), passwords.binding.clone()),
        ("CHANDLER_NATS_OPERATOR_PASSWORD".to_owned(), passwords.operator.clone()),
        ("CHANDLER_NATS_SYSTEM_PASSWORD".to_owned(), password()),
    ];
    state.secret("roles.conf", ROLES)?;
    let mut nats = Nats {
        programs: Vec::new(),
        urls: Vec::new(),
        monitors: Vec::new(),
        passwords,
    };
    let route = password();
    let routes: Vec<String> = ports[..count]
        .iter()
        .map(|port| format!("\"nats://route:{route}@127.0.0.1:{port}\""))
        .collect();
    for at in 0..count {
        let name = if cluster {
            format!("nats-{}", at + 1)
        } else {
            "nats".to_owned()
        };
        let (peers, client, monitor) = (ports[at], ports[count + at], ports[2 * count + at]);
        let store = state.dir.join(&name);
        let mut conf = format!(
            "server_name: {name}\nlisten: \"127.0.0.1:{client}\"\nhttp: \"127.0.0.1:{monitor}\"\n\
             jetstream {{ store_dir: {store:?} }}\n"
        );
        if cluster {
            conf.push_str(&format!(
                "cluster {{\n  name: local\n  listen: \"127.0.0.1:{peers}\"\n  \
                 authorization {{ user: route, password: {route}, timeout: 3 }}\n  \
                 routes: [{}]\n}}\n",
                routes.join(", ")
            ));
        }
        conf.push_str("include \"roles.conf\"\n");
        let file = state.secret(&format!("{name}.conf"), &conf)?;
        nats.programs.push(Program {
            name: name.clone(),
            tier: Tier::Bus,
            program: server.to_owned(),
            arguments: vec!["-c".into(), file.into()],
            env: env.clone(),
            log: state.log(&name),
            survives_restart: true,
        });
        nats.urls.push(format!("nats://127.0.0.1:{client}"));
        nats.monitors.push(format!("http://127.0.0.1:{monitor}"));
    }
    Ok(nats)
}
