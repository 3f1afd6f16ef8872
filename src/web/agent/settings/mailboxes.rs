//! Mailboxes: connect one, try it out live, pause it.

use std::io;

use askama::Template as _;
use futures_util::stream;
use poem::{
    Body, Request, Response, handler,
    http::{StatusCode, header},
    web::{Data, Form, Path, Query},
};
use serde::Deserialize;

use super::{
    Asked,
    granting::{self, SendingForm},
};
use crate::{
    app::App,
    channels::{
        self, Channel,
        email::{
            authserv,
            check::{self, Checked, Outcome},
            comparing::{self, Proof},
            connect,
            failure::{Failure, Problem, Step},
            oauth::{
                self,
                provider::{self, OAuth},
            },
            presets,
            settings::{Mailbox, Reach, Secrets, Security, Settings},
        },
    },
    error::Error as Domain,
    i18n::{Lang, Tr},
    settings::sending::Sending,
    web::{
        agent::{
            desk::Desk,
            inbox::language_choice,
            operations::proofs,
            views::{
                Choice, Problems, Tag,
                settings::{MailboxForm, MailboxLine, Mailboxes, Probe, ProbeLine, SignatureField},
            },
        },
        auth::{Admin, Agent},
        error::Error,
        render::{html, html_with, see_other},
    },
};

/// `GET /settings/mailboxes`.
#[handler]
pub async fn index(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    list(app, &agent, &asked.done, None).await
}

/// The page; `refused` is a form of sending that comes back with what is wrong.
pub async fn list(
    app: &App,
    agent: &Agent,
    done: &str,
    refused: Option<(SendingForm, &str)>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, agent, "settings").await?.flash(done);
    let mut boxes = Vec::new();
    for channel in channels::of_shop(&app.db, agent.shop_id).await? {
        if channel.kind == "email" {
            let proofs = comparing::latest(&app.db, channel.id, 1).await?;
            boxes.push(line(&desk, channel, proofs.first()));
        }
    }
    let mut problems = Problems::none();
    let form = match refused {
        Some((form, key)) => {
            problems.add(granting::field_of(key), desk.t.s(key));
            form
        }
        None => SendingForm::of(Sending::of(&app.db, agent.shop_id).await?),
    };
    let (undo_seconds, per_minute, at_once) = form.into_fields();
    html(&Mailboxes {
        t: desk.t,
        chrome: desk.chrome,
        boxes,
        undo_seconds,
        at_once,
        per_minute,
        problems,
    })
}

fn line(desk: &Desk, channel: Channel, proof: Option<&Proof>) -> MailboxLine {
    let (state, tone) = match channel.state.as_str() {
        _ if !channel.enabled => ("mailbox-state-off", ""),
        "ok" => ("mailbox-state-ok", "done"),
        "error" => ("mailbox-state-error", "due"),
        _ => ("mailbox-state-connecting", "sea"),
    };
    MailboxLine {
        id: channel.public_id,
        name: channel.name,
        address: channel.address,
        state: Tag::new(desk.t.s(state), tone),
        detail: trouble(desk.t, &channel.state_detail),
        enabled: channel.enabled,
        light: proofs::light(desk.t, proof.map(|p| p.state.as_str())),
        // `<step>/sign-in: …`, as `Failure::detail` writes it.
        sign_in: channel.enabled && channel.state_detail.contains("/sign-in: "),
        since: (channel.state_at > 0).then(|| desk.times.exact(channel.state_at)),
    }
}

/// What is wrong in words: the row holds `<step>/<problem>: <the server's words>`.
pub fn trouble(t: Tr, detail: &str) -> String {
    let Some((code, words)) = detail.split_once(": ") else {
        return detail.to_owned();
    };
    match code.split_once('/') {
        Some((_, problem)) if is_code(problem) => {
            format!("{} ({words})", t.s(&format!("mailbox-problem-{problem}")))
        }
        _ => detail.to_owned(),
    }
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
}

/// What the form sends. A port that is left empty follows from the encryption.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Fields {
    id: String,
    name: String,
    address: String,
    user: String,
    password: String,
    imap_host: String,
    imap_port: String,
    imap_security: Security,
    folder: String,
    look_back: Reach,
    mark_read: String,
    smtp_host: String,
    smtp_port: String,
    smtp_security: Security,
    signature: String,
    authserv_id: String,
    signature_en: String,
    signature_zh: String,
    signature_es: String,
    signature_de: String,
    signature_fr: String,
    signature_ja: String,
    /// A provider's name, where the address does not tell.
    provider: String,
    /// `google`, `microsoft`, `other`, or anything else for a password.
    sign_in: String,
    client_id: String,
    client_secret: String,
    authorize_url: String,
    token_url: String,
    scope: String,
    language: String,
    attachment_mb: String,
}

