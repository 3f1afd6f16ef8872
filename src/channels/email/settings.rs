//! What a mailbox needs to be used: `channels.settings` as JSON, `channels.secrets` sealed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{dial, oauth::provider::OAuth, signature::Signatures};
use crate::{
    channels::Channel,
    error::{Error, Result},
    secrets,
};

/// How the way to a server is protected.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first byte (ports 993 and 465).
    #[default]
    Tls,
    /// TLS after STARTTLS, and nothing without it (ports 143 and 587).
    Starttls,
    /// Nothing: for loopback addresses only.
    Plain,
}

impl Security {
    /// The port that goes with it for IMAP (RFC 8314, section 3.2).
    pub fn imap_port(self) -> u16 {
        match self {
            Self::Tls => 993,
            _ => 143,
        }
    }

    /// The port that goes with it for SMTP submission (RFC 8314, section 3.3).
    pub fn smtp_port(self) -> u16 {
        match self {
            Self::Tls => 465,
            _ => 587,
        }
    }
}

/// How far back a mailbox is read when it is connected. It counts from that day on, not from today.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// Only what comes from now on.
    None,
    /// Thirty days.
    #[default]
    Days30,
    /// A year.
    Year,
    /// All there is.
    Everything,
}

impl Reach {
    /// All, in the order of a list to choose from.
    pub const ALL: [Self; 4] = [Self::None, Self::Days30, Self::Year, Self::Everything];

    /// The code, as in the database and in Fluent keys (`lookback-<code>`).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Days30 => "days30",
            Self::Year => "year",
            Self::Everything => "everything",
        }
    }

    /// The reach of a code; the usual one where it is none.
    pub fn parse(code: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|reach| reach.as_str() == code)
            .unwrap_or_default()
    }
}

/// A server's door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Protection.
    pub security: Security,
}

/// A mailbox's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The IMAP server.
    pub imap_host: String,
    /// Its port.
    pub imap_port: u16,
    /// How the way there is protected.
    pub imap_security: Security,
    /// The name to sign in with there.
    pub imap_user: String,
    /// The folder that is read; `INBOX` where empty.
    pub imap_folder: String,
    /// The SMTP server.
    pub smtp_host: String,
    /// Its port.
    pub smtp_port: u16,
    /// How the way there is protected.
    pub smtp_security: Security,
    /// The name to sign in with there; empty = without signing in.
    pub smtp_user: String,
    /// Whether mail to `name+anything@domain` reaches this mailbox too (RFC 5233).
    pub plus_addressing: bool,
    /// Names of the servers (`authserv-id`, RFC 8601) whose Authentication-Results count for mail in
    /// this mailbox, separated by commas; `*.example.com` for all below a domain, `-` for a server
    /// that writes no name. Empty = nobody's.
    pub authserv_id: String,
    /// What stands under an agent's reply where the customer's language has no other.
    pub signature: String,
    /// The same by language code.
    pub signatures: BTreeMap<String, String>,
    /// How it signs in without a password; nothing where it has one.
    pub oauth: Option<OAuth>,
    /// Attachments that are more than so many megabytes together become links; 0 = 10.
    pub attachment_mb: u32,
    /// The language of this mailbox's customers where theirs is unknown; empty = the shop's.
    pub language: String,
    /// How far back it is read.
    pub look_back: Reach,
    /// Whether new mail is marked as read in the mailbox once it is filed here.
    pub mark_read: bool,
}

impl Settings {
    /// The IMAP server's door.
    pub fn imap(&self) -> Endpoint {
        Endpoint {
            host: self.imap_host.clone(),
            port: self.imap_port,
            security: self.imap_security,
        }
    }

    /// The SMTP server's door.
    pub fn smtp(&self) -> Endpoint {
        Endpoint {
            host: self.smtp_host.clone(),
            port: self.smtp_port,
            security: self.smtp_security,
        }
    }

    /// What attachments may be together, in bytes.
    pub fn attachment_limit(&self) -> i64 {
        match self.attachment_mb {
            0 => 10_000_000,
            mb => i64::from(mb) * 1_000_000,
        }
    }

    /// What stands under an agent's reply.
    pub fn signatures(&self) -> Signatures {
        Signatures {
            plain: self.signature.clone(),
            by_language: self.signatures.clone(),
        }
    }

    /// The folder that is read.
    pub fn folder(&self) -> &str {
        match self.imap_folder.trim() {
            "" => "INBOX",
            folder => folder,
        }
    }

    /// Fills what follows from the rest and trims what was typed.
    #[must_use]
    pub fn completed(mut self) -> Self {
        for text in [
            &mut self.imap_host,
            &mut self.imap_user,
            &mut self.imap_folder,
            &mut self.smtp_host,
            &mut self.smtp_user,
            &mut self.authserv_id,
        ] {
            *text = text.trim().to_owned();
        }
        if self.imap_port == 0 {
            self.imap_port = self.imap_security.imap_port();
        }
        if self.smtp_port == 0 {
            self.smtp_port = self.smtp_security.smtp_port();
        }
        self
    }

