//! The files of a mail: attached while they are small enough together, else linked.

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    app::App,
    clock::DAY,
    conversations::{
        files::{self, sign},
        showing::{self, Attachment},
    },
    error::Result,
};

/// How long the address of a large file holds.
const LINK_LIFETIME: i64 = 30 * DAY;

/// What goes with a mail.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// What is in it.
    pub parts: Vec<Part>,
    /// What is linked from it.
    pub links: Vec<Link>,
    /// The last day on which the links work, as ISO 8601 has it.
    pub until: String,
}

/// A file in a mail.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its type.
    pub content_type: String,
    /// For a picture that stands in the text.
    pub content_id: Option<String>,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// A file that customers download.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its name.
    pub name: String,
    /// Its size in words.
    pub size: String,
    /// Its address, signed.
    pub url: String,
}

/// Which of these files are linked so that the others together are at most `limit` bytes: the
/// largest first, pictures of the text last. Without an address to link from: none.
fn too_large(files: &[Attachment], limit: i64, can_link: bool) -> Vec<bool> {
    let mut linked = vec![false; files.len()];
    let mut sum: i64 = files.iter().map(|file| file.size).sum();
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|&i| (files[i].inline, -files[i].size));
    for i in order {
        if sum <= limit || !can_link {
            break;
        }
        linked[i] = true;
        sum -= files[i].size;
    }
    linked
}

/// Reads the files of a message. `portal` is the shop's address for customers.
///
/// # Errors
/// The database, or a file that is not where it should be.
pub async fn of_message(
    app: &App,
    message_id: i64,
    limit: i64,
    portal: Option<&str>,
) -> Result<Files> {
    let attached = showing::attachments_of(&app.db, message_id).await?;
    let until = app.now() + LINK_LIFETIME;
    let mut all = Files {
        until: Timestamp::from_millisecond(until)
            .map(|at| at.to_zoned(TimeZone::UTC).date().to_string())
            .unwrap_or_default(),
        ..Files::default()
    };
    let linked = too_large(&attached, limit, portal.is_some());
    for (file, linked) in attached.into_iter().zip(linked) {
        match portal.filter(|_| linked) {
            Some(portal) => all.links.push(Link {
                url: format!(
                    "{portal}/files/{}?{}",
                    file.public_id,
                    sign(&app.secrets, files::DOWNLOAD, &file.public_id, until)
                ),
                name: file.filename,
                size: format!("{:.1} MB", file.size as f64 / 1_000_000.0),
            }),
            None => all.parts.push(Part {
                bytes: app.blobs.get(&file.sha256).await?,
                name: file.filename,
                content_type: file.content_type,
                content_id: file.content_id.filter(|_| file.inline),
            }),
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_are_linked_until_the_rest_fits() {
        let file = |size, inline| Attachment {
            public_id: String::new(),
            message_id: 1,
            sha256: String::new(),
            filename: String::new(),
            content_type: String::new(),
            content_id: None,
            inline,
            size,
        };
        let files = [
            file(4, false),
            file(9, true),
            file(7, false),
            file(1, false),
        ];
        assert_eq!(too_large(&files, 21, true), [false; 4]);
        assert_eq!(too_large(&files, 20, true), [false, false, true, false]);
        assert_eq!(too_large(&files, 9, true), [true, false, true, true]);
        assert_eq!(too_large(&files, 1, true), [true; 4]);
        assert_eq!(too_large(&files, 1, false), [false; 4]);
    }
}
