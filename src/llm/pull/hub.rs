//! Downloads from a model hub by HTTP, resumed where they stopped.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use reqwest::header::{CONTENT_RANGE, ETAG, HeaderMap, IF_RANGE, RANGE};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};

use super::Fetched;
use super::progress::Progress;

/// How long a hub may take to be reached, and to send anything at all.
const CONNECT_LIMIT: Duration = Duration::from_secs(8);
const SILENCE_LIMIT: Duration = Duration::from_secs(60);

/// Times a broken connection is taken up again before giving up for now.
const ATTEMPTS: u32 = 4;

/// Time before the second attempt; the next wait longer.
const PAUSE: Duration = Duration::from_millis(300);

/// Downloads `url` to `part`, going on with what lies there from before.
pub(super) async fn download(
    url: &str,
    part: &Path,
    progress: &Progress,
) -> anyhow::Result<Fetched> {
    require_safe(url)?;
    let claimed = claimed_hash(url).await?;
    let client = client(Policy::default())?;
    let mut last = None;
    for number in 0..ATTEMPTS {
        tokio::time::sleep(PAUSE * number).await;
        match attempt(&client, url, part, claimed.as_deref(), progress).await {
            Ok(()) => {
                return Ok(Fetched {
                    from: url.to_owned(),
                    claimed,
                });
            }
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Broken(error)) => {
                progress.say(&format!("{error:#}; going on"));
                last = Some(error);
            }
        }
    }
    let last = last.unwrap_or_else(|| anyhow::anyhow!("no attempt was made"));
    Err(last.context("the download broke off; the next pull goes on from here"))
}

enum Failure {
    /// Trying again can help.
    Broken(anyhow::Error),
    /// It cannot.
    Final(anyhow::Error),
}

/// The hub may be any address over HTTPS; plain HTTP is for one on this machine.
fn require_safe(url: &str) -> anyhow::Result<()> {
    let parsed = reqwest::Url::parse(url).with_context(|| format!("the address {url}"))?;
    let local = matches!(parsed.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    anyhow::ensure!(
        parsed.scheme() == "https" || (parsed.scheme() == "http" && local),
        "{url}: models are fetched over https only"
    );
    Ok(())
}

fn client(redirects: Policy) -> anyhow::Result<Client> {
    // Where the program has chosen its TLS provider already, this one is the same.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .redirect(redirects)
        .connect_timeout(CONNECT_LIMIT)
        .read_timeout(SILENCE_LIMIT)
        .user_agent(concat!("kontor/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("setting up HTTPS")
}

/// The hash the hub knows the file by. Hubs that keep large files apart tell it in a header of
/// their redirect, before the storage's own headers come.
async fn claimed_hash(url: &str) -> anyhow::Result<Option<String>> {
    let response = client(Policy::none())?
        .head(url)
        .timeout(SILENCE_LIMIT)
        .send()
        .await
        .map_err(|error| unreachable_hub(url, &error))?;
    let status = response.status();
    anyhow::ensure!(
        !status.is_client_error() && !status.is_server_error(),
        "{url} answers {status}"
    );
    Ok(header(response.headers(), "x-linked-etag")
        .map(|value| value.trim_matches('"').to_ascii_lowercase())
        .filter(|hash| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())))
}

/// Why a request got no answer: the innermost cause says it, the rest repeats the address.
fn unreachable_hub(url: &str, error: &reqwest::Error) -> anyhow::Error {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    anyhow::anyhow!("{url} cannot be reached: {cause}")
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Beside the part of a file lies which version of it that is.
fn version_file(part: &Path) -> PathBuf {
    part.with_extension("part-version")
}

/// Removes the part of a file and what lies beside it.
pub(super) fn discard(part: &Path) {
    for path in [part.to_owned(), version_file(part)] {
        if let Err(error) = fs::remove_file(&path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, path = %path.display(), "cannot be removed");
        }
    }
}

async fn attempt(
    client: &Client,
    url: &str,
    part: &Path,
    claimed: Option<&str>,
    progress: &Progress,
) -> Result<(), Failure> {
    let have = fs::metadata(part).map_or(0, |metadata| metadata.len());
    let version = fs::read_to_string(version_file(part)).unwrap_or_default();
    // What lies there is of use only if it is of the same version: known by the hub's hash, or by
    // the server's tag (RFC 9110, section 13.1.5).
    let same_file = claimed.is_some_and(|claimed| version == claimed);
    let tag = version.strip_prefix("etag:").filter(|tag| !tag.is_empty());
    let mut request = client.get(url);
    if have > 0 && (same_file || tag.is_some()) {
        request = request.header(RANGE, format!("bytes={have}-"));
        if let (false, Some(tag)) = (same_file, tag) {
            request = request.header(IF_RANGE, tag);
        }
    }
    let mut response = request
        .send()
        .await
        .map_err(|error| Failure::Broken(unreachable_hub(url, &error)))?;
    let status = response.status();
    let from = match status {
        StatusCode::OK => 0,
        StatusCode::PARTIAL_CONTENT if begins_at(response.headers()) == Some(have) => have,
        // Everything is there already, or more than there is: the check afterwards tells.
        StatusCode::RANGE_NOT_SATISFIABLE => return Ok(()),
        _ if status.is_server_error() => {
            return Err(Failure::Broken(anyhow::anyhow!("{url} answers {status}")));
        }
        _ => return Err(Failure::Final(anyhow::anyhow!("{url} answers {status}"))),
    };
    let to_write = |error: std::io::Error| {
        let error = anyhow::Error::from(error);
        Failure::Final(error.context(format!("writing {}", part.display())))
    };
    let version = match (claimed, header(response.headers(), ETAG.as_str())) {
        (Some(claimed), _) => claimed.to_owned(),
        // A weak tag does not promise the same bytes.
        (None, Some(tag)) if !tag.starts_with("W/") => format!("etag:{tag}"),
        _ => String::new(),
    };
    fs::write(version_file(part), version).map_err(to_write)?;
    let mut file = open(part, from).map_err(to_write)?;
    let total = response.content_length().map(|rest| from + rest);
    let name = url.rsplit('/').next().unwrap_or(url);
    let transfer = progress.transfer(name, total, from);
    loop {
        let chunk = response
            .chunk()
            .await
            .with_context(|| format!("the connection to {url} broke"))
            .map_err(Failure::Broken)?;
        let Some(chunk) = chunk else { break };
        file.write_all(&chunk).map_err(to_write)?;
        transfer.advance(chunk.len() as u64);
    }
    let have = file.metadata().map_err(to_write)?.len();
    match total {
        Some(total) if have < total => Err(Failure::Broken(anyhow::anyhow!(
            "the connection to {url} ended after {have} of {total} bytes"
        ))),
        _ => Ok(()),
    }
}

fn open(part: &Path, from: u64) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    if from > 0 {
        options.append(true)
    } else {
        options.write(true).create(true).truncate(true)
    };
    options.open(part)
}

/// The first byte of a partial answer: `Content-Range: bytes 5-9/10` (RFC 9110, section 14.4).
fn begins_at(headers: &HeaderMap) -> Option<u64> {
    let range = header(headers, CONTENT_RANGE.as_str())?.strip_prefix("bytes ")?;
    range.split('-').next()?.parse().ok()
}
