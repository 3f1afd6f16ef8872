//! Pulls from a hub of our own on loopback.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use kontor_llm::ModelKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::llm::catalogue::{self, Source};

/// A hub with one file, whatever the path.
struct Hub {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

#[derive(Clone)]
struct Offer {
    content: Vec<u8>,
    tag: &'static str,
    /// The first answers break off after this many bytes.
    break_after: Option<usize>,
    breaks: usize,
    /// The hash of the `x-linked-etag` header.
    claims: Option<String>,
    status: u16,
}

impl Default for Offer {
    fn default() -> Self {
        Self {
            content: model("llama", 4096),
            tag: "\"one\"",
            break_after: None,
            breaks: 0,
            claims: None,
            status: 200,
        }
    }
}

async fn hub(offer: Offer) -> Hub {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    let broken = Arc::new(AtomicUsize::new(0));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                if stream.read(&mut byte).await.unwrap_or(0) == 0 {
                    break;
                }
                head.push(byte[0]);
            }
            let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
            seen.lock().unwrap().push(head.clone());
            let (status, headers, mut body) = answer(&offer, &head);
            if head.starts_with("get") && broken.fetch_add(1, Ordering::SeqCst) < offer.breaks {
                body.truncate(offer.break_after.unwrap_or(usize::MAX));
            }
            let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n{headers}\r\n");
            let _gone = stream.write_all(head.as_bytes()).await;
            let _gone = stream.write_all(&body).await;
            let _gone = stream.shutdown().await;
        }
    });
    Hub { url, requests }
}

