//! Somebody speaks plain HTTP to the port of HTTPS: an answer that names the mistake is of more use than a broken
//! connection.
use std::{io, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

const ANSWER: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 48\r\n\
    Connection: close\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
/// So much of a request is read, and for so long, that the answer isn't lost with what is left unread.
const MOST: u64 = 256 * 1024;
const LINGER: Duration = Duration::from_secs(2);

/// Whether the first byte is that of a method's name. TLS begins with 0x16.
pub(crate) async fn is_plain(stream: &TcpStream) -> io::Result<bool> {
    let mut first = [0];
    let read = stream.peek(&mut first).await?;
    Ok(read == 1 && first[0].is_ascii_alphabetic())
}

/// Says so and closes.
pub(crate) async fn turn_away(mut stream: TcpStream) {
    let said = async {
        stream.write_all(ANSWER).await?;
        stream.shutdown().await?;
        tokio::io::copy(&mut (&mut stream).take(MOST), &mut tokio::io::sink()).await
    };
    let _ = timeout(LINGER, said).await;
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_length_is_right() {
        let text = std::str::from_utf8(super::ANSWER).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(&format!("Content-Length: {}\r\n", body.len())),
            "{text:?}"
        );
    }
}
