//! Static files from inside the binary, under addresses that carry a hash of their content, so
//! that a browser keeps them for a year and an upgrade is seen at once.

use std::{collections::HashMap, io::Write, sync::LazyLock};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use poem::{
    Response, handler,
    http::{StatusCode, header},
    web::Path,
};
use rust_embed::RustEmbed;
use serde::Deserialize;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

struct Asset {
    url: String,
    content_type: &'static str,
    body: Bytes,
    gzip: Option<Bytes>,
}

#[derive(Deserialize)]
struct Bundles {
    #[serde(flatten)]
    bundles: HashMap<String, Vec<String>>,
}

static ASSETS: LazyLock<HashMap<String, Asset>> = LazyLock::new(load);

fn load() -> HashMap<String, Asset> {
    let mut all: HashMap<String, Vec<u8>> = Files::iter()
        .filter_map(|name| Some((name.to_string(), Files::get(&name)?.data.into_owned())))
        .collect();
    // bundles.toml: `"kontor.css" = ["css/reset.css", …]`, joined in that order.
    if let Some(list) = all.remove("bundles.toml") {
        match toml::from_str::<Bundles>(&String::from_utf8_lossy(&list)) {
            Ok(list) => {
                for (name, parts) in list.bundles {
                    let mut joined = Vec::new();
                    for part in &parts {
                        match all.get(part) {
                            Some(bytes) => joined.extend_from_slice(bytes),
                            None => tracing::error!(bundle = name, part, "bundle part is missing"),
                        }
                        joined.push(b'\n');
                    }
                    all.insert(name, joined);
                }
            }
            Err(error) => tracing::error!(%error, "static/bundles.toml is faulty"),
        }
    }
    all.into_iter()
        .map(|(name, bytes)| {
            let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
            let hash = BASE64_URL_SAFE_NO_PAD.encode(&digest.as_ref()[..9]);
            let content_type = content_type(&name);
            let gzip = compressible(content_type).then(|| gzip(&bytes)).flatten();
            let asset = Asset {
                url: format!("/static/{hash}/{name}"),
                content_type,
                body: bytes.into(),
                gzip,
            };
            (name, asset)
        })
        .collect()
}

fn gzip(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "webmanifest" | "json" => "application/json",
        _ => "text/plain; charset=utf-8",
    }
}

fn compressible(content_type: &str) -> bool {
    content_type.starts_with("text/")
        || content_type.contains("svg")
        || content_type.contains("json")
}

/// The address of a static file, with its hash: `url("kontor.css")`.
/// An unknown name gives an address that answers 404; a test walks all names used in templates.
pub fn url(name: &str) -> String {
    ASSETS
        .get(name)
        .map_or_else(|| format!("/static/missing/{name}"), |a| a.url.clone())
}

/// The size of a static file as sent (gzip where it helps), in bytes.
pub fn sent_size(name: &str) -> Option<usize> {
    ASSETS
        .get(name)
        .map(|a| a.gzip.as_ref().map_or(a.body.len(), Bytes::len))
}

/// `GET /static/<hash>/<name>`: any hash answers with the present content, only the right one is
/// cached for long (a page of an older version may still ask while an upgrade goes on).
#[handler]
pub fn serve(Path((hash, name)): Path<(String, String)>, req: &poem::Request) -> Response {
    let Some(asset) = ASSETS.get(&name) else {
        return StatusCode::NOT_FOUND.into();
    };
    let current = asset.url.split('/').nth(2) == Some(hash.as_str());
    let accepts_gzip = req
        .header(header::ACCEPT_ENCODING)
        .is_some_and(|v| v.split(',').any(|e| e.trim().starts_with("gzip")));
    let mut response = Response::builder()
        .content_type(asset.content_type)
        .header(header::VARY, "Accept-Encoding")
        .header("X-Content-Type-Options", "nosniff")
        .header(
            header::CACHE_CONTROL,
            if current {
                "public, max-age=31536000, immutable"
            } else {
                "no-cache"
            },
        );
    let body = match &asset.gzip {
        Some(gzip) if accepts_gzip => {
            response = response.header(header::CONTENT_ENCODING, "gzip");
            gzip.clone()
        }
        _ => asset.body.clone(),
    };
    response.body(body)
}
