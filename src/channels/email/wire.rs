//! A connection to a mail server, plain or encrypted, that reads no more than it was allowed to:
//! a server that sends an endless line costs a bounded amount of memory.

use std::{
    fmt, io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

/// What a server may send before we ask for the next thing, in bytes.
pub const SMALL: u64 = 1024 * 1024;

/// The end of a mail in SMTP (RFC 5321, section 4.1.1.4).
const END_OF_MAIL: &[u8] = b"\r\n.\r\n";

/// The stream itself.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// What the owner of a connection sees and sets while somebody else reads from it.
#[derive(Clone, Debug, Default)]
pub struct Gauge {
    budget: Arc<AtomicU64>,
    ended: Arc<AtomicBool>,
}

impl Gauge {
    /// Allows `bytes` more from now on; what was left is forgotten.
    pub fn allow(&self, bytes: u64) {
        self.budget.store(bytes, Ordering::Relaxed);
    }

    /// Whether the end of a mail was handed to the system since [`Gauge::begin_mail`]: from then on
    /// the server may have taken the mail.
    pub fn mail_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// A mail is about to be sent.
    pub fn begin_mail(&self) {
        self.ended.store(false, Ordering::Relaxed);
    }
}

/// The connection.
pub struct Wire {
    stream: Stream,
    peer: SocketAddr,
    gauge: Gauge,
    /// Read before anything else: see [`Wire::with_greeting`].
    ahead: &'static [u8],
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tls = matches!(self.stream, Stream::Tls(_));
        f.debug_struct("Wire")
            .field("peer", &self.peer)
            .field("tls", &tls)
            .finish_non_exhaustive()
    }
}

impl Wire {
    pub(super) fn new(stream: Stream, peer: SocketAddr) -> Self {
        let gauge = Gauge::default();
        gauge.allow(SMALL);
        Self {
            stream,
            peer,
            gauge,
            ahead: b"",
        }
    }

    /// The gauge of this connection.
    pub fn gauge(&self) -> Gauge {
        self.gauge.clone()
    }

    /// Lets the reader see `greeting` first: the real one was read already, and what uses the
    /// connection from here on expects one.
    pub fn with_greeting(mut self, greeting: &'static [u8]) -> Self {
        self.ahead = greeting;
        self
    }

    /// The TCP stream inside, where nothing is encrypted yet.
    pub(super) fn into_plain(self) -> Option<TcpStream> {
        match self.stream {
            Stream::Plain(stream) => Some(stream),
            Stream::Tls(_) => None,
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.ahead.is_empty() {
            let (now, later) = this.ahead.split_at(this.ahead.len().min(buf.remaining()));
            buf.put_slice(now);
            this.ahead = later;
            return Poll::Ready(Ok(()));
        }
        let left = this.gauge.budget.load(Ordering::Relaxed);
        if left == 0 {
            return Poll::Ready(Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the server sends more than was asked for",
            )));
        }
        let before = buf.filled().len();
        let done = match &mut this.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, buf),
        };
        let read = (buf.filled().len() - before) as u64;
        this.gauge
            .budget
            .store(left.saturating_sub(read), Ordering::Relaxed);
        done
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        // lettre writes the end of a mail by itself. Noted before it is tried: what failed half-way
        // may have arrived.
        if bytes == END_OF_MAIL {
            this.gauge.ended.store(true, Ordering::Relaxed);
        }
        match &mut this.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Stream::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}
