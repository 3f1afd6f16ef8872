//! What belongs to one message: its HTML in a document of its own, the raw mail, its files.

use poem::{
    Response, handler,
    http::header,
    web::{Data, Path, Query},
};
use serde::Deserialize;

use crate::{
    app::App,
    channels::ingest,
    clock::HOUR,
    conversations::{
        files,
        showing::{self, Attachment},
    },
    db::{Sql, SqlExt},
    error::Error as Domain,
    web::{auth::Agent, error::Error, render::disposition},
};

/// The policy of a customer's mail: nothing runs, nothing leaves, only our own pictures show.
/// `sandbox` gives it an origin of its own, so it can neither read the page nor send cookies.
const MAIL_POLICY: &str = "sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; \
    form-action 'none'; base-uri 'none'; frame-ancestors 'self'";

/// How long the address of an inline picture holds.
const PICTURE_LIFETIME: i64 = HOUR;

/// `GET /messages/{id}/body`: the HTML of a mail, sanitised anew each time it is shown.
#[handler]
pub async fn show_html(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let message = showing::html(&app.db, agent.shop_id, &id).await?;
    let html = message.html.ok_or(Domain::NotFound)?;
    let attached = showing::attachments_of(&app.db, message.id).await?;
    let until = app.now() + PICTURE_LIFETIME;
    let picture = |cid: &str| {
        let file = attached
            .iter()
            .find(|f| f.content_id.as_deref() == Some(cid))?;
        let query = files::sign(&app.secrets, files::INLINE, &file.public_id, until);
        Some(format!("/inline/{}?{query}", file.public_id))
    };
    let clean = kontor_mail::html::sanitise(&html, &picture);
    let page = format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><meta name=\"referrer\" content=\"no-referrer\">\
         <style>body{{font-family:system-ui,sans-serif;font-size:15px;line-height:1.5;margin:12px;overflow-wrap:anywhere;color:#1a2429;background:#fff}}\
         img{{max-width:100%;height:auto}}table{{max-width:100%}}</style></head><body dir=\"auto\">{}</body></html>",
        clean.html
    );
    Ok(Response::builder()
        .content_type("text/html; charset=utf-8")
        .header("Content-Security-Policy", MAIL_POLICY)
        .header(header::CACHE_CONTROL, "no-store")
        .header("Referrer-Policy", "no-referrer")
        .body(page))
}

/// What an inline picture's address carries.
#[derive(Deserialize)]
pub struct Signature {
    until: i64,
    signature: String,
}

/// `GET /inline/{id}`: a picture inside a mail. Its frame sends no cookie, so the address itself
/// is signed and expires.
#[handler]
pub async fn inline(
    Data(app): Data<&App>,
    Path(id): Path<String>,
    Query(asked): Query<Signature>,
) -> Result<Response, Error> {
    let (until, signature) = (asked.until, &asked.signature);
    if !files::holds(
        &app.secrets,
        files::INLINE,
        &id,
        until,
        signature,
        app.now(),
    ) {
        return Err(Domain::Forbidden.into());
    }
    let file: Attachment = app
        .db
        .read()
        .one(
            Sql::new(
                "SELECT public_id, message_id, sha256, filename, content_type, content_id, inline, size
                 FROM attachments WHERE public_id = ?",
            )
            .bind(id),
        )
        .await?;
    if !files::is_picture(&file.content_type) {
        return Err(Domain::NotFound.into());
    }
    let bytes = app.blobs.get(&file.sha256).await?;
    Ok(Response::builder()
        .content_type(&file.content_type)
        .header(header::CACHE_CONTROL, "private, max-age=3600")
        .header("Content-Security-Policy", "default-src 'none'; sandbox")
        .body(bytes))
}

/// `GET /attachments/{id}`: always a download, so that nothing of a customer's runs here.
#[handler]
pub async fn attachment(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let file = showing::attachment(&app.db, agent.shop_id, &id).await?;
    let bytes = app.blobs.get(&file.sha256).await?;
    Ok(download(bytes, &file))
}

fn download(bytes: Vec<u8>, file: &Attachment) -> Response {
    Response::builder()
        .content_type("application/octet-stream")
        .header(header::CONTENT_DISPOSITION, disposition(&file.filename))
        .header("Content-Security-Policy", "default-src 'none'; sandbox")
        .body(bytes)
}

/// `GET /messages/{id}/raw`: the mail exactly as it came.
#[handler]
pub async fn raw(
    Data(app): Data<&App>,
    agent: Agent,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let message = showing::html(&app.db, agent.shop_id, &id).await?;
    let inbound = message.inbound_id.ok_or(Domain::NotFound)?;
    let bytes = ingest::raw(&app.db, &app.blobs, inbound).await?;
    Ok(raw_mail(bytes, &id))
}

/// A raw mail as plain text: shown, not run.
pub fn raw_mail(bytes: Vec<u8>, id: &str) -> Response {
    Response::builder()
        .content_type("text/plain; charset=utf-8")
        .header(
            header::CONTENT_DISPOSITION,
            disposition(&format!("{id}.eml")),
        )
        .header("Content-Security-Policy", "default-src 'none'; sandbox")
        .body(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_out_of_its_header() {
        let value = disposition("a\"; filename=evil\r\nSet-Cookie: x.html");
        let text = value.to_str().unwrap();
        assert!(
            !text.contains('\n') && !text.contains("Set-Cookie: "),
            "{text}"
        );
        assert_eq!(
            disposition("发票.pdf").to_str().unwrap(),
            "attachment; filename*=UTF-8''%E5%8F%91%E7%A5%A8.pdf"
        );
    }

    #[test]
    fn only_harmless_pictures_are_shown() {
        assert!(files::is_picture("image/PNG"));
        assert!(!files::is_picture("image/svg+xml"));
        assert!(!files::is_picture("text/html"));
    }
}
