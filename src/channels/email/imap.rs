//! An IMAP session that only looks: it opens the folder read-only (EXAMINE), fetches with
//! `BODY.PEEK`, and so leaves every mail as unread as it was; unless the merchant wants what is
//! filed to be marked as read.

use std::time::Duration;

use async_imap::{
    Client, Session,
    imap_proto::{AttributeValue, MailboxDatum, Response, Status},
};
use tokio::time::timeout;

use super::{
    dial::{Protocol, dial},
    failure::{Failure, Problem, Step, imap_words},
    presets,
    settings::Mailbox,
    wire::{Gauge, SMALL, Wire},
};

/// How long a short command may take.
const COMMAND: Duration = Duration::from_secs(60);
/// What a listing of many mails may take: 100 bytes a mail, half a million mails.
const LISTING: u64 = 64 * 1024 * 1024;
/// Bodies come with at least this many bytes a second, or not at all.
const SLOWEST: u64 = 16 * 1024;
/// IDLE is renewed before the server (29 minutes, RFC 2177) or a router in between (often no more
/// than ten) forgets the connection.
const RENEW: Duration = Duration::from_secs(9 * 60);
/// How often a server without IDLE is asked.
const POLL: Duration = Duration::from_secs(30);
/// How much of a header is kept of a mail that cannot be fetched whole.
const HEADER: u64 = 256 * 1024;
/// How many mails one search is about, on average: an answer without bound would be one line of
/// megabytes.
const SEARCH: u64 = 10_000;

/// The folder as it was opened.
#[derive(Clone, Copy, Debug)]
pub struct Folder {
    /// Changes when the server numbers its mails anew (RFC 9051, section 2.3.1.1).
    pub uidvalidity: u32,
    /// The number the next mail will get, where the server says so.
    pub uidnext: Option<u32>,
    /// How many mails lie in it.
    pub exists: u32,
}

/// A mail in a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its number.
    pub uid: u32,
    /// Its size in bytes, as the server has it.
    pub size: u64,
    /// When the server got it, in unix milliseconds; 0 where it does not say.
    pub arrived: i64,
}

/// A signed-in session.
pub struct Imap {
    session: Session<Wire>,
    gauge: Gauge,
    idle: bool,
    /// Something came in since the last listing.
    news: bool,
}

/// Why a command did not do.
#[derive(Debug)]
pub enum Trouble {
    /// `NO` or `BAD`, with the server's words.
    Refused(String),
    /// The connection is of no use any more.
    Broken(Failure),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Broken(failure)
    }
}

/// The next answer of a session, whose type has no public name.
macro_rules! answer {
    ($session:expr) => {
        match $session.read_response().await {
            Ok(Some(answer)) => answer,
            Ok(None) => {
                let lost = Failure::new(Step::ImapRead, Problem::Lost, "the server hung up");
                return Err(lost.into());
            }
            Err(error) => return Err(read_failure(Step::ImapRead, &error).into()),
        }
    };
}

impl Trouble {
    fn into_failure(self, step: Step, problem: Problem) -> Failure {
        match self {
            Self::Refused(words) => Failure::new(step, problem, words),
            Self::Broken(failure) => failure,
        }
    }
}

fn failure(step: Step, problem: Problem, error: &async_imap::error::Error) -> Failure {
    use async_imap::error::Error as E;
    match error {
        E::Io(io) => read_failure(step, io),
        E::ConnectionLost => Failure::new(step, Problem::Lost, "the server hung up"),
        E::No(_) => Failure::new(step, problem, imap_words(error)),
        E::Bad(_) | E::Parse(_) => Failure::new(step, Problem::Protocol, imap_words(error)),
        _ => Failure::new(step, problem, imap_words(error)),
    }
}

/// A failure to read. The parser's own errors repeat what they could not parse, which may be a
/// customer's mail: that is left out.
fn read_failure(step: Step, error: &std::io::Error) -> Failure {
    let text = error.to_string();
    if text.contains("during parsing of") {
        let words = "the server's answer cannot be understood";
        return Failure::new(step, Problem::Protocol, words);
    }
    Failure::io(step, error)
}

