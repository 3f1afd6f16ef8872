//! Files that go with an agent's reply: they wait in the composer, become the message's
//! attachments when it is queued, and come back with its text when it is taken back. Customers
//! get large ones by an address that is signed and expires.

use sea_orm::FromQueryResult;

use super::Conversation;
use crate::{
    db::{Db, Sql, SqlExt, Tx},
    error::{Error, Result},
    ids,
    secrets::Secrets,
};

/// The largest file that can be attached, in bytes.
pub const LARGEST: usize = 100 * 1024 * 1024;
/// How many files a reply can have.
pub const MOST: i64 = 20;

/// A file in a composer.
#[derive(Clone, Debug, FromQueryResult)]
pub struct DraftFile {
    /// What addresses show.
    pub public_id: String,
    /// Its name.
    pub filename: String,
    /// Its type, as the browser said.
    pub content_type: String,
    /// Bytes.
    pub size: i64,
}

/// A file to be kept; its bytes are a blob already.
#[derive(Clone, Debug)]
pub struct New {
    /// The blob.
    pub sha256: String,
    /// The name as the browser said it.
    pub filename: String,
    /// The type as the browser said it.
    pub content_type: String,
    /// Bytes.
    pub size: usize,
}

/// Puts a file into an agent's composer.
///
/// # Errors
/// [`Error::Invalid`]: it is too large, or there are too many.
pub async fn add(
    tx: &Tx,
    conversation: &Conversation,
    user_id: i64,
    file: New,
    now: i64,
) -> Result<()> {
    let count: Option<i64> = tx
        .scalar(
            Sql::new("SELECT count(*) FROM draft_files WHERE conversation_id = ? AND user_id = ?")
                .bind(conversation.id)
                .bind(user_id),
        )
        .await?;
    if file.size > LARGEST || count.unwrap_or(0) >= MOST {
        return Err(Error::invalid("error-files-large"));
    }
    crate::blobs::note(tx, &file.sha256, file.size, now).await?;
    tx.run(
        Sql::new(
            "INSERT INTO draft_files (public_id, shop_id, conversation_id, user_id, sha256, filename, content_type, size, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(ids::public_id())
        .bind(conversation.shop_id)
        .bind(conversation.id)
        .bind(user_id)
        .bind(file.sha256)
        .bind(safe_name(&file.filename))
        .bind(safe_type(&file.content_type))
        .bind(i64::try_from(file.size).unwrap_or(i64::MAX))
        .bind(now),
    )
    .await?;
    Ok(())
}

/// The files in an agent's composer.
pub async fn drafted(db: &Db, conversation_id: i64, user_id: i64) -> Result<Vec<DraftFile>> {
    db.read()
        .all(
            Sql::new(
                "SELECT public_id, filename, content_type, size FROM draft_files
                 WHERE conversation_id = ? AND user_id = ? ORDER BY id",
            )
            .bind(conversation_id)
            .bind(user_id),
        )
        .await
}

/// Takes a file out of an agent's own composer.
pub async fn remove(tx: &Tx, conversation_id: i64, user_id: i64, public_id: &str) -> Result<()> {
    tx.run(
        Sql::new(
            "DELETE FROM draft_files WHERE conversation_id = ? AND user_id = ? AND public_id = ?",
        )
        .bind(conversation_id)
        .bind(user_id)
        .bind(public_id),
    )
    .await?;
    Ok(())
}

/// The mark in a reply's text where a picture stands: `[image: name.png]`. What names no file of
/// the reply stays text.
pub fn mark(filename: &str) -> String {
    format!("[image: {filename}]")
}

/// Gives what waits in the composer to the message it goes with. A picture whose mark stands in
/// the text belongs into it.
pub async fn attach(
    tx: &Tx,
    conversation: &Conversation,
    user_id: i64,
    message_id: i64,
    text: &str,
) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        public_id: String,
        sha256: String,
        filename: String,
        content_type: String,
        size: i64,
    }
    let rows: Vec<Row> = tx
        .all(
            Sql::new(
                "SELECT public_id, sha256, filename, content_type, size FROM draft_files
                 WHERE conversation_id = ? AND user_id = ? ORDER BY id",
            )
            .bind(conversation.id)
            .bind(user_id),
        )
        .await?;
    for row in rows {
        let inline = is_picture(&row.content_type) && text.contains(&mark(&row.filename));
        tx.run(
            Sql::new(
                "INSERT INTO attachments (public_id, shop_id, message_id, sha256, filename, content_type, content_id, inline, size)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(row.public_id.as_str())
            .bind(conversation.shop_id)
            .bind(message_id)
            .bind(row.sha256)
            .bind(row.filename)
            .bind(row.content_type)
            .bind(inline.then(|| format!("{}@kontor", row.public_id)))
            .bind(inline)
            .bind(row.size),
        )
        .await?;
    }
    tx.run(
        Sql::new("DELETE FROM draft_files WHERE conversation_id = ? AND user_id = ?")
            .bind(conversation.id)
            .bind(user_id),
    )
    .await?;
    Ok(())
}

