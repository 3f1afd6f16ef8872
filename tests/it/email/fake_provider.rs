//! A token endpoint as small as it can be (RFC 6749, RFC 7636), that also misbehaves on demand.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What the provider knows and how it behaves.
#[derive(Clone, Default)]
pub struct Behaviour {
    /// Codes it gave, with the PKCE challenge that each was asked with.
    pub codes: BTreeMap<String, String>,
    /// The refresh token that holds; nothing after the permission was withdrawn.
    pub refresh_token: Option<String>,
    /// The newest access token.
    pub access_token: String,
    /// What its tokens live, in seconds.
    pub life: i64,
    /// Answers this instead, whatever is asked.
    pub answer: Option<(u16, Vec<u8>)>,
}

/// The provider; it ends with the test's runtime.
#[derive(Clone)]
pub struct FakeProvider {
    pub port: u16,
    pub behaviour: Arc<Mutex<Behaviour>>,
    /// The forms it got.
    pub asked: Arc<Mutex<Vec<BTreeMap<String, String>>>>,
}

pub const SECRET: &str = "client secret & more";

impl FakeProvider {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let provider = Self {
            port: listener.local_addr().expect("an address").port(),
            behaviour: Arc::new(Mutex::new(Behaviour {
                life: 3_600,
                ..Behaviour::default()
            })),
            asked: Arc::default(),
        };
        let accepting = provider.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let provider = accepting.clone();
                tokio::spawn(async move {
                    let _ = provider.serve(stream).await;
                });
            }
        });
        provider
    }

    pub fn change<T>(&self, change: impl FnOnce(&mut Behaviour) -> T) -> T {
        change(&mut self.behaviour.lock().expect("the behaviour"))
    }

    pub fn asked(&self) -> usize {
        self.asked.lock().expect("what was asked").len()
    }

    async fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut read = Vec::new();
        let body = loop {
            let mut piece = [0; 4096];
            let n = stream.read(&mut piece).await?;
            if n == 0 {
                return Ok(());
            }
            read.extend_from_slice(&piece[..n]);
            let text = String::from_utf8_lossy(&read).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let length = head
                .lines()
                .filter_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length: ")
                        .map(str::to_owned)
                })
                .find_map(|value| value.trim().parse::<usize>().ok())
                .unwrap_or(0);
            if body.len() >= length {
                break body.to_owned();
            }
        };
        let form: BTreeMap<String, String> = body
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (decode(name), decode(value)))
            .collect();
        self.asked
            .lock()
            .expect("what was asked")
            .push(form.clone());
        let (status, answer) =
            self.change(|b| b.answer.clone().unwrap_or_else(|| answer(b, &form)));
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            answer.len()
        );
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(&answer).await?;
        stream.shutdown().await
    }
}

fn answer(b: &mut Behaviour, form: &BTreeMap<String, String>) -> (u16, Vec<u8>) {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    let of = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let refuse = |code: &str| (400, format!("{{\"error\":\"{code}\"}}").into_bytes());
    if of("client_id") != "kontor" || of("client_secret") != SECRET {
        return refuse("invalid_client");
    }
    let good = match of("grant_type") {
        "authorization_code" => {
            let challenge = b.codes.remove(of("code"));
            let hash = kontor::ids::sha256(of("code_verifier").as_bytes());
            of("redirect_uri").ends_with("/settings/mailboxes/grant")
                && challenge == Some(BASE64_URL_SAFE_NO_PAD.encode(hash))
        }
        "refresh_token" => b.refresh_token.as_deref() == Some(of("refresh_token")),
        _ => return refuse("unsupported_grant_type"),
    };
    if !good {
        return refuse("invalid_grant");
    }
    b.access_token = format!("access-{}", kontor::ids::token());
    let mut said = format!(
        "{{\"access_token\":\"{}\",\"token_type\":\"Bearer\",\"expires_in\":{}",
        b.access_token, b.life
    );
    if of("grant_type") == "authorization_code" {
        b.refresh_token = Some(format!("refresh-{}", kontor::ids::token()));
        said += &format!(
            ",\"refresh_token\":\"{}\"",
            b.refresh_token.as_deref().unwrap_or_default()
        );
    }
    (200, (said + "}").into_bytes())
}

/// Percent-decodes a value of a form or of an address.
pub fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
        let digits = std::str::from_utf8(&digits).unwrap_or("00").to_owned();
        bytes.push(u8::from_str_radix(&digits, 16).unwrap_or(b'?'));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
