//! Handing mails to an SMTP server through lettre's connection, command by command, so that we
//! know at each failure whether the server can have taken the mail.

use std::time::Duration;

use lettre::transport::smtp::{
    Error,
    authentication::{Credentials, Mechanism},
    client::AsyncSmtpConnection,
    commands::{Data, Mail, Rcpt},
    extension::{ClientId, Extension, MailBodyParameter, MailParameter},
};
use tokio::time::{Instant, timeout};

use super::{
    dial::{Protocol, dial},
    failure::{Failure, Problem, Step},
    presets,
    settings::Mailbox,
    wire::{Gauge, SMALL},
};
use crate::channels::outbox::Outcome;

/// How long a command may take. RFC 5321, section 4.5.3.2 has five minutes for MAIL and RCPT; a
/// server that needs them is tried again later.
const COMMAND: Duration = Duration::from_secs(120);
/// How long the answer to the end of a mail may take: the ten minutes of RFC 5321, section
/// 4.5.3.2.6, since giving up earlier is what makes mails arrive twice.
const END: Duration = Duration::from_secs(600);
/// A mail goes out with at least this many bytes a second.
const SLOWEST: u64 = 8 * 1024;
/// A connection that lay still this long is asked whether it still lives.
const STILL: Duration = Duration::from_secs(5);
/// A connection that lay still this long is given up.
pub const KEEP: Duration = Duration::from_secs(60);

/// A signed-in connection.
pub struct Smtp {
    connection: AsyncSmtpConnection,
    gauge: Gauge,
    used: Instant,
}

/// How handing a mail over ended.
#[derive(Debug)]
pub struct Delivery {
    /// What it means for the mail.
    pub outcome: Outcome,
    /// Whether the connection can be used again.
    pub reusable: bool,
}

impl Smtp {
    /// Connects and signs in.
    ///
    /// # Errors
    /// What is wrong, by step and kind.
    pub async fn connect(mailbox: &Mailbox) -> Result<Self, Failure> {
        let endpoint = mailbox.settings.smtp();
        let wire = dial(Protocol::Smtp, &endpoint).await?;
        let gauge = wire.gauge();
        gauge.allow(SMALL);
        let hello = ClientId::default();
        let connecting = AsyncSmtpConnection::connect_with_transport(Box::new(wire), &hello);
        let connection = limited(Step::SmtpHost, Problem::Unwilling, connecting).await?;
        let mut smtp = Self {
            connection,
            gauge,
            used: Instant::now(),
        };
        if !mailbox.settings.smtp_user.is_empty() {
            smtp.sign_in(mailbox).await?;
        }
        Ok(smtp)
    }

    async fn sign_in(&mut self, mailbox: &Mailbox) -> Result<(), Failure> {
        let step = Step::SmtpLogin;
        let mechanisms: &[Mechanism] = match mailbox.token {
            Some(_) => &[Mechanism::Xoauth2],
            None => &[Mechanism::Plain, Mechanism::Login],
        };
        let known = self.connection.server_info().get_auth_mechanism(mechanisms);
        if known.is_none() {
            let words = match mailbox.token {
                Some(_) => "the server does not offer AUTH XOAUTH2",
                None => "the server offers neither AUTH PLAIN nor AUTH LOGIN",
            };
            return Err(Failure::new(step, Problem::NoMechanism, words));
        }
        let credentials = Credentials::new(
            mailbox.settings.smtp_user.clone(),
            match &mailbox.token {
                Some(token) => token.clone(),
                None => mailbox.secrets.smtp().to_owned(),
            },
        );
        self.gauge.allow(SMALL);
        let signing = self.connection.auth(mechanisms, &credentials);
        match limited(step, Problem::Login, signing).await {
            Ok(_) => Ok(()),
            // After XOAUTH2 the server sends its complaint as a challenge (334), which the library
            // takes for a fault of the protocol.
            Err(failure)
                if mailbox.token.is_some()
                    && matches!(failure.problem, Problem::Login | Problem::Protocol) =>
            {
                Err(Failure {
                    problem: Problem::TokenRefused,
                    ..failure
                })
            }
            Err(failure) => Err(presets::explain(failure, &mailbox.settings.smtp_host)),
        }
    }

