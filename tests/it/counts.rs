//! The counts beside the views follow every change, and the lists show each conversation once.

use std::collections::{BTreeMap, BTreeSet};

use kontor::{
    clock::{HOUR, MINUTE},
    conversations::{
        Conversation, assigning, closing, counts, drafting,
        listing::{self, Filter, View},
        replying::{self, Author, Reply},
        tagging,
        tokens::ReplyTokens,
    },
    db::{Sql, Tx},
    error::Result,
};
use proptest::prelude::*;
use sea_orm::FromQueryResult;

use crate::support::{Mail, NOW, TestShop};

/// Something that happens to a conversation.
#[derive(Clone, Copy, Debug)]
enum Happening {
    Close,
    Reopen,
    Snooze,
    Wake,
    Assign(usize),
    Unassign,
    Prioritise(i64),
    Propose,
    Discard,
    Answer,
    Write,
    Tag,
    Delete,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        Just(Happening::Close),
        Just(Happening::Reopen),
        Just(Happening::Snooze),
        Just(Happening::Wake),
        (0_usize..2).prop_map(Happening::Assign),
        Just(Happening::Unassign),
        (0_i64..3).prop_map(Happening::Prioritise),
        Just(Happening::Propose),
        Just(Happening::Discard),
        Just(Happening::Answer),
        Just(Happening::Write),
        Just(Happening::Tag),
        Just(Happening::Delete),
    ]
}

async fn happen(
    tx: &Tx,
    tokens: &ReplyTokens,
    c: &Conversation,
    what: Happening,
    people: [i64; 2],
    now: i64,
) -> Result<()> {
    use kontor::db::SqlExt;
    let by = people[0];
    match what {
        Happening::Close => closing::close(tx, c, Some(by), now).await,
        Happening::Reopen => closing::reopen(tx, c, Some(by), now).await,
        Happening::Snooze => closing::snooze(tx, c, now + HOUR, by, now).await,
        Happening::Assign(who) => assigning::assign(tx, c, Some(people[who]), by, now).await,
        Happening::Unassign => assigning::assign(tx, c, None, by, now).await,
        Happening::Prioritise(n) => assigning::prioritise(tx, c, n, Some(by), now).await,
        Happening::Propose => {
            drafting::keep(
                tx,
                c.id,
                drafting::ASSISTANT,
                "reply",
                "Dear you",
                None,
                now,
            )
            .await?;
            tx.run(Sql::new("UPDATE conversations SET needs = 'draft' WHERE id = ?").bind(c.id))
                .await?;
            Ok(())
        }
        Happening::Discard => drafting::remove(tx, c.id, drafting::ASSISTANT, "reply").await,
        Happening::Answer => {
            let reply = Reply {
                author: Author::Agent {
                    user_id: by,
                    name: "Ola".into(),
                },
                body: "Here it is.".into(),
                recipient: None,
                not_before: now,
            };
            replying::reply(tx, tokens, c, reply, now).await.map(drop)
        }
        Happening::Tag => tagging::tag(tx, c, "lamp", Some(by), now).await,
        Happening::Delete => {
            tx.run(Sql::new("DELETE FROM conversations WHERE id = ?").bind(c.id))
                .await?;
            Ok(())
        }
        // Outside a transaction of ours.
        Happening::Wake | Happening::Write => Ok(()),
    }
}

#[derive(FromQueryResult)]
struct Count {
    view: String,
    user_id: i64,
    n: i64,
}

async fn kept(test: &TestShop) -> BTreeMap<(String, i64), i64> {
    use kontor::db::SqlExt;
    let rows: Vec<Count> = test
        .app
        .db
        .read()
        .all(Sql::new(
            "SELECT view, user_id, n FROM view_counts WHERE n <> 0",
        ))
        .await
        .expect("counts");
    rows.into_iter()
        .map(|r| ((r.view, r.user_id), r.n))
        .collect()
}

