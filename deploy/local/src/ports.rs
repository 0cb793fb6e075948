//! Ports on the loopback.

use anyhow::{Context as _, bail, ensure};
use socket2::{Domain, Protocol, Socket, Type};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// Blocks lie below the ports that the kernel gives out by itself: no connection of anybody can be in the way.
const FROM: u16 = 10_240;
/// See [`FROM`].
const TO: u16 = 32_640;
/// Ports in a block: more than nine copies of everything need.
const SIZE: u16 = 128;
/// So many blocks are tried.
const TRIES: u32 = 200;

/// Ports that are ours for as long as this lives: no other stack takes them, nor was anybody there.
#[derive(Debug)]
pub(crate) struct Block {
    next: u16,
    end: u16,
    /// The first one is held, which marks the block as taken.
    _mark: TcpListener,
}

impl Block {
    /// Takes a block where nobody listens.
    pub(crate) fn take() -> anyhow::Result<Block> {
        for _ in 0..TRIES {
            let from = FROM + SIZE * rand::random_range(0..(TO - FROM) / SIZE);
            let listen = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
            let Ok(mark) = listen(from) else { continue };
            let (next, end) = (from + 1, from + SIZE);
            if (next..end).all(|port| listen(port).is_ok()) {
                return Ok(Block { next, end, _mark: mark });
            }
        }
        bail!("no {SIZE} free ports side by side between {FROM} and {TO}")
    }

    /// The next ports of the block.
    pub(crate) fn free(&mut self, count: usize) -> anyhow::Result<Vec<u16>> {
        let ports: Vec<u16> = (self.next..self.end).take(count).collect();
        ensure!(ports.len() == count, "the {SIZE} ports of this run are used up");
        self.next += u16::try_from(count)?;
        Ok(ports)
    }
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
    pub(crate) fn pairs<const N: usize>(block: &mut Block) -> anyhow::Result<[Ports; N]> {
        let free = block.free(2 * N)?;
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
    use chandler_proto::step::Worker;

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
    fn no_two_stacks_have_a_port_in_common() {
        let mut blocks: Vec<Block> = (0..12).map(|_| Block::take().unwrap()).collect();
        let mut ports: Vec<u16> = blocks.iter_mut().flat_map(|it| it.free(100).unwrap()).collect();
        let count = ports.len();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!((ports.len(), count), (1_200, 1_200));
        let given_by_the_kernel = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        assert!(given_by_the_kernel.local_addr().unwrap().port() > TO);
        let most = (1 + Worker::ALL.len()) * 9 + 3 * 3 + 2 * 6;
        assert!(
            most < usize::from(SIZE),
            "nine copies of everything, a cluster, simulators"
        );
        assert!(blocks[0].free(28).is_err());
    }
}
