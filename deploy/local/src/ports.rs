//! Ports on the loopback.

use anyhow::Context as _;
use socket2::{Domain, Protocol, Socket, Type};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// Ports that were free a moment ago, all different.
pub(crate) fn free(count: usize) -> anyhow::Result<Vec<u16>> {
    let held: Vec<TcpListener> = (0..count)
        .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .collect::<Result<_, _>>()
        .context("no free port")?;
    held.iter().map(|held| Ok(held.local_addr()?.port())).collect()
}

/// Where a simulator listens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    /// The API, HTTPS.
    pub(crate) api: u16,
    /// The control API, HTTP.
    pub(crate) control: u16,
}

impl Ports {
    /// For `N` simulators.
    pub(crate) fn pairs<const N: usize>() -> anyhow::Result<[Ports; N]> {
        let free = free(2 * N)?;
        let (api, control) = free.split_at(N);
        Ok(std::array::from_fn(|at| Ports {
            api: api[at],
            control: control[at],
        }))
    }

    /// `https://host:port` of the API.
    pub(crate) fn url(self) -> String {
        format!("https://127.0.0.1:{}", self.api)
    }

    /// `http://host:port` of the control API.
    pub(crate) fn control(self) -> String {
        format!("http://127.0.0.1:{}", self.control)
    }
}

/// The port that all gateways share. It is held for as long as this lives, without listening, so that
/// nobody else gets it while a gateway is being started again.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The number.
    pub(crate) port: u16,
    _held: Socket,
}

impl Shared {
    /// Takes the port; 0 takes one that is free.
    pub(crate) fn take(port: u16) -> anyhow::Result<Shared> {
        let any = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        // Without SO_REUSEPORT this fails if anybody listens there, a gateway of another stack too:
        // the kernel would deal the platform's requests out to both.
        let probe = TcpListener::bind(any(port))
            .with_context(|| format!("port {port} can't be used; `--port N` takes another one, `--port 0` any"))?;
        let port = probe.local_addr()?.port();
        drop(probe);
        let held = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        held.set_reuse_port(true)?;
        held.set_reuse_address(true)?;
        held.bind(&any(port).into())
            .with_context(|| format!("port {port} was taken just now"))?;
        Ok(Shared { port, _held: held })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_somebody_listens_on_is_refused() {
        let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = other.local_addr().unwrap().port();
        let error = Shared::take(port).unwrap_err().to_string();
        assert!(error.contains(&format!("port {port}")), "{error}");
    }

    #[test]
    fn a_held_port_can_be_shared_but_not_taken() {
        let held = Shared::take(0).unwrap();
        assert!(Shared::take(held.port).is_ok(), "nobody listens yet");
        let gateway = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP)).unwrap();
        gateway.set_reuse_port(true).unwrap();
        gateway
            .bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, held.port)).into())
            .unwrap();
        gateway.listen(1).unwrap();
        assert!(Shared::take(held.port).is_err(), "another stack's gateway listens");
    }

    #[test]
    fn free_ports_differ() {
        let mut ports = free(20).unwrap();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 20);
    }
}
