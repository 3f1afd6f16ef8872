//! Requests that Kontor makes of its own, to addresses that people typed: they reach the public
//! internet and nothing else. A name that stands for this machine or for the network around it is
//! refused when it is resolved, so that it cannot change between looking and connecting.

use std::{
    error::Error as StdError,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use reqwest::{
    Client, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};

/// How long a request may take as a whole.
const LIMIT: Duration = Duration::from_secs(20);
/// How long one address may take to answer.
const CONNECT: Duration = Duration::from_secs(8);
/// What is read of an answer.
const LARGEST: usize = 256 * 1024;

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Sends a form by POST and reads the answer; redirects are not followed. `loopback` lets it reach
/// this machine, also without encryption: the operator's setting, for tests.
///
/// # Errors
/// What went wrong, in words without the form's values.
pub async fn post_form(
    url: &str,
    fields: &[(&str, &str)],
    loopback: bool,
) -> Result<Answer, String> {
    let url = checked(url, loopback)?;
    let client = client(loopback).map_err(|error| innermost(&error))?;
    let body: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    let request = client
        .post(url)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Accept", "application/json")
        .body(body.join("&"));
    let mut response = request.send().await.map_err(|error| innermost(&error))?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| innermost(&error))? {
        if body.len() + chunk.len() > LARGEST {
            return Err("the answer is too long".into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, body })
}

/// The address, if it may be asked at all. An IP address in it is not resolved, so it is looked at
/// here.
fn checked(url: &str, loopback: bool) -> Result<Url, String> {
    let url = Url::parse(url).map_err(|error| error.to_string())?;
    let host = url.host_str().unwrap_or_default();
    let address: Option<IpAddr> = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse()
        .ok();
    let local = host == "localhost" || address.is_some_and(|a| a.to_canonical().is_loopback());
    if loopback && local && matches!(url.scheme(), "http" | "https") {
        return Ok(url);
    }
    if url.scheme() != "https" {
        return Err("only https addresses are asked".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the address has a name or password in it".into());
    }
    match address {
        Some(address) if !is_public(address) => Err(REFUSED.into()),
        _ => Ok(url),
    }
}

const REFUSED: &str = "the address lies inside this machine or its network";

fn client(loopback: bool) -> reqwest::Result<Client> {
    // Where the program has chosen its TLS provider already, this one is the same.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .dns_resolver(Arc::new(Guard { loopback }))
        .connect_timeout(CONNECT)
        .timeout(LIMIT)
        .user_agent(concat!("kontor/", env!("CARGO_PKG_VERSION")))
        .build()
}

struct Guard {
    loopback: bool,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let loopback = self.loopback;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0))
                .await?
                .filter(|address| {
                    let ip = address.ip().to_canonical();
                    is_public(ip) || (loopback && ip.is_loopback())
                })
                .collect();
            if found.is_empty() {
                return Err(REFUSED.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the public internet (the registries of RFC 6890).
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    !(v4.is_loopback()
        || v4.is_private()
        || v4.is_link_local()
        || v4.is_documentation()
        || a == 0
        || a >= 224
        // Shared address space (RFC 6598), protocol assignments, benchmarks.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b)))
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    let [a, b, .., g, h] = v6.segments();
    let inner = Ipv4Addr::from((u32::from(g) << 16) | u32::from(h));
    match (a, b) {
        // NAT64 (RFC 6052) leads to the IPv4 address inside.
        (0x64, 0xff9b) => is_public_v4(inner),
        // 6to4 and documentation.
        (0x2002, _) | (0x2001, 0xdb8) => false,
        // Global unicast is 2000::/3; all else is local, multicast or not assigned.
        _ => a & 0xe000 == 0x2000,
    }
}

fn innermost(error: &dyn StdError) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// Percent-encodes everything but unreserved characters (RFC 3986, section 2.3).
pub fn encode(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(char::from(b));
        } else {
            let _ = write!(out, "%{b:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inside_is_no_address_to_ask() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn only_https_and_nothing_inside() {
        for bad in [
            "http://example.com/token",
            "https://127.0.0.1/token",
            "https://[::1]/token",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/latest",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://user:pw@example.com/",
            "file:///etc/passwd",
            "ftp://example.com",
            "x",
            "",
        ] {
            assert!(checked(bad, false).is_err(), "{bad}");
        }
        assert!(checked("https://login.example.com/token", false).is_ok());
        assert!(checked("http://127.0.0.1:9/token", true).is_ok());
        assert!(checked("http://10.0.0.1/token", true).is_err());
    }

    #[tokio::test]
    async fn a_name_that_stands_for_this_machine_is_refused() {
        let error = post_form("https://localhost:1/token", &[], false)
            .await
            .unwrap_err();
        assert!(error.contains(REFUSED), "{error}");
    }
}
