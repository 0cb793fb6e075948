//! A client that closes its sending side may still want its answer, or may have hung up: the two look alike. So the end
//! of what it sends is told a moment later while an answer is owed. What is answered by then is answered; what takes
//! longer, a bind that somebody waits for, learns that nobody does any more.
use std::{
    future::Future as _,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// An I/O that tells its end `patience` later when nothing was written since the last byte was read.
pub(crate) struct HalfClose<T> {
    inner: T,
    patience: Duration,
    /// Something was read, and nothing written since.
    owed: bool,
    ended: Option<Pin<Box<Sleep>>>,
}

impl<T> HalfClose<T> {
    pub(crate) fn new(inner: T, patience: Duration) -> Self {
        HalfClose {
            inner,
            patience,
            owed: false,
            ended: None,
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for HalfClose<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let it = &mut *self;
        if it.ended.is_none() {
            let before = buffer.filled().len();
            ready!(Pin::new(&mut it.inner).poll_read(cx, buffer))?;
            if buffer.filled().len() > before || buffer.remaining() == 0 {
                it.owed = true;
                return Poll::Ready(Ok(()));
            }
        }
        let patience = it.patience;
        let ended = it.ended.get_or_insert_with(|| Box::pin(sleep(patience)));
        if it.owed {
            ready!(ended.as_mut().poll(cx));
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for HalfClose<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.owed = false;
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.owed = false;
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }
    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _, duplex},
        time::Instant,
    };

    const PATIENCE: Duration = Duration::from_secs(2);

    #[tokio::test(start_paused = true)]
    async fn the_end_is_told_later_only_while_an_answer_is_owed() {
        for (answered, late) in [(false, PATIENCE), (true, Duration::ZERO)] {
            let (mut far, near) = duplex(64);
            let mut near = HalfClose::new(near, PATIENCE);
            far.write_all(b"x").await.unwrap();
            assert_eq!(near.read_u8().await.unwrap(), b'x');
            far.shutdown().await.unwrap();
            if answered {
                near.write_all(b"y").await.unwrap();
            }
            let began = Instant::now();
            assert_eq!(near.read(&mut [0]).await.unwrap(), 0);
            assert_eq!(began.elapsed().as_secs(), late.as_secs());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_within_that_time_arrives() {
        let (mut far, near) = duplex(64);
        let mut near = HalfClose::new(near, PATIENCE);
        far.write_all(b"x").await.unwrap();
        far.shutdown().await.unwrap();
        near.read_u8().await.unwrap();
        assert!(tokio::time::timeout(PATIENCE / 2, near.read(&mut [0])).await.is_err());
        near.write_all(b"y").await.unwrap();
        assert_eq!(near.read(&mut [0]).await.unwrap(), 0, "and then it ends at once");
        assert_eq!(far.read_u8().await.unwrap(), b'y');
    }
}
