//! An IMAP server as small as it can be, that also misbehaves on demand.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use super::PASSWORD;

/// A mail in the folder.
#[derive(Clone)]
pub struct Stored {
    pub uid: u32,
    pub raw: Vec<u8>,
    /// What the server says of its size; the truth where none.
    pub claims: Option<u64>,
    /// What goes wrong when it is fetched.
    pub fault: Fault,
    /// When the server got it.
    pub arrived: String,
}

/// What goes wrong with a mail.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Fault {
    #[default]
    None,
    /// The connection is cut in the middle of its bytes.
    Cut,
    /// The connection is cut in the middle of its bytes the first time only.
    CutOnce,
    /// `NO` to the whole command; what stands before it is given.
    Refused,
    /// NIL instead of a body.
    Nil,
    /// Left out, and `OK` all the same.
    Forgotten,
    /// An answer no parser understands.
    Garbled,
}

impl Stored {
    pub fn new(uid: u32, raw: Vec<u8>) -> Self {
        Self {
            uid,
            raw,
            claims: None,
            fault: Fault::None,
            arrived: days_ago(0),
        }
    }

    /// A mail that came so many days ago.
    pub fn old(uid: u32, raw: Vec<u8>, days: i64) -> Self {
        Self {
            arrived: days_ago(days),
            ..Self::new(uid, raw)
        }
    }
}

/// What the server has and how it behaves.
#[derive(Clone)]
pub struct Behaviour {
    pub greeting: Vec<u8>,
    pub password: String,
    /// Takes this token by XOAUTH2, and no password.
    pub token: Option<String>,
    pub folder: String,
    pub uidvalidity: u32,
    pub mails: Vec<Stored>,
    /// Sent instead of an answer to EXAMINE, without end.
    pub endless: bool,
    pub idle: bool,
    /// IDLE is hung up on after so many milliseconds.
    pub drops_idle: Option<u64>,
    /// The number the next mail gets, where it is not the one after the highest.
    pub uidnext: Option<u32>,
    /// How long each batch of bodies takes, in milliseconds.
    pub slow: u64,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            greeting: b"* OK ready\r\n".to_vec(),
            password: PASSWORD.into(),
            token: None,
            folder: "INBOX".into(),
            uidvalidity: 7,
            mails: Vec::new(),
            endless: false,
            idle: true,
            drops_idle: None,
            uidnext: None,
            slow: 0,
        }
    }
}

/// The server; it ends with the test's runtime.
#[derive(Clone)]
pub struct FakeImap {
    pub port: u16,
    behaviour: Arc<Mutex<Behaviour>>,
    changed: watch::Sender<u32>,
    /// Everything clients said.
    pub said: Arc<Mutex<Vec<String>>>,
}