/// Puts the files of a message that did not go out back into a composer.
pub async fn give_back(
    tx: &Tx,
    conversation: &Conversation,
    message_id: i64,
    user_id: i64,
    now: i64,
) -> Result<()> {
    tx.run(
        Sql::new(
            "INSERT INTO draft_files (public_id, shop_id, conversation_id, user_id, sha256, filename, content_type, size, created_at)
             SELECT public_id, shop_id, ?, ?, sha256, filename, content_type, size, ? FROM attachments WHERE message_id = ? ORDER BY id",
        )
        .bind(conversation.id)
        .bind(user_id)
        .bind(now)
        .bind(message_id),
    )
    .await?;
    tx.run(Sql::new("DELETE FROM attachments WHERE message_id = ?").bind(message_id))
        .await?;
    Ok(())
}

/// Pictures that mail programs and browsers show and that carry no scripts; SVG is not among them.
pub fn is_picture(content_type: &str) -> bool {
    matches!(
        content_type.to_ascii_lowercase().as_str(),
        "image/png" | "image/jpeg" | "image/gif" | "image/webp"
    )
}

/// The purpose of an address under which a customer downloads a file.
pub const DOWNLOAD: &str = "file";
/// The purpose of a picture inside a customer's mail, as agents see it.
pub const INLINE: &str = "inline";

fn signed(purpose: &str, id: &str, until: i64) -> String {
    format!("{purpose} {id} {until}")
}

/// The query of an address that works without a cookie until a time: `until=…&signature=…`.
/// `purpose` keeps an address for one use from serving another.
pub fn sign(secrets: &Secrets, purpose: &str, id: &str, until: i64) -> String {
    // 22 characters of base64url: nothing in them needs encoding.
    let signature = secrets.sign(&signed(purpose, id, until));
    format!("until={until}&signature={signature}")
}

/// Whether such an address holds at this time.
pub fn holds(
    secrets: &Secrets,
    purpose: &str,
    id: &str,
    until: i64,
    signature: &str,
    now: i64,
) -> bool {
    until >= now && secrets.verify(&signed(purpose, id, until), signature)
}

/// A name of one line without folders, at most 120 characters.
fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last
        .chars()
        .filter(|c| {
            !c.is_control()
                && !matches!(c, '[' | ']' | '"' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        })
        .collect();
    let clean = clean.trim().trim_start_matches('.');
    let count = clean.chars().count();
    match count {
        0 => "file".to_owned(),
        // The end has the extension.
        n => clean.chars().skip(n.saturating_sub(120)).collect(),
    }
}

/// A type of the form `type/subtype`, else "any bytes".
fn safe_type(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let good = essence.len() <= 100
        && essence.split_once('/').is_some_and(|(a, b)| {
            let token = |t: &str| {
                !t.is_empty()
                    && t.bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
            };
            token(a) && token(b)
        });
    // A part of ours is never a container: `multipart/` and `message/` have rules of their own.
    let lower = essence.to_ascii_lowercase();
    if good && !lower.starts_with("multipart/") && !lower.starts_with("message/") {
        lower
    } else {
        "application/octet-stream".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_types_from_outside_are_made_harmless() {
        assert_eq!(safe_name("C:\\x\\発票 1.pdf"), "発票 1.pdf");
        assert_eq!(safe_name("../../etc/passwd"), "passwd");
        assert_eq!(safe_name("a\r\nBcc: x.png"), "aBcc: x.png");
        assert_eq!(safe_name("\u{202e}gpj.exe"), "gpj.exe");
        assert_eq!(safe_name("..."), "file");
        let long = format!("{}.pdf", "x".repeat(500));
        assert!(safe_name(&long).ends_with(".pdf") && safe_name(&long).len() == 120);
        assert_eq!(safe_type("image/PNG; name=x"), "image/png");
        for bad in [
            "",
            "x",
            "a/b/c d",
            "text/html\r\nX: y",
            "multipart/mixed",
            "message/rfc822",
        ] {
            assert_eq!(safe_type(bad), "application/octet-stream", "{bad}");
        }
    }

    #[test]
    fn an_address_holds_for_its_file_its_use_and_its_time_alone() {
        let dir = tempfile::tempdir().unwrap();
        let key = Secrets::open(&dir.path().join("key")).unwrap();
        let query = sign(&key, "file", "a", 100);
        let signature = query.rsplit_once('=').unwrap().1;
        assert!(holds(&key, "file", "a", 100, signature, 100));
        assert!(!holds(&key, "file", "a", 100, signature, 101));
        assert!(!holds(&key, "file", "b", 100, signature, 0));
        assert!(!holds(&key, "inline", "a", 100, signature, 0));
        assert!(!holds(&key, "file", "a", 101, signature, 0));
        assert!(!holds(&key, "file", "a", 100, "", 0));
    }
}
