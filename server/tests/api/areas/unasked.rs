//! A witness that cannot be reached when the server starts: no log is believed that nobody who
//! remembers it was asked about, for the database may be an older one; and it ends by itself.

use std::fs::File;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::BACKEND;
use crate::support::app::{Ground, TestApp};
use crate::support::http::Call;
use crate::support::process::serve;
use crate::support::shop::{PURPOSES, Shop};
use crate::support::store::{Store, TOKEN};
use crate::support::visitor::Visitor;

const USE: &str = "purpose=analytics";

/// What `/readyz` says of the witness; the server must be ready all the same.
async fn witness(app: &TestApp) -> Value {
    app.set_clock(ouinon_server::clock::Clock::System.now());
    let ready = app.get("/readyz").send().await.expect(200);
    assert_eq!(ready["ready"], true, "{ready}");
    ready["witness"].clone()
}

/// Waits, without a question about the witness, until a decision has this reason.
async fn until(shop: &Shop<'_>, visitor: &Visitor, reason: &str) {
    for _ in 0..150 {
        if shop.reason(visitor, USE).await == reason {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(shop.reason(visitor, USE).await, reason);
}

#[tokio::test]
async fn a_log_is_believed_once_its_witness_was_asked_and_from_then_on() {
    let (store, ground) = (Store::start(), Arc::new(Ground::new(BACKEND)));
    let (url, mut ann) = (store.url(), Visitor::new());
    let settings = [("OUINON_WITNESS", url.as_str())];
    let app = TestApp::over(Arc::clone(&ground), &settings).await;
    let shop = app.shop().await;
    shop.choose(&mut ann, &PURPOSES).await;
    app.merged().await;
    app.stop();

    store.down(true);
    let app = TestApp::over(Arc::clone(&ground), &settings).await;
    let shop = shop.on(&app);
    assert_eq!(shop.reason(&ann, USE).await, "LOG_UNVERIFIED");
    let at = format!("{USE}&at={}", app.now());
    assert_eq!(shop.reason(&ann, &at).await, "LOG_UNVERIFIED", "nor about the past");
    let said = witness(&app).await;
    assert_eq!(said["sites_not_compared"], 1, "{said}");
    let unreachable = said["unreachable"].to_string();
    assert!(unreachable.contains("127.0.0.1") && !unreachable.contains(TOKEN), "{said}");
    shop.choose(&mut ann, &["analytics"]).await;
    let (other, mut eve) = (app.shop().await, Visitor::new());
    other.choose(&mut eve, &PURPOSES).await;
    app.compared().await;
    assert_eq!(other.reason(&eve, USE).await, "GRANTED", "made while the server runs");
    assert_eq!(shop.reason(&ann, USE).await, "LOG_UNVERIFIED", "choices are recorded meanwhile");

    store.down(false);
    until(&shop, &ann, "GRANTED").await;
    app.compared().await;
    assert_eq!(witness(&app).await, json!({"sites_not_compared": 0, "unreachable": []}));
    store.down(true);
    shop.withdraw(&mut ann).await;
    app.compared().await;
    assert_eq!(shop.reason(&ann, USE).await, "WITHDRAWN", "compared once is enough");
}

#[tokio::test]
async fn an_older_database_answers_no_late_yes_while_its_witness_is_away() {
    let (store, ground) = (Store::start(), Arc::new(Ground::new(BACKEND)));
    let (url, mut ann, mut bob) = (store.url(), Visitor::new(), Visitor::new());
    let settings = [("OUINON_WITNESS", url.as_str())];
    let app = TestApp::over(Arc::clone(&ground), &settings).await;
    let shop = app.shop().await;
    shop.choose(&mut ann, &PURPOSES).await;
    shop.choose(&mut bob, &PURPOSES).await;
    app.merged().await;
    app.stop();
    let backup = Arc::new(ground.copy());
    let app = TestApp::over(Arc::clone(&ground), &settings).await;
    shop.on(&app).withdraw(&mut ann).await;
    shop.on(&app).erase(&bob).await;
    app.merged().await;
    app.stop();

    store.down(true);
    // A folder of its own, which knows nothing, cannot speak for the store that does.
    let own = backup.witness().display().to_string();
    for targets in [url.clone(), format!("{own},{url}")] {
        let restored =
            TestApp::over(Arc::clone(&backup), &[("OUINON_WITNESS", targets.as_str())]).await;
        let shop = shop.on(&restored);
        for visitor in [&ann, &bob] {
            assert_eq!(shop.reason(visitor, USE).await, "LOG_UNVERIFIED", "{targets}");
        }
        restored.compared().await;
        assert_eq!(shop.reason(&ann, USE).await, "LOG_UNVERIFIED", "{targets}");
    }
    let restored = TestApp::over(Arc::clone(&backup), &settings).await;
    let shop = shop.on(&restored);
    store.down(false);
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    restored.compared().await;
    assert_eq!(shop.reason(&ann, USE).await, "LOG_UNVERIFIED");
    restored.set_clock(ouinon_server::clock::Clock::System.now());
    let ready = restored.get("/readyz").send().await.expect(200);
    let why = ready["logs_unverified"][0]["why"].as_str().unwrap();
    assert!(why.contains("older"), "known by now: {ready}");
    assert_eq!(shop.count("from erasure where site = $1").await, 1, "and bob is forgotten again");
}

#[tokio::test]
async fn operators_are_told_by_the_log_and_the_metrics() {
    let store = Store::start();
    let app = TestApp::with(BACKEND, &[("OUINON_WITNESS", &store.url())]).await;
    let shop = app.shop().await;
    shop.choose(&mut Visitor::new(), &PURPOSES).await;
    app.merged().await;
    app.stop();
    store.down(true);
    let file = app.ground.folder.path().join("log");
    let log = Stdio::from(File::create(&file).unwrap());
    let (_server, address) = serve(&app, &[("OUINON_WITNESS", &store.url())], log);
    let metrics = async || Call::new(address, "GET", "/metrics").send().await.text();
    let said = metrics().await;
    assert!(said.contains("ouinon_log_not_compared_sites 1"), "{said}");
    assert!(said.contains("ouinon_log_unverified_sites 1"), "{said}");
    let log = std::fs::read_to_string(&file).unwrap();
    let line = log.lines().find(|line| line.contains("LOG_UNVERIFIED")).unwrap();
    for told in ["\"ERROR\"", "\"sites\":1", "127.0.0.1", "OUINON_WITNESS"] {
        assert!(line.contains(told), "{told}: {line}");
    }
    store.down(false);
    for _ in 0..150 {
        if metrics().await.contains("ouinon_log_not_compared_sites 0") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{}", metrics().await);
}