impl FakeImap {
    pub async fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let server = Self {
            port: listener.local_addr().expect("an address").port(),
            behaviour: Arc::new(Mutex::new(behaviour)),
            changed: watch::Sender::new(0),
            said: Arc::default(),
        };
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = accepting.clone();
                tokio::spawn(async move {
                    let _ = server.serve(stream).await;
                });
            }
        });
        server
    }

    /// Changes what the server has or does; who idles is told.
    pub fn change(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.behaviour.lock().expect("the behaviour"));
        self.changed.send_modify(|n| *n += 1);
    }

    pub fn deliver(&self, uid: u32, raw: Vec<u8>) {
        self.change(|b| b.mails.push(Stored::new(uid, raw)));
    }

    /// How often clients said something that holds these words.
    pub fn heard(&self, words: &str) -> usize {
        let said = self.said.lock().expect("what was said");
        said.iter().filter(|line| line.contains(words)).count()
    }

    fn now(&self) -> Behaviour {
        self.behaviour.lock().expect("the behaviour").clone()
    }

    async fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let (reading, mut out) = stream.into_split();
        let mut lines = BufReader::new(reading.take(10_000_000)).lines();
        out.write_all(&self.now().greeting).await?;
        // How many mails this client was told of.
        let mut known = 0;
        while let Some(line) = lines.next_line().await? {
            self.said.lock().expect("what was said").push(line.clone());
            let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
            let upper = command.to_ascii_uppercase();
            let b = self.now();
            if upper == "AUTHENTICATE XOAUTH2" {
                out.write_all(b"+ \r\n").await?;
                let said = lines.next_line().await?.unwrap_or_default();
                if super::oauth::is_token(&said, b.token.as_deref()) {
                    out.write_all(format!("{tag} OK in\r\n").as_bytes()).await?;
                } else {
                    // The complaint comes as a challenge; an empty line asks for the end of it.
                    out.write_all(b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n").await?;
                    lines.next_line().await?;
                    let no = format!("{tag} NO [AUTHENTICATIONFAILED] Invalid credentials\r\n");
                    out.write_all(no.as_bytes()).await?;
                }
            } else if upper.starts_with("LOGIN ") {
                if command.ends_with(&format!("\"{}\"", b.password)) {
                    out.write_all(format!("{tag} OK in\r\n").as_bytes()).await?;
                } else {
                    let no = format!("{tag} NO [AUTHENTICATIONFAILED] Wrong \"password\"\r\n");
                    out.write_all(no.as_bytes()).await?;
                }
            } else if upper == "CAPABILITY" {
                let idle = if b.idle { " IDLE" } else { "" };
                let all = format!("* CAPABILITY IMAP4rev1{idle}\r\n{tag} OK done\r\n");
                out.write_all(all.as_bytes()).await?;
            } else if upper.starts_with("UID STORE ") {
                out.write_all(format!("{tag} OK done\r\n").as_bytes())
                    .await?;
            } else if upper.starts_with("EXAMINE ") || upper.starts_with("SELECT ") {
                if b.endless {
                    let noise = [b'x'; 65536];
                    out.write_all(b"* OK ").await?;
                    for _ in 0..1_000 {
                        out.write_all(&noise).await?;
                    }
                    return Ok(());
                }
                let name = command.split_once(' ').map_or("", |(_, name)| name);
                if name.trim_matches('"') != b.folder {
                    let no = format!("{tag} NO [NONEXISTENT] No such folder\r\n");
                    out.write_all(no.as_bytes()).await?;
                    continue;
                }
                known = b.mails.len();
                let next = b.mails.iter().map(|m| m.uid + 1).max().unwrap_or(1);
                let next = b.uidnext.unwrap_or(next);
                let opened = format!(
                    "* {} EXISTS\r\n* OK [UIDVALIDITY {}] v\r\n* OK [UIDNEXT {next}] n\r\n{tag} OK [READ-ONLY] opened\r\n",
                    b.mails.len(),
                    b.uidvalidity,
                );
                out.write_all(opened.as_bytes()).await?;
            } else if let Some(rest) = upper.strip_prefix("UID SEARCH UID ") {
                let (set, since) = rest.split_once(" SINCE ").unwrap_or((rest, ""));
                let uids: Vec<String> = b
                    .mails
                    .iter()
                    .filter(|m| in_set(set, m.uid, &b.mails))
                    .filter(|m| since.is_empty() || day(&m.arrived) >= day(since))
                    .map(|m| m.uid.to_string())
                    .collect();
                let found = format!("* SEARCH {}\r\n{tag} OK done\r\n", uids.join(" "));
                out.write_all(found.trim_start().as_bytes()).await?;
            } else if let Some(rest) = upper.strip_prefix("UID FETCH ") {
                let (set, what) = rest.split_once(' ').unwrap_or((rest, ""));
                let bodies = what.contains("BODY.PEEK[]");
                if bodies && b.slow > 0 {
                    tokio::time::sleep(Duration::from_millis(b.slow)).await;
                }
                let mut refused = false;
                for (number, mail) in b.mails.iter().enumerate() {
                    if !in_set(set, mail.uid, &b.mails) {
                        continue;
                    }
                    let (number, uid) = (number + 1, mail.uid);
                    match mail.fault {
                        Fault::Cut | Fault::CutOnce if bodies => {
                            let answer = fetched(number, mail, what);
                            out.write_all(&answer[..answer.len() / 2]).await?;
                            if mail.fault == Fault::CutOnce {
                                let of = |m: &&mut Stored| m.uid == uid;
                                let mut b = self.behaviour.lock().expect("the behaviour");
                                b.mails.iter_mut().find(of).expect("it").fault = Fault::None;
                            }
                            return Ok(());
                        }
                        Fault::Refused if bodies => {
                            refused = true;
                            break;
                        }
                        Fault::Nil if bodies => {
                            let nil = format!("* {number} FETCH (UID {uid} BODY[] NIL)\r\n");
                            out.write_all(nil.as_bytes()).await?;
                        }
                        Fault::Forgotten if bodies => {}
                        Fault::Garbled if bodies => {
                            out.write_all(b"* 1 FETCH ((((UID x\r\n").await?;
                        }
                        _ => out.write_all(&fetched(number, mail, what)).await?,
                    }
                }
                if refused {
                    let no = format!("{tag} NO [SERVERBUG] Input/output error\r\n");
                    out.write_all(no.as_bytes()).await?;
                    continue;
                }
                let count = self.now().mails.len();
                if count > known {
                    known = count;
                    out.write_all(format!("* {count} EXISTS\r\n").as_bytes())
                        .await?;
                }
                out.write_all(format!("{tag} OK done\r\n").as_bytes())
                    .await?;
            } else if upper == "IDLE" {
                let mut changed = self.changed.subscribe();
                out.write_all(b"+ idling\r\n").await?;
                loop {
                    let count = self.now().mails.len();
                    if count > known {
                        known = count;
                        out.write_all(format!("* {count} EXISTS\r\n").as_bytes())
                            .await?;
                    }
                    tokio::select! {
                        done = lines.next_line() => {
                            if done?.is_none() { return Ok(()); }
                            break;
                        }
                        _ = changed.changed() => {}
                        () = drop_after(b.drops_idle) => return Ok(()),
                    }
                }
                out.write_all(format!("{tag} OK done\r\n").as_bytes())
                    .await?;
            } else {
                out.write_all(format!("{tag} BAD what\r\n").as_bytes())
                    .await?;
            }
        }
        Ok(())
    }
}

