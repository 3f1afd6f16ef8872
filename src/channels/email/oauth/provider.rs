//! Where a provider asks for permission and where it gives tokens. What a merchant leaves empty
//! is the well-known address; a provider of their own is named whole.

use serde::{Deserialize, Serialize};

/// A provider's endpoints, from its documentation, November 2026.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its code in the settings.
    pub code: &'static str,
    /// Where the merchant gives permission.
    pub authorize_url: &'static str,
    /// Where tokens come from.
    pub token_url: &'static str,
    /// What is asked for: reading and sending mail, also while nobody is there.
    pub scope: &'static str,
    /// What else the authorization address carries.
    extra: &'static [(&'static str, &'static str)],
    /// Its servers: IMAP by TLS on 993, SMTP by STARTTLS on 587.
    pub hosts: (&'static str, &'static str),
}

/// Providers with known endpoints.
pub const PROVIDERS: [Provider; 2] = [
    Provider {
        code: "google",
        authorize_url: "https://accounts.google.com/o/oauth2/v2/auth",
        token_url: "https://oauth2.googleapis.com/token",
        scope: "https://mail.google.com/",
        // Without these Google gives no refresh token, or only the first time.
        extra: &[("access_type", "offline"), ("prompt", "consent")],
        hosts: ("imap.gmail.com", "smtp.gmail.com"),
    },
    Provider {
        code: "microsoft",
        authorize_url: "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        token_url: "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        scope: "offline_access https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send",
        extra: &[("prompt", "select_account")],
        hosts: ("outlook.office365.com", "smtp.office365.com"),
    },
];

/// The code of a provider whose endpoints the merchant names.
pub const OTHER: &str = "other";

/// A provider with known endpoints.
pub fn by_code(code: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.code == code)
}

/// How a mailbox signs in without a password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OAuth {
    /// A provider's code, or [`OTHER`].
    pub provider: String,
    /// The client's id, as the merchant registered it with the provider.
    pub client_id: String,
    /// Where permission is given; empty = the provider's.
    pub authorize_url: String,
    /// Where tokens come from; empty = the provider's.
    pub token_url: String,
    /// What is asked for; empty = the provider's.
    pub scope: String,
    /// When permission was given last, in unix milliseconds: readers start anew with it.
    pub granted_at: i64,
}

impl OAuth {
    fn or<'a>(&'a self, own: &'a str, known: fn(&Provider) -> &'static str) -> &'a str {
        match own.trim() {
            "" => by_code(&self.provider).map_or("", known),
            own => own,
        }
    }

    /// Where permission is given.
    pub fn authorize_url(&self) -> &str {
        self.or(&self.authorize_url, |p| p.authorize_url)
    }

    /// Where tokens come from.
    pub fn token_url(&self) -> &str {
        self.or(&self.token_url, |p| p.token_url)
    }

    /// What is asked for.
    pub fn scope(&self) -> &str {
        self.or(&self.scope, |p| p.scope)
    }

    /// What else the authorization address carries.
    pub fn extra(&self) -> &'static [(&'static str, &'static str)] {
        by_code(&self.provider).map_or(&[], |p| p.extra)
    }

    /// Whether it can be used at all: the client has an id, the endpoints are addresses.
    pub fn is_complete(&self) -> bool {
        let tame = |text: &str, max: usize| {
            text.len() <= max && !text.chars().any(|c| c.is_control() || c == '\u{7f}')
        };
        let client = !self.client_id.trim().is_empty() && tame(&self.client_id, 500);
        client
            && tame(self.scope(), 2_000)
            && [self.authorize_url(), self.token_url()]
                .into_iter()
                .all(is_address)
    }
}

/// An address over https, or one on this machine (which a request reaches only where the operator
/// allows it).
fn is_address(text: &str) -> bool {
    let local = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];
    text.len() <= 1_000
        && (text.starts_with("https://") || local.iter().any(|start| text.starts_with(start)))
        && text
            .bytes()
            .all(|b| (b'!'..=b'~').contains(&b) && b != b'"' && b != b'<' && b != b'>')
        && !text.contains('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_endpoints_fill_what_is_empty_and_typed_ones_win() {
        let mut oauth = OAuth {
            provider: "google".into(),
            client_id: "x".into(),
            ..OAuth::default()
        };
        assert!(oauth.is_complete());
        assert_eq!(oauth.token_url(), "https://oauth2.googleapis.com/token");
        oauth.token_url = "https://proxy.example/token".into();
        assert_eq!(oauth.token_url(), "https://proxy.example/token");
        for bad in [
            "http://a.example/t",
            "javascript:x",
            "https://a\r\nX: y",
            "https://a b",
            "https://a#b",
        ] {
            oauth.token_url = bad.into();
            assert!(!oauth.is_complete(), "{bad}");
        }
        oauth.provider = OTHER.into();
        oauth.token_url = String::new();
        assert!(!oauth.is_complete(), "another provider is named whole");
        oauth.provider = "microsoft".into();
        oauth.client_id = " ".into();
        assert!(!oauth.is_complete());
    }
}
