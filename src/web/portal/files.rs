//! Files that were too large for a mail: whoever has the signed address of one gets it.

use poem::{
    Response, handler,
    http::header,
    web::{Data, Path, Query},
};
use serde::Deserialize;

use crate::{
    app::App,
    conversations::{files, showing::Attachment},
    db::{Sql, SqlExt},
    error::Error as Domain,
    web::{auth::PublicShop, error::Error, render::disposition},
};

/// What the address carries.
#[derive(Deserialize)]
pub struct Signature {
    until: i64,
    signature: String,
}

/// `GET /s/{shop}/files/{id}`: always a download. Only what agents sent can be had here.
#[handler]
pub async fn show(
    Data(app): Data<&App>,
    PublicShop(shop): PublicShop,
    Path((_, id)): Path<(String, String)>,
    Query(asked): Query<Signature>,
) -> Result<Response, Error> {
    let (until, signature) = (asked.until, &asked.signature);
    if !files::holds(
        &app.secrets,
        files::DOWNLOAD,
        &id,
        until,
        signature,
        app.now(),
    ) {
        // As for every page of the portal that is not there; signing in would not help.
        return Err(Domain::NotFound.into());
    }
    let file: Attachment = app
        .db
        .read()
        .one(
            Sql::new(
                "SELECT a.public_id, a.message_id, a.sha256, a.filename, a.content_type, a.content_id, a.inline, a.size
                 FROM attachments a JOIN messages m ON m.id = a.message_id
                 WHERE a.shop_id = ? AND a.public_id = ? AND m.kind = 'outbound'",
            )
            .bind(shop.id)
            .bind(id),
        )
        .await?;
    let bytes = app.blobs.get(&file.sha256).await?;
    Ok(Response::builder()
        .content_type("application/octet-stream")
        .header(header::CONTENT_DISPOSITION, disposition(&file.filename))
        .header(header::CACHE_CONTROL, "private, no-store")
        .header("Content-Security-Policy", "default-src 'none'; sandbox")
        .body(bytes))
}
