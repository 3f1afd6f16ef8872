//! dovecot and postfix, through the command line as an operator uses it: TLS with and without
//! trust, STARTTLS, sign-in, and a mail in and out.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mail/servers.sh");

struct Servers {
    folder: PathBuf,
    env: HashMap<String, String>,
    _keep: tempfile::TempDir,
}

impl Drop for Servers {
    fn drop(&mut self) {
        let _ = Command::new(SCRIPT).arg("stop").arg(&self.folder).status();
    }
}

impl Servers {
    /// Starts both; nothing where they are not installed.
    fn start() -> Option<Self> {
        let there = |name: &str| {
            ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
                .iter()
                .any(|folder| Path::new(folder).join(name).exists())
        };
        if !["dovecot", "postfix", "openssl", "python3"]
            .into_iter()
            .all(there)
        {
            eprintln!(
                "\n*** NOT RUN: dovecot, postfix, openssl and python3 are needed for this test ***\n"
            );
            return None;
        }
        let keep = tempfile::Builder::new()
            .prefix("km")
            .tempdir_in("/tmp")
            .ok()?;
        let folder = keep.path().join("s");
        // The servers stay behind with the script's output, so that is a file: a pipe never ends.
        let log = keep.path().join("start.log");
        let out = std::fs::File::create(&log).ok()?;
        let started = Command::new(SCRIPT)
            .arg("start")
            .arg(&folder)
            .stdin(Stdio::null())
            .stdout(out.try_clone().ok()?)
            .stderr(out)
            .status();
        if !started.is_ok_and(|status| status.success()) {
            let why = std::fs::read_to_string(&log).unwrap_or_default();
            eprintln!("\n*** NOT RUN: the mail servers do not start: {why} ***\n");
            return None;
        }
        let env = std::fs::read_to_string(folder.join("env"))
            .ok()?
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Some(Self {
            folder,
            env,
            _keep: keep,
        })
    }

    fn door(&self, name: &str) -> &str {
        &self.env[name]
    }

    fn port(&self, name: &str) -> &str {
        self.door(name).rsplit_once(':').expect("host:port").1
    }
}

fn kontor(data: &Path, trusted: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kontor"));
    let password = match arguments.first() {
        Some(&"user") => "long enough for a person",
        _ => "secret",
    };
    command
        .args(arguments)
        .arg("--data")
        .arg(data)
        .env("KONTOR_PASSWORD", password);
    match trusted {
        Some(file) => command.env("SSL_CERT_FILE", file),
        None => command.env_remove("SSL_CERT_FILE"),
    };
    command.output().expect("kontor runs")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        let errors = String::from_utf8_lossy(&output.stderr);
        panic!(
            "{error}: {}\n{errors}",
            String::from_utf8_lossy(&output.stdout)
        )
    })
}

fn steps(report: &Value) -> String {
    let steps = report["steps"].as_array().expect("steps");
    let one = |step: &Value| {
        let problem = step["problem"].as_str().unwrap_or_default();
        format!(
            "{}={}{problem}",
            step["step"].as_str().unwrap_or("?"),
            step["state"].as_str().unwrap_or("?")
        )
    };
    steps.iter().map(one).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_mailbox_is_connected_to_real_servers() {
    let Some(servers) = Servers::start() else {
        return;
    };
    let data = tempfile::tempdir().expect("a folder");
    let data = data.path();
    let done = kontor(
        data,
        None,
        &["user", "add", "owner@shop.test", "--role", "owner"],
    );
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let localhost = |name: &str| format!("localhost:{}", servers.port(name));
    let (imaps, imap, submit) = (
        localhost("TEST_IMAPS"),
        localhost("TEST_IMAP"),
        localhost("TEST_SUBMIT"),
    );
    let add = |trusted: Option<&str>, imap: &str, security: &str, user: &str, more: &[&str]| {
        let mut arguments = vec![
            "mailbox",
            "add",
            "--json",
            "--address",
            "hello@shop.test",
            "--imap",
            imap,
            "--imap-security",
            security,
            "--smtp",
            &submit,
            "--smtp-security",
            "plain",
            "--user",
            user,
        ];
        arguments.extend(more);
        kontor(data, trusted, &arguments)
    };
    let authority = servers.door("TEST_CA");

    // An authority nobody knows, over TLS and STARTTLS.
    for (door, security) in [(&imaps, "tls"), (&imap, "starttls")] {
        let refused = add(None, door, security, "hello@shop.test", &[]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(
            steps(&json(&refused))
                .contains("imap-host=ok imap-tls=failedcertificate-untrusted imap-login=skipped"),
            "{}",
            steps(&json(&refused))
        );
    }
    // The right authority, the wrong folder.
    let refused = add(
        Some(authority),
        &imaps,
        "tls",
        "hello@shop.test",
        &["--folder", "Nowhere"],
    );
    assert!(steps(&json(&refused)).contains("imap-login=ok imap-folder=failedfolder"));
    // STARTTLS works, but the submission door offers none here.
    let arguments = ["--smtp-security", "starttls"];
    let mut all = vec![
        "mailbox",
        "add",
        "--json",
        "--address",
        "hello@shop.test",
        "--imap",
        &imap,
        "--imap-security",
        "starttls",
        "--smtp",
        &submit,
    ];
    all.extend(arguments);
    let refused = kontor(data, Some(authority), &all);
    let told = steps(&json(&refused));
    assert!(
        told.contains(
            "imap-tls=ok imap-login=ok imap-folder=ok smtp-host=ok smtp-tls=failedno-start-tls"
        ),
        "{told}"
    );
    // And all of it right.
    let done = add(Some(authority), &imaps, "tls", "hello@shop.test", &[]);
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stdout)
    );
    let again = add(Some(authority), &imaps, "tls", "hello@shop.test", &[]);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("connected already"));
    let listed = json(&kontor(data, None, &["mailbox", "list", "--json"]));
    assert_eq!(listed[0]["address"], "hello@shop.test");
    let checked = kontor(data, Some(authority), &["mailbox", "check", "--json"]);
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stdout)
    );
    wrong_password(data, authority, &imaps, &submit);
    arrives(&servers, data, authority);
}

