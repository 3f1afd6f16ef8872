//! An SMTP server as small as it can be, that also misbehaves on demand.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// How the server behaves.
#[derive(Clone, Debug, Default)]
pub struct Behaviour {
    /// Instead of the usual greeting.
    pub greeting: Option<Vec<u8>>,
    /// The reply to a command (`AUTH`, `MAIL`, `RCPT`, `DATA`, and `.` for the end of the mail).
    pub reply: Option<(&'static str, &'static str)>,
    /// The same as bytes, as they are.
    pub bytes: Option<(&'static str, Vec<u8>)>,
    /// Hangs up instead of replying to this command.
    pub cut: Option<&'static str>,
    /// Takes this token by XOAUTH2, and nothing else.
    pub token: Option<String>,
    /// Hangs up after so many lines of the mail's text.
    pub cut_in_text: Option<usize>,
}

/// The server; it ends with the test's runtime.
#[derive(Clone)]
pub struct FakeSmtp {
    pub port: u16,
    behaviour: Arc<Mutex<Behaviour>>,
    /// The mails it has, whether or not it said so.
    pub mails: Arc<Mutex<Vec<String>>>,
    /// How many connections there were.
    pub connections: Arc<Mutex<usize>>,
}

impl FakeSmtp {
    pub async fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let server = Self {
            port: listener.local_addr().expect("an address").port(),
            behaviour: Arc::new(Mutex::new(behaviour)),
            mails: Arc::default(),
            connections: Arc::default(),
        };
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *accepting.connections.lock().expect("the count") += 1;
                let server = accepting.clone();
                tokio::spawn(async move {
                    let _ = server.serve(stream).await;
                });
            }
        });
        server
    }

    pub fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().expect("the behaviour") = behaviour;
    }

    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().expect("the mails").clone()
    }

    async fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let now = || self.behaviour.lock().expect("the behaviour").clone();
        let (reading, mut out) = stream.into_split();
        let mut lines = BufReader::new(reading.take(50_000_000)).lines();
        let usual = || b"220-hello\r\n220 fake\r\n".to_vec();
        out.write_all(&now().greeting.unwrap_or_else(usual)).await?;
        while let Some(line) = lines.next_line().await? {
            let word: String = line.chars().take_while(char::is_ascii_alphabetic).collect();
            let word = word.to_ascii_uppercase();
            let b = now();
            if b.cut == Some(word.as_str()) {
                return Ok(());
            }
            if let (true, Some(said)) = (b.token.is_some(), line.strip_prefix("AUTH XOAUTH2 "))
                && !super::oauth::is_token(said, b.token.as_deref())
            {
                out.write_all(b"334 eyJzdGF0dXMiOiI0MDAifQ==\r\n").await?;
                lines.next_line().await?;
                out.write_all(b"535 5.7.8 not accepted\r\n").await?;
                continue;
            }
            let usual = match word.as_str() {
                "EHLO" if b.token.is_some() => "250-fake\r\n250 AUTH XOAUTH2",
                "EHLO" => "250-fake\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
                "AUTH" => "235 in",
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                _ => "250 fine",
            };
            let reply = match b.reply {
                Some((at, reply)) if at == word => reply,
                _ => usual,
            };
            if let Some((_, bytes)) = b.bytes.as_ref().filter(|(at, _)| *at == word) {
                out.write_all(bytes).await?;
                continue;
            }
            out.write_all(format!("{reply}\r\n").as_bytes()).await?;
            if word == "QUIT" {
                return Ok(());
            }
            if word == "DATA" && reply.starts_with("354") {
                let mut text = String::new();
                let mut count = 0;
                loop {
                    if b.cut_in_text == Some(count) {
                        return Ok(());
                    }
                    count += 1;
                    match lines.next_line().await? {
                        None => return Ok(()),
                        Some(line) if line == "." => break,
                        Some(line) => {
                            text.push_str(line.strip_prefix('.').unwrap_or(&line));
                            text.push('\n');
                        }
                    }
                }
                if let Some((_, bytes)) = b.bytes.as_ref().filter(|(at, _)| *at == ".") {
                    out.write_all(bytes).await?;
                    continue;
                }
                let reply = match b.reply {
                    Some((".", reply)) => reply,
                    _ => "250 queued",
                };
                if reply.starts_with("250") {
                    self.mails.lock().expect("the mails").push(text);
                }
                if b.cut == Some(".") {
                    return Ok(());
                }
                out.write_all(format!("{reply}\r\n").as_bytes()).await?;
            }
        }
        Ok(())
    }
}
