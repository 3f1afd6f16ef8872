//! The mails of a file or a folder, one after the other.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use anyhow::Context;

use super::{
    Complaint, LARGEST, Place,
    mbox::{Found, Mbox},
    when,
};

/// How the mails lie there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One file with many mails, or a folder of such.
    Mbox,
    /// One file a mail, or a folder of such.
    Eml,
    /// A Maildir with its subfolders.
    Maildir,
}

/// A mail as it lay there.
#[derive(Debug)]
pub struct Mail {
    /// Where.
    pub place: Place,
    /// As it came.
    pub raw: Vec<u8>,
    /// When it came, as far as that can be told; unix milliseconds.
    pub received_at: Option<i64>,
}

/// Folders in folders that are walked.
const DEEPEST: usize = 32;

struct Entry {
    path: PathBuf,
    size: u64,
}

/// The mails that are still to come.
pub struct Source {
    form: Form,
    files: VecDeque<Entry>,
    open: Option<(PathBuf, Mbox<BufReader<File>>)>,
    total: u64,
    done: u64,
    skipped: u64,
}

impl Source {
    /// Looks at what is there; reads no mail yet.
    ///
    /// # Errors
    /// There is nothing at `path`, or it is no Maildir.
    pub fn open(form: Form, path: &Path) -> anyhow::Result<Self> {
        let kind = fs::metadata(path).with_context(|| path.display().to_string())?;
        let mut source = Self {
            form,
            files: VecDeque::new(),
            open: None,
            total: 0,
            done: 0,
            skipped: 0,
        };
        if kind.is_file() && form != Form::Maildir {
            source.files.push_back(Entry {
                path: path.to_owned(),
                size: kind.len(),
            });
        } else {
            anyhow::ensure!(
                kind.is_dir(),
                "{} is no {}",
                path.display(),
                if form == Form::Maildir {
                    "folder"
                } else {
                    "file or folder"
                }
            );
            let mut found = Vec::new();
            let mut is_maildir = false;
            source.walk(path, DEEPEST, &mut found, &mut is_maildir)?;
            anyhow::ensure!(
                form != Form::Maildir || is_maildir,
                "{} is no Maildir: there is no folder cur or new in it",
                path.display()
            );
            found.sort_by(|a: &Entry, b| a.path.cmp(&b.path));
            source.files = found.into();
        }
        source.total = source.files.iter().map(|entry| entry.size).sum();
        Ok(source)
    }

    /// Bytes of all files.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Bytes of files that were read.
    pub fn bytes_read(&self) -> u64 {
        let inside = self.open.as_ref().map_or(0, |(_, mbox)| mbox.offset());
        self.done + inside
    }