impl Imap {
    /// Connects and signs in.
    ///
    /// # Errors
    /// What is wrong, by step and kind.
    pub async fn connect(mailbox: &Mailbox) -> Result<Self, Failure> {
        let wire = dial(Protocol::Imap, &mailbox.settings.imap()).await?;
        Self::sign_in(wire, mailbox).await
    }

    /// Signs in on a connection that was greeted already.
    ///
    /// # Errors
    /// What is wrong, by step and kind.
    pub async fn sign_in(wire: Wire, mailbox: &Mailbox) -> Result<Self, Failure> {
        let step = Step::ImapLogin;
        let gauge = wire.gauge();
        gauge.allow(SMALL);
        let (user, password) = (&mailbox.settings.imap_user, &mailbox.secrets.imap_password);
        let client = Client::new(wire);
        let plain = |text: &str| text.bytes().all(|b| (0x20..0x7f).contains(&b));
        let login = async {
            if let Some(token) = &mailbox.token {
                let said = format!("user={user}\x01auth=Bearer {token}\x01\x01");
                return client.authenticate("XOAUTH2", Xoauth2(Some(said))).await;
            }
            // LOGIN is for ASCII (RFC 3501, section 6.2.3); everything else goes by SASL.
            if plain(user) && plain(password) {
                client.login(user, password).await
            } else {
                client
                    .authenticate("PLAIN", Sasl(format!("\0{user}\0{password}")))
                    .await
            }
        };
        let session = match timeout(COMMAND, login).await {
            Err(_) => return Err(Failure::new(step, Problem::Timeout, "no answer to LOGIN")),
            Ok(Err((error, _))) => {
                if mailbox.token.is_some() {
                    return Err(failure(step, Problem::TokenRefused, &error));
                }
                let failure = failure(step, Problem::Login, &error);
                return Err(presets::explain(failure, &mailbox.settings.imap_host));
            }
            Ok(Ok(session)) => session,
        };
        let mut imap = Self {
            session,
            gauge,
            idle: false,
            news: false,
        };
        imap.greet().await?;
        Ok(imap)
    }

    /// Asks what the server can do, and says who we are where it wants to know: 163, 126 and
    /// others open no folder to a stranger (RFC 2971).
    async fn greet(&mut self) -> Result<(), Failure> {
        let step = Step::ImapLogin;
        let (idle, id) = match timeout(COMMAND, self.session.capabilities()).await {
            Err(_) => {
                return Err(Failure::new(
                    step,
                    Problem::Timeout,
                    "no answer to CAPABILITY",
                ));
            }
            Ok(Err(error)) => return Err(failure(step, Problem::Said, &error)),
            Ok(Ok(found)) => (found.has_str("IDLE"), found.has_str("ID")),
        };
        self.idle = idle;
        if id {
            let command = format!(
                "ID (\"name\" \"Kontor\" \"version\" \"{}\")",
                env!("CARGO_PKG_VERSION")
            );
            match self.run(&command, SMALL, COMMAND, |_| {}).await {
                Ok(()) | Err(Trouble::Refused(_)) => {}
                Err(Trouble::Broken(failure)) => return Err(failure),
            }
        }
        Ok(())
    }

    /// Opens the folder, read-only.
    ///
    /// # Errors
    /// There is no such folder, or the server numbers no mails.
    pub async fn examine(&mut self, folder: &str) -> Result<Folder, Failure> {
        self.open(folder, false).await
    }

    /// Opens the folder so that mails can be marked as read.
    ///
    /// # Errors
    /// As [`Imap::examine`].
    pub async fn select(&mut self, folder: &str) -> Result<Folder, Failure> {
        self.open(folder, true).await
    }

