//! An IMAP server with just what Kontor's reader asks for (RFC 3501, RFC 2177): one folder, whose
//! mails come when the bench says so.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::ensure;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// The server; it ends with the runtime.
#[derive(Clone)]
pub struct Imap {
    pub port: u16,
    mails: Arc<Mutex<Vec<Vec<u8>>>>,
    /// How many mails there are.
    count: watch::Sender<usize>,
    /// Whether somebody idles and has been told of all there is.
    idle: watch::Sender<bool>,
}

impl Imap {
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let server = Self {
            port: listener.local_addr()?.port(),
            mails: Arc::default(),
            count: watch::Sender::new(0),
            idle: watch::Sender::new(false),
        };
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = accepting.clone();
                tokio::spawn(async move { server.serve(stream).await });
            }
        });
        Ok(server)
    }

    fn mails(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the reader idles.
    ///
    /// # Errors
    /// It does not within a minute.
    pub async fn wait_idle(&self) -> anyhow::Result<()> {
        let mut idle = self.idle.subscribe();
        let waited = tokio::time::timeout(Duration::from_secs(60), idle.wait_for(|idle| *idle));
        ensure!(waited.await.is_ok(), "the mailbox is not watched");
        Ok(())
    }

    /// A mail comes: who idles is told at once. Returns when.
    pub fn deliver(&self, raw: Vec<u8>) -> Instant {
        let mut mails = self.mails();
        mails.push(raw);
        let at = Instant::now();
        self.idle.send_replace(false);
        self.count.send_replace(mails.len());
        at
    }

    async fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let (reading, mut out) = stream.into_split();
        let mut lines = BufReader::new(reading).lines();
        out.write_all(b"* OK ready\r\n").await?;
        let mut known = 0;
        while let Some(line) = lines.next_line().await? {
            let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
            let upper = command.to_ascii_uppercase();
            let answer = if upper == "CAPABILITY" {
                "* CAPABILITY IMAP4rev1 IDLE\r\n".to_owned()
            } else if upper.starts_with("EXAMINE ") {
                known = self.mails().len();
                format!(
                    "* {known} EXISTS\r\n* OK [UIDVALIDITY 1] v\r\n* OK [UIDNEXT {}] n\r\n",
                    known + 1
                )
            } else if upper.starts_with("UID SEARCH ") {
                let uids: String = (1..=self.mails().len()).map(|n| format!(" {n}")).collect();
                format!("* SEARCH{uids}\r\n")
            } else if let Some(rest) = upper.strip_prefix("UID FETCH ") {
                let fetched = self.fetched(rest);
                out.write_all(&fetched).await?;
                String::new()
            } else if upper == "IDLE" {
                self.idle(&mut known, &mut lines, &mut out).await?;
                String::new()
            } else {
                String::new()
            };
            out.write_all(format!("{answer}{tag} OK done\r\n").as_bytes())
                .await?;
        }
        Ok(())
    }

    async fn idle(
        &self,
        known: &mut usize,
        lines: &mut Lines<BufReader<OwnedReadHalf>>,
        out: &mut OwnedWriteHalf,
    ) -> std::io::Result<()> {
        let mut count = self.count.subscribe();
        out.write_all(b"+ idling\r\n").await?;
        loop {
            let now = *count.borrow_and_update();
            if now > *known {
                *known = now;
                out.write_all(format!("* {now} EXISTS\r\n").as_bytes())
                    .await?;
            } else {
                self.idle.send_replace(true);
            }
            tokio::select! {
                // DONE, or the end.
                _ = lines.next_line() => {
                    self.idle.send_replace(false);
                    return Ok(());
                }
                _ = count.changed() => {}
            }
        }
    }

    /// The answer to `set what`; an item's number and UID are the same here.
    fn fetched(&self, rest: &str) -> Vec<u8> {
        let (set, what) = rest.split_once(' ').unwrap_or((rest, ""));
        let mails = self.mails();
        let number = |text: &str| match text {
            "*" => mails.len(),
            text => text.parse().unwrap_or(0),
        };
        let mut out = Vec::new();
        for part in set.split(',') {
            let (a, b) = part.split_once(':').unwrap_or((part, part));
            let (a, b) = (number(a), number(b));
            for uid in a.min(b).max(1)..=a.max(b).min(mails.len()) {
                let raw = &mails[uid - 1];
                if what.contains("RFC822.SIZE") {
                    out.extend(
                        format!(
                            "* {uid} FETCH (UID {uid} RFC822.SIZE {} INTERNALDATE \"22-Nov-2026 10:00:00 +0000\")\r\n",
                            raw.len()
                        )
                        .bytes(),
                    );
                } else {
                    out.extend(
                        format!("* {uid} FETCH (UID {uid} BODY[] {{{}}}\r\n", raw.len()).bytes(),
                    );
                    out.extend_from_slice(raw);
                    out.extend_from_slice(b")\r\n");
                }
            }
        }
        out
    }
}
