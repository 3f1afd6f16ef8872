//! The list of all routes, with who may use them; held against the sources by a scan.

use std::collections::BTreeSet;

use crate::support::{files, read};

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// Anybody.
    All,
    /// Whoever has a signed address.
    Signed,
    /// Agents of the shop.
    Agents,
    /// Owners and admins of the shop.
    Admins,
    /// Shoppers who have shown that the address is theirs.
    Shoppers,
}

use For::{Admins, Agents, All, Shoppers, Signed};

/// Method, address, who. A new route is written here, and the walk tries it with every role.
pub const ROUTES: &[(&str, &str, For)] = &[
    ("GET", "/static/:hash/*name", All),
    ("GET", "/healthz", All),
    ("GET", "/readyz", All),
    ("GET", "/metrics", All),
    ("GET", "/events", Agents),
    // The desk.
    ("GET", "/", All),
    ("GET", "/session", All),
    ("POST", "/session", All),
    ("POST", "/session/end", All),
    ("GET", "/inbox", Agents),
    ("GET", "/inbox/rows/:id", Agents),
    ("GET", "/conversations/:id", Agents),
    ("POST", "/conversations/:id/replies", Agents),
    (
        "POST",
        "/conversations/:id/replies/:message/removal",
        Agents,
    ),
    (
        "POST",
        "/conversations/:id/replies/:message/dispatch",
        Agents,
    ),
    (
        "POST",
        "/conversations/:id/replies/:message/hold/removal",
        Agents,
    ),
    (
        "POST",
        "/conversations/:id/draft/files/:file/removal",
        Agents,
    ),
    ("POST", "/conversations/:id/notes", Agents),
    ("POST", "/conversations/:id/assignment", Agents),
    ("POST", "/conversations/:id/priority", Agents),
    ("POST", "/conversations/:id/tags", Agents),
    ("POST", "/conversations/:id/tags/:tag/removal", Agents),
    ("POST", "/conversations/:id/closure", Agents),
    ("POST", "/conversations/:id/closure/removal", Agents),
    ("POST", "/conversations/:id/snooze", Agents),
    ("POST", "/conversations/:id/snooze/removal", Agents),
    ("PUT", "/conversations/:id/draft", Agents),
    ("POST", "/conversations/:id/draft", Agents),
    ("POST", "/conversations/:id/draft/adoption", Agents),
    ("POST", "/conversations/:id/draft/removal", Agents),
    ("GET", "/messages/:id/body", Agents),
    ("GET", "/messages/:id/raw", Agents),
    ("GET", "/messages/:id/details", Agents),
    ("GET", "/attachments/:id", Agents),
    ("GET", "/inline/:id", Signed),
    ("GET", "/runs/:id", Agents),
    ("GET", "/search", Agents),
    ("GET", "/orders", Agents),
    ("GET", "/orders/:id", Agents),
    ("GET", "/orders/import", Admins),
    ("POST", "/orders/import", Admins),
    ("POST", "/orders/import/:upload", Admins),
    ("GET", "/knowledge", Agents),
    ("GET", "/knowledge/new", Agents),
    ("POST", "/knowledge/new", Agents),
    ("GET", "/knowledge/:id", Agents),
    ("POST", "/knowledge/:id", Agents),
    ("POST", "/knowledge/:id/removal", Agents),
    ("GET", "/operations/backups", Admins),
    ("POST", "/operations/backups", Admins),
    ("POST", "/operations/backups/settings", Admins),
    ("GET", "/settings/mailboxes", Admins),
    ("POST", "/settings/mailboxes", Admins),
    ("GET", "/settings/mailboxes/new", Admins),
    ("GET", "/settings/mailboxes/grant", Admins),
    ("POST", "/settings/mailboxes/:id/grant", Admins),
    ("POST", "/settings/sending", Admins),
    ("POST", "/settings/mailboxes/probe", Admins),
    ("GET", "/settings/mailboxes/:id", Admins),
    ("POST", "/settings/mailboxes/:id", Admins),
    ("POST", "/settings/mailboxes/:id/pause", Admins),
    ("POST", "/settings/mailboxes/:id/pause/removal", Admins),
    ("GET", "/settings/assistant", Admins),
    ("POST", "/settings/assistant", Admins),
    ("GET", "/settings/assistant/templates/:name", Admins),
    ("POST", "/settings/assistant/templates/:name", Admins),
    (
        "POST",
        "/settings/assistant/templates/:name/removal",
        Admins,
    ),
    ("GET", "/settings/models", Admins),
    ("GET", "/operations/jobs", Admins),
    ("POST", "/operations/jobs/:id/retry", Admins),
    ("POST", "/operations/jobs/:id/removal", Admins),
    ("GET", "/operations/inbound", Admins),
    ("POST", "/operations/inbound/replays", Admins),
    ("GET", "/operations/mailboxes", Admins),
    ("GET", "/operations/mailboxes/:id", Admins),
    ("POST", "/operations/mailboxes/:id/comparison", Admins),
    ("GET", "/operations/inbound/:id", Admins),
    ("GET", "/operations/inbound/:id/raw", Admins),
    ("POST", "/operations/inbound/:id/retry", Admins),
    ("POST", "/operations/inbound/:id/release", Admins),
    ("GET", "/operations/outbox", Admins),
    // A mail whose fate is unknown is decided in its conversation, by whoever works on it.
    ("POST", "/operations/outbox/:id/retry", Agents),
    ("POST", "/operations/outbox/:id/receipt", Agents),
    ("GET", "/settings", Agents),
    ("GET", "/settings/shop", Admins),
    ("POST", "/settings/shop", Admins),
    ("GET", "/settings/team", Admins),
    ("POST", "/settings/team", Admins),
    ("POST", "/settings/team/:id/suspension", Admins),
    ("POST", "/settings/team/:id/suspension/removal", Admins),
    ("GET", "/settings/profile", Agents),
    ("POST", "/settings/profile", Agents),
    ("POST", "/settings/profile/password", Agents),
    // A shop's public pages.
    ("GET", "/s/:shop/", All),
    ("GET", "/s/:shop", All),
    ("GET", "/s/:shop/theme.css", All),
    ("GET", "/s/:shop/icon.svg", All),
    ("POST", "/s/:shop/codes", All),
    ("GET", "/s/:shop/code", All),
    ("GET", "/s/:shop/link/:token", All),
    ("POST", "/s/:shop/session", All),
    ("POST", "/s/:shop/session/end", All),
    ("GET", "/s/:shop/orders", Shoppers),
    ("GET", "/s/:shop/orders/:id", Shoppers),
    ("GET", "/s/:shop/conversations", Shoppers),
    ("GET", "/s/:shop/conversations/:id", Shoppers),
    ("POST", "/s/:shop/conversations/:id/messages", Shoppers),
    ("GET", "/s/:shop/files/:id", Signed),
    ("GET", "/s/:shop/contact", All),
    ("POST", "/s/:shop/contact", All),
    ("GET", "/s/:shop/contact/suggestions", All),
    ("GET", "/s/:shop/help", All),
    ("GET", "/s/:shop/help/search", All),
    ("GET", "/s/:shop/help/category/:name", All),
    ("GET", "/s/:shop/help/:slug", All),
];

