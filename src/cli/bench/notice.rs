//! From the IMAP server's notice (`* n EXISTS` while Kontor idles) to the agent's screen: fetched,
//! in the ledger on the disk, filed, told to the browser, its line of the inbox read.

use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use kontor_llm::Engine;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::{
    Bench,
    http::Client,
    imap::Imap,
    mails,
    measure::Times,
    report::{Goal, Metric},
    scratch::Shop,
    server::Server,
};
use crate::{
    channels::email::{
        connect::{self, New},
        settings::{Reach, Secrets, Security, Settings},
    },
    demo,
};

/// Mails that come, one after the other.
const MAILS: usize = 100;
/// Conversations that are in the shop before.
const BEFORE: usize = 2_000;
/// What `static/js/live.js` waits after an event before it reads the line: several events of one
/// mail are one look.
const SCRIPT_PAUSE: Duration = Duration::from_millis(100);
/// The longest wait for one mail.
const LIMIT: Duration = Duration::from_secs(30);
/// The mailbox's address.
const ADDRESS: &str = "notice@kontor.example";

pub async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let shop = bench.scratch.open_shop("notice", BEFORE).await?;
    let imap = Imap::start().await?;
    connect_mailbox(&shop, imap.port).await?;
    let app = shop.open(Engine::off("measured without models")).await?;
    let sample = demo::generate(app.now(), BEFORE)?;
    app.db.close().await;
    let raws = mails::make(&sample, ADDRESS, MAILS + 1);
    let nothing = bench.scratch.folder("no-models")?;
    let server = Server::kontor(&bench.config, &shop.data, &nothing).await?;
    let mut events = Events::open(server.address, &shop).await?;
    let mut client = Client::connect(server.address, shop.cookie()).await?;
    let (mut told, mut seen) = (Vec::new(), Vec::new());
    for (number, raw) in raws.into_iter().enumerate() {
        imap.wait_idle().await?;
        events.forget().await?;
        let noticed = imap.deliver(raw);
        let conversation = tokio::time::timeout(LIMIT, events.arrival())
            .await
            .context("no event of a mail")??;
        let at = noticed.elapsed();
        tokio::time::sleep(SCRIPT_PAUSE).await;
        client
            .get(&format!("/inbox/rows/{conversation}?view=open"))
            .await?;
        // The first warms the caches.
        if number > 0 {
            told.push(at);
            seen.push(noticed.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    server.stop().await?;
    let (told, seen) = (Times::new(told), Times::new(seen));
    for (id, times, part) in [
        ("notice_event_p50", &told, 0.5),
        ("notice_event_p99", &told, 0.99),
        ("notice_screen_p50", &seen, 0.5),
        ("notice_screen_p99", &seen, 0.99),
    ] {
        let metric = Metric::new(times.quantile(part), "ms", times.len());
        let metric = if id.starts_with("notice_screen") {
            metric.goal(Goal::Under(500.0))
        } else {
            metric
        };
        bench.report.add(id, metric);
    }
    Ok(())
}

async fn connect_mailbox(shop: &Shop, imap_port: u16) -> anyhow::Result<()> {
    let app = shop.open(Engine::off("not needed")).await?;
    let new = New {
        name: String::new(),
        address: ADDRESS.into(),
        settings: Settings {
            imap_host: "127.0.0.1".into(),
            imap_port,
            imap_security: Security::Plain,
            imap_user: ADDRESS.into(),
            smtp_host: "127.0.0.1".into(),
            // Nobody listens there: what is answered waits in the outbox.
            smtp_port: 1,
            smtp_security: Security::Plain,
            look_back: Reach::None,
            ..Settings::default()
        },
        secrets: Secrets {
            imap_password: "bench".into(),
            ..Secrets::default()
        },
    };
    connect::connect(&app, shop.shop_id, new).await?;
    app.db.close().await;
    Ok(())
}

/// `GET /events`, as the agent's page holds it open.
struct Events {
    lines: tokio::io::Lines<BufReader<TcpStream>>,
}

impl Events {
    async fn open(address: std::net::SocketAddr, shop: &Shop) -> anyhow::Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET /events HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\nCookie: {}\r\n\r\n",
            shop.cookie()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut lines = BufReader::new(stream).lines();
        let status = lines.next_line().await?.unwrap_or_default();
        ensure!(status.contains(" 200 "), "/events: {status}");
        Ok(Self { lines })
    }

    /// Reads what is still on its way of the mail before.
    async fn forget(&mut self) -> anyhow::Result<()> {
        let quiet = Duration::from_millis(120);
        let started = Instant::now();
        while let Ok(line) = tokio::time::timeout(quiet, self.lines.next_line()).await {
            line?.context("the server closed the events")?;
            ensure!(started.elapsed() < LIMIT, "the events do not come to rest");
        }
        Ok(())
    }

    /// Waits until a mail is told; returns its conversation. Lines of the chunked coding between
    /// the events' own are passed over.
    async fn arrival(&mut self) -> anyhow::Result<String> {
        let mut arrived = false;
        while let Some(line) = self.lines.next_line().await? {
            if let Some(kind) = line.strip_prefix("event:") {
                arrived = matches!(kind.trim(), "conversation.opened" | "message.received");
            } else if let Some(data) = line.strip_prefix("data:")
                && arrived
            {
                return Ok(data.trim().to_owned());
            }
        }
        bail!("the server closed the events")
    }
}
