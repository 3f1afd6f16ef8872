//! What can be wrong with a mailbox: where, of which kind, and in the server's own words. The
//! connect form, the channel's line on the screen and the command line all speak from this.

use std::{fmt, io};

use serde::Serialize;

/// Where it went wrong, in the order in which a connection passes these points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Reaching the IMAP server.
    ImapHost,
    /// Encrypting the way to it.
    ImapTls,
    /// Signing in there.
    ImapLogin,
    /// Opening the folder.
    ImapFolder,
    /// Reading mail.
    ImapRead,
    /// Keeping what was read (our own disk).
    Storage,
    /// Reaching the SMTP server.
    SmtpHost,
    /// Encrypting the way to it.
    SmtpTls,
    /// Signing in there.
    SmtpLogin,
    /// Handing a mail over.
    SmtpSend,
}

impl Step {
    /// The code, as in Fluent keys (`mailbox-step-<code>`) and in `state_detail`.
    pub fn code(self) -> &'static str {
        match self {
            Self::ImapHost => "imap-host",
            Self::ImapTls => "imap-tls",
            Self::ImapLogin => "imap-login",
            Self::ImapFolder => "imap-folder",
            Self::ImapRead => "imap-read",
            Self::Storage => "storage",
            Self::SmtpHost => "smtp-host",
            Self::SmtpTls => "smtp-tls",
            Self::SmtpLogin => "smtp-login",
            Self::SmtpSend => "smtp-send",
        }
    }
}

/// What kind of trouble it is, so that a screen can say what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Problem {
    /// No such host name.
    UnknownHost,
    /// The host refuses connections on this port.
    Refused,
    /// No answer in time.
    Timeout,
    /// The connection broke.
    Lost,
    /// Something else answers on this port, or the server broke its protocol.
    Protocol,
    /// The server is there and refuses to talk (`* BYE`, `554`).
    Unwilling,
    /// It knows no STARTTLS.
    NoStartTls,
    /// Unencrypted is for this machine only.
    PlainRemote,
    /// The certificate is expired or not valid yet.
    CertificateExpired,
    /// The certificate is for another name.
    CertificateName,
    /// The certificate is signed by nobody we trust.
    CertificateUntrusted,
    /// Any other trouble with TLS.
    Tls,
    /// Name or password wrong.
    Login,
    /// The provider wants an app password (Gmail, Yahoo, iCloud, …) or an authorisation code
    /// (QQ, 163).
    AppPassword,
    /// The provider turned passwords off; it wants OAuth.
    PasswordsOff,
    /// No way to sign in that we know.
    NoMechanism,
    /// Nobody gave permission at the provider, or it was withdrawn: somebody has to sign in there.
    SignIn,
    /// The server does not take the provider's token for this account.
    TokenRefused,
    /// The provider does not know the OAuth client, or not with this secret.
    Client,
    /// No such folder.
    Folder,
    /// The server said no.
    Said,
    /// Our own disk or database.
    Storage,
}

impl Problem {
    /// The code, as in Fluent keys (`mailbox-problem-<code>`).
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownHost => "unknown-host",
            Self::Refused => "refused",
            Self::Timeout => "timeout",
            Self::Lost => "lost",
            Self::Protocol => "protocol",
            Self::Unwilling => "unwilling",
            Self::NoStartTls => "no-start-tls",
            Self::PlainRemote => "plain-remote",
            Self::CertificateExpired => "certificate-expired",
            Self::CertificateName => "certificate-name",
            Self::CertificateUntrusted => "certificate-untrusted",
            Self::Tls => "tls",
            Self::Login => "login",
            Self::AppPassword => "app-password",
            Self::PasswordsOff => "passwords-off",
            Self::NoMechanism => "no-mechanism",
            Self::SignIn => "sign-in",
            Self::TokenRefused => "token-refused",
            Self::Client => "oauth-client",
            Self::Folder => "folder",
            Self::Said => "said",
            Self::Storage => "storage",
        }
    }
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{}: {words}", step.code())]
pub struct Failure {
    /// Where.
    pub step: Step,
    /// Of which kind.
    pub problem: Problem,
    /// In the words of the server, of the TLS library or of the system: one line.
    pub words: String,
}

