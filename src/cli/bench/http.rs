//! The least client that can ask our own server for a page over one connection: a full one would
//! take more of the machine than the page that is measured.

use std::net::SocketAddr;

use anyhow::{Context, ensure};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// A connection that is kept (HTTP/1.1).
pub struct Client {
    stream: BufReader<TcpStream>,
    host: SocketAddr,
    cookie: String,
}

impl Client {
    /// Connects; `cookie` goes with every request.
    pub async fn connect(host: SocketAddr, cookie: String) -> std::io::Result<Self> {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
            host,
            cookie,
        })
    }

    /// The body of a page.
    ///
    /// # Errors
    /// The answer is not 200 or has no length; the connection is gone.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<Vec<u8>> {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAccept-Language: en\r\nCookie: {}\r\n\r\n",
            self.host, self.cookie
        );
        self.stream.write_all(request.as_bytes()).await?;
        let mut status = String::new();
        self.stream.read_line(&mut status).await?;
        let mut length = None;
        let mut line = String::new();
        loop {
            line.clear();
            ensure!(
                self.stream.read_line(&mut line).await? > 0,
                "{path}: the connection was closed"
            );
            let header = line.trim_end();
            if header.is_empty() {
                break;
            }
            if let Some((name, value)) = header.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse::<usize>().ok();
            }
        }
        ensure!(
            status.starts_with("HTTP/1.1 200 "),
            "{path}: the server answered {}",
            status.trim_end()
        );
        let mut body = vec![0; length.with_context(|| format!("{path}: no content length"))?];
        self.stream.read_exact(&mut body).await?;
        Ok(body)
    }
}