    async fn open(&mut self, folder: &str, writable: bool) -> Result<Folder, Failure> {
        let step = Step::ImapFolder;
        self.gauge.allow(SMALL);
        let name = utf7(folder);
        let opening = async {
            match writable {
                true => self.session.select(&name).await,
                false => self.session.examine(&name).await,
            }
        };
        let opened = match timeout(COMMAND, opening).await {
            Err(_) => {
                return Err(Failure::new(
                    step,
                    Problem::Timeout,
                    "the folder does not open",
                ));
            }
            Ok(Err(error)) => return Err(failure(step, Problem::Folder, &error)),
            Ok(Ok(opened)) => opened,
        };
        let uidvalidity = opened.uid_validity.ok_or_else(|| {
            Failure::new(step, Problem::Protocol, "the server gives no UIDVALIDITY")
        })?;
        let highest = match opened.exists {
            0 => None,
            _ => match self.list("*").await {
                Ok(mails) => mails.last().map(|mail| mail.uid),
                Err(failure) if failure.problem == Problem::Said => None,
                Err(failure) => return Err(failure),
            },
        };
        // A server that says a number which is taken already is not believed: what is above would
        // be overlooked, or all of it read anew each time.
        let uidnext = opened
            .uid_next
            .max(highest.map(|uid| uid.saturating_add(1)));
        Ok(Folder {
            uidvalidity,
            uidnext,
            exists: opened.exists,
        })
    }

    /// The numbers of the mails up to `last`, of `exists` in the folder, sorted; with `since`
    /// (`22-Nov-2026`) only of those that came on that day or later. Asked in ranges.
    ///
    /// # Errors
    /// The server refuses, or the connection broke.
    pub async fn search(
        &mut self,
        last: u32,
        exists: u32,
        since: Option<&str>,
    ) -> Result<Vec<u32>, Failure> {
        let since = since.map(|day| format!(" SINCE {day}")).unwrap_or_default();
        let mut uids = Vec::new();
        for (first, last) in ranges(last, exists) {
            let command = format!("UID SEARCH UID {first}:{last}{since}");
            self.run(&command, LISTING, COMMAND * 5, |response| {
                if let Response::MailboxData(MailboxDatum::Search(found)) = response {
                    uids.extend_from_slice(found);
                }
            })
            .await
            .map_err(|trouble| trouble.into_failure(Step::ImapRead, Problem::Said))?;
        }
        uids.retain(|uid| *uid <= last);
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// Whether the server said that something came since [`Imap::list_from`].
    pub fn has_news(&self) -> bool {
        self.news
    }

    /// As [`Imap::list`], from a number on: what is new.
    ///
    /// # Errors
    /// The server refuses, or the connection broke.
    pub async fn list_from(&mut self, uid: u32) -> Result<Vec<Listed>, Failure> {
        self.news = false;
        let mut mails = self.list(&format!("{uid}:*")).await?;
        // `n:*` names the last mail even where its number is below n (RFC 9051, section 9).
        mails.retain(|mail| mail.uid >= uid);
        Ok(mails)
    }

    /// Number, size and date of the mails in a set of numbers (`7:*`, `1,5,9`), sorted.
    ///
    /// # Errors
    /// The server refuses, or the connection broke.
    pub async fn list(&mut self, set: &str) -> Result<Vec<Listed>, Failure> {
        let mut mails = Vec::new();
        let command = format!("UID FETCH {set} (UID RFC822.SIZE INTERNALDATE)");
        self.run(&command, LISTING, COMMAND * 5, |response| {
            if let Response::Fetch(_, attributes) = response {
                mails.extend(listed(attributes));
            }
        })
        .await
        .map_err(|trouble| trouble.into_failure(Step::ImapRead, Problem::Said))?;
        mails.sort_unstable_by_key(|mail| mail.uid);
        mails.dedup_by_key(|mail| mail.uid);
        Ok(mails)
    }

    /// As [`Imap::list`], of these numbers.
    ///
    /// # Errors
    /// The server refuses, or the connection broke.
    pub async fn list_these(&mut self, uids: &[u32]) -> Result<Vec<Listed>, Failure> {
        self.list(&uid_set(uids.iter().copied())).await
    }

    /// The mails themselves, each put into `found` as it comes: what came before the connection
    /// broke is of use. The server leaves out mails that are gone or that it cannot read.
    ///
    /// # Errors
    /// The server refuses, sends more than it said, or the connection broke.
    pub async fn bodies(
        &mut self,
        mails: &[Listed],
        found: &mut Vec<(u32, Vec<u8>)>,
    ) -> Result<(), Trouble> {
        let bytes: u64 = mails.iter().map(|mail| mail.size).sum();
        let set = uid_set(mails.iter().map(|mail| mail.uid));
        // A server may count line ends as one byte.
        let budget = bytes * 2 + SMALL;
        let limit = COMMAND + Duration::from_secs(bytes / SLOWEST);
        let command = format!("UID FETCH {set} (UID BODY.PEEK[])");
        self.fetch(&command, budget, limit, found).await
    }

    /// The header of a mail, its first 256 KB; empty where the server does not hand it out.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn header(&mut self, uid: u32) -> Result<Vec<u8>, Failure> {
        let command = format!("UID FETCH {uid} (UID BODY.PEEK[HEADER]<0.{HEADER}>)");
        let mut found = Vec::new();
        match self
            .fetch(&command, HEADER + SMALL, COMMAND, &mut found)
            .await
        {
            Err(Trouble::Broken(failure)) => Err(failure),
            Ok(()) | Err(Trouble::Refused(_)) => {
                Ok(found.pop().map(|(_, header)| header).unwrap_or_default())
            }
        }
    }

