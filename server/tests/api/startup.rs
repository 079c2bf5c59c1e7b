//! Starting, and every way it can fail: one sentence that names the setting, and exit code 2.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::sync::Arc;

use ouinon_server::app::Application;
use ouinon_server::clock::Clock;
use sea_orm::ConnectionTrait;
use serde_json::Value;

use crate::support::app::{Backend, Ground, TestApp};
use crate::support::http::Call;
use crate::support::postgres::Cluster;

/// `ouinon serve` as a process, on this ground.
fn serve(ground: &Ground, changes: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ouinon"));
    command.args(["serve", "--json"]).envs(ground.settings());
    command.envs(changes.iter().copied()).current_dir(ground.folder.path());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The sentence of a start that fails.
#[track_caller]
fn refusal(ground: &Ground, changes: &[(&str, &str)]) -> String {
    let done = serve(ground, changes).output().unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(2), "{said}");
    let last = said.lines().last().unwrap_or_default().to_owned();
    let sentence = last.strip_prefix("ouinon: ").expect("a sentence of ours");
    let answer: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(answer, serde_json::json!({ "error": sentence }));
    last
}

#[tokio::test]
async fn the_program_serves_and_ends_when_told() {
    let ground = Ground::new(Backend::Sqlite);
    let mut child = serve(&ground, &[("OUINON_LOG", "error")]).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let address = ready["listening"].as_str().unwrap().trim_start_matches("http://");
    let health = Call::new(address.parse().unwrap(), "GET", "/healthz").send().await;
    assert_eq!(health.text(), "ok\n");
    let second = refusal(&ground, &[]);
    assert!(second.contains("another `ouinon serve`") && second.contains("ouinon.db"), "{second}");
    let health = Call::new(address.parse().unwrap(), "GET", "/readyz").send().await;
    assert_eq!(health.status, 200, "the first one serves on");
    let kill = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(kill.success() && child.wait().unwrap().success());
    let key = std::fs::metadata(ground.folder.path().join("signing.key")).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600, "nobody else reads the key");
}

#[test]
fn a_database_that_cannot_be_used_is_named() {
    let ground = Ground::new(Backend::Sqlite);
    let file = |name: &str, text: &str| {
        let path = ground.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        format!("sqlite://{}", path.display())
    };
    let letter = file("letter.txt", "Dear database, this is a letter and no database.");
    for (url, word) in [
        (letter.as_str(), "not an SQLite database"),
        ("sqlite:///no/such/folder/ouinon.db", "does not exist"),
        ("mysql://root@127.0.0.1/ouinon", "postgres://"),
        ("postgres://someone:hush@127.0.0.1:1/ouinon", "cannot be opened"),
    ] {
        let said = refusal(&ground, &[("DATABASE_URL", url)]);
        assert!(said.contains("DATABASE_URL") && said.contains(word), "{said}");
        assert!(!said.contains("hush"), "{said}");
    }
}

#[test]
fn a_database_that_would_lose_records_is_refused() {
    let cluster: &'static Cluster = Box::leak(Box::new(Cluster::start()));
    let ground = Ground::over(cluster.create_database("template0"));
    for setting in ["fsync", "full_page_writes"] {
        cluster.set(setting, "off");
        let said = refusal(&ground, &[]);
        assert!(
            said.contains("DATABASE_URL") && said.contains(&format!("{setting}=off")),
            "{said}"
        );
        cluster.set(setting, "on");
    }
    let standby = cluster.standby();
    let said = refusal(&ground, &[("DATABASE_URL", &standby.url(ground.name()))]);
    assert!(said.contains("DATABASE_URL") && said.contains("replica"), "{said}");
}

#[tokio::test]
async fn what_the_database_promises_is_asked_of_the_servers_own_sessions() {
    let ground = Ground::new(Backend::Postgres);
    let storage = ouinon_server::app::open(&ground.config(&[])).await.unwrap();
    let lazy = format!("alter database {} set synchronous_commit = off", ground.name());
    storage.db().execute_unprepared(&lazy).await.unwrap();
    let storage = ouinon_server::app::open(&ground.config(&[])).await.unwrap();
    let promises = ouinon_server::app::durable(&storage).await.unwrap();
    assert_eq!(promises.shape()["synchronous_commit"], "on", "whatever the database's default is");
    let ground = Ground::new(Backend::Sqlite);
    let storage = ouinon_server::app::open(&ground.config(&[])).await.unwrap();
    let promises = ouinon_server::app::durable(&storage).await.unwrap();
    assert_eq!(promises.shape(), serde_json::json!({"journal_mode": "wal", "synchronous": 2}));
}

