//! Who really wrote a mail, as far as that can be known: what the receiving server found out,
//! whether it poses as one of us, which marketplace relayed it, and why no machine may answer.

use kontor_mail::{
    Mail,
    authentication::{self, Results, Verdict},
    kind, marketplace,
};

use super::email::settings::Settings;
use crate::{
    conversations::marketplace::Relayed,
    db::{Db, Sql, SqlExt},
    error::Result,
};

/// What is known about a mail's sender.
#[derive(Clone, Debug, Default)]
pub(super) struct Sender {
    /// The From address, lower case; empty where there is none.
    pub address: String,
    /// What a server we trust said.
    pub results: Option<Results>,
    /// A buyer who wrote through a marketplace.
    pub relayed: Option<Relayed>,
    /// Why it gets no automatic answer, as a code; empty where it may get one.
    pub unanswered: &'static str,
}

/// Looks at a mail; `trusted` are the servers whose results count.
pub(super) fn look(mail: &Mail, own: &[String], trusted: &[String]) -> Sender {
    let (address, domain) = mail
        .from
        .as_ref()
        .map_or_else(Default::default, |from| (from.key(), from.domain()));
    let results = authentication::read(&mail.headers, trusted);
    let verdict = results.as_ref().map(|r| r.verdict(&domain));
    let relayed = marketplace::recognise(mail)
        // Who poses as a marketplace is an ordinary sender.
        .filter(|_| !matches!(verdict, Some(Verdict::Fail | Verdict::Other)))
        .map(|relay| Relayed {
            relay,
            is_genuine: verdict == Some(Verdict::Pass),
            written_at: mail.date_ms,
        });
    Sender {
        address,
        results,
        relayed,
        unanswered: kind::unanswerable(mail, own).unwrap_or_default(),
    }
}

impl Sender {
    fn verdict(&self) -> Option<Verdict> {
        let domain = self.address.rsplit_once('@').map_or("", |(_, d)| d);
        self.results.as_ref().map(|r| r.verdict(domain))
    }

    /// Whether a server we trust says that the From address does not stand behind it.
    pub fn has_failed(&self) -> bool {
        self.verdict() == Some(Verdict::Fail)
    }

    /// Why a mail that bears the address of somebody who works here is held back: a code and what
    /// the server found. None where nothing speaks against it, or no server that we trust says
    /// anything: then the address is a customer's like any other.
    pub async fn poses_as_agent(&self, db: &Db) -> Result<Option<String>> {
        let Some(results) = &self.results else {
            return Ok(None);
        };
        if !matches!(self.verdict(), Some(Verdict::Fail | Verdict::Other)) {
            return Ok(None);
        }
        let works_here: Option<i64> = db
            .read()
            .scalar(
                Sql::new("SELECT 1 FROM users WHERE email = ? AND disabled_at IS NULL")
                    .bind(self.address.as_str()),
            )
            .await?;
        Ok(works_here.map(|_| format!("forged_agent: {}", findings(results))))
    }

    /// The same for a mail that bears an address of ours.
    pub fn poses_as_us(&self) -> Option<String> {
        let results = self.results.as_ref().filter(|_| self.has_failed())?;
        Some(format!("forged_own: {}", findings(results)))
    }

    /// The results as they are kept with the message; empty where there are none.
    pub fn kept(&self) -> String {
        self.results
            .as_ref()
            .and_then(|results| serde_json::to_string(results).ok())
            .unwrap_or_default()
    }
}

/// `spf=fail, dmarc=fail (mx.example.com)`.
fn findings(results: &Results) -> String {
    let methods: Vec<String> = results
        .methods
        .iter()
        .filter(|m| matches!(m.method.as_str(), "spf" | "dkim" | "dmarc"))
        .map(|m| format!("{}={}", m.method, m.result))
        .collect();
    format!("{} ({})", methods.join(", "), results.server)
}

/// The servers whose Authentication-Results count for a mailbox: its setting, cut at commas and
/// blanks.
pub(super) fn trusted(settings: &str) -> Vec<String> {
    let settings: Settings = serde_json::from_str(settings).unwrap_or_default();
    settings
        .authserv_id
        .split([',', ' ', '\n'])
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .take(10)
        .map(str::to_owned)
        .collect()
}