    async fn fetch(
        &mut self,
        command: &str,
        budget: u64,
        limit: Duration,
        found: &mut Vec<(u32, Vec<u8>)>,
    ) -> Result<(), Trouble> {
        self.run(command, budget, limit, |response| {
            let Response::Fetch(_, attributes) = response else {
                return;
            };
            let (mut uid, mut body) = (None, None);
            for attribute in attributes {
                match attribute {
                    AttributeValue::Uid(number) => uid = Some(*number),
                    // NIL for a body is "I have none to give"; news about flags have no body.
                    AttributeValue::BodySection { data, .. } => {
                        body = data.as_ref().map(|data| data.to_vec());
                    }
                    _ => {}
                }
            }
            if let (Some(uid), Some(body)) = (uid, body) {
                found.push((uid, body));
            }
        })
        .await
    }

    /// Marks mails as read.
    ///
    /// # Errors
    /// The connection broke; a server that refuses (a folder that is shared read-only) is not one.
    pub async fn mark_read(&mut self, uids: &[u32]) -> Result<(), Failure> {
        let set = uid_set(uids.iter().copied());
        let command = format!("UID STORE {set} +FLAGS.SILENT (\\Seen)");
        match self.run(&command, LISTING, COMMAND, |_| {}).await {
            Ok(()) => Ok(()),
            Err(Trouble::Refused(words)) => {
                tracing::warn!(words, "mails cannot be marked as read");
                Ok(())
            }
            Err(Trouble::Broken(failure)) => Err(failure),
        }
    }

