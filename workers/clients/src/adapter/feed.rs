//! The three pipes of a run, served at the same time: a full pipe on one side must not stop the others.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};

/// The most bytes of stderr that are kept; the rest is read and dropped.
pub(super) const MAX_STDERR: usize = 64 * 1024;

/// What a run has written so far.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

/// Our ends of the pipes.
pub(super) struct Pipes {
    pub(super) stdin: Option<ChildStdin>,
    pub(super) stdout: Option<ChildStdout>,
    pub(super) stderr: Option<ChildStderr>,
}

/// Too much came on stdout.
pub(super) struct Overflow;

/// Writes `input` and collects into `heard` until both outputs are closed.
///
/// # Errors
/// [`Overflow`] at the first byte beyond `max`.
pub(super) async fn serve(pipes: Pipes, input: &[u8], heard: &mut Heard, max: usize) -> Result<(), Overflow> {
    let Heard { stdout, stderr } = heard;
    let feed = async {
        if let Some(mut pipe) = pipes.stdin {
            // An adapter may end, or close its input, without reading it: what counts is how it ends.
            let _ = write(&mut pipe, input).await;
        }
        Ok(())
    };
    let out = async {
        match pipes.stdout {
            Some(pipe) => collect(pipe, stdout, max).await,
            None => Ok(()),
        }
    };
    let err = async {
        if let Some(pipe) = pipes.stderr {
            drain(pipe, stderr).await;
        }
        Ok(())
    };
    tokio::try_join!(feed, out, err).map(|_| ())
}

async fn write(pipe: &mut ChildStdin, input: &[u8]) -> io::Result<()> {
    pipe.write_all(input).await?;
    pipe.shutdown().await
}

async fn collect(mut pipe: impl AsyncRead + Unpin, into: &mut Vec<u8>, max: usize) -> Result<(), Overflow> {
    loop {
        match pipe.read_buf(into).await {
            Ok(0) | Err(_) => return Ok(()),
            Ok(_) if into.len() > max => return Err(Overflow),
            Ok(_) => {}
        }
    }
}

async fn drain(mut pipe: impl AsyncRead + Unpin, into: &mut Vec<u8>) {
    let mut piece = vec![0; 8192];
    loop {
        match pipe.read(&mut piece).await {
            Ok(0) | Err(_) => return,
            Ok(n) => {
                let room = MAX_STDERR.saturating_sub(into.len());
                into.extend_from_slice(&piece[..n.min(room)]);
            }
        }
    }
}
