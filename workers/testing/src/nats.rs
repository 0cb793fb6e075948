//! A real nats-server, with the users that we ship.
use crate::process::{Child, Until};
use std::{
    path::Path,
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// Who may do what on the bus: each worker is tried with its own user.
const ROLES: &str = include_str!("../../../deploy/nats/roles.conf");
/// Every user's.
pub(crate) const PASSWORD: &str = "pw";

/// A nats-server with JetStream on a directory of its own; it ends with this.
pub struct Nats {
    url: String,
    _child: Child,
    _dir: TempDir,
}

impl Nats {
    /// A new one, which has a port.
    pub async fn start() -> Nats {
        let dir = tempfile::Builder::new().prefix("chandler-nats-").tempdir().unwrap();
        let at = dir.path();
        let config = format!(
            "listen: \"127.0.0.1:-1\"\nports_file_dir: \"{at}\"\njetstream {{ store_dir: \"{at}\" }}\ninclude roles.conf\n",
            at = at.display()
        );
        std::fs::write(at.join("nats.conf"), config).unwrap();
        std::fs::write(at.join("roles.conf"), ROLES).unwrap();
        let log = std::fs::File::create(at.join("log")).unwrap();
        let program = program();
        let child = Command::new(&program)
            .envs(passwords())
            .arg("-c")
            .arg(at.join("nats.conf"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|why| panic!("{program}: {why}; name a nats-server in CHANDLER_NATS_SERVER"));
        let ports = at.join(format!("nats-server_{}.ports", child.id()));
        let child = Child(child);
        let limit = Until::seconds(20);
        let url = loop {
            let text = std::fs::read_to_string(&ports).unwrap_or_default();
            if let Ok(ports) = text.parse::<serde_json::Value>()
                && let Some(url) = ports["nats"][0].as_str()
            {
                break url.to_owned();
            }
            limit.pause("the nats-server has a port").await;
        };
        Nats {
            url,
            _child: child,
            _dir: dir,
        }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// Whoever has a user has a password by the environment.
fn passwords() -> impl Iterator<Item = (&'static str, &'static str)> {
    let named = ROLES
        .split('$')
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_uppercase() && c != '_').next());
    named
        .filter(|name| name.ends_with("_PASSWORD"))
        .map(|name| (name, PASSWORD))
}

#[expect(clippy::disallowed_methods, reason = "tests/run names the server by the environment")]
fn program() -> String {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/bin/nats-server");
    let tools = tools.is_file().then(|| tools.to_str().unwrap().to_owned());
    let named = std::env::var("CHANDLER_NATS_SERVER").ok();
    named.or(tools).unwrap_or_else(|| "nats-server".into())
}
