//! Which server's Authentication-Results to trust, guessed from where the mailbox lies. As seen
//! in mail that these providers delivered; a guess only fills the form.

use kontor_mail::authentication::WITHOUT_NAME;

/// IMAP hosts (or the domain above them), and the `authserv-id`s of their receiving servers.
const KNOWN: &[(&str, &str)] = &[
    ("gmail.com", "mx.google.com"),
    ("googlemail.com", "mx.google.com"),
    // Exchange Online writes no name, and takes such fields out of what comes from outside.
    ("office365.com", WITHOUT_NAME),
    ("outlook.com", WITHOUT_NAME),
    ("fastmail.com", "*.messagingengine.com"),
    ("mail.me.com", "*.icloud.com"),
    ("yahoo.com", "*.yahoo.com"),
    ("aol.com", "*.yahoo.com"),
    ("zoho.com", "mx.zohomail.com"),
    ("zoho.eu", "mx.zohomail.eu"),
    ("gmx.net", "gmx.net"),
    ("gmx.com", "gmx.com"),
    ("web.de", "web.de"),
];

/// The name to trust for a mailbox on this IMAP server; none where the provider is unknown.
pub fn guess(imap_host: &str) -> Option<&'static str> {
    let host = imap_host.trim().to_lowercase();
    KNOWN
        .iter()
        .find(|(domain, _)| {
            host.strip_suffix(domain)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
        .map(|(_, id)| *id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_known_by_its_servers_and_not_by_look_alikes() {
        assert_eq!(guess("imap.gmail.com"), Some("mx.google.com"));
        assert_eq!(guess(" Outlook.Office365.com "), Some(WITHOUT_NAME));
        for host in [
            "",
            "imap.example.com",
            "evilgmail.com",
            "imap.gmail.com.evil.example",
        ] {
            assert_eq!(guess(host), None, "{host}");
        }
    }
}
