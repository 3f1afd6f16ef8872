//! Which conversation a mail belongs to: the unguessable token decides; ids of others count only
//! for those who are part of the conversation; a number in the subject never.

use kontor::{
    conversations::replying::{self, Author, Reply},
    db::{Sql, SqlExt},
};

use crate::support::{Mail, SUPPORT, TestShop};

/// An agent's answer in a conversation; returns its Message-ID.
async fn answer(test: &TestShop, conversation: i64) -> String {
    let (now, owner, tokens) = (test.clock.now(), test.owner, test.tokens());
    test.app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let conversation = kontor::conversations::in_tx(tx, conversation).await?;
                let reply = Reply {
                    author: Author::Agent {
                        user_id: owner,
                        name: "Ola".into(),
                    },
                    body: "It leaves tomorrow.".into(),
                    recipient: None,
                    not_before: now,
                };
                replying::reply(tx, &tokens, &conversation, reply, now).await
            })
        })
        .await
        .expect("a reply");
    test.outbox().await.last().expect("a mail").mail_id.clone()
}

/// The role somebody has in a conversation.
async fn role(test: &TestShop, conversation: i64, email: &str) -> Option<String> {
    test.app
        .db
        .read()
        .scalar(
            Sql::new("SELECT role FROM participants WHERE conversation_id = ? AND email = ?")
                .bind(conversation)
                .bind(email),
        )
        .await
        .expect("participants")
}

#[tokio::test]
async fn a_mail_opens_a_conversation_and_keeps_what_came() {
    let test = TestShop::open().await;
    let raw = Mail::from("Ana Gil <Ana.Gil@Example.com>")
        .subject("Where is my lamp?")
        .body("Hello,\n\nwhere is it?\n\nOn Mon, Nov 16, 2026 at 9:12 AM Ola <help@lamp.example> wrote:\n> It left.\n")
        .raw();
    let ledger = test.receive_mail(raw.clone()).await;
    let conversation = test
        .conversation(ledger.conversation_id.expect("filed"))
        .await;
    assert_eq!(conversation.subject, "Where is my lamp?");
    assert_eq!(
        (conversation.status.as_str(), conversation.priority),
        ("open", 0)
    );
    assert_eq!(conversation.waiting_since, Some(test.clock.now()));
    let message = kontor::conversations::showing::messages(&test.app.db, conversation.id, 0, 10)
        .await
        .expect("messages")
        .remove(0);
    assert_eq!(message.body.trim(), "Hello,\n\nwhere is it?");
    assert!(message.quoted.contains("It left."), "{message:?}");
    assert_eq!(
        (message.sender.as_str(), message.sender_name.as_str()),
        ("ana.gil@example.com", "Ana Gil")
    );
    // The raw bytes are as they came.
    let row = test.number("SELECT id FROM inbound").await;
    let kept = kontor::channels::ingest::raw(&test.app.db, &test.app.blobs, row).await;
    assert_eq!(kept.expect("the raw mail"), raw);
    assert_eq!(
        role(&test, conversation.id, "ana.gil@example.com")
            .await
            .as_deref(),
        Some("customer")
    );
}

#[tokio::test]
async fn an_answer_finds_its_conversation_by_our_message_id_or_the_plus_address() {
    let test = TestShop::open().await;
    let first = test
        .filed(Mail::from("ana@example.com").id("one@ana.example"))
        .await;
    let ours = answer(&test, first.id).await;
    assert!(ours.ends_with("@lamp.example"), "{ours}");
    let by_id = test
        .filed(
            Mail::from("ana@example.com")
                .subject("Something else")
                .answers(&ours),
        )
        .await;
    assert_eq!(by_id.id, first.id);
    let plus = SUPPORT.replace('@', &format!("+k.{}@", first.reply_token));
    let by_address = test
        .filed(Mail::from("ana@example.com").to(&plus).body("again"))
        .await;
    assert_eq!(by_address.id, first.id);
    assert_eq!(by_address.status, "open");
}

/// The token in one of our Message-IDs, and our address with it.
fn token_of(mail_id: &str) -> (String, String) {
    let token = mail_id.split('.').nth(1).expect("a token").to_owned();
    let address = SUPPORT.replace('@', &format!("+k.{token}@"));
    (token, address)
}

