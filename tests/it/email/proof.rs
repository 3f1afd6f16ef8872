//! The proof that nothing is lost: the mailbox's numbers against the ledger's.

use kontor::{
    channels::{
        email::comparing::{self, Proof},
        ledger,
    },
    work,
};

use super::{
    Desk, eventually,
    fake_imap::{Behaviour, FakeImap, Fault, Stored},
    mail,
};

async fn read(count: u32) -> (FakeImap, Desk, i64) {
    let server = FakeImap::start(Behaviour {
        mails: (1..=count).map(|n| Stored::new(n, mail(n, 500))).collect(),
        ..Behaviour::default()
    })
    .await;
    let desk = Desk::open(|_| {}).await;
    let id = desk.connect(server.port, 1).await;
    desk.start();
    look_back_ended(&desk, 1).await;
    (server, desk, id)
}

async fn look_back_ended(desk: &Desk, uidvalidity: i64) {
    let sql = format!(
        "SELECT count(*) FROM lookbacks WHERE ended_at IS NOT NULL AND uidvalidity >= {uidvalidity}"
    );
    assert!(eventually(20, async || desk.number(&sql).await == 1).await);
}

async fn compare(desk: &Desk, id: i64) -> Proof {
    let proof = comparing::compare(&desk.app, id).await.expect("a proof");
    let p = &proof;
    // Everything that was missing is in the ledger now, or the state says otherwise.
    let sum = p.in_ledger + p.aliased + p.outside + p.waiting + p.missing;
    assert_eq!(p.in_mailbox, sum, "{p:?}");
    let kept = comparing::latest(&desk.app.db, id, 1).await.unwrap();
    assert_eq!(kept.first(), Some(p));
    proof
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_fetched_at_once_and_what_is_gone_is_said() {
    let (server, desk, id) = read(30).await;
    let proof = compare(&desk, id).await;
    assert_eq!(
        (proof.state.as_str(), proof.in_mailbox, proof.in_ledger),
        ("equal", 30, 30)
    );
    desk.pause(id).await;
    desk.execute("DELETE FROM inbound WHERE external_id IN ('7/4', '7/17')")
        .await;
    server.change(|b| {
        b.mails.remove(0);
        b.uidnext = Some(31);
    });
    let proof = compare(&desk, id).await;
    assert_eq!((proof.missing, proof.fetched, proof.gone), (2, 2, 1));
    assert_eq!((proof.state.as_str(), proof.in_mailbox), ("fetched", 29));
    assert_eq!(desk.ledger().await.len(), 30);
    let proof = compare(&desk, id).await;
    assert_eq!((proof.state.as_str(), proof.in_ledger), ("equal", 29));
    assert!(!server.said.lock().unwrap().join("\n").contains("STORE"));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_new_numbering_nothing_doubles_and_the_sum_holds() {
    let (server, desk, id) = read(20).await;
    work::run_pending(&desk.app).await.unwrap();
    desk.pause(id).await;
    server.change(|b| {
        b.uidvalidity = 8;
        b.mails.reverse();
        for (mail, uid) in b.mails.iter_mut().zip(101..) {
            mail.uid = uid;
        }
        // One that is the same but for its bytes: the server put a line of its own on top.
        let mut raw = b"X-Moved: yes\r\n".to_vec();
        raw.extend(&b.mails[3].raw);
        b.mails[3].raw = raw;
        // And one that came meanwhile.
        b.mails.push(Stored::new(500, mail(21, 500)));
    });
    let early = compare(&desk, id).await;
    assert_eq!((early.state.as_str(), early.waiting), ("waiting", 21));
    desk.go_on(id).await;
    look_back_ended(&desk, 8).await;
    work::run_pending(&desk.app).await.unwrap();
    let proof = compare(&desk, id).await;
    assert_eq!(proof.state, "equal", "{proof:?}");
    assert_eq!(
        (proof.in_mailbox, proof.in_ledger, proof.aliased),
        (21, 2, 19)
    );
    assert_eq!(
        desk.number("SELECT count(*) FROM messages WHERE kind = 'inbound'")
            .await,
        21
    );
    let duplicate = "SELECT count(*) FROM inbound WHERE state = 'ignored' AND reason = 'duplicate'";
    assert_eq!(desk.number(duplicate).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_had_is_refused_and_accounted_for() {
    let (server, desk, id) = read(5).await;
    desk.pause(id).await;
    server.change(|b| {
        let mut bad = Stored::new(6, mail(6, 500));
        bad.fault = Fault::Cut;
        b.mails.push(bad);
        b.mails.push(Stored::new(7, mail(7, 500)));
    });
    let proof = compare(&desk, id).await;
    assert_eq!((proof.missing, proof.fetched), (2, 2));
    let proof = compare(&desk, id).await;
    assert_eq!((proof.in_ledger, proof.refused), (7, 1));
    // Once the server hands it out, the comparison's other try gets it.
    server.change(|b| b.mails[5].fault = Fault::None);
    work::run_pending(&desk.app).await.unwrap();
    let proof = compare(&desk, id).await;
    assert_eq!((proof.in_ledger, proof.refused), (7, 0));
    server.change(|b| b.endless = true);
    let proof = comparing::compare(&desk.app, id).await.unwrap();
    assert_eq!(proof.state, "failed");
    assert!(proof.detail.starts_with("imap-"), "{}", proof.detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_done_once_a_day_by_itself_whatever_the_clock_does() {
    let (_server, desk, id) = read(3).await;
    // The end of the look-back asked for the first.
    work::run_pending(&desk.app).await.unwrap();
    assert_eq!(desk.number("SELECT count(*) FROM mailbox_checks").await, 1);
    let now = desk.app.now();
    let due = async |at| {
        comparing::schedule(&desk.app.db, at).await.unwrap();
        desk.number("SELECT count(*) FROM jobs WHERE kind = 'mailbox.compare'")
            .await
    };
    assert_eq!(due(now).await, 0);
    assert_eq!(due(now + 25 * 3_600_000).await, 1);
    assert_eq!(due(now + 25 * 3_600_000).await, 1, "not twice");
    desk.execute("DELETE FROM jobs").await;
    assert_eq!(
        due(now - 400 * 24 * 3_600_000).await,
        1,
        "the clock went back"
    );
    desk.execute("DELETE FROM jobs").await;
    desk.execute(&format!(
        "UPDATE mailbox_checks SET state = 'failed' WHERE channel_id = {id}"
    ))
    .await;
    assert_eq!(due(now + 600_000).await, 0);
    assert_eq!(due(now + 2 * 3_600_000).await, 1, "sooner after a failure");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledgers_counts_are_right_and_can_be_made_anew() {
    let (_server, desk, id) = read(9).await;
    work::run_pending(&desk.app).await.unwrap();
    desk.execute("UPDATE inbound SET state = 'quarantined', reason = 'x' WHERE id < 4")
        .await;
    desk.execute("DELETE FROM inbound WHERE id = 9").await;
    let counts = async || {
        ledger::counts(&desk.app.db, desk.shop, Some(id))
            .await
            .unwrap()
    };
    assert_eq!(counts().await, [0, 5, 3, 0]);
    desk.app
        .db
        .write(|tx| Box::pin(ledger::rebuild_counts(tx)))
        .await
        .unwrap();
    assert_eq!(counts().await, [0, 5, 3, 0]);
    // All of the quarantined at once, and again: nothing doubles.
    for expected in [3, 0] {
        let tried = ledger::retry_all(&desk.app.db, desk.shop, Some(id), desk.app.now()).await;
        assert_eq!(tried.unwrap(), expected);
        work::run_pending(&desk.app).await.unwrap();
    }
    assert_eq!(
        desk.number("SELECT count(*) FROM messages WHERE kind = 'inbound'")
            .await,
        9
    );
}
