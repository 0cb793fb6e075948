//! The two outputs of a run, served at the same time: a full pipe on one side must not stop the other.

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{ChildStderr, ChildStdout};

/// The most bytes of stderr that are kept; the rest is read and dropped.
pub(super) const MAX_STDERR: usize = 64 * 1024;

/// What a run has written so far.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

/// Too much came on stdout.
pub(super) struct Overflow;

/// Collects into `heard` until both outputs are closed.
///
/// # Errors
/// [`Overflow`] at the first byte beyond `max`.
pub(super) async fn serve(
    from_stdout: Option<ChildStdout>,
    from_stderr: Option<ChildStderr>,
    heard: &mut Heard,
    max: usize,
) -> Result<(), Overflow> {
    let Heard { stdout, stderr } = heard;
    let out = async {
        match from_stdout {
            Some(pipe) => collect(pipe, stdout, max).await,
            None => Ok(()),
        }
    };
    let err = async {
        if let Some(pipe) = from_stderr {
            drain(pipe, stderr).await;
        }
        Ok(())
    };
    tokio::try_join!(out, err).map(|_| ())
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