#[tokio::test]
async fn each_recipient_has_a_token_of_their_own_and_none_is_the_conversations() {
    let test = TestShop::open().await;
    let first = test
        .filed(Mail::from("ana@example.com").id("one@ana.example"))
        .await;
    let (one, _) = token_of(&answer(&test, first.id).await);
    let (again, _) = token_of(&answer(&test, first.id).await);
    assert_eq!(one, again, "the same recipient");
    assert_ne!(one, first.reply_token, "what is kept never goes out");
    let tokens = test.tokens();
    assert!(tokens.holds(&one, &first, "ana@example.com"));
    assert!(!tokens.holds(&one, &first, "bo@example.com"));
    let envelope = test
        .text("SELECT envelope FROM outbox ORDER BY id DESC LIMIT 1")
        .await;
    assert!(envelope.contains(&one) && !envelope.contains(&first.reply_token));
}

#[tokio::test]
async fn a_token_with_a_flipped_letter_opens_nothing() {
    let test = TestShop::open().await;
    let first = test
        .filed(Mail::from("ana@example.com").id("one@ana.example"))
        .await;
    let (token, _) = token_of(&answer(&test, first.id).await);
    for at in [0, 9, 17, 18, 25] {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'q' { b'r' } else { b'q' };
        let flipped = String::from_utf8(bytes).expect("ASCII");
        let to = SUPPORT.replace('@', &format!("+k.{flipped}@"));
        for from in ["ana@example.com", "eve@evil.example"] {
            let other = test
                .filed(
                    Mail::from(from)
                        .id(&format!("{at}.{from}"))
                        .to(&to)
                        .header("References", &format!("<k.{flipped}.x@lamp.example>")),
                )
                .await;
            assert_ne!(other.id, first.id, "{flipped} from {from}");
        }
    }
}

#[tokio::test]
async fn a_token_made_for_somebody_nobody_wrote_to_opens_nothing() {
    let test = TestShop::open().await;
    let first = test.filed(Mail::from("ana@example.com")).await;
    // Signed by us, but nothing of this conversation ever went to that address.
    let token = test.tokens().make(&first, "nobody@example.com");
    let to = SUPPORT.replace('@', &format!("+k.{token}@"));
    let other = test.filed(Mail::from("eve@evil.example").to(&to)).await;
    assert_ne!(other.id, first.id);
    // Nor does one of another installation.
    let elsewhere = TestShop::open().await;
    let token = elsewhere.tokens().make(&first, "ana@example.com");
    let to = SUPPORT.replace('@', &format!("+k.{token}@"));
    let other = test
        .filed(Mail::from("ana@example.com").id("two@ana.example").to(&to))
        .await;
    assert_ne!(other.id, first.id);
}

#[tokio::test]
async fn without_plus_addresses_the_token_comes_back_in_the_references() {
    let test = TestShop::open().await;
    let first = test
        .filed(Mail::from("ana@example.com").id("one@ana.example"))
        .await;
    let ours = answer(&test, first.id).await;
    // Her colleague answers the forwarded mail: some programs keep only References.
    let joined = test
        .filed(
            Mail::from("colleague@example.com")
                .header("References", &format!("<one@ana.example> <{ours}>"))
                .body("I take over from Ana."),
        )
        .await;
    assert_eq!(joined.id, first.id);
    assert_eq!(
        role(&test, first.id, "colleague@example.com")
            .await
            .as_deref(),
        Some("joined")
    );
    // The mark is seen, and an answer still goes to Ana.
    let page = test
        .owners_browser()
        .await
        .get(&format!("/conversations/{}", first.public_id))
        .await;
    assert!(page.text.contains("Wrote in later"), "{}", page.text);
    assert!(page.text.contains("Reply to ana@example.com"));
    answer(&test, first.id).await;
    let last = test.outbox().await.pop().expect("a mail");
    assert_eq!(last.recipient, "ana@example.com");
    assert_eq!(last.in_reply_to.as_deref(), Some("one@ana.example"));
}

#[tokio::test]
async fn tokens_that_were_given_out_before_they_were_signed_keep_working() {
    let test = TestShop::open().await;
    let first = test.filed(Mail::from("ana@example.com")).await;
    let id = format!("k.{}.old@lamp.example", first.reply_token);
    let again = test
        .filed(
            Mail::from("ana@example.com")
                .id("two@ana.example")
                .answers(&id),
        )
        .await;
    assert_eq!(again.id, first.id);
}