    /// Refuses what can never work.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the Fluent key of what to say.
    pub fn validate(&self) -> Result<()> {
        let refuse = |key: &str| Err(Error::invalid(key));
        if !is_host(&self.imap_host) || !is_host(&self.smtp_host) {
            return refuse("error-mailbox-host");
        }
        if self.imap_port == 0 || self.smtp_port == 0 {
            return refuse("error-mailbox-port");
        }
        if self.imap_user.is_empty() {
            return refuse("error-mailbox-user");
        }
        let typed = [
            &self.imap_user,
            &self.smtp_user,
            &self.imap_folder,
            &self.authserv_id,
        ];
        if typed
            .iter()
            .any(|text| text.len() > 500 || text.contains(char::is_control))
        {
            return refuse("error-mailbox-user");
        }
        if self
            .oauth
            .as_ref()
            .is_some_and(|oauth| !oauth.is_complete())
        {
            return refuse("error-mailbox-oauth");
        }
        if self.attachment_mb > 100 {
            return refuse("error-mailbox-attachments");
        }
        if self.signature.len() > 5_000 || self.signatures.values().any(|s| s.len() > 5_000) {
            return refuse("error-mailbox-signature");
        }
        for endpoint in [self.imap(), self.smtp()] {
            if endpoint.security == Security::Plain && !may_be_loopback(&endpoint.host) {
                return refuse("error-mailbox-plain");
            }
        }
        Ok(())
    }
}

/// A host name or an IP address by its form.
fn is_host(host: &str) -> bool {
    host.parse::<std::net::IpAddr>().is_ok()
        || (!host.is_empty()
            && host.len() <= 253
            && host
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_')))
}

/// Whether the host can be this machine; what a name stands for is looked at when connecting.
fn may_be_loopback(host: &str) -> bool {
    match host.parse() {
        Ok(address) => dial::is_loopback(address),
        Err(_) => host == "localhost" || host.ends_with(".localhost") || !host.contains('.'),
    }
}

/// A mailbox's passwords.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Secrets {
    /// For IMAP.
    pub imap_password: String,
    /// For SMTP; the same as for IMAP where empty.
    pub smtp_password: String,
    /// The OAuth client's; some clients have none.
    pub client_secret: String,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

impl Secrets {
    /// The password for SMTP.
    pub fn smtp(&self) -> &str {
        match self.smtp_password.as_str() {
            "" => &self.imap_password,
            password => password,
        }
    }

    /// Seals them for the channel's row.
    ///
    /// # Errors
    /// None in practice: strings can be written as JSON.
    pub fn seal(&self, secrets: &secrets::Secrets, channel: i64) -> Result<Vec<u8>> {
        Ok(secrets.seal(&context(channel), &serde_json::to_vec(self)?))
    }

    fn open(secrets: &secrets::Secrets, channel: i64, sealed: &[u8]) -> Result<Self> {
        let plain = secrets.open_sealed(&context(channel), sealed)?;
        Ok(serde_json::from_slice(&plain)?)
    }
}

fn context(channel: i64) -> String {
    format!("channel {channel}")
}

/// A mailbox, ready to be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The channel's row.
    pub id: i64,
    /// The shop.
    pub shop_id: i64,
    /// Our address.
    pub address: String,
    /// Settings.
    pub settings: Settings,
    /// Passwords.
    pub secrets: Secrets,
    /// A token that holds now, instead of passwords (`oauth::token::ready` puts it here).
    pub token: Option<String>,
}

impl Mailbox {
    /// Reads settings and secrets of a channel of kind `email`.
    ///
    /// # Errors
    /// The settings are none, or the secrets were sealed with another key.
    pub fn of(channel: &Channel, key: &secrets::Secrets) -> Result<Self> {
        let secrets = match &channel.secrets {
            Some(sealed) => Secrets::open(key, channel.id, sealed)?,
            None => Secrets::default(),
        };
        Ok(Self {
            id: channel.id,
            shop_id: channel.shop_id,
            address: channel.address.clone(),
            settings: serde_json::from_str(&channel.settings)?,
            secrets,
            token: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            imap_host: "imap.example.com".into(),
            imap_user: "shop".into(),
            smtp_host: "smtp.example.com".into(),
            ..Settings::default()
        }
        .completed()
    }

    #[test]
    fn ports_follow_from_the_protection() {
        let settings = settings();
        assert_eq!((settings.imap_port, settings.smtp_port), (993, 465));
        assert_eq!(settings.folder(), "INBOX");
        settings.validate().unwrap();
    }

    #[test]
    fn a_password_goes_in_clear_to_this_machine_only() {
        for (host, fine) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("localhost", true),
            ("192.168.1.4", false),
            ("mail.example.com", false),
            ("127.0.0.1.example.com", false),
        ] {
            let mut settings = settings();
            settings.imap_security = Security::Plain;
            settings.imap_host = host.into();
            assert_eq!(settings.validate().is_ok(), fine, "{host}");
        }
    }

    #[test]
    fn hosts_are_hosts() {
        for host in [
            "",
            "a b",
            "x\r\ny",
            "http://imap.example.com",
            "a/b",
            &"x".repeat(300),
        ] {
            let mut settings = settings();
            settings.smtp_host = host.into();
            assert!(settings.validate().is_err(), "{host}");
        }
    }

    #[test]
    fn passwords_are_sealed_to_their_row_and_never_shown() {
        let dir = tempfile::tempdir().unwrap();
        let key = secrets::Secrets::open(&dir.path().join("key")).unwrap();
        let secrets = Secrets {
            imap_password: "hunter2".into(),
            ..Secrets::default()
        };
        assert!(!format!("{secrets:?}").contains("hunter2"));
        assert_eq!(secrets.smtp(), "hunter2");
        let sealed = secrets.seal(&key, 7).unwrap();
        assert_eq!(Secrets::open(&key, 7, &sealed).unwrap(), secrets);
        assert!(Secrets::open(&key, 8, &sealed).is_err());
    }

    #[test]
    fn settings_of_an_older_kontor_can_be_read() {
        let settings: Settings = serde_json::from_str("{\"imap_host\":\"h\"}").unwrap();
        assert_eq!(settings.imap_host, "h");
        assert_eq!(settings.imap_security, Security::Tls);
    }
}
