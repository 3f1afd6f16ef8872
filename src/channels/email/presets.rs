//! The servers of well-known providers, from an address' domain, and what is special about their
//! passwords. Taken from the providers' help pages, November 2026; a preset only fills the form.

use serde::Serialize;

use super::{
    failure::{Failure, Problem},
    settings::Security,
};

/// How a provider lets programs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Password {
    /// The account's own password.
    Own,
    /// One made for this program: an app password, or the authorisation code of Chinese providers.
    App,
    /// None: OAuth only.
    None,
}

/// A provider's servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Preset {
    /// Its code, for a hint of its own (`mailbox-hint-<code>`).
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// IMAP server.
    pub imap_host: &'static str,
    /// Its port.
    pub imap_port: u16,
    /// Its protection.
    pub imap_security: Security,
    /// SMTP server.
    pub smtp_host: &'static str,
    /// Its port.
    pub smtp_port: u16,
    /// Its protection.
    pub smtp_security: Security,
    /// Which password.
    pub password: Password,
    /// Whether `name+anything@` reaches `name@`.
    pub plus_addressing: bool,
}

const fn tls(
    code: &'static str,
    name: &'static str,
    hosts: (&'static str, &'static str),
    password: Password,
    plus_addressing: bool,
) -> Preset {
    Preset {
        code,
        name,
        imap_host: hosts.0,
        imap_port: 993,
        imap_security: Security::Tls,
        smtp_host: hosts.1,
        smtp_port: 465,
        smtp_security: Security::Tls,
        password,
        plus_addressing,
    }
}

const fn starttls(preset: Preset) -> Preset {
    Preset {
        smtp_port: 587,
        smtp_security: Security::Starttls,
        ..preset
    }
}

/// Proton's Bridge: a program on this very machine, with ports and a certificate of its own.
const BRIDGE: Preset = Preset {
    code: "proton-bridge",
    name: "Proton Mail Bridge",
    imap_host: "127.0.0.1",
    imap_port: 1143,
    imap_security: Security::Starttls,
    smtp_host: "127.0.0.1",
    smtp_port: 1025,
    smtp_security: Security::Starttls,
    password: Password::App,
    plus_addressing: true,
};

use Password::{App, None as NoPassword, Own};