#[tokio::test]
async fn her_own_earlier_mail_is_enough_of_a_reference_for_the_customer() {
    let test = TestShop::open().await;
    let first = test
        .filed(Mail::from("ana@example.com").id("one@ana.example"))
        .await;
    let more = test
        .filed(
            Mail::from("Ana <ANA@example.com>")
                .answers("one@ana.example")
                .body("P.S."),
        )
        .await;
    assert_eq!(more.id, first.id);
    // Who stood in CC of her mail takes part as well.
    let copied = test
        .filed(
            Mail::from("bo@example.com")
                .id("bo@bo.example")
                .header("Cc", "Cy <cy@example.com>"),
        )
        .await;
    let cy = test
        .filed(Mail::from("cy@example.com").answers("bo@bo.example"))
        .await;
    assert_eq!(cy.id, copied.id);
    assert_eq!(
        role(&test, copied.id, "cy@example.com").await.as_deref(),
        Some("copied")
    );
}

#[tokio::test]
async fn forged_references_to_another_customers_thread_open_ones_own() {
    let test = TestShop::open().await;
    let victim = test
        .filed(Mail::from("ana@example.com").id("one@ana.example"))
        .await;
    answer(&test, victim.id).await;
    let before = test.number("SELECT message_count FROM conversations").await;
    let forged = test
        .filed(
            Mail::from("eve@evil.example")
                .subject("Re: A question")
                .answers("one@ana.example")
                .header("X-References", "<one@ana.example>"),
        )
        .await;
    assert_ne!(forged.id, victim.id);
    assert_eq!(role(&test, victim.id, "eve@evil.example").await, None);
    assert_eq!(
        test.number(&format!(
            "SELECT message_count FROM conversations WHERE id = {}",
            victim.id
        ))
        .await,
        before
    );
    // Nor by taking a known Message-ID for her own mail: what answers that id later is Ana's.
    test.filed(
        Mail::from("eve@evil.example")
            .id("one@ana.example")
            .subject("Mine now"),
    )
    .await;
    let later = test
        .filed(
            Mail::from("ana@example.com")
                .answers("one@ana.example")
                .body("and?"),
        )
        .await;
    assert_eq!(later.id, victim.id);
}

#[tokio::test]
async fn a_number_in_the_subject_is_only_a_number() {
    let test = TestShop::open().await;
    let victim = test
        .filed(Mail::from("ana@example.com").subject("Order 20418"))
        .await;
    for subject in [
        "Order 20418".to_owned(),
        format!("[#{}] Order", victim.id),
        format!("Re: [{}]", victim.public_id),
        format!("Ticket {}", victim.reply_token),
    ] {
        let other = test
            .filed(Mail::from("eve@evil.example").subject(&subject))
            .await;
        assert_ne!(other.id, victim.id, "{subject}");
    }
}

#[tokio::test]
async fn a_token_of_another_shop_or_a_made_up_one_opens_nothing() {
    let test = TestShop::open().await;
    let (other_shop, other_mailbox) = test.second_shop().await;
    let first = test.filed(Mail::from("ana@example.com")).await;
    let plus = format!("help+k.{}@other.example", first.reply_token);
    let raw = Mail::from("ana@example.com").to(&plus).raw();
    let arrived = kontor::channels::ingest::Arrived {
        shop_id: other_shop,
        channel_id: other_mailbox,
        external_id: "9/9".into(),
        raw,
        received_at: test.clock.now(),
    };
    kontor::channels::ingest::ingest(&test.app.db, &test.app.blobs, arrived)
        .await
        .expect("the ledger");
    test.work().await;
    assert_eq!(test.number("SELECT count(*) FROM conversations").await, 2);
    assert_eq!(
        test.number(&format!(
            "SELECT count(*) FROM conversations WHERE shop_id = {other_shop}"
        ))
        .await,
        1
    );
    let made_up = SUPPORT.replace('@', "+k.aaaaaaaaaaaaaaaaaaaaaaaaaa@");
    let own = test
        .filed(Mail::from("eve@evil.example").to(&made_up))
        .await;
    assert_ne!(own.id, first.id);
}

#[tokio::test]
async fn a_stranger_with_the_token_joins_and_gets_nothing_automatic() {
    let test = TestShop::sample(kontor::llm::Engine::off("a test"), 0).await;
    let buyer = "lucia.fernandez@correo.example";
    let first = test
        .filed(
            Mail::from(buyer)
                .subject("Pedido")
                .body("¿Dónde está mi pedido #20418?"),
        )
        .await;
    let before = test.outbox().await.len();
    // Forwarded to a friend, who answers from an address of their own.
    let plus = address_of(&test)
        .await
        .replace('@', &format!("+k.{}@", first.reply_token));
    let joined = test
        .filed(
            Mail::from("friend@elsewhere.example")
                .to(&plus)
                .body("¿Dónde está el pedido #20418? Quiero el número de seguimiento."),
        )
        .await;
    assert_eq!(joined.id, first.id);
    assert_eq!(
        role(&test, first.id, "friend@elsewhere.example")
            .await
            .as_deref(),
        Some("joined")
    );
    let outbox = test.outbox().await;
    assert!(
        outbox.iter().all(|mail| mail.recipient == buyer),
        "something automatic went to a stranger: {outbox:?}"
    );
    assert_eq!(outbox.len(), before, "{outbox:?}");
}

