//! Reaching a mail server: name, connection, greeting, encryption. IMAP and SMTP differ in three
//! lines of talk only, so both go through here, and what comes out is ready for a library.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use lettre::transport::smtp::extension::ClientId;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::{
    failure::{Failure, Problem, Step},
    settings::{Endpoint, Security},
    tls,
    wire::{Stream, Wire},
};

/// How long one address may take to answer.
const CONNECT: Duration = Duration::from_secs(15);
/// How long a greeting or a handshake may take. RFC 5321, section 4.5.3.2.1 has five minutes for
/// the greeting; servers that delay it to annoy spammers do so for about 30 seconds.
const GREETING: Duration = Duration::from_secs(60);
/// The longest line of a greeting. RFC 5321, section 4.5.3.1.5 has 512 bytes.
const MAX_LINE: usize = 4096;
/// How many lines an SMTP reply may have.
const MAX_LINES: usize = 100;

/// Which of the two is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// RFC 3501 and 9051.
    Imap,
    /// RFC 5321 and 6409.
    Smtp,
}

impl Protocol {
    fn host(self) -> Step {
        match self {
            Self::Imap => Step::ImapHost,
            Self::Smtp => Step::SmtpHost,
        }
    }

    fn tls(self) -> Step {
        match self {
            Self::Imap => Step::ImapTls,
            Self::Smtp => Step::SmtpTls,
        }
    }
}

/// Connects, reads the greeting and encrypts as the endpoint says. For SMTP the library that takes
/// over finds a greeting waiting again.
///
/// # Errors
/// What is wrong, by step and kind.
pub async fn dial(protocol: Protocol, endpoint: &Endpoint) -> Result<Wire, Failure> {
    let (tcp, peer) = reach(protocol, endpoint).await?;
    let wire = match endpoint.security {
        Security::Plain => {
            let mut wire = Wire::new(Stream::Plain(tcp), peer);
            greeting(protocol, &mut wire).await?;
            wire
        }
        Security::Tls => {
            let mut wire = encrypt(protocol, endpoint, tcp, peer).await?;
            greeting(protocol, &mut wire).await?;
            wire
        }
        Security::Starttls => {
            let mut wire = Wire::new(Stream::Plain(tcp), peer);
            greeting(protocol, &mut wire).await?;
            start_tls(protocol, &mut wire).await?;
            let tcp = wire
                .into_plain()
                .ok_or_else(|| Failure::new(protocol.tls(), Problem::Tls, "already encrypted"))?;
            encrypt(protocol, endpoint, tcp, peer).await?
        }
    };
    Ok(match protocol {
        Protocol::Imap => wire,
        Protocol::Smtp => wire.with_greeting(b"220 ready\r\n"),
    })
}

async fn reach(
    protocol: Protocol,
    endpoint: &Endpoint,
) -> Result<(TcpStream, SocketAddr), Failure> {
    let step = protocol.host();
    let target = (endpoint.host.as_str(), endpoint.port);
    let addresses: Vec<SocketAddr> = match timeout(CONNECT, lookup_host(target)).await {
        Err(_) => {
            return Err(Failure::new(
                step,
                Problem::Timeout,
                "looking up the name took too long",
            ));
        }
        Ok(Err(error)) => return Err(Failure::new(step, Problem::UnknownHost, error)),
        Ok(Ok(addresses)) => addresses.collect(),
    };
    let mut last = Failure::new(step, Problem::UnknownHost, "the name has no address");
    for address in addresses.into_iter().take(6) {
        if endpoint.security == Security::Plain && !is_loopback(address.ip()) {
            last = Failure::new(step, Problem::PlainRemote, address.ip());
            continue;
        }
        match timeout(CONNECT, TcpStream::connect(address)).await {
            Err(_) => last = Failure::new(step, Problem::Timeout, address),
            Ok(Err(error)) => last = Failure::io(step, &error),
            Ok(Ok(stream)) => {
                // Commands are small and wait for their answers: Nagle would only delay them.
                let _ = stream.set_nodelay(true);
                return Ok((stream, address));
            }
        }
    }
    Err(last)
}

/// 127.0.0.0/8 and ::1, also written as an IPv4-mapped address.
pub(super) fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

async fn encrypt(
    protocol: Protocol,
    endpoint: &Endpoint,
    tcp: TcpStream,
    peer: SocketAddr,
) -> Result<Wire, Failure> {
    let step = protocol.tls();
    match timeout(GREETING, tls::upgrade(&endpoint.host, tcp)).await {
        Err(_) => Err(Failure::new(
            step,
            Problem::Timeout,
            "the TLS handshake took too long",
        )),
        Ok(Err(error)) => {
            let failure = Failure::io(step, &error);
            // A plain port that is asked for TLS answers with its greeting, or hangs up.
            Err(match failure.problem {
                Problem::Lost | Problem::Protocol => Failure {
                    problem: Problem::Tls,
                    ..failure
                },
                _ => failure,
            })
        }
        Ok(Ok(stream)) => Ok(Wire::new(Stream::Tls(Box::new(stream)), peer)),
    }
}