    /// Waits until something may have come in, at most so long and never more than nine minutes.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn wait(&mut self, most: Duration) -> Result<(), Failure> {
        if self.news {
            return Ok(());
        }
        if !self.idle {
            tokio::time::sleep(POLL.min(most)).await;
            return Ok(());
        }
        self.gauge.allow(SMALL);
        let step = Step::ImapRead;
        let started = async {
            let id = self.session.run_command("IDLE").await;
            let id = id.map_err(|error| failure(step, Problem::Said, &error))?;
            loop {
                let response = answer!(self.session);
                match response.parsed() {
                    Response::Continue(_) => return Ok(Some(id)),
                    Response::Done { tag, .. } if *tag == id => return Ok(None),
                    Response::MailboxData(MailboxDatum::Exists(_)) => self.news = true,
                    other => refuse_bye(other)?,
                }
            }
        };
        let id = match timeout(COMMAND, started).await {
            Err(_) => return Err(Failure::new(step, Problem::Timeout, "no answer to IDLE")),
            Ok(started) => started?,
        };
        let Some(id) = id else {
            // It says it knows IDLE and does not.
            self.idle = false;
            return Ok(());
        };
        let gauge = self.gauge.clone();
        let news = &mut self.news;
        let session = &mut self.session;
        let waiting = async {
            while !*news {
                // Years of "still here" must not use the budget up.
                gauge.allow(SMALL);
                let response = answer!(session);
                match response.parsed() {
                    Response::MailboxData(MailboxDatum::Exists(_)) => *news = true,
                    other => refuse_bye(other)?,
                }
            }
            Ok(())
        };
        if let Ok(ended) = timeout(RENEW.min(most), waiting).await {
            ended?;
        }
        let done = async {
            let sent = self.session.run_command_untagged("DONE").await;
            sent.map_err(|error| failure(step, Problem::Said, &error))?;
            loop {
                let response = answer!(self.session);
                match response.parsed() {
                    Response::Done { tag, .. } if *tag == id => return Ok(()),
                    other => refuse_bye(other)?,
                }
            }
        };
        timeout(COMMAND, done)
            .await
            .unwrap_or_else(|_| Err(Failure::new(step, Problem::Timeout, "no answer to DONE")))
    }

    /// Runs a command; `each` sees every answer but the last.
    async fn run(
        &mut self,
        command: &str,
        budget: u64,
        limit: Duration,
        mut each: impl FnMut(&Response<'_>) + Send,
    ) -> Result<(), Trouble> {
        let step = Step::ImapRead;
        self.gauge.allow(budget);
        let work = async {
            let id = self.session.run_command(command).await;
            let id = id.map_err(|error| Trouble::Broken(failure(step, Problem::Said, &error)))?;
            loop {
                let response = answer!(self.session);
                match response.parsed() {
                    Response::Done {
                        tag,
                        status,
                        outcome,
                    } if *tag == id => {
                        return match status {
                            Status::Ok => Ok(()),
                            _ => Err(Trouble::Refused(
                                outcome.information.as_deref().unwrap_or("NO").to_owned(),
                            )),
                        };
                    }
                    Response::MailboxData(MailboxDatum::Exists(_)) => self.news = true,
                    other => {
                        refuse_bye(other)?;
                        each(other);
                    }
                }
            }
        };
        timeout(limit, work).await.unwrap_or_else(|_| {
            let words = "the server did not answer in time";
            Err(Trouble::Broken(Failure::new(step, Problem::Timeout, words)))
        })
    }
}

/// The numbers up to `last` in ranges that hold about [`SEARCH`] of `exists` mails each.
fn ranges(last: u32, exists: u32) -> impl Iterator<Item = (u32, u32)> {
    let width = (u64::from(last) * SEARCH / u64::from(exists.max(1)))
        .max(SEARCH)
        .min(u64::from(u32::MAX));
    let end = if exists == 0 { 0 } else { u64::from(last) };
    let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    (0..)
        .map(move |n| (n * width + 1, ((n + 1) * width).min(end)))
        .take_while(move |(first, _)| *first <= end)
        .map(move |(first, last)| (number(first), number(last)))
}

fn refuse_bye(response: &Response<'_>) -> Result<(), Failure> {
    match response {
        Response::Data {
            status: Status::Bye,
            outcome,
        } => Err(Failure::new(
            Step::ImapRead,
            Problem::Lost,
            outcome.information.as_deref().unwrap_or("BYE"),
        )),
        _ => Ok(()),
    }
}

fn listed(attributes: &[AttributeValue<'_>]) -> Option<Listed> {
    let mut mail = Listed {
        uid: 0,
        size: 0,
        arrived: 0,
    };
    let mut sized = false;
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(uid) => mail.uid = *uid,
            AttributeValue::Rfc822Size(size) => {
                mail.size = u64::from(*size);
                sized = true;
            }
            AttributeValue::InternalDate(date) => mail.arrived = internal_date(date),
            _ => {}
        }
    }
    (mail.uid > 0 && sized).then_some(mail)
}

/// `date-time` of RFC 9051, section 9: `"22-Nov-2026 14:50:32 +0000"`, its day padded with a blank.
fn internal_date(text: &str) -> i64 {
    jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim())
        .and_then(|parsed| parsed.to_timestamp())
        .map_or(0, |time| time.as_millisecond())
}