    /// Files of a folder that hold no mail.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Links are not followed: they may lead anywhere, and in circles.
    fn walk(
        &mut self,
        folder: &Path,
        deeper: usize,
        found: &mut Vec<Entry>,
        is_maildir: &mut bool,
    ) -> anyhow::Result<()> {
        let here = matches!(
            folder.file_name().and_then(|name| name.to_str()),
            Some("cur" | "new")
        );
        for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if kind.is_dir() {
                // What lies in tmp is not delivered yet (maildir(5)).
                if deeper > 0 && !(self.form == Form::Maildir && name == "tmp") {
                    *is_maildir |= name == "cur" || name == "new";
                    self.walk(&path, deeper - 1, found, is_maildir)?;
                }
                continue;
            }
            let wanted = kind.is_file()
                && match self.form {
                    Form::Maildir => here && !name.starts_with('.'),
                    Form::Mbox => !name.starts_with('.'),
                    Form::Eml => !name.starts_with('.') && is_mail(&path),
                };
            if wanted {
                let size = entry.metadata()?.len();
                found.push(Entry { path, size });
            } else if self.form != Form::Maildir || here {
                self.skipped += 1;
            }
        }
        Ok(())
    }

    /// The next mails, at most so many and about so many bytes; none at the end. What cannot be
    /// read is a complaint and does not stop what is behind it.
    pub fn next_batch(&mut self, most: usize, bytes: usize) -> Vec<Result<Mail, Complaint>> {
        let mut batch = Vec::new();
        let mut sum = 0;
        while batch.len() < most && sum < bytes {
            let Some(next) = self.next() else { break };
            sum += next.as_ref().map_or(0, |mail| mail.raw.len());
            batch.push(next);
        }
        batch
    }

    fn next(&mut self) -> Option<Result<Mail, Complaint>> {
        loop {
            if let Some((path, mbox)) = &mut self.open {
                match mbox.next_mail() {
                    Ok(Some(found)) => return Some(of_mbox(path, found)),
                    Ok(None) => {
                        self.done += mbox.offset();
                        self.open = None;
                        continue;
                    }
                    Err(error) => {
                        let complaint = unreadable(path, &error);
                        self.done += mbox.offset();
                        self.open = None;
                        return Some(Err(complaint));
                    }
                }
            }
            let entry = self.files.pop_front()?;
            if self.form == Form::Mbox {
                match File::open(&entry.path) {
                    Ok(file) => {
                        let reader = BufReader::with_capacity(256 * 1024, file);
                        self.open = Some((entry.path, Mbox::new(reader, LARGEST)));
                    }
                    Err(error) => return Some(Err(unreadable(&entry.path, &error))),
                }
                continue;
            }
            self.done += entry.size;
            return Some(of_file(self.form, &entry.path));
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Complaint {
    Complaint {
        place: Place {
            file: path.to_owned(),
            number: None,
            offset: None,
        },
        reason: format!("unreadable: {error}"),
    }
}

fn too_large(place: Place, size: u64) -> Complaint {
    Complaint {
        place,
        reason: format!("too_large: {size} bytes"),
    }
}

fn of_mbox(path: &Path, found: Found) -> Result<Mail, Complaint> {
    let place = Place {
        file: path.to_owned(),
        number: Some(found.number),
        offset: Some(found.offset),
    };
    if found.size > found.raw.len() as u64 {
        return Err(too_large(place, found.size));
    }
    Ok(Mail {
        received_at: found.delivered_at.or_else(|| when::of_header(&found.raw)),
        place,
        raw: found.raw,
    })
}

fn of_file(form: Form, path: &Path) -> Result<Mail, Complaint> {
    let place = Place {
        file: path.to_owned(),
        number: None,
        offset: None,
    };
    let read = || -> io::Result<(Vec<u8>, fs::Metadata)> {
        let file = File::open(path)?;
        let kind = file.metadata()?;
        let mut raw = Vec::new();
        file.take(LARGEST as u64 + 1).read_to_end(&mut raw)?;
        Ok((raw, kind))
    };
    let (raw, kind) = read().map_err(|error| unreadable(path, &error))?;
    if raw.len() > LARGEST {
        return Err(too_large(place, kind.len()));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let delivered = (form == Form::Maildir)
        .then(|| when::of_maildir_name(&name))
        .flatten();
    let changed = || {
        let since = kind.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        i64::try_from(since.as_millis()).ok()
    };
    Ok(Mail {
        received_at: delivered.or_else(|| when::of_header(&raw)).or_else(changed),
        place,
        raw,
    })
}

/// Whether a file of a folder is a mail: by its name, or because it begins with a header in which
/// a field stands that only mails have.
fn is_mail(path: &Path) -> bool {
    if path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("eml"))
    {
        return true;
    }
    let mut start = Vec::new();
    let Ok(file) = File::open(path) else {
        return false;
    };
    if file.take(16 * 1024).read_to_end(&mut start).is_err() {
        return false;
    }
    begins_like_mail(&start)
}

fn begins_like_mail(start: &[u8]) -> bool {
    const FIELDS: [&str; 11] = [
        "from",
        "to",
        "subject",
        "date",
        "received",
        "message-id",
        "mime-version",
        "content-type",
        "return-path",
        "delivered-to",
        "reply-to",
    ];
    let mut known = 0;
    for (at, line) in start.split(|b| *b == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        let folded = line.starts_with(b" ") || line.starts_with(b"\t");
        if (folded && at > 0) || (at == 0 && line.starts_with(b"From ")) {
            continue;
        }
        let Some(colon) = line.iter().position(|b| *b == b':') else {
            return false;
        };
        let name = line.get(..colon).unwrap_or_default();
        if name.is_empty() || !name.iter().all(|b| (33..=126).contains(b)) {
            return false;
        }
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        known += usize::from(FIELDS.contains(&name.as_str()));
    }
    known >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_known_by_its_header() {
        for good in [
            "From: a@b\nSubject: x\n\nHello",
            "From a@b Thu Sep 18 17:54:04 2008\nReceived: x\n\tby y\nDate: z\n\n",
            "X-Own: 1\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n",
        ] {
            assert!(begins_like_mail(good.as_bytes()), "{good}");
        }
        for bad in [
            "",
            "Hello\nFrom: a\nTo: b\n",
            "{\n  \"from\": 1\n}",
            "<?xml version=\"1.0\"?>",
            "Title: x\nAuthor: y\n\nFrom: a\nTo: b\n",
            "\u{0}\u{1}\u{2}",
        ] {
            assert!(!begins_like_mail(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn a_maildir_has_its_subfolders_and_not_what_is_not_delivered() {
        let dir = tempfile::tempdir().unwrap();
        for (folder, name) in [
            ("cur", "1234567890.a:2,S"),
            ("new", "1234567891.b"),
            ("tmp", "1234567892.c"),
            (".Sent/cur", "1234567893.d:2,"),
            ("courierimapkeywords", "1234567894.e"),
        ] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
            fs::write(dir.path().join(folder).join(name), "Subject: x\n\ny").unwrap();
        }
        fs::write(dir.path().join("dovecot-uidlist"), "3 V1").unwrap();
        let mut source = Source::open(Form::Maildir, dir.path()).unwrap();
        let times: Vec<i64> = source
            .next_batch(10, 1_000_000)
            .into_iter()
            .map(|mail| mail.unwrap().received_at.unwrap() / 1000)
            .collect();
        assert_eq!(times, [1_234_567_893, 1_234_567_890, 1_234_567_891]);
        assert_eq!(source.bytes_read(), source.total());
        assert!(source.next_batch(10, 10).is_empty());
        let empty = tempfile::tempdir().unwrap();
        assert!(Source::open(Form::Maildir, empty.path()).is_err());
        assert!(Source::open(Form::Eml, &empty.path().join("nothing")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(dir.path(), dir.path().join("circle")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", dir.path().join("a.eml")).unwrap();
        fs::write(dir.path().join("b.eml"), "anything").unwrap();
        let mut source = Source::open(Form::Eml, dir.path()).unwrap();
        assert_eq!(source.next_batch(10, 1_000).len(), 1);
        assert_eq!(source.skipped(), 2);
    }
}