fn wrong_password(data: &Path, authority: &str, imaps: &str, submit: &str) {
    let file = data.join("password");
    std::fs::write(&file, "wrong\n").expect("a file");
    let refused = kontor(
        data,
        Some(authority),
        &[
            "mailbox",
            "add",
            "--json",
            "--address",
            "other@shop.test",
            "--imap",
            imaps,
            "--smtp",
            submit,
            "--smtp-security",
            "plain",
            "--password-file",
            file.to_str().expect("a path"),
        ],
    );
    let told = steps(&json(&refused));
    assert!(
        told.contains("imap-tls=ok imap-login=failedlogin")
            && told.contains("smtp-login=failedlogin"),
        "{told}"
    );
}

/// A mail that reaches dovecot is in Kontor's ledger within a second or two.
fn arrives(servers: &Servers, data: &Path, authority: &str) {
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        free.local_addr().expect("an address").port()
    };
    let mut serve = Command::new(env!("CARGO_BIN_EXE_kontor"))
        .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"])
        .arg(data)
        .env("SSL_CERT_FILE", authority)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("kontor serves");
    let state = || json(&kontor(data, None, &["mailbox", "list", "--json"]))[0]["state"].clone();
    let end = Instant::now() + Duration::from_secs(30);
    while state() != "ok" && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(200));
    }
    let was = state();
    let told = deliver(servers);
    let ledger = || count(data);
    let sent = Instant::now();
    while ledger() == 0 && sent.elapsed() < Duration::from_secs(15) {
        std::thread::sleep(Duration::from_millis(100));
    }
    let took = sent.elapsed();
    let arrived = ledger();
    let compared = kontor(data, Some(authority), &["mailbox", "compare", "--json"]);
    let _ = serve.kill();
    let _ = serve.wait();
    assert_eq!(was, "ok");
    assert!(told, "postfix took the mail");
    assert_eq!(arrived, 1);
    // And a server that is none of ours agrees with the ledger.
    let proof = &json(&compared)[0];
    assert_eq!(proof["state"], "equal", "{proof}");
    assert_eq!(
        (&proof["in_mailbox"], &proof["in_ledger"]),
        (&1.into(), &1.into()),
        "{proof}"
    );
    eprintln!("a mail was in the ledger {took:?} after postfix had taken it");
    assert!(took < Duration::from_secs(8), "{took:?}");
}

fn deliver(servers: &Servers) -> bool {
    let script = "import smtplib,sys\n\
        s=smtplib.SMTP('127.0.0.1',int(sys.argv[1]))\n\
        s.sendmail('ana@customer.test',['hello@shop.test'],'From: ana@customer.test\\r\\nTo: hello@shop.test\\r\\nSubject: Hi\\r\\nMessage-ID: <1@customer.test>\\r\\n\\r\\nHi\\r\\n')\n\
        s.quit()";
    let status = Command::new("python3")
        .args(["-c", script, servers.port("TEST_MX")])
        .status();
    status.is_ok_and(|status| status.success())
}

/// How many mails the ledger has.
fn count(data: &Path) -> i64 {
    let script = "import sqlite3,sys\nprint(sqlite3.connect('file:'+sys.argv[1]+'?mode=ro',uri=True).execute('SELECT count(*) FROM inbound').fetchone()[0])";
    let output = Command::new("python3")
        .args(["-c", script])
        .arg(data.join("kontor.db"))
        .output();
    output
        .ok()
        .and_then(|output| String::from_utf8_lossy(&output.stdout).trim().parse().ok())
        .unwrap_or(0)
}