impl Fields {
    fn of(channel: &Channel, mailbox: &Mailbox) -> Self {
        let settings = mailbox.settings.clone();
        let oauth = settings.oauth.unwrap_or_default();
        let own = |lang: &str| settings.signatures.get(lang).cloned().unwrap_or_default();
        Self {
            signature_en: own("en"),
            signature_zh: own("zh"),
            signature_es: own("es"),
            signature_de: own("de"),
            signature_fr: own("fr"),
            signature_ja: own("ja"),
            provider: String::new(),
            sign_in: oauth.provider,
            client_id: oauth.client_id,
            client_secret: String::new(),
            authorize_url: oauth.authorize_url,
            token_url: oauth.token_url,
            scope: oauth.scope,
            language: settings.language,
            attachment_mb: match settings.attachment_mb {
                0 => String::new(),
                mb => mb.to_string(),
            },
            id: channel.public_id.clone(),
            name: channel.name.clone(),
            address: channel.address.clone(),
            user: settings.imap_user,
            password: String::new(),
            imap_host: settings.imap_host,
            imap_port: settings.imap_port.to_string(),
            imap_security: settings.imap_security,
            folder: settings.imap_folder,
            look_back: settings.look_back,
            mark_read: if settings.mark_read { "on" } else { "" }.into(),
            smtp_host: settings.smtp_host,
            smtp_port: settings.smtp_port.to_string(),
            smtp_security: settings.smtp_security,
            signature: settings.signature,
            authserv_id: settings.authserv_id,
        }
    }

    /// Fills what follows from the address where nothing was typed.
    fn completed(mut self) -> Self {
        let preset =
            presets::by_name(&self.provider).or_else(|| presets::of_address(&self.address));
        let unknown = self.imap_host.trim().is_empty() && self.smtp_host.trim().is_empty();
        if let Some(known) = provider::by_code(&self.sign_in).filter(|_| unknown) {
            (self.imap_host, self.smtp_host) = (known.hosts.0.into(), known.hosts.1.into());
            (self.imap_port, self.smtp_port) = ("993".into(), "587".into());
            (self.imap_security, self.smtp_security) = (Security::Tls, Security::Starttls);
        } else if let Some(preset) = preset
            && unknown
        {
            self.imap_host = preset.imap_host.into();
            self.imap_port = preset.imap_port.to_string();
            self.imap_security = preset.imap_security;
            self.smtp_host = preset.smtp_host.into();
            self.smtp_port = preset.smtp_port.to_string();
            self.smtp_security = preset.smtp_security;
        }
        // Guessed for a new mailbox; whoever empties it later means it.
        if self.id.is_empty()
            && self.authserv_id.trim().is_empty()
            && let Some(guess) = authserv::guess(&self.imap_host)
        {
            self.authserv_id = guess.into();
        }
        if self.user.trim().is_empty() {
            self.user = self.address.trim().to_owned();
        }
        self
    }

    /// How it signs in without a password, if it does.
    fn oauth(&self, before: Option<OAuth>) -> Option<OAuth> {
        let known = provider::by_code(&self.sign_in).is_some() || self.sign_in == provider::OTHER;
        known.then(|| OAuth {
            provider: self.sign_in.clone(),
            client_id: self.client_id.trim().to_owned(),
            authorize_url: self.authorize_url.trim().to_owned(),
            token_url: self.token_url.trim().to_owned(),
            scope: self.scope.trim().to_owned(),
            granted_at: before.map_or(0, |before| before.granted_at),
        })
    }