/// Each provider with the domains of its addresses.
const PRESETS: &[(&[&str], Preset)] = &[
    (
        &["gmail.com", "googlemail.com"],
        tls(
            "gmail",
            "Gmail",
            ("imap.gmail.com", "smtp.gmail.com"),
            App,
            true,
        ),
    ),
    (
        &[
            "outlook.com",
            "hotmail.com",
            "live.com",
            "msn.com",
            "outlook.de",
            "outlook.fr",
            "outlook.es",
            "outlook.jp",
        ],
        starttls(tls(
            "outlook",
            "Outlook.com",
            ("outlook.office365.com", "smtp-mail.outlook.com"),
            NoPassword,
            true,
        )),
    ),
    (
        &["gmx.net", "gmx.de", "gmx.at", "gmx.ch"],
        tls("gmx", "GMX", ("imap.gmx.net", "mail.gmx.net"), Own, false),
    ),
    (
        &["gmx.com", "gmx.us", "gmx.co.uk", "gmx.fr", "gmx.es"],
        tls("gmx", "GMX", ("imap.gmx.com", "mail.gmx.com"), Own, false),
    ),
    (
        &["web.de"],
        starttls(tls(
            "gmx",
            "WEB.DE",
            ("imap.web.de", "smtp.web.de"),
            Own,
            false,
        )),
    ),
    (
        &["ionos.com", "ionos.de", "1und1.de"],
        tls(
            "ionos",
            "IONOS",
            ("imap.ionos.com", "smtp.ionos.com"),
            Own,
            false,
        ),
    ),
    (
        &["strato.de"],
        tls(
            "strato",
            "STRATO",
            ("imap.strato.de", "smtp.strato.de"),
            Own,
            false,
        ),
    ),
    (
        &["t-online.de"],
        tls(
            "t-online",
            "T-Online",
            ("secureimap.t-online.de", "securesmtp.t-online.de"),
            App,
            false,
        ),
    ),
    (
        &["fastmail.com", "fastmail.fm"],
        tls(
            "fastmail",
            "Fastmail",
            ("imap.fastmail.com", "smtp.fastmail.com"),
            App,
            true,
        ),
    ),
    (
        &["zoho.com", "zohomail.com"],
        tls(
            "zoho",
            "Zoho Mail",
            ("imap.zoho.com", "smtp.zoho.com"),
            App,
            true,
        ),
    ),
    (
        &["zoho.eu", "zohomail.eu"],
        tls(
            "zoho",
            "Zoho Mail",
            ("imap.zoho.eu", "smtp.zoho.eu"),
            App,
            true,
        ),
    ),
    (
        &[
            "yahoo.com",
            "yahoo.de",
            "yahoo.fr",
            "yahoo.es",
            "yahoo.co.uk",
            "ymail.com",
            "rocketmail.com",
        ],
        tls(
            "yahoo",
            "Yahoo",
            ("imap.mail.yahoo.com", "smtp.mail.yahoo.com"),
            App,
            false,
        ),
    ),
    (
        &["aol.com"],
        tls("yahoo", "AOL", ("imap.aol.com", "smtp.aol.com"), App, false),
    ),
    (
        &["icloud.com", "me.com", "mac.com"],
        starttls(tls(
            "icloud",
            "iCloud",
            ("imap.mail.me.com", "smtp.mail.me.com"),
            App,
            true,
        )),
    ),
    (
        &["qq.com", "foxmail.com"],
        tls("qq", "QQ", ("imap.qq.com", "smtp.qq.com"), App, false),
    ),
    (
        &["163.com"],
        tls(
            "netease",
            "163",
            ("imap.163.com", "smtp.163.com"),
            App,
            false,
        ),
    ),
    (
        &["126.com"],
        tls(
            "netease",
            "126",
            ("imap.126.com", "smtp.126.com"),
            App,
            false,
        ),
    ),
    (
        &["yeah.net"],
        tls(
            "netease",
            "Yeah.net",
            ("imap.yeah.net", "smtp.yeah.net"),
            App,
            false,
        ),
    ),
    (
        &["sina.com"],
        tls(
            "sina",
            "Sina",
            ("imap.sina.com", "smtp.sina.com"),
            App,
            false,
        ),
    ),
    (
        &["aliyun.com"],
        tls(
            "aliyun",
            "Aliyun",
            ("imap.aliyun.com", "smtp.aliyun.com"),
            Own,
            false,
        ),
    ),
    (
        &["mailbox.org"],
        tls(
            "mailbox",
            "mailbox.org",
            ("imap.mailbox.org", "smtp.mailbox.org"),
            Own,
            true,
        ),
    ),
    (
        &["posteo.de", "posteo.net"],
        tls("posteo", "Posteo", ("posteo.de", "posteo.de"), Own, true),
    ),
    (
        &["orange.fr", "wanadoo.fr"],
        tls(
            "orange",
            "Orange",
            ("imap.orange.fr", "smtp.orange.fr"),
            Own,
            false,
        ),
    ),
    (
        &["free.fr"],
        tls("free", "Free", ("imap.free.fr", "smtp.free.fr"), Own, false),
    ),
    (
        &["laposte.net"],
        tls(
            "laposte",
            "La Poste",
            ("imap.laposte.net", "smtp.laposte.net"),
            Own,
            false,
        ),
    ),
    (
        &["yahoo.co.jp"],
        tls(
            "yahoo-japan",
            "Yahoo! JAPAN",
            ("imap.mail.yahoo.co.jp", "smtp.mail.yahoo.co.jp"),
            Own,
            false,
        ),
    ),
    (
        &["mail.ru", "bk.ru", "inbox.ru", "list.ru"],
        tls(
            "mailru",
            "Mail.ru",
            ("imap.mail.ru", "smtp.mail.ru"),
            App,
            true,
        ),
    ),
    (
        &["yandex.com", "yandex.ru"],
        tls(
            "yandex",
            "Yandex",
            ("imap.yandex.com", "smtp.yandex.com"),
            App,
            true,
        ),
    ),
    // Providers that shops with a domain of their own are at: chosen by name, or by their server.
    (
        &[],
        starttls(tls(
            "microsoft365",
            "Microsoft 365",
            ("outlook.office365.com", "smtp.office365.com"),
            NoPassword,
            true,
        )),
    ),
    (
        &["ovh.net"],
        tls(
            "ovh",
            "OVHcloud",
            ("ssl0.ovh.net", "ssl0.ovh.net"),
            Own,
            false,
        ),
    ),
    (
        &["aruba.it", "technet.it"],
        tls(
            "aruba",
            "Aruba",
            ("imaps.aruba.it", "smtps.aruba.it"),
            Own,
            false,
        ),
    ),
    (
        &["libero.it", "inwind.it", "iol.it"],
        tls(
            "libero",
            "Libero",
            ("imapmail.libero.it", "smtp.libero.it"),
            App,
            false,
        ),
    ),
    (&["proton.me", "protonmail.com", "pm.me"], BRIDGE),
    (
        &[],
        tls(
            "hetzner",
            "Hetzner",
            ("mail.your-server.de", "mail.your-server.de"),
            Own,
            false,
        ),
    ),
    (
        &[],
        tls(
            "infomaniak",
            "Infomaniak",
            ("mail.infomaniak.com", "mail.infomaniak.com"),
            App,
            true,
        ),
    ),
    (
        &[],
        tls(
            "gandi",
            "Gandi",
            ("mail.gandi.net", "mail.gandi.net"),
            Own,
            true,
        ),
    ),
    (
        &[],
        tls(
            "privateemail",
            "Namecheap Private Email",
            ("mail.privateemail.com", "mail.privateemail.com"),
            Own,
            false,
        ),
    ),
    (
        &[],
        tls(
            "hostinger",
            "Hostinger",
            ("imap.hostinger.com", "smtp.hostinger.com"),
            Own,
            false,
        ),
    ),
    (
        &[],
        tls(
            "exmail",
            "Tencent Exmail",
            ("imap.exmail.qq.com", "smtp.exmail.qq.com"),
            App,
            false,
        ),
    ),
    (
        &[],
        tls(
            "qiye-aliyun",
            "Alibaba Mail",
            ("imap.qiye.aliyun.com", "smtp.qiye.aliyun.com"),
            Own,
            false,
        ),
    ),
];