impl Failure {
    /// A failure, its words made one printable line of at most 300 characters.
    pub fn new(step: Step, problem: Problem, words: impl fmt::Display) -> Self {
        Self {
            step,
            problem,
            words: one_line(&words.to_string(), 300),
        }
    }

    /// What `io` means at this step. TLS libraries hide their errors in it.
    pub fn io(step: Step, error: &io::Error) -> Self {
        let tls = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if let Some(tls) = tls {
            return Self::new(step, tls_problem(tls), tls);
        }
        let problem = match error.kind() {
            io::ErrorKind::TimedOut
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::AddrNotAvailable => Problem::Timeout,
            io::ErrorKind::ConnectionRefused => Problem::Refused,
            io::ErrorKind::InvalidData => Problem::Protocol,
            _ => Problem::Lost,
        };
        Self::new(step, problem, error)
    }

    /// Our own disk failed.
    pub fn storage(error: &crate::error::Error) -> Self {
        Self::new(Step::Storage, Problem::Storage, error)
    }

    /// Whether trying again soon does no good and may lock the account.
    pub fn is_login(&self) -> bool {
        matches!(self.step, Step::ImapLogin | Step::SmtpLogin)
            && !matches!(self.problem, Problem::Timeout | Problem::Lost)
    }

    /// How it stands in `channels.state_detail`: `<step>/<problem>: <words>`.
    pub fn detail(&self) -> String {
        format!(
            "{}/{}: {}",
            self.step.code(),
            self.problem.code(),
            self.words
        )
    }
}

fn tls_problem(error: &rustls::Error) -> Problem {
    use rustls::CertificateError as C;
    match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            C::Expired
            | C::ExpiredContext { .. }
            | C::NotValidYet
            | C::NotValidYetContext { .. } => Problem::CertificateExpired,
            C::NotValidForName | C::NotValidForNameContext { .. } => Problem::CertificateName,
            C::UnknownIssuer => Problem::CertificateUntrusted,
            _ => Problem::Tls,
        },
        _ => Problem::Tls,
    }
}

/// Text from outside as one printable line of at most `max` characters.
pub fn one_line(text: &str, max: usize) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line.chars().take(max).collect()
}

/// The server's own words out of an error of `async-imap`, which wraps them in its debug form:
/// `no response: code: Some(…), info: Some("Authentication failed.")` or
/// `… information: Some("No such folder") }`.
pub fn imap_words(error: &async_imap::error::Error) -> String {
    let text = error.to_string();
    let said = ["info: Some(\"", "information: Some(\""]
        .iter()
        .find_map(|mark| text.split_once(mark))
        .and_then(|(_, rest)| rest.rsplit_once("\")"));
    match said {
        Some((words, _)) => words.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_words_are_kept_and_nothing_else() {
        let no = async_imap::error::Error::No(
            "code: Some(AuthenticationFailed), info: Some(\"[ALERT] Use an \\\"app\\\" password\")"
                .into(),
        );
        assert_eq!(imap_words(&no), "[ALERT] Use an \"app\" password");
        let folder = async_imap::error::Error::No(
            "outcome: Outcome { code: None, information: Some(\"No such folder\") }".into(),
        );
        assert_eq!(imap_words(&folder), "No such folder");
        let lost = async_imap::error::Error::ConnectionLost;
        assert_eq!(imap_words(&lost), "connection lost");
    }

    #[test]
    fn words_are_one_line_whatever_a_server_says() {
        let failure = Failure::new(Step::ImapHost, Problem::Protocol, "a\r\n\u{7}b\tc  d");
        assert_eq!(failure.detail(), "imap-host/protocol: a b c d");
        let long = Failure::new(Step::ImapHost, Problem::Protocol, "x".repeat(10_000));
        assert_eq!(long.words.len(), 300);
    }

    #[test]
    fn a_certificate_says_what_is_wrong_with_it() {
        for (certificate, problem) in [
            (
                rustls::CertificateError::Expired,
                Problem::CertificateExpired,
            ),
            (
                rustls::CertificateError::NotValidForName,
                Problem::CertificateName,
            ),
            (
                rustls::CertificateError::UnknownIssuer,
                Problem::CertificateUntrusted,
            ),
        ] {
            let error = io::Error::other(rustls::Error::InvalidCertificate(certificate));
            assert_eq!(Failure::io(Step::ImapTls, &error).problem, problem);
        }
    }
}
