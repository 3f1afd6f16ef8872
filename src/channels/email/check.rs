//! Trying a mailbox out before it is connected: each step as it is done, and the first one that
//! does not work with what is wrong. Nothing is sent and nothing is marked as read.

use serde::Serialize;
use tokio::sync::mpsc;

use super::{
    failure::{Failure, Problem, Step},
    imap::Imap,
    settings::{Mailbox, Secrets, Settings},
    smtp::Smtp,
};

/// The steps that are shown, in their order.
pub const STEPS: [Step; 7] = [
    Step::ImapHost,
    Step::ImapTls,
    Step::ImapLogin,
    Step::ImapFolder,
    Step::SmtpHost,
    Step::SmtpTls,
    Step::SmtpLogin,
];

/// How a step went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Outcome {
    /// It works.
    Ok,
    /// It does not.
    Failed {
        /// What kind of trouble it is.
        problem: Problem,
        /// In the server's words.
        words: String,
    },
    /// Not tried, as one before it does not work.
    Skipped,
}

/// A step and how it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The step.
    pub step: Step,
    /// How it went.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Tries everything; returns all of [`STEPS`].
pub async fn check(settings: Settings, secrets: Secrets) -> Vec<Checked> {
    let mut steps = stream(settings, secrets);
    let mut all = Vec::new();
    while let Some(step) = steps.recv().await {
        all.push(step);
    }
    all
}

/// Tries everything, telling each step as it is done. IMAP and SMTP are tried at the same time;
/// the steps come in their order all the same. Stops when the receiver is dropped.
pub fn stream(settings: Settings, secrets: Secrets) -> mpsc::Receiver<Checked> {
    stream_of(Mailbox {
        id: 0,
        shop_id: 0,
        address: String::new(),
        settings: settings.completed(),
        secrets,
        token: None,
    })
}

/// The same for a mailbox that was made ready ([`super::oauth::token::ready`]).
pub fn stream_of(mailbox: Mailbox) -> mpsc::Receiver<Checked> {
    let (tell, steps) = mpsc::channel(STEPS.len());
    tokio::spawn(async move {
        let work = async {
            let smtp = mailbox.clone();
            let sending = tokio::spawn(async move { sending(&smtp).await });
            for one in said(&STEPS[..4], reading(&mailbox).await.err()) {
                let _ = tell.send(one).await;
            }
            // A panic in it would be a fault of ours; the steps are then missing and seen as such.
            if let Ok(outcome) = sending.await {
                for one in said(&STEPS[4..], outcome.err()) {
                    let _ = tell.send(one).await;
                }
            }
        };
        tokio::select! {
            () = work => {}
            () = tell.closed() => {}
        }
    });
    steps
}

async fn reading(mailbox: &Mailbox) -> Result<(), Failure> {
    let mut imap = Imap::connect(mailbox).await?;
    imap.examine(mailbox.settings.folder()).await?;
    Ok(())
}

async fn sending(mailbox: &Mailbox) -> Result<(), Failure> {
    Smtp::connect(mailbox).await?.quit().await;
    Ok(())
}

/// What the first failure means for each of these steps.
fn said(steps: &[Step], failure: Option<Failure>) -> Vec<Checked> {
    let mut failure = failure;
    let mut broken = false;
    let mut checked = Vec::new();
    for step in steps {
        let outcome = match &failure {
            _ if broken => Outcome::Skipped,
            Some(found) if found.step == *step => {
                broken = true;
                failed(found)
            }
            _ => Outcome::Ok,
        };
        checked.push(Checked {
            step: *step,
            outcome,
        });
    }
    // A failure outside the steps that are shown (the connection broke in between) belongs to the
    // last one.
    if let (false, Some(failure), Some(last)) = (broken, failure.take(), checked.last_mut()) {
        last.outcome = failed(&failure);
    }
    checked
}

fn failed(failure: &Failure) -> Outcome {
    Outcome::Failed {
        problem: failure.problem,
        words: failure.words.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_after_a_failure_was_not_tried() {
        let failure = Failure::new(Step::ImapTls, Problem::CertificateExpired, "expired");
        let checked = said(&STEPS[..4], Some(failure.clone()));
        assert_eq!(checked[0].outcome, Outcome::Ok);
        assert_eq!(checked[1].outcome, failed(&failure));
        assert_eq!(checked[2].outcome, Outcome::Skipped);
        assert_eq!(checked[3].outcome, Outcome::Skipped);
    }

    #[test]
    fn a_failure_in_between_is_not_lost() {
        let failure = Failure::new(Step::ImapRead, Problem::Lost, "gone");
        let checked = said(&STEPS[..4], Some(failure.clone()));
        assert_eq!(checked[3].outcome, failed(&failure));
    }

    #[test]
    fn a_step_is_told_as_json() {
        let checked = said(
            &STEPS[..1],
            Some(Failure::new(Step::ImapHost, Problem::Refused, "no")),
        );
        assert_eq!(
            serde_json::to_value(&checked[0]).unwrap(),
            serde_json::json!({"step": "imap-host", "state": "failed", "problem": "refused", "words": "no"})
        );
    }
}