/// `1:3,7`: numbers as a set, neighbours joined.
fn uid_set(uids: impl Iterator<Item = u32>) -> String {
    use std::fmt::Write;
    let mut set = String::new();
    let mut run: Option<(u32, u32)> = None;
    let mut push = |(first, last): (u32, u32)| {
        if !set.is_empty() {
            set.push(',');
        }
        let _ = if first == last {
            write!(set, "{first}")
        } else {
            write!(set, "{first}:{last}")
        };
    };
    for uid in uids {
        run = match run {
            Some((first, last)) if last.checked_add(1) == Some(uid) => Some((first, uid)),
            Some(done) => {
                push(done);
                Some((uid, uid))
            }
            None => Some((uid, uid)),
        };
    }
    if let Some(done) = run {
        push(done);
    }
    set
}

/// Credentials for AUTHENTICATE PLAIN (RFC 4616).
struct Sasl(String);

impl async_imap::Authenticator for Sasl {
    type Response = String;

    fn process(&mut self, _challenge: &[u8]) -> String {
        self.0.clone()
    }
}

/// XOAUTH2, as Google and Microsoft document it: one line; where the server then sends a challenge,
/// that is its complaint, and an empty line asks for the tagged answer.
struct Xoauth2(Option<String>);

impl async_imap::Authenticator for Xoauth2 {
    type Response = String;

    fn process(&mut self, _challenge: &[u8]) -> String {
        self.0.take().unwrap_or_default()
    }
}

/// A folder's name in the modified UTF-7 of RFC 3501, section 5.1.3.
fn utf7(name: &str) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
    let mut out = String::new();
    let mut shifted: Vec<u8> = Vec::new();
    let flush = |shifted: &mut Vec<u8>, out: &mut String| {
        if !shifted.is_empty() {
            let encoded = BASE64_STANDARD_NO_PAD.encode(&*shifted).replace('/', ",");
            out.push('&');
            out.push_str(&encoded);
            out.push('-');
            shifted.clear();
        }
    };
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            flush(&mut shifted, &mut out);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                shifted.extend_from_slice(&unit.to_be_bytes());
            }
        }
    }
    flush(&mut shifted, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_named_as_servers_name_them() {
        // The examples of RFC 3501, section 5.1.3.
        assert_eq!(
            utf7("~peter/mail/台北/日本語"),
            "~peter/mail/&U,BTFw-/&ZeVnLIqe-"
        );
        assert_eq!(utf7("A & B"), "A &- B");
        assert_eq!(utf7("INBOX"), "INBOX");
    }

    #[test]
    fn sets_join_neighbours() {
        assert_eq!(uid_set([1, 2, 3, 7, 9, 10].into_iter()), "1:3,7,9:10");
        assert_eq!(uid_set([u32::MAX].into_iter()), "4294967295");
        assert_eq!(uid_set(std::iter::empty()), "");
    }

    #[test]
    fn searches_are_asked_in_ranges_that_cover_everything() {
        let all = |last, exists| ranges(last, exists).collect::<Vec<_>>();
        assert_eq!(all(0, 0), []);
        assert_eq!(all(7, 3), [(1, 7)]);
        assert_eq!(
            all(25_000, 25_000),
            [(1, 10_000), (10_001, 20_000), (20_001, 25_000)]
        );
        // Numbers far apart are few ranges all the same.
        assert_eq!(all(u32::MAX, 10), [(1, u32::MAX)]);
        assert_eq!(all(4_000_000_000, 20_000).len(), 2);
    }

    #[test]
    fn dates_of_servers_are_read() {
        assert_eq!(
            internal_date("22-Nov-2026 14:50:32 +0100"),
            1_795_355_432_000
        );
        assert_eq!(
            internal_date(" 2-Nov-2026 14:50:32 +0000"),
            1_793_631_032_000
        );
        assert_eq!(internal_date("yesterday"), 0);
    }
}
