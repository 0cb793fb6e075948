//! The nats-servers of this run: the roles of production, ports and passwords of our own.

use crate::ports::Block;
use crate::programs::password;
use crate::state::State;
use crate::supervise::{Program, Tier};
use chandler_proto::step::Worker;
use std::collections::BTreeMap;
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
pub(crate) struct Passwords(BTreeMap<&'static str, String>);

impl Passwords {
    /// New ones for everybody who uses the bus.
    fn made() -> Passwords {
        let workers = Worker::ALL.iter().map(|worker| worker.name());
        let roles = ["gateway", "operator"].into_iter().chain(workers);
        Passwords(roles.map(|role| (role, password())).collect())
    }

    /// That of `gateway`, `operator`, or a worker by its name.
    pub(crate) fn of(&self, role: &str) -> &str {
        self.0.get(role).map_or("", String::as_str)
    }

    /// As the roles of production name them.
    fn env(&self) -> Vec<(String, String)> {
        let variable = |role: &str| {
            let role = role.to_ascii_uppercase().replace('-', "_");
            format!("CHANDLER_NATS_{role}_PASSWORD")
        };
        let roles = self.0.iter().map(|(role, password)| (variable(role), password.clone()));
        roles.chain([(variable("system"), password())]).collect()
    }
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passwords(***)")
    }
}

/// Writes the servers' configuration and says how to start them.
pub(crate) fn prepare(state: &State, server: &Path, cluster: bool, block: &mut Block) -> anyhow::Result<Nats> {
    let count = if cluster { 3 } else { 1 };
    let ports = block.free(count * 3)?;
    let passwords = Passwords::made();
    let env = passwords.env();
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
             jetstream {{ store_dir: {store:?}, sync_interval: always }}\n"
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_of_production_has_a_password_and_nobody_else() {
        let env = Passwords::made().env();
        let used = ROLES.lines().filter_map(|line| line.split_once('$'));
        let mut used: Vec<&str> = used
            .filter(|(before, _)| before.trim_end().ends_with("password:"))
            .filter_map(|(_, after)| after.split(|c: char| !c.is_ascii_uppercase() && c != '_').next())
            .collect();
        used.sort_unstable();
        let mut made: Vec<&str> = env.iter().map(|(name, _)| name.as_str()).collect();
        made.sort_unstable();
        assert_eq!(made, used);
        assert_eq!(env.iter().filter(|(_, password)| password.is_empty()).count(), 0);
    }
}
