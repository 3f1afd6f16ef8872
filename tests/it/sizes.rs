//! What a first visit loads, as it goes over the wire, and that everything named is there.

use std::collections::BTreeSet;

use kontor::web::assets;

use crate::support::{TestShop, files, read};

/// The static addresses a page names, without fragments.
fn named(page: &str) -> BTreeSet<String> {
    page.split(['"', '\''])
        .filter(|part| part.starts_with("/static/"))
        .map(|part| part.split('#').next().unwrap_or_default().to_owned())
        .collect()
}

/// The bytes of everything a page names, gzip where it helps.
fn weight(page: &str) -> usize {
    let named = named(page);
    assert!(
        named.len() >= 2,
        "a page without a style and an icon: {named:?}"
    );
    named
        .iter()
        .map(|address| {
            let name = address.splitn(4, '/').nth(3).unwrap_or_default();
            assets::sent_size(name).unwrap_or_else(|| panic!("{address} is not there"))
        })
        .sum()
}

#[tokio::test]
async fn the_desk_loads_less_than_60_kb_and_the_portal_less_than_30() {
    let test = TestShop::open().await;
    let desk = test.owners_browser().await.get("/inbox").await;
    assert_eq!(desk.status, 200, "{}", desk.text);
    let weight_of_desk = weight(&desk.text);
    assert!(
        weight_of_desk < 60_000,
        "the desk loads {weight_of_desk} bytes"
    );
    for path in ["/s/lamp", "/s/lamp/contact", "/s/lamp/help"] {
        let page = test.browser().get(path).await;
        assert_eq!(page.status, 200, "{path}");
        let weight = weight(&page.text);
        assert!(weight < 30_000, "{path} loads {weight} bytes");
    }
}

#[test]
fn every_static_file_a_template_or_a_bundle_names_is_there() {
    let mut seen = 0;
    for template in files("templates", ".html") {
        let text = read(&template);
        for part in text.split("assets::url(\"").skip(1) {
            let name = part.split('"').next().unwrap_or_default();
            assert!(assets::sent_size(name).is_some(), "{template}: {name}");
            seen += 1;
        }
    }
    assert!(seen >= 3, "templates name {seen} static files");
    let bundles: toml::Table = read("static/bundles.toml").parse().expect("bundles.toml");
    for (bundle, parts) in &bundles {
        assert!(assets::sent_size(bundle).is_some(), "{bundle}");
        for part in parts.as_array().expect("a list") {
            let part = part.as_str().expect("a name");
            assert!(assets::sent_size(part).is_some(), "{bundle}: {part}");
        }
    }
    // What no bundle takes up is dead weight nobody would notice.
    for style in files("static/css", ".css") {
        let name = style.trim_start_matches("static/");
        let taken = bundles
            .values()
            .filter_map(|parts| parts.as_array())
            .flatten()
            .any(|part| part.as_str() == Some(name));
        assert!(taken, "{style} is in no bundle");
    }
}

#[tokio::test]
async fn a_static_file_is_kept_for_a_year_and_comes_packed() {
    let test = TestShop::open().await;
    let browser = test.browser();
    let address = assets::url("kontor.css");
    let answer = browser
        .get_with(&address, &[("Accept-Encoding", "br, gzip")])
        .await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("Cache-Control").contains("immutable"));
    assert_eq!(answer.header("Content-Encoding"), "gzip");
    let plain = browser.get(&address).await;
    assert_eq!(plain.header("Content-Encoding"), "");
    assert!(plain.text.contains("@layer"));
    let old = browser.get("/static/older/kontor.css").await;
    assert_eq!(
        (old.status.as_u16(), old.header("Cache-Control")),
        (200, "no-cache")
    );
    for missing in [
        "/static/x/nothing.css",
        "/static/x/../../Cargo.toml",
        "/static/x/bundles.toml",
    ] {
        assert_eq!(browser.get(missing).await.status, 404, "{missing}");
    }
}