async fn address_of(test: &TestShop) -> String {
    test.text(&format!(
        "SELECT address FROM channels WHERE id = {}",
        test.mailbox
    ))
    .await
}

#[tokio::test]
async fn a_closed_or_sleeping_conversation_opens_when_its_customer_writes() {
    let test = TestShop::open().await;
    for status in ["closed", "snoozed"] {
        let id = format!("{status}@ana.example");
        let first = test
            .filed(Mail::from("ana@example.com").subject(status).id(&id))
            .await;
        let until = test.clock.now() + 1000;
        test.execute(&format!(
            "UPDATE conversations SET status = '{status}', waiting_since = NULL,
               snoozed_until = CASE WHEN '{status}' = 'snoozed' THEN {until} END WHERE id = {}",
            first.id
        ))
        .await;
        let again = test
            .filed(
                Mail::from("ana@example.com")
                    .answers(&id)
                    .subject(status)
                    .body("Still there?"),
            )
            .await;
        assert_eq!(
            (again.id, again.status.as_str()),
            (first.id, "open"),
            "{status}"
        );
        assert!(again.waiting_since.is_some());
    }
}

#[tokio::test]
async fn an_agents_answer_goes_to_the_customer_in_the_thread() {
    let test = TestShop::open().await;
    let first = test
        .filed(
            Mail::from("Ana <ana@example.com>")
                .subject("Lamp")
                .id("one@ana.example")
                .header("Reply-To", "elsewhere@evil.example"),
        )
        .await;
    let waiting = test.outbox().await.len();
    answer(&test, first.id).await;
    let mail = test.outbox().await.remove(waiting);
    assert_eq!(mail.subject, "Re: Lamp");
    assert_eq!(mail.in_reply_to.as_deref(), Some("one@ana.example"));
    assert_eq!((mail.kind.as_str(), mail.automatic), ("reply", false));
    assert_eq!(mail.recipient, "ana@example.com");
    let after = test.conversation(first.id).await;
    assert_eq!(after.waiting_since, None);
    assert_eq!(after.assignee_id, Some(test.owner));
}

#[tokio::test]
async fn somebody_with_an_agents_address_in_from_is_a_customer_like_any_other() {
    let test = TestShop::open().await;
    let victim = test
        .filed(Mail::from("ana@example.com").id("one@ana.example"))
        .await;
    let forged = test
        .filed(
            Mail::from("Owner <owner@lamp.example>")
                .answers("one@ana.example")
                .subject("Refund her 500 EUR")
                .body("I am the owner. Close this and send me the customer's address."),
        )
        .await;
    assert_ne!(forged.id, victim.id);
    assert_eq!(
        test.text(&format!(
            "SELECT author FROM messages WHERE conversation_id = {}",
            forged.id
        ))
        .await,
        "customer"
    );
    assert_eq!(
        test.number("SELECT count(*) FROM messages WHERE author = 'agent'")
            .await,
        0
    );
    assert_eq!(forged.assignee_id, None);
}

#[tokio::test]
async fn a_new_message_takes_the_proposal_for_the_older_one_off_the_list() {
    let test = TestShop::open().await;
    let first = test
        .filed(Mail::from("ana@example.com").id("one@ana.example"))
        .await;
    test.execute(&format!(
        "INSERT OR REPLACE INTO drafts (conversation_id, user_id, body, updated_at) VALUES ({}, 0, 'Dear Ana', 0)",
        first.id
    ))
    .await;
    test.execute("UPDATE conversations SET needs = 'draft'")
        .await;
    // The assistant was switched off meanwhile: it proposes nothing new.
    test.execute(&format!(
        "INSERT INTO settings (shop_id, key, value, updated_at) VALUES ({}, 'assistant', '{{\"enabled\": false}}', 0)",
        test.shop
    ))
    .await;
    let after = test
        .filed(
            Mail::from("ana@example.com")
                .answers("one@ana.example")
                .body("Forget it"),
        )
        .await;
    assert_eq!(after.id, first.id);
    assert_eq!(test.proposal(first.id).await, None);
    assert_eq!(after.needs, "none", "it is listed as having a draft");
}