async fn play(happenings: Vec<(usize, Happening)>) {
    let test = TestShop::open().await;
    let people = [
        test.owner,
        test.person(test.shop, "ines@lamp.example", "agent").await,
    ];
    let mut rows = Vec::new();
    for n in 0..5 {
        let mail = Mail::from(&format!("customer{n}@example.com")).subject("Hello");
        rows.push(test.filed(mail).await.id);
    }
    for (n, (which, what)) in happenings.into_iter().enumerate() {
        test.clock.advance(7 * MINUTE);
        let now = test.clock.now();
        let row = rows[which % rows.len()];
        match what {
            Happening::Wake => {
                closing::wake(&test.app.db, now + HOUR)
                    .await
                    .expect("waking");
            }
            Happening::Write => {
                let mail = Mail::from(&format!("customer{}@example.com", which % rows.len()));
                test.filed(mail.id(&format!("{n}@mail.example"))).await;
            }
            _ => {
                let tokens = test.tokens();
                let outcome = test
                    .app
                    .db
                    .write(move |tx| {
                        Box::pin(async move {
                            let conversation = kontor::conversations::in_tx(tx, row).await?;
                            happen(tx, &tokens, &conversation, what, people, now).await
                        })
                    })
                    .await;
                // Only what was deleted before may refuse.
                if let Err(error) = outcome {
                    assert!(
                        matches!(error, kontor::error::Error::NotFound),
                        "{what:?}: {error}"
                    );
                }
            }
        }
    }
    let before = kept(&test).await;
    counts::rebuild(&test.app.db).await.expect("rebuilding");
    assert_eq!(before, kept(&test).await, "kept, then counted anew");
    for person in people {
        let shown = counts::of(&test.app.db, test.shop, person)
            .await
            .expect("counts");
        for view in View::ALL {
            let listed = all_pages(&test, person, view, 3).await;
            let unique: BTreeSet<i64> = listed.iter().copied().collect();
            assert_eq!(unique.len(), listed.len(), "{view:?} lists one twice");
            assert_eq!(
                listed.len() as i64,
                shown.get(view.name()).copied().unwrap_or(0),
                "{view:?}: the count beside it"
            );
        }
    }
}

async fn all_pages(test: &TestShop, person: i64, view: View, size: usize) -> Vec<i64> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = listing::page(
            &test.app.db,
            test.shop,
            person,
            view,
            &Filter::default(),
            after,
            size,
        )
        .await
        .expect("a page");
        assert!(page.len() <= size);
        let Some(last) = page.last() else {
            return found;
        };
        // By way of an address, as the browser does it.
        after = listing::Key::decode(&last.key().encode());
        assert!(after.is_some());
        found.extend(page.iter().map(|row| row.id));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_counts_are_what_a_new_count_finds(
        happenings in proptest::collection::vec((0_usize..5, happening()), 1..40)
    ) {
        tokio::runtime::Runtime::new().expect("a runtime").block_on(play(happenings));
    }
}

#[tokio::test]
async fn paging_returns_each_conversation_once_urgent_first_also_at_the_same_moment() {
    let test = TestShop::open().await;
    // All within the same millisecond, three priorities: only the key tells them apart.
    for n in 0..23 {
        let row = test.arrive(Mail::from(&format!("c{n}@example.com"))).await;
        test.work().await;
        let id = test
            .ledger(row)
            .await
            .conversation_id
            .expect("a conversation");
        test.execute(&format!(
            "UPDATE conversations SET priority = {}, last_message_at = {NOW} WHERE id = {id}",
            n % 3
        ))
        .await;
    }
    for size in [1, 4, 23, 100] {
        let listed = all_pages(&test, test.owner, View::Open, size).await;
        assert_eq!(listed.len(), 23, "pages of {size}");
        assert_eq!(listed.iter().collect::<BTreeSet<_>>().len(), 23);
        let mut priorities = Vec::new();
        for id in listed {
            priorities.push(test.conversation(id).await.priority);
        }
        assert!(priorities.is_sorted_by(|a, b| a >= b), "{priorities:?}");
    }
}

#[tokio::test]
async fn a_list_never_shows_another_shops_conversations() {
    let test = TestShop::open().await;
    test.filed(Mail::from("ana@example.com")).await;
    let (other, _) = test.second_shop().await;
    for view in View::ALL {
        let page = listing::page(
            &test.app.db,
            other,
            test.owner,
            view,
            &Filter::default(),
            None,
            50,
        )
        .await
        .expect("a page");
        assert!(page.is_empty(), "{view:?}");
    }
    assert!(
        counts::of(&test.app.db, other, test.owner)
            .await
            .expect("counts")
            .is_empty()
    );
}