/// The provider of an address, where its domain is one of a well-known provider.
pub fn of_address(address: &str) -> Option<&'static Preset> {
    let (_, domain) = address.trim().rsplit_once('@')?;
    let domain = domain.to_lowercase();
    PRESETS
        .iter()
        .find(|(domains, _)| domains.contains(&domain.as_str()))
        .map(|(_, preset)| preset)
}

/// All providers, each once, by name: to choose from where the address does not tell.
pub fn all() -> Vec<&'static Preset> {
    let mut all: Vec<&Preset> = PRESETS.iter().map(|(_, preset)| preset).collect();
    all.sort_by_key(|preset| preset.name.to_lowercase());
    all.dedup_by_key(|preset| preset.name);
    all
}

/// The provider of this name.
pub fn by_name(name: &str) -> Option<&'static Preset> {
    all().into_iter().find(|preset| preset.name == name)
}

/// The provider whose server this is: a shop's own domain often lies with a well-known provider.
pub fn of_host(host: &str) -> Option<&'static Preset> {
    let host = host.to_lowercase();
    // A server on this machine can be anybody's.
    PRESETS
        .iter()
        .filter(|(_, preset)| preset.code != BRIDGE.code)
        .find(|(_, preset)| preset.imap_host == host || preset.smtp_host == host)
        .map(|(_, preset)| preset)
}