    fn signatures(&self) -> [(&'static str, &String); 6] {
        [
            ("en", &self.signature_en),
            ("zh", &self.signature_zh),
            ("es", &self.signature_es),
            ("de", &self.signature_de),
            ("fr", &self.signature_fr),
            ("ja", &self.signature_ja),
        ]
    }

    fn settings(&self, before: Settings) -> Settings {
        let preset = presets::of_address(&self.address);
        // What is not a number becomes 0, which the settings fill from the encryption.
        let port = |text: &str| text.trim().parse().unwrap_or(0);
        Settings {
            imap_host: self.imap_host.clone(),
            imap_port: port(&self.imap_port),
            imap_security: self.imap_security,
            imap_user: self.user.clone(),
            imap_folder: self.folder.clone(),
            smtp_host: self.smtp_host.clone(),
            smtp_port: port(&self.smtp_port),
            smtp_security: self.smtp_security,
            smtp_user: self.user.clone(),
            plus_addressing: preset.map_or(before.plus_addressing, |p| p.plus_addressing),
            signature: self.signature.replace("\r\n", "\n"),
            look_back: self.look_back,
            mark_read: !self.mark_read.is_empty(),
            authserv_id: self.authserv_id.clone(),
            signatures: self
                .signatures()
                .into_iter()
                .filter(|(_, text)| !text.trim().is_empty())
                .map(|(lang, text)| (lang.to_owned(), text.replace("\r\n", "\n")))
                .collect(),
            oauth: self.oauth(before.oauth.clone()),
            language: Lang::parse(&self.language)
                .map_or(String::new(), |lang| lang.code().to_owned()),
            // What is no number is refused like one that is too large.
            attachment_mb: match self.attachment_mb.trim() {
                "" => 0,
                mb => mb.parse().unwrap_or(u32::MAX),
            },
        }
        .completed()
    }

    fn secrets(&self) -> Secrets {
        Secrets {
            imap_password: self.password.clone(),
            client_secret: self.client_secret.trim().to_owned(),
            ..Secrets::default()
        }
    }
}

async fn mailbox(app: &App, agent: &Agent, id: &str) -> Result<(Channel, Mailbox), Error> {
    let channel = channels::by_public_id(&app.db, agent.shop_id, id).await?;
    if channel.kind != "email" {
        return Err(Domain::NotFound.into());
    }
    let mailbox = Mailbox::of(&channel, &app.secrets)?;
    Ok((channel, mailbox))
}

fn securities(t: Tr, chosen: Security) -> Vec<Choice> {
    [
        (Security::Tls, "tls"),
        (Security::Starttls, "starttls"),
        (Security::Plain, "plain"),
    ]
    .into_iter()
    .map(|(security, code)| {
        let words = t.s(&format!("mailbox-security-{code}"));
        Choice::new(code, words, security == chosen)
    })
    .collect()
}

fn page(desk: Desk, fields: Fields, problems: Problems, probe: Vec<ProbeLine>) -> MailboxForm {
    let t = desk.t;
    let sign_in = fields.oauth(None).map_or("", |_| fields.sign_in.as_str());
    let all = fields.settings(Settings::default()).signatures();
    let (agent, shop) = (desk.chrome.user.name.clone(), desk.chrome.shop.clone());
    let signatures = fields
        .signatures()
        .into_iter()
        .map(|(code, text)| SignatureField {
            id: format!("signature_{code}"),
            label: t.s(&format!("language-{code}")),
            text: text.clone(),
            preview: all.of(code, &agent, &shop),
        })
        .collect();
    let mut languages = vec![Choice::new(
        "",
        t.s("mailbox-language-shop"),
        fields.language.is_empty(),
    )];
    languages.extend(
        Lang::ALL
            .iter()
            .map(|lang| language_choice(t, *lang, &fields.language)),
    );
    let mut providers = vec![Choice::new(
        "",
        t.s("mailbox-provider-address"),
        fields.provider.is_empty(),
    )];
    providers.extend(
        presets::all()
            .into_iter()
            .map(|preset| Choice::new(preset.name, preset.name, preset.name == fields.provider)),
    );
    MailboxForm {
        sign_ins: ["", "google", "microsoft", provider::OTHER]
            .into_iter()
            .map(|code| {
                let key = if code.is_empty() { "password" } else { code };
                Choice::new(
                    code,
                    t.s(&format!("mailbox-sign-in-{key}")),
                    code == sign_in,
                )
            })
            .collect(),
        by_token: !sign_in.is_empty(),
        client_id: fields.client_id.clone(),
        authorize_url: fields.authorize_url.clone(),
        token_url: fields.token_url.clone(),
        scope: fields.scope.clone(),
        preview: all.of("", &agent, &shop),
        signatures,
        languages,
        providers,
        attachment_mb: fields.attachment_mb.clone(),
        t,
        chrome: desk.chrome,
        has_password: !fields.id.is_empty(),
        imap_security: securities(t, fields.imap_security),
        smtp_security: securities(t, fields.smtp_security),
        id: fields.id,
        name: fields.name,
        address: fields.address,
        imap_host: fields.imap_host,
        imap_port: fields.imap_port,
        smtp_host: fields.smtp_host,
        smtp_port: fields.smtp_port,
        user: fields.user,
        folder: fields.folder,
        mark_read: !fields.mark_read.is_empty(),
        look_back: Reach::ALL
            .map(|reach| {
                let words = t.s(&format!("lookback-{}", reach.as_str()));
                Choice::new(reach.as_str(), words, reach == fields.look_back)
            })
            .into(),
        signature: fields.signature,
        authserv_id: fields.authserv_id,
        problems,
        probe,
    }
}

/// `GET /settings/mailboxes/new`.
#[handler]
pub async fn show_new(Data(app): Data<&App>, Admin(agent): Admin) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "settings").await?;
    let fields = Fields {
        name: desk.chrome.shop.clone(),
        folder: "INBOX".into(),
        ..Fields::default()
    };
    html(&page(desk, fields, Problems::none(), Vec::new()))
}

