//! The live check names the step that does not work.

use kontor::channels::email::{
    check::{self, Outcome},
    failure::{Problem, Step},
    settings::Security,
};

use super::{
    fake_imap::{self, FakeImap},
    fake_smtp::{self, FakeSmtp},
    new,
};

/// The step that failed, with its kind.
fn failed(steps: &[check::Checked]) -> Vec<(Step, Problem)> {
    steps
        .iter()
        .filter_map(|checked| match &checked.outcome {
            Outcome::Failed { problem, .. } => Some((checked.step, *problem)),
            _ => None,
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_works_is_said_step_by_step() {
    let imap = FakeImap::start(fake_imap::Behaviour::default()).await;
    let smtp = FakeSmtp::start(fake_smtp::Behaviour::default()).await;
    let new = new(imap.port, smtp.port);
    let steps = check::check(new.settings, new.secrets).await;
    assert_eq!(
        steps.iter().map(|s| s.step).collect::<Vec<_>>(),
        check::STEPS
    );
    assert!(steps.iter().all(|s| s.outcome == Outcome::Ok), "{steps:?}");
    assert!(smtp.mails().is_empty(), "nothing is sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_trouble_has_its_step_and_its_name() {
    let imap = FakeImap::start(fake_imap::Behaviour::default()).await;
    let smtp = FakeSmtp::start(fake_smtp::Behaviour::default()).await;
    let fine = new(imap.port, smtp.port);

    let mut wrong = fine.clone();
    wrong.secrets.imap_password = "wrong".into();
    wrong.secrets.smtp_password = "right".into();
    let steps = check::check(wrong.settings, wrong.secrets).await;
    assert_eq!(failed(&steps), [(Step::ImapLogin, Problem::Login)]);
    assert_eq!(steps[3].outcome, Outcome::Skipped);
    assert_eq!(steps[6].outcome, Outcome::Ok);

    let mut wrong = fine.clone();
    wrong.settings.imap_folder = "Kunden".into();
    let steps = check::check(wrong.settings, wrong.secrets).await;
    assert_eq!(failed(&steps), [(Step::ImapFolder, Problem::Folder)]);

    let mut wrong = fine.clone();
    wrong.settings.imap_port = 1;
    wrong.settings.smtp_host = "no-such-host.invalid".into();
    wrong.settings.smtp_security = Security::Tls;
    let steps = check::check(wrong.settings, wrong.secrets).await;
    assert_eq!(
        failed(&steps),
        [
            (Step::ImapHost, Problem::Refused),
            (Step::SmtpHost, Problem::UnknownHost)
        ]
    );

    // TLS asked of doors that speak plain, and STARTTLS of servers that know none.
    let mut wrong = fine.clone();
    wrong.settings.imap_security = Security::Tls;
    wrong.settings.smtp_security = Security::Starttls;
    let steps = check::check(wrong.settings, wrong.secrets).await;
    assert_eq!(
        failed(&steps)[0],
        (Step::ImapTls, Problem::Tls),
        "{steps:?}"
    );

    smtp.behave(fake_smtp::Behaviour {
        reply: Some(("AUTH", "535 5.7.8 no")),
        ..fake_smtp::Behaviour::default()
    });
    let steps = check::check(fine.settings.clone(), fine.secrets.clone()).await;
    assert_eq!(failed(&steps), [(Step::SmtpLogin, Problem::Login)]);
}