/// Reads the greeting and refuses what is none.
async fn greeting(protocol: Protocol, wire: &mut Wire) -> Result<(), Failure> {
    let step = protocol.host();
    match protocol {
        Protocol::Imap => {
            let line = line(step, wire).await?;
            let upper = line.to_ascii_uppercase();
            if upper.starts_with("* OK") {
                Ok(())
            } else if upper.starts_with("* BYE") {
                Err(Failure::new(step, Problem::Unwilling, line[5..].trim()))
            } else {
                // PREAUTH too: nobody but a tunnel greets so, and our account is not signed in.
                Err(Failure::new(step, Problem::Protocol, line))
            }
        }
        Protocol::Smtp => {
            let reply = smtp_reply(step, wire).await?;
            match reply.code {
                220 => Ok(()),
                _ => Err(Failure::new(step, Problem::Unwilling, reply.text)),
            }
        }
    }
}

/// Asks for encryption. Whatever the server sends in plain after its consent was put there by
/// somebody else (CVE-2011-0411 and its kin) and breaks the handshake, as we read single bytes up
/// to the end of the line and no further.
async fn start_tls(protocol: Protocol, wire: &mut Wire) -> Result<(), Failure> {
    let step = protocol.tls();
    match protocol {
        Protocol::Imap => {
            say(step, wire, "s STARTTLS\r\n").await?;
            // Untagged lines may come before the answer.
            for _ in 0..MAX_LINES {
                let line = line(step, wire).await?;
                if let Some(answer) = line.strip_prefix("s ") {
                    return if answer.to_ascii_uppercase().starts_with("OK") {
                        Ok(())
                    } else {
                        Err(Failure::new(step, Problem::NoStartTls, answer))
                    };
                }
            }
            Err(Failure::new(
                step,
                Problem::Protocol,
                "no answer to STARTTLS",
            ))
        }
        Protocol::Smtp => {
            say(step, wire, &format!("EHLO {}\r\n", ClientId::default())).await?;
            let hello = smtp_reply(step, wire).await?;
            if hello.code != 250 {
                return Err(Failure::new(step, Problem::NoStartTls, hello.text));
            }
            say(step, wire, "STARTTLS\r\n").await?;
            let reply = smtp_reply(step, wire).await?;
            match reply.code {
                220 => Ok(()),
                _ => Err(Failure::new(step, Problem::NoStartTls, reply.text)),
            }
        }
    }
}

async fn say(step: Step, wire: &mut Wire, line: &str) -> Result<(), Failure> {
    let write = async {
        wire.write_all(line.as_bytes()).await?;
        wire.flush().await
    };
    match timeout(GREETING, write).await {
        Err(_) => Err(Failure::new(
            step,
            Problem::Timeout,
            "the server does not read",
        )),
        Ok(Err(error)) => Err(Failure::io(step, &error)),
        Ok(Ok(())) => Ok(()),
    }
}

/// One line without its end. Byte by byte, so that nothing after it is taken away from the one who
/// reads on; a greeting is short.
async fn line(step: Step, wire: &mut Wire) -> Result<String, Failure> {
    let read = async {
        let mut line = Vec::new();
        loop {
            match wire.read_u8().await? {
                b'\n' => break,
                byte if line.len() < MAX_LINE => line.push(byte),
                _ => {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "the server's greeting has no end",
                    ));
                }
            }
        }
        Ok(line)
    };
    match timeout(GREETING, read).await {
        Err(_) => Err(Failure::new(step, Problem::Timeout, "no greeting")),
        Ok(Err(error)) => Err(Failure::io(step, &error)),
        Ok(Ok(line)) => Ok(String::from_utf8_lossy(&line).trim_end().to_owned()),
    }
}

struct Reply {
    code: u16,
    text: String,
}

/// A reply of SMTP, of one or more lines (RFC 5321, section 4.2).
async fn smtp_reply(step: Step, wire: &mut Wire) -> Result<Reply, Failure> {
    let mut text = String::new();
    for _ in 0..MAX_LINES {
        let line = line(step, wire).await?;
        let parsed = line
            .get(..3)
            .and_then(|code| code.parse::<u16>().ok())
            .filter(|code| (200..600).contains(code));
        let Some(code) = parsed else {
            return Err(Failure::new(step, Problem::Protocol, line));
        };
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&line);
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(Reply { code, text });
        }
    }
    Err(Failure::new(
        step,
        Problem::Protocol,
        "a reply without an end",
    ))
}