/// Says more exactly what a refused login means, from the server's words and from what is known
/// about the provider.
pub fn explain(failure: Failure, host: &str) -> Failure {
    if failure.problem != Problem::Login {
        return failure;
    }
    let words = failure.words.to_lowercase();
    let says = |needles: &[&str]| needles.iter().any(|needle| words.contains(needle));
    let problem = if says(&[
        "basicauthblocked",
        "basic authentication is disabled",
        "5.7.139",
        "oauth",
    ]) {
        Problem::PasswordsOff
    } else if says(&[
        "application-specific",
        "app password",
        "app-password",
        "authorization code",
        "授权码",
        "5.7.9",
    ]) {
        Problem::AppPassword
    } else if says(&[
        "logindisabled",
        "privacyrequired",
        "plaintext authentication disallowed",
    ]) {
        Problem::NoMechanism
    } else {
        match of_host(host).map(|preset| preset.password) {
            Some(Password::App) => Problem::AppPassword,
            Some(Password::None) => Problem::PasswordsOff,
            _ => Problem::Login,
        }
    };
    Failure { problem, ..failure }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::email::failure::Step;

    #[test]
    fn an_addresss_provider_is_known() {
        assert_eq!(
            of_address("Shop@GMAIL.com").unwrap().imap_host,
            "imap.gmail.com"
        );
        assert_eq!(of_address("a@163.com").unwrap().password, Password::App);
        assert_eq!(of_address("a@myshop.example"), None);
        assert_eq!(of_address("gmail.com"), None);
    }

    #[test]
    fn the_common_providers_are_there() {
        for name in [
            "Gmail",
            "Outlook.com",
            "Microsoft 365",
            "Yahoo",
            "iCloud",
            "GMX",
            "WEB.DE",
            "Fastmail",
            "Zoho Mail",
            "QQ",
            "163",
            "Yandex",
            "IONOS",
            "STRATO",
            "OVHcloud",
            "Aruba",
            "mailbox.org",
            "Proton Mail Bridge",
        ] {
            assert_eq!(by_name(name).map(|p| p.name), Some(name));
        }
        // The servers of Microsoft's two kinds of accounts are the same for reading.
        assert_eq!(
            of_host("smtp.office365.com").unwrap().password,
            Password::None
        );
        let bridge = of_address("shop@proton.me").unwrap();
        assert_eq!((bridge.imap_port, bridge.smtp_port), (1143, 1025));
    }

    #[test]
    fn no_domain_has_two_providers() {
        let mut domains: Vec<&str> = PRESETS
            .iter()
            .flat_map(|(d, _)| d.iter().copied())
            .collect();
        let count = domains.len();
        domains.sort_unstable();
        domains.dedup();
        assert_eq!(domains.len(), count);
    }

    #[test]
    fn a_refused_login_says_what_to_do() {
        let refused = |words: &str, host: &str| {
            explain(Failure::new(Step::ImapLogin, Problem::Login, words), host).problem
        };
        assert_eq!(
            refused(
                "[AUTHENTICATIONFAILED] Invalid credentials",
                "imap.gmail.com"
            ),
            Problem::AppPassword
        );
        assert_eq!(
            refused("Application-specific password required", "mail.example.com"),
            Problem::AppPassword
        );
        assert_eq!(
            refused("LOGIN failed.", "outlook.office365.com"),
            Problem::PasswordsOff
        );
        assert_eq!(
            refused("Authentication failed.", "mail.example.com"),
            Problem::Login
        );
        let lost = Failure::new(Step::ImapLogin, Problem::Lost, "x");
        assert_eq!(explain(lost.clone(), "imap.gmail.com"), lost);
    }
}