/// `GET /settings/mailboxes/{id}`.
#[handler]
pub async fn show(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "settings")
        .await?
        .flash(&asked.done);
    let (channel, mailbox) = mailbox(app, &agent, &id).await?;
    let fields = Fields::of(&channel, &mailbox);
    html(&page(desk, fields, Problems::none(), Vec::new()))
}

/// `POST /settings/mailboxes` connects a new one, `POST /settings/mailboxes/{id}` changes one; an
/// empty password leaves the one that is kept.
async fn keep(app: &App, agent: &Agent, fields: Fields) -> Result<Response, Error> {
    let fields = fields.completed();
    let before = match fields.id.as_str() {
        "" => Settings::default(),
        id => mailbox(app, agent, id).await?.1.settings,
    };
    let by_token = fields.oauth(None).is_some();
    let kept = if fields.id.is_empty() && fields.password.is_empty() && !by_token {
        Err(Domain::invalid("mailbox-password-missing"))
    } else {
        let new = connect::New {
            name: fields.name.clone(),
            address: fields.address.clone(),
            settings: fields.settings(before),
            secrets: fields.secrets(),
        };
        match fields.id.as_str() {
            "" => connect::connect(app, agent.shop_id, new).await.map(Some),
            id => connect::update(app, agent.shop_id, id, new)
                .await
                .map(|()| None),
        }
    };
    match kept {
        // Nothing works before somebody signed in: there is the button.
        Ok(made) if by_token => {
            let id = match made {
                Some(row) => channels::by_id(&app.db, row).await?.public_id,
                None => fields.id,
            };
            Ok(see_other(format!(
                "/settings/mailboxes/{id}?done=mailbox-saved-sign-in"
            )))
        }
        Ok(_) => Ok(see_other("/settings/mailboxes?done=mailbox-saved")),
        Err(Domain::Invalid(key)) => {
            let desk = Desk::open(app, agent, "settings").await?;
            let mut problems = Problems::none();
            problems.add(field_of(&key), desk.t.s(&key));
            let page = page(desk, fields, problems, Vec::new());
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

/// The field beside which an error is said.
fn field_of(key: &str) -> &'static str {
    match key {
        "error-mailbox-host" | "error-mailbox-plain" => "imap_host",
        "error-mailbox-port" => "imap_port",
        "error-mailbox-user" => "user",
        "error-mailbox-password" | "mailbox-password-missing" => "password",
        "error-mailbox-signature" => "signature",
        "error-mailbox-oauth" => "client_id",
        "error-mailbox-attachments" => "attachment_mb",
        _ => "address",
    }
}

/// `POST /settings/mailboxes`.
#[handler]
pub async fn create(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Form(fields): Form<Fields>,
) -> Result<Response, Error> {
    let fields = Fields {
        id: String::new(),
        ..fields
    };
    keep(app, &agent, fields).await
}

/// `POST /settings/mailboxes/{id}`.
#[handler]
pub async fn save(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Error> {
    keep(app, &agent, Fields { id, ..fields }).await
}

/// `POST /settings/mailboxes/probe`: tries the mailbox out. A script gets each line as it is
/// done; without one, the form comes back with all of them.
#[handler]
pub async fn try_out(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    req: &Request,
    Form(fields): Form<Fields>,
) -> Result<Response, Error> {
    let fields = fields.completed();
    let mut secrets = fields.secrets();
    let mut before = Settings::default();
    if !fields.id.is_empty() {
        let kept = mailbox(app, &agent, &fields.id).await?.1;
        // A kept password goes to the server it was given for and to no other.
        let same = kept.settings.imap_host == fields.imap_host.trim()
            && kept.settings.smtp_host == fields.smtp_host.trim();
        if fields.password.is_empty() && same {
            secrets = kept.secrets;
        }
        before = kept.settings;
    }
    let settings = fields.settings(before);
    let mut signed = Mailbox {
        id: 0,
        shop_id: agent.shop_id,
        address: String::new(),
        settings: settings.clone(),
        secrets: secrets.clone(),
        token: None,
    };
    let t = agent.t;
    if let Err(Domain::Invalid(key)) = settings.validate() {
        let fault = ProbeLine {
            is: "bad",
            head: t.s(&key),
            ..ProbeLine::default()
        };
        return answer(app, &agent, req, fields, vec![fault]).await;
    }
    if settings.oauth.is_some() {
        // A token goes to the servers it was given for and to no other: what is typed beside the
        // kept settings is tried after it is saved.
        let kept = match fields.id.as_str() {
            "" => None,
            id => Some(mailbox(app, &agent, id).await?.1),
        };
        let ready = match kept
            .filter(|kept| connect::grants(&kept.settings) == connect::grants(&settings))
        {
            Some(kept) => oauth::token::ready(app, &kept, Step::ImapLogin).await,
            None => Err(Failure::new(Step::ImapLogin, Problem::SignIn, "")),
        };
        match ready {
            Ok(ready) => signed.token = ready.token,
            Err(failure) => {
                let line = Checked {
                    step: failure.step,
                    outcome: Outcome::Failed {
                        problem: failure.problem,
                        words: failure.words,
                    },
                };
                let lines = vec![probe_line(t, line)];
                return answer(app, &agent, req, fields, lines).await;
            }
        }
    }
    let mut steps = check::stream_of(signed);
    if req.header("HX-Request").is_none() {
        let mut lines = Vec::new();
        while let Some(step) = steps.recv().await {
            lines.push(probe_line(t, step));
        }
        return answer(app, &agent, req, fields, lines).await;
    }
    let lines = stream::unfold(steps, move |mut steps| async move {
        let checked = steps.recv().await?;
        let line = Probe {
            t,
            probe: vec![probe_line(t, checked)],
        };
        Some((Ok::<_, io::Error>(line.render().unwrap_or_default()), steps))
    });
    Ok(Response::builder()
        .content_type("text/html; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .body(Body::from_bytes_stream(lines)))
}

async fn answer(
    app: &App,
    agent: &Agent,
    req: &Request,
    fields: Fields,
    probe: Vec<ProbeLine>,
) -> Result<Response, Error> {
    if req.header("HX-Request").is_some() {
        return html(&Probe { t: agent.t, probe });
    }
    let desk = Desk::open(app, agent, "settings").await?;
    html(&page(desk, fields, Problems::none(), probe))
}

fn probe_line(t: Tr, checked: Checked) -> ProbeLine {
    let head = t.s(&format!("mailbox-step-{}", checked.step.code()));
    match checked.outcome {
        Outcome::Ok => ProbeLine {
            is: "ok",
            head,
            value: t.s("probe-works"),
            ..ProbeLine::default()
        },
        Outcome::Failed { problem, words } => ProbeLine {
            is: "bad",
            head,
            value: t.s("probe-fails"),
            said: words,
            advice: t.s(&format!("mailbox-problem-{}", problem.code())),
        },
        Outcome::Skipped => ProbeLine {
            is: "wait",
            head,
            value: t.s("probe-skipped"),
            ..ProbeLine::default()
        },
    }
}

/// `POST /settings/mailboxes/{id}/pause`.
#[handler]
pub async fn pause(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    connect::enable(app, agent.shop_id, &id, false).await?;
    Ok(see_other("/settings/mailboxes?done=done-saved"))
}

/// `POST /settings/mailboxes/{id}/pause/removal`.
#[handler]
pub async fn go_on(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    connect::enable(app, agent.shop_id, &id, true).await?;
    Ok(see_other("/settings/mailboxes?done=done-saved"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn a_known_provider_is_found_from_the_address() {
        let fields = Fields {
            address: "shop@gmail.com".into(),
            ..Fields::default()
        }
        .completed();
        assert_eq!(fields.imap_host, "imap.gmail.com");
        assert_eq!(fields.user, "shop@gmail.com");
        let typed = Fields {
            imap_host: "mail.example.com".into(),
            ..fields
        }
        .completed();
        assert_eq!(typed.imap_host, "mail.example.com");
    }

    #[test]
    fn trouble_is_said_in_words_with_the_servers_own() {
        let t = Tr(Lang::En);
        let said = trouble(t, "imap-login/login: NO wrong password");
        assert!(
            said.ends_with("(NO wrong password)") && !said.contains("imap-login"),
            "{said}"
        );
        assert_eq!(trouble(t, "something else"), "something else");
        assert_eq!(trouble(t, "x/Y Z: words"), "x/Y Z: words");
    }
}