fn answer(offer: &Offer, head: &str) -> (u16, String, Vec<u8>) {
    let line = |name: &str| {
        head.lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")))
            .map(str::to_owned)
    };
    let claims = offer.claims.as_ref();
    let claims = claims.map_or(String::new(), |hash| {
        format!("x-linked-etag: \"{hash}\"\r\n")
    });
    if offer.status != 200 {
        return (offer.status, "content-length: 0\r\n".into(), Vec::new());
    }
    if head.starts_with("head") {
        let length = offer.content.len();
        return (
            200,
            format!("content-length: {length}\r\n{claims}"),
            Vec::new(),
        );
    }
    let tag = offer.tag;
    let same = line("if-range").is_none_or(|wanted| wanted == tag);
    let from =
        line("range").and_then(|r| r.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let total = offer.content.len();
    match from {
        Some(from) if same && from < total => {
            let rest = offer.content[from..].to_vec();
            let headers = format!(
                "content-length: {}\r\ncontent-range: bytes {from}-{}/{total}\r\netag: {tag}\r\n",
                rest.len(),
                total - 1
            );
            (206, headers, rest)
        }
        Some(from) if same && from >= total => (416, "content-length: 0\r\n".into(), Vec::new()),
        _ => {
            let headers = format!("content-length: {total}\r\netag: {tag}\r\n");
            (200, headers, offer.content.clone())
        }
    }
}

/// A small model file: one tensor of `bytes` bytes.
fn model(architecture: &str, bytes: usize) -> Vec<u8> {
    let text = |text: &str| [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat();
    let mut out = b"GGUF".to_vec();
    out.extend(3_u32.to_le_bytes());
    out.extend(1_u64.to_le_bytes());
    out.extend(1_u64.to_le_bytes());
    out.extend(text("general.architecture"));
    out.extend(8_u32.to_le_bytes());
    out.extend(text(architecture));
    out.extend(text("t"));
    out.extend(1_u32.to_le_bytes());
    out.extend((bytes as u64).to_le_bytes());
    out.extend(24_u32.to_le_bytes());
    out.extend(0_u64.to_le_bytes());
    let data = out.len().next_multiple_of(32);
    out.resize(data, 0);
    out.extend((0..bytes).map(|n| (n % 251) as u8));
    out
}

/// An entry nobody vouches for.
fn entry() -> &'static Entry {
    let unverified = |entry: &&Entry| entry.sha256.is_none();
    catalogue::CATALOGUE.iter().find(unverified).unwrap()
}

struct Bench {
    _folder: tempfile::TempDir,
    store: ModelStore,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    Bench {
        store: ModelStore::of_data(folder.path()),
        _folder: folder,
    }
}

async fn pull_from(bench: &Bench, hub: &Hub) -> anyhow::Result<Pulled> {
    pull(&bench.store, entry(), &hub.url, &Progress::silent()).await
}

fn leftovers(bench: &Bench) -> Vec<String> {
    let listing = std::fs::read_dir(bench.store.folder()).unwrap();
    let mut names: Vec<_> = listing
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn an_unverified_model_is_pinned_at_its_first_pull() {
    let bench = bench();
    let hub = hub(Offer::default()).await;
    let pulled = pull_from(&bench, &hub).await.unwrap();
    assert!(!pulled.verified && pulled.from.is_some());
    assert_eq!(leftovers(&bench), [entry().file, "pins.toml"]);
    let pinned = bench.store.expected_hash(entry().file).unwrap();
    assert_eq!(pinned, Some(pulled.sha256.clone()));

    let again = pull_from(&bench, &hub).await.unwrap();
    assert_eq!((again.from, again.sha256), (None, pulled.sha256));
    let verified = bench.store.verify(entry().file).unwrap();
    assert!(verified.known && !verified.vouched && verified.kind == ModelKind::Chat);
}

#[tokio::test]
async fn a_changed_file_does_not_replace_a_pinned_one() {
    let bench = bench();
    pull_from(&bench, &hub(Offer::default()).await)
        .await
        .unwrap();
    std::fs::remove_file(bench.store.path(entry().file).unwrap()).unwrap();
    let changed = hub(Offer {
        content: model("llama", 8192),
        ..Offer::default()
    });
    let error = format!("{:#}", pull_from(&bench, &changed.await).await.unwrap_err());
    assert!(error.contains("known is"), "{error}");
    assert_eq!(leftovers(&bench), ["pins.toml"], "what was refused is gone");
}

#[tokio::test]
async fn a_broken_download_goes_on_where_it_stopped() {
    let bench = bench();
    let hub = hub(Offer {
        break_after: Some(1000),
        breaks: 2,
        ..Offer::default()
    })
    .await;
    let pulled = pull_from(&bench, &hub).await.unwrap();
    assert_eq!(pulled.bytes, Offer::default().content.len() as u64);
    bench.store.verify(entry().file).unwrap();
    let requests = hub.requests.lock().unwrap();
    let ranges: Vec<_> = requests
        .iter()
        .filter_map(|head| {
            head.lines()
                .find_map(|line| line.strip_prefix("range: bytes="))
        })
        .collect();
    assert_eq!(ranges, ["1000-", "2000-"]);
}

#[tokio::test]
async fn another_run_goes_on_too_but_never_mixes_two_versions() {
    let bench = bench();
    let never_ends = hub(Offer {
        break_after: Some(500),
        breaks: usize::MAX,
        ..Offer::default()
    });
    let error = pull_from(&bench, &never_ends.await).await.unwrap_err();
    assert!(
        format!("{error:#}").contains("goes on from here"),
        "{error:#}"
    );
    let part = format!("{}.part", entry().file);
    assert!(leftovers(&bench).contains(&part));

    let newer = model("llama", 6000);
    let other = hub(Offer {
        content: newer.clone(),
        tag: "\"two\"",
        ..Offer::default()
    });
    let pulled = pull_from(&bench, &other.await).await.unwrap();
    assert_eq!(pulled.bytes, newer.len() as u64);
    let path = bench.store.path(entry().file).unwrap();
    assert!(std::fs::read(path).unwrap() == newer);
}

#[tokio::test]
async fn what_is_no_model_is_refused() {
    let embedding = model("bert", 64);
    let cut = model("llama", 4096)[..2000].to_vec();
    let cases = [
        (b"<html>sign in first</html>".to_vec(), "no GGUF"),
        (cut, "cut short"),
        (embedding, "expected is chat"),
    ];
    for (content, word) in cases {
        let bench = bench();
        let hub = hub(Offer {
            content,
            ..Offer::default()
        });
        let error = format!("{:#}", pull_from(&bench, &hub.await).await.unwrap_err());
        assert!(error.contains(word), "{error} lacks {word}");
        assert!(leftovers(&bench).is_empty(), "{:?}", leftovers(&bench));
    }
}

#[tokio::test]
async fn the_hubs_own_hash_is_held_against_the_file() {
    let right = Offer::default();
    let hash = ring::digest::digest(&ring::digest::SHA256, &right.content);
    let hash: String = hash
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let honest = hub(Offer {
        claims: Some(hash),
        ..right.clone()
    });
    let bench_one = bench();
    assert!(pull_from(&bench_one, &honest.await).await.unwrap().verified);
    let lying = hub(Offer {
        claims: Some("ab".repeat(32)),
        ..right
    });
    let bench_two = bench();
    let error = format!(
        "{:#}",
        pull_from(&bench_two, &lying.await).await.unwrap_err()
    );
    assert!(error.contains("the source says abab"), "{error}");
}

#[tokio::test]
async fn an_answer_that_is_no_file_is_told() {
    let bench = bench();
    let hub = hub(Offer {
        status: 404,
        ..Offer::default()
    });
    let error = format!("{:#}", pull_from(&bench, &hub.await).await.unwrap_err());
    assert!(error.contains("404"), "{error}");
}

#[tokio::test]
async fn plain_http_is_for_this_machine_only() {
    let bench = bench();
    let progress = Progress::silent();
    let error = pull(&bench.store, entry(), "http://models.example", &progress).await;
    let error = format!("{:#}", error.unwrap_err());
    assert!(error.contains("https only"), "{error}");
}

#[test]
fn only_verified_models_come_out_of_packages() {
    for entry in catalogue::CATALOGUE {
        let package = |source: &Source| matches!(source, Source::Pip { .. });
        assert!(
            !entry.sources.iter().any(package) || entry.sha256.is_some(),
            "{entry:?}"
        );
    }
}
