//! How our own programs are started.

use crate::ports::Ports;
use crate::state::State;
use crate::supervise::{Program, Tier};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where they are.
#[derive(Debug, Clone)]
pub(crate) struct Programs {
    /// The directory that cargo builds into.
    pub(crate) dir: PathBuf,
}

/// A program with an admin port.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    /// How it is started.
    pub(crate) program: Program,
    /// `http://host:port` of its health and metrics.
    pub(crate) admin: String,
}

impl Programs {
    /// The program of this name.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Copies of a gateway or worker, one for each admin port.
    pub(crate) fn copies(
        &self,
        state: &State,
        kind: &str,
        ports: &[u16],
        config: &Path,
        more: &[OsString],
        env: &[(String, String)],
    ) -> Vec<Served> {
        let copies = ports.iter().enumerate().map(|(at, port)| {
            let name = if ports.len() == 1 {
                kind.to_owned()
            } else {
                format!("{kind}-{}", at + 1)
            };
            let admin = format!("127.0.0.1:{port}");
            let mut arguments: Vec<OsString> = vec!["--config".into(), config.into()];
            arguments.extend(["--admin-addr".into(), admin.clone().into()]);
            arguments.extend(["--log".into(), "human".into()]);
            arguments.extend_from_slice(more);
            let program = Program {
                log: state.log(&name),
                name,
                tier: Tier::Broker,
                program: self.path(&format!("chandler-{kind}")),
                arguments,
                env: env.to_vec(),
                survives_restart: true,
            };
            Served {
                program,
                admin: format!("http://{admin}"),
            }
        });
        copies.collect()
    }

    /// A simulator: `name` is ours, `kind` the program's. What it knows, its certificate too, lives in its memory.
    pub(crate) fn simulator(&self, state: &State, name: &str, kind: &str, ports: Ports, more: &[OsString]) -> Program {
        let flags = [
            ("--port", OsString::from(ports.api.to_string())),
            ("--control-port", ports.control.to_string().into()),
            ("--ca-out", state.ca(name).into()),
        ];
        let mut arguments = vec![OsString::from(kind)];
        for (flag, value) in flags {
            arguments.extend([flag.into(), value]);
        }
        arguments.extend_from_slice(more);
        Program {
            name: name.to_owned(),
            tier: Tier::Simulators,
            program: self.path("chandler-simulators"),
            arguments,
            env: Vec::new(),
            log: state.log(name),
            survives_restart: false,
        }
    }
}

/// A password that no reader takes for a number.
pub(crate) fn password() -> String {
    format!("p{}", uuid::Uuid::new_v4().simple())
}
