//! What the commands share: where they listen, what they say, when they stop.

pub(crate) mod bosh;
pub(crate) mod cloud_controller;
pub(crate) mod credhub;
pub(crate) mod uaa;

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

/// Where a simulator listens, and where it leaves its authority.
#[derive(Debug, Args)]
pub(crate) struct Listen {
    /// Port of the server (HTTPS on 127.0.0.1); 0 = any.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Port of the control API (HTTP on 127.0.0.1); 0 = any.
    #[arg(long, default_value_t = 0)]
    control_port: u16,
    /// Where the CA certificate is written that clients have to trust (PEM).
    #[arg(long, value_name = "FILE")]
    ca_out: Option<PathBuf>,
}

impl Listen {
    fn addr(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    fn control_addr(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.control_port))
    }

    /// Writes the CA, then one line: who reads the line can use it.
    fn say(&self, name: &str, url: &str, control: &str, pem: &str) -> anyhow::Result<()> {
        if let Some(file) = &self.ca_out {
            std::fs::write(file, pem).with_context(|| format!("can't write {}", file.display()))?;
        }
        let line = serde_json::json!({name: url, "control": control, "ca": self.ca_out});
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}")?;
        out.flush()?;
        Ok(())
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()))
}

/// SIGTERM or Ctrl-C.
async fn wait_for_signal() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}