#[test]
fn a_busy_port_is_named() {
    let ground = Ground::new(Backend::Sqlite);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = refusal(&ground, &[("OUINON_BIND", &address)]);
    assert!(said.contains("OUINON_BIND") && said.contains(&address), "{said}");
    let said = refusal(&ground, &[("OUINON_OPS_BIND", &address)]);
    assert!(said.contains("OUINON_OPS_BIND") && said.contains(&address), "{said}");
}

#[test]
fn a_wrong_setting_is_named() {
    let ground = Ground::new(Backend::Sqlite);
    for (name, value) in [
        ("OUINON_BIND", "everywhere"),
        ("OUINON_RATE_LIMITS", "sometimes"),
        ("OUINON_TRUSTED_PROXIES", "10.0.0.0/99"),
        ("OUINON_PUBLIC_URL", "ftp://cmp.example"),
        ("OUINON_GEOIP_DB", "/no/such/file.mmdb"),
        ("OUINON_DECISION_LOG", "maybe"),
        ("OUINON_DRAIN_SECONDS", "-1"),
        ("OUINON_LOG", "loud"),
        ("REDIS_URL", "http://127.0.0.1"),
    ] {
        let said = refusal(&ground, &[(name, value)]);
        assert!(said.contains(name) && said.contains(value), "{said}");
    }
    std::fs::write(ground.folder.path().join("ouinon.toml"), "colour = \"red\"\n").unwrap();
    let said = refusal(&ground, &[]);
    assert!(said.contains("colour"), "{said}");
}

#[tokio::test]
async fn a_second_server_needs_the_first_ones_key() {
    let app = TestApp::start(Backend::Postgres).await;
    let other = app.ground.folder.path().join("other.key").display().to_string();
    let build = async |key: &str| {
        let config = app.ground.config(&[("OUINON_SIGNING_KEY_FILE", key)]);
        Application::build(config, Clock::System, true).await
    };
    let said = build(&other).await.err().unwrap();
    assert!(said.contains("OUINON_SIGNING_KEY_FILE") && said.contains("registered"), "{said}");
    let own = app.ground.folder.path().join("signing.key").display().to_string();
    assert!(build(&own).await.is_ok(), "beside the first, with its key");
    std::fs::write(&other, "not a key").unwrap();
    let said = build(&other).await.err().unwrap();
    assert!(said.contains("OUINON_SIGNING_KEY_FILE"), "{said}");
    app.stop();
}

#[tokio::test]
async fn two_servers_share_one_postgresql() {
    let one = TestApp::start(Backend::Postgres).await;
    let two = TestApp::over(Arc::clone(&one.ground), &[]).await;
    let shop = one.shop().await;
    let mut visitor = crate::support::visitor::Visitor::new();
    let ask = format!("{}?purpose=analytics&visitor={}", shop.path("/decision"), visitor.id());
    for _ in 0..5 {
        shop.choose(&mut visitor, &crate::support::shop::PURPOSES).await;
        let there = two.get(&ask).key(&shop.key).send().await.expect(200);
        assert_eq!(there["reason"], "GRANTED", "I2b across servers");
        let withdrawal = shop.withdrawal(&visitor);
        let post = two.call("POST", &shop.path("/consents")).origin(shop.origin);
        visitor.version =
            post.json(&withdrawal).send().await.expect(201)["version"].as_u64().unwrap();
        assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "WITHDRAWN", "I2");
    }
    let (id, key) = shop.mint(&["stats:read"]).await;
    let stats = || two.get(&shop.path("/stats")).key(&key);
    assert_eq!(stats().send().await.status, 200);
    let revoked = ouinon_server::sites::admin::revoke_key(&one.storage, &one.clock, &shop.id, &id);
    assert!(revoked.await.unwrap());
    stats().send().await.problem(401, "unauthorized");
}

#[tokio::test]
async fn of_two_servers_that_start_at_once_with_keys_of_their_own_one_is_refused() {
    let ground = Ground::new(Backend::Postgres);
    let config = ground.config(&[]);
    let storage = ouinon_server::app::open(&config).await.unwrap();
    ouinon_server::app::migrate_up(&config, &storage).await.unwrap();
    let start = async |name: String| {
        let file = ground.folder.path().join(name).display().to_string();
        let config = ground.config(&[("OUINON_SIGNING_KEY_FILE", &file)]);
        let own = ouinon_server::app::open(&config).await.unwrap();
        ouinon_server::app::keys(&config, &own, &Clock::System).await.is_ok()
    };
    let started = futures_util::future::join_all((0..6).map(|n| start(format!("{n}.key")))).await;
    assert_eq!(started.iter().filter(|started| **started).count(), 1);
    assert_eq!(ouinon_server::storage::keys::signing(&storage.db()).await.unwrap().len(), 2);
}