    /// Whether a mail may be sent over it now.
    pub async fn is_alive(&mut self) -> bool {
        if self.connection.has_broken() || self.used.elapsed() > KEEP {
            return false;
        }
        if self.used.elapsed() < STILL {
            return true;
        }
        self.gauge.allow(SMALL);
        let alive = timeout(Duration::from_secs(10), self.connection.test_connected()).await;
        self.used = Instant::now();
        alive.unwrap_or(false)
    }

    /// Hands a mail over.
    pub async fn deliver(&mut self, envelope: &lettre::address::Envelope, mail: &[u8]) -> Delivery {
        self.gauge.allow(SMALL);
        self.gauge.begin_mail();
        if let Err(delivery) = self.address(envelope, mail).await {
            return delivery;
        }
        let limit = END + Duration::from_secs(mail.len() as u64 / SLOWEST);
        let sent = timeout(limit, self.connection.message(mail)).await;
        self.used = Instant::now();
        let broken = |outcome| Delivery {
            outcome,
            reusable: false,
        };
        match sent {
            Ok(Ok(_)) => Delivery {
                outcome: Outcome::Sent,
                reusable: true,
            },
            Ok(Err(error)) if error.is_transient() => broken(Outcome::Temporary(words(&error))),
            Ok(Err(error)) if error.is_permanent() => broken(Outcome::Permanent(words(&error))),
            // Without the end of the mail the server cannot have taken it (RFC 5321, section 4.1.1.4).
            Ok(Err(error)) if !self.gauge.mail_ended() => broken(Outcome::Temporary(words(&error))),
            Err(_) if !self.gauge.mail_ended() => {
                broken(Outcome::Temporary("the server stopped reading".into()))
            }
            Ok(Err(error)) => broken(Outcome::Unknown(words(&error))),
            Err(_) => broken(Outcome::Unknown("no answer to the end of the mail".into())),
        }
    }

    /// Everything before the text: after an error here the server has no mail.
    async fn address(
        &mut self,
        envelope: &lettre::address::Envelope,
        mail: &[u8],
    ) -> Result<(), Delivery> {
        let info = self.connection.server_info();
        let mut parameters = Vec::new();
        let mut addresses = envelope.to().iter().chain(envelope.from());
        if addresses.any(|address| !AsRef::<str>::as_ref(address).is_ascii()) {
            if !info.supports_feature(Extension::SmtpUtfEight) {
                return Err(Delivery {
                    outcome: Outcome::Permanent(
                        "the server takes no addresses outside ASCII (SMTPUTF8)".into(),
                    ),
                    reusable: true,
                });
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !mail.is_ascii() && info.supports_feature(Extension::EightBitMime) {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        self.say(Mail::new(envelope.from().cloned(), parameters))
            .await?;
        for recipient in envelope.to() {
            self.say(Rcpt::new(recipient.clone(), Vec::new())).await?;
        }
        self.say(Data).await
    }

    async fn say(&mut self, command: impl std::fmt::Display) -> Result<(), Delivery> {
        let outcome = match timeout(COMMAND, self.connection.command(command)).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) if error.is_permanent() => Outcome::Permanent(words(&error)),
            Ok(Err(error)) => Outcome::Temporary(words(&error)),
            Err(_) => Outcome::Temporary("the server did not answer in time".into()),
        };
        Err(Delivery {
            outcome,
            reusable: false,
        })
    }

    /// Says good-bye, without waiting long for an answer.
    pub async fn quit(mut self) {
        let _ = timeout(Duration::from_secs(5), self.connection.quit()).await;
    }
}

async fn limited<T>(
    step: Step,
    problem: Problem,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Failure> {
    match timeout(COMMAND, work).await {
        Err(_) => Err(Failure::new(step, Problem::Timeout, "no answer")),
        Ok(Err(error)) => Err(failure(step, problem, &error)),
        Ok(Ok(done)) => Ok(done),
    }
}

fn failure(step: Step, problem: Problem, error: &Error) -> Failure {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            return Failure::io(step, io);
        }
        source = inner.source();
    }
    let problem = if error.is_permanent() || error.is_transient() {
        problem
    } else {
        Problem::Protocol
    };
    Failure::new(step, problem, words(error))
}

/// The server's words, with its code in front: lettre says `permanent error (550): no such user`.
fn words(error: &Error) -> String {
    let text = error.to_string();
    let words = match (error.status(), text.split_once("): ")) {
        (Some(code), Some((_, words))) => format!("{code} {words}"),
        _ => text,
    };
    super::failure::one_line(&words, 300)
}