/// The routes that the sources make: `.at("/path", get(…).post(…))`.
fn made() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for file in files("src/web", ".rs")
        .into_iter()
        // The bench's bare server is no part of the desk.
        .filter(|file| !file.ends_with("tests.rs") && !file.ends_with("web/hello.rs"))
    {
        let text = read(&file);
        let prefix = if file.contains("/portal/") { "/s" } else { "" };
        for rest in text.split(".at(").skip(1) {
            let Some((path, _)) = rest
                .trim_start()
                .strip_prefix('"')
                .and_then(|rest| rest.split_once('"'))
            else {
                continue;
            };
            let mut depth = 1;
            let end = rest.find(|c| {
                match c {
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    _ => {}
                }
                depth == 0
            });
            let methods = &rest[..end.expect("the end of .at(…)")];
            let before = found.len();
            for method in ["get", "post", "put", "delete", "patch", "head", "options"] {
                let is_named = methods.match_indices(&format!("{method}(")).any(|(at, _)| {
                    !methods[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
                });
                if is_named {
                    found.insert((method.to_uppercase(), format!("{prefix}{path}")));
                }
            }
            assert!(found.len() > before, "{file}: no method in .at({methods})");
        }
    }
    found
}

#[test]
fn the_list_has_every_route_and_none_that_is_gone() {
    let listed: BTreeSet<(String, String)> = ROUTES
        .iter()
        .map(|(method, path, _)| (method.to_string(), path.to_string()))
        .collect();
    assert_eq!(listed.len(), ROUTES.len(), "a route stands there twice");
    let made = made();
    let forgotten: Vec<_> = made.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&made).collect();
    assert!(
        forgotten.is_empty(),
        "not in ROUTES, so tried by nobody: {forgotten:?}"
    );
    assert!(gone.is_empty(), "in ROUTES, but no route: {gone:?}");
}