async fn drop_after(ms: Option<u64>) {
    match ms {
        Some(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
        None => std::future::pending().await,
    }
}

/// A date as IMAP writes it.
fn days_ago(days: i64) -> String {
    let then = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days);
    then.strftime("%d-%b-%Y %H:%M:%S +0000").to_string()
}

/// A day that can be compared, of `22-Nov-2026` and what may stand behind it.
fn day(text: &str) -> (u32, usize, u32) {
    const MONTHS: &str = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
    let number = |text: &str| text.trim().parse().unwrap_or(0);
    let month = text.get(3..6).unwrap_or("").to_ascii_uppercase();
    (
        number(text.get(7..11).unwrap_or("")),
        MONTHS.find(&month).unwrap_or(0),
        number(text.get(..2).unwrap_or("")),
    )
}

fn in_set(set: &str, uid: u32, mails: &[Stored]) -> bool {
    let last = mails.iter().map(|m| m.uid).max().unwrap_or(0);
    let number = |text: &str| match text {
        "*" => last,
        text => text.parse().unwrap_or(0),
    };
    set.split(',').any(|part| {
        let (a, b) = part.split_once(':').unwrap_or((part, part));
        let (a, b) = (number(a), number(b));
        (a.min(b)..=a.max(b)).contains(&uid)
    })
}

fn fetched(number: usize, mail: &Stored, what: &str) -> Vec<u8> {
    let uid = mail.uid;
    if what.contains("RFC822.SIZE") {
        let size = mail.claims.unwrap_or(mail.raw.len() as u64);
        return format!(
            "* {number} FETCH (UID {uid} RFC822.SIZE {size} INTERNALDATE \"{}\")\r\n",
            mail.arrived
        )
        .into_bytes();
    }
    let (name, body) = if what.contains("HEADER") {
        let end = mail.raw.windows(4).position(|w| w == b"\r\n\r\n");
        (
            "BODY[HEADER]<0>",
            &mail.raw[..end.map_or(mail.raw.len(), |at| at + 4)],
        )
    } else {
        ("BODY[]", mail.raw.as_slice())
    };
    let mut out = format!("* {number} FETCH (UID {uid} {name} {{{}}}\r\n", body.len()).into_bytes();
    out.extend_from_slice(body);
    out.extend_from_slice(b")\r\n");
    out
}
