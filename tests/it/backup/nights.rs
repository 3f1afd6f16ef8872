//! The backup of each night, its light, and its screen.

use std::fs;

use kontor::{
    backup::{
        made, nightly,
        settings::{Light, Settings, Signal},
    },
    clock::{DAY, HOUR},
};

use super::shop;
use crate::support::TestShop;

async fn light(test: &TestShop) -> Signal {
    let light = Light::of(&test.app.db)
        .await
        .expect("a light")
        .expect("a light");
    light.signal(test.clock.now())
}

/// Lets the clock work as the server does, for so many hours.
async fn pass(test: &TestShop, hours: i64) {
    for _ in 0..hours {
        test.clock.advance(HOUR);
        nightly::tick(&test.app).await.expect("a tick");
        test.work().await;
    }
}

#[tokio::test]
async fn each_night_a_backup_is_made_and_tried_and_old_ones_go() {
    let test = shop().await;
    nightly::tick(&test.app).await.expect("a tick");
    test.work().await;
    let folder = test.app.config.data.join("backups");
    assert!(made::list(&folder).is_empty(), "the first night is to come");
    assert_eq!(light(&test).await, Signal::Waiting);
    pass(&test, 24).await;
    let found = made::list(&folder);
    assert_eq!(found.len(), 1);
    assert!(found[0].proof.as_ref().expect("a proof").good);
    assert_eq!(light(&test).await, Signal::Green);
    assert_eq!(
        test.number("SELECT count(*) FROM events WHERE kind = 'backup.good'")
            .await,
        1
    );
    assert_eq!(
        test.number("SELECT count(*) FROM jobs WHERE kind = 'backup.run'")
            .await,
        0
    );
    pass(&test, 24 * 10).await;
    // Seven days, and the Sundays of the weeks before as far as they are not among them.
    let left = made::list(&folder).len();
    assert!((7..=9).contains(&left), "{left}");
    assert_eq!(
        test.number("SELECT count(*) FROM backups WHERE state = 'good'")
            .await,
        11
    );
}

#[tokio::test]
async fn a_night_that_fails_is_tried_again_and_shown() {
    let test = shop().await;
    nightly::tick(&test.app).await.expect("a tick");
    // In place of a folder that cannot be written.
    let folder = test.app.config.data.join("backups");
    fs::write(&folder, "in the way").expect("a file");
    pass(&test, 24).await;
    assert_eq!(light(&test).await, Signal::Failed);
    assert_eq!(
        test.number("SELECT count(*) FROM backups WHERE state = 'failed'")
            .await,
        4
    );
    let browser = test.owners_browser().await;
    for page in ["/inbox", "/orders", "/operations/backups"] {
        assert!(
            browser.get(page).await.text.contains("backup-trouble"),
            "{page}"
        );
    }
    let agent = test.person(test.shop, "ola@lamp.example", "agent").await;
    let agents = test.signed_in(agent, test.shop).await;
    assert!(!agents.get("/orders").await.text.contains("backup-trouble"));
    fs::remove_file(&folder).expect("out of the way");
    let answer = browser.post("/operations/backups", &[]).await;
    assert_eq!(answer.status, 303);
    test.work().await;
    assert_eq!(light(&test).await, Signal::Green);
    assert!(!browser.get("/orders").await.text.contains("backup-trouble"));
    let page = browser.get("/operations/backups").await.text;
    assert!(
        page.contains("in the way") || page.contains("backups"),
        "{page}"
    );
    // Nobody makes any for three days.
    test.clock.advance(3 * DAY);
    assert_eq!(light(&test).await, Signal::Late);
    assert!(browser.get("/orders").await.text.contains("backup-trouble"));
}

#[tokio::test]
async fn a_trial_that_finds_something_makes_the_light_red() {
    let test = shop().await;
    nightly::tick(&test.app).await.expect("a tick");
    let blob = super::files_in(&test.app.config.data.join("blobs")).remove(0);
    fs::remove_file(blob).expect("lost");
    nightly::ask(&test.app.db, test.owner, test.clock.now())
        .await
        .expect("asked");
    nightly::ask(&test.app.db, test.owner, test.clock.now())
        .await
        .expect("asked twice");
    test.work().await;
    assert_eq!(light(&test).await, Signal::Failed);
    assert_eq!(test.number("SELECT count(*) FROM backups").await, 1);
    assert!(
        test.text("SELECT detail FROM backups WHERE state = 'bad'")
            .await
            .contains("missing")
    );
}

#[tokio::test]
async fn the_merchant_decides_where_and_when_and_whether() {
    let test = shop().await;
    nightly::tick(&test.app).await.expect("a tick");
    let browser = test.owners_browser().await;
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("there").display().to_string();
    let form = |folder: &str, hour: &str| {
        vec![
            ("enabled".to_owned(), "1".to_owned()),
            ("folder".to_owned(), folder.to_owned()),
            ("hour".to_owned(), hour.to_owned()),
            ("daily".to_owned(), "3".to_owned()),
            ("weekly".to_owned(), "2".to_owned()),
            ("monthly".to_owned(), "1".to_owned()),
        ]
    };
    let send = async |fields: Vec<(String, String)>| {
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        browser.post("/operations/backups/settings", &fields).await
    };
    assert_eq!(send(form(&folder, "4")).await.status, 303);
    let settings = Settings::of(&test.app.db).await.expect("settings");
    assert_eq!((settings.hour, settings.keep.daily), (4, 3));
    for (folder, hour) in [
        ("relative/place", "4"),
        ("/proc/nowhere", "4"),
        (folder.as_str(), "25"),
    ] {
        assert_eq!(
            send(form(folder, hour)).await.status,
            422,
            "{folder} {hour}"
        );
    }
    let inside = test.app.config.data.join("blobs").display().to_string();
    assert_eq!(send(form(&inside, "4")).await.status, 422);
    pass(&test, 24).await;
    assert_eq!(made::list(folder.as_ref()).len(), 1);
    // Off: no night, no warning.
    assert_eq!(
        send(vec![
            ("folder".into(), String::new()),
            ("hour".into(), "4".into()),
            ("daily".into(), "3".into()),
            ("weekly".into(), "2".into()),
            ("monthly".into(), "1".into())
        ])
        .await
        .status,
        303
    );
    pass(&test, 24 * 4).await;
    assert_eq!(light(&test).await, Signal::Off);
    assert_eq!(made::list(folder.as_ref()).len(), 1);
    assert!(!browser.get("/orders").await.text.contains("backup-trouble"));
}
