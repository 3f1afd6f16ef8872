//! Looking back: everything that was wanted, oldest first, behind what is new, and again from
//! where it was broken off.

use kontor::{
    channels::email::{connect, settings::Reach},
    work,
};

use super::{
    Desk, eventually,
    fake_imap::{Behaviour, FakeImap, Stored},
    mail, new,
};

async fn desk(server: &FakeImap, reach: Reach) -> (Desk, i64) {
    let desk = Desk::open(|_| {}).await;
    let mut mailbox = new(server.port, 1);
    mailbox.settings.look_back = reach;
    let id = connect::connect(&desk.app, desk.shop, mailbox).await;
    (desk, id.expect("a mailbox"))
}

async fn ended(desk: &Desk) -> bool {
    desk.number("SELECT count(*) FROM lookbacks WHERE ended_at IS NOT NULL")
        .await
        == 1
}

/// Mails of 400, 200, 20 and 2 days ago.
fn years() -> Vec<Stored> {
    [400, 200, 20, 2]
        .into_iter()
        .zip(1..)
        .map(|(days, n)| Stored::old(n, mail(n, 500), days))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_reaches_as_far_as_was_asked_for_and_further_when_that_changes() {
    let server = FakeImap::start(Behaviour {
        mails: years(),
        ..Behaviour::default()
    })
    .await;
    let (desk, id) = desk(&server, Reach::None).await;
    desk.start();
    assert!(eventually(20, async || ended(&desk).await).await);
    assert!(desk.ledger().await.is_empty());
    for (reach, count) in [
        (Reach::Days30, 2),
        (Reach::Year, 3),
        (Reach::Everything, 4),
        (Reach::Days30, 4),
    ] {
        let mut changed = new(server.port, 1);
        changed.settings.look_back = reach;
        let channel = desk.channel(id).await;
        connect::update(&desk.app, desk.shop, &channel.public_id, changed)
            .await
            .unwrap();
        let sql = format!(
            "SELECT count(*) FROM lookbacks WHERE reach = '{}' AND ended_at IS NOT NULL",
            reach.as_str()
        );
        assert!(eventually(20, async || desk.number(&sql).await == 1).await);
        assert_eq!(desk.ledger().await.len(), count, "{reach:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_filed_closed_and_what_is_recent_stays_open() {
    let mut mails = years();
    mails.push(Stored::old(5, mail(5, 500), 1));
    let server = FakeImap::start(Behaviour {
        mails,
        ..Behaviour::default()
    })
    .await;
    let (desk, _) = desk(&server, Reach::Everything).await;
    desk.start();
    assert!(eventually(20, async || ended(&desk).await).await);
    work::run_pending(&desk.app).await.unwrap();
    let of = |status: &str| format!("SELECT count(*) FROM conversations WHERE status = '{status}'");
    assert_eq!(desk.number(&of("closed")).await, 3);
    assert_eq!(desk.number(&of("open")).await, 2);
    let inbox = "SELECT coalesce(sum(n), 0) FROM view_counts WHERE view = 'open'";
    assert_eq!(desk.number(inbox).await, 2);
    assert_eq!(desk.number("SELECT count(*) FROM outbox").await, 0);
    let waits =
        "SELECT count(*) FROM conversations WHERE status = 'closed' AND waiting_since IS NOT NULL";
    assert_eq!(desk.number(waits).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_mail_never_waits_behind_old_and_a_break_costs_nothing() {
    let mails = (1..=640)
        .map(|n| Stored::old(n, mail(n, 500), 100))
        .collect();
    let server = FakeImap::start(Behaviour {
        mails,
        slow: 400,
        ..Behaviour::default()
    })
    .await;
    let (desk, id) = desk(&server, Reach::Everything).await;
    desk.start();
    assert!(eventually(20, async || desk.ledger().await.len() >= 64).await);
    server.deliver(641, mail(641, 500));
    assert!(
        eventually(10, async || desk
            .ledger()
            .await
            .iter()
            .any(|row| row.starts_with("7/641 ")))
        .await
    );
    let progress = "SELECT CASE WHEN total = 640 AND done < 640 AND ended_at IS NULL THEN done END FROM lookbacks";
    assert!(desk.number(progress).await > 0, "the look-back had ended");
    // Broken off in the middle.
    desk.pause(id).await;
    let before = desk.ledger().await.len();
    assert!(before < 641, "it went on: {before}");
    server.said.lock().unwrap().clear();
    server.change(|b| b.slow = 0);
    desk.go_on(id).await;
    assert!(eventually(20, async || ended(&desk).await).await);
    assert_eq!(desk.ledger().await.len(), 641);
    let done = "SELECT CASE WHEN total = 640 THEN done END FROM lookbacks";
    assert_eq!(desk.number(done).await, 640);
    let fetched = server.heard("BODY.PEEK[]");
    assert!(
        fetched <= (641 - before) / 64 + 2,
        "{fetched} from {before}"
    );
    // Oldest first.
    let rows = desk.ledger().await;
    let numbers: Vec<u32> = rows
        .iter()
        .filter_map(|row| row[2..].split(' ').next()?.parse().ok())
        .filter(|n| *n != 641)
        .collect();
    let batches: Vec<u32> = numbers
        .chunks(64)
        .filter_map(|c| c.iter().min())
        .copied()
        .collect();
    assert!(batches.is_sorted(), "{batches:?}");
}
