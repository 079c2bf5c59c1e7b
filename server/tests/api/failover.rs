//! A PostgreSQL that may not be the primary any more (trust.md, "why the cache never says yes", 6):
//! without marks no decision, and no yes from a primary that was replaced.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ouinon_server::consent::lease::TERM;
use ouinon_server::error::Error;
use ouinon_server::storage::hot;
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::json;

use crate::support::app::{Backend, Ground, TestApp};
use crate::support::http::{Answer, Call};
use crate::support::postgres::Cluster;
use crate::support::proxy::Proxy;
use crate::support::shop::{PURPOSES, Shop};
use crate::support::visitor::Visitor;

/// How soon decisions stop and start again, with room for a busy machine.
const SOON: Duration = Duration::from_secs(3);

/// Asks until the answer has this status.
async fn until(status: u16, ask: &Call) -> Answer {
    let start = Instant::now();
    loop {
        let answer = ask.clone().send().await;
        if answer.status == status {
            return answer;
        }
        assert!(start.elapsed() < SOON, "still {}: {}", answer.status, answer.text());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Asks a database that broke its connections.
async fn until_answered<T>(ask: impl AsyncFn() -> Result<T, Error>) -> T {
    for _ in 0..100 {
        if let Ok(answer) = ask().await {
            return answer;
        }
    }
    panic!("no answer");
}

/// Asks again and again until told to stop; when each question was asked that was answered yes.
async fn poll(ask: &Call, over: &AtomicBool) -> Vec<Instant> {
    let mut allowed = Vec::new();
    while !over.load(Ordering::SeqCst) {
        let asked = Instant::now();
        let answer = ask.clone().send().await;
        if answer.status == 200 && answer.json()["allowed"] == true {
            allowed.push(asked);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    allowed
}

#[tokio::test]
async fn without_a_new_mark_no_decision_and_with_one_again() {
    let app = TestApp::start(Backend::Postgres).await;
    app.set_clock(ouinon_server::clock::Clock::System.now());
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    shop.choose(&mut visitor, &PURPOSES).await;
    let one = shop.get(&format!("/decision?purpose=analytics&visitor={}", visitor.id()));
    let both = json!({"purpose": "analytics", "visitors": [visitor.id(), Visitor::new().id()]});
    let both = app.call("POST", &shop.path("/decisions")).key(&shop.key).json(&both);
    until(200, &one).await;
    until(200, &app.get("/readyz")).await;
    let tx = app.storage.db().begin().await.unwrap();
    tx.execute_unprepared("lock table lease in exclusive mode").await.unwrap();
    let refused = until(503, &one).await;
    assert_eq!(refused.header("retry-after"), Some("1"));
    let detail = refused.problem(503, "unavailable")["detail"].to_string();
    assert!(detail.contains("the primary") && detail.contains("nothing was decided"), "{detail}");
    both.clone().send().await.problem(503, "unavailable");
    let ready = app.get("/readyz").send().await.expect(503);
    assert_eq!((&ready["ready"], &ready["lease_held"]), (&json!(false), &json!(false)));
    assert!(ready["why"].to_string().contains("the primary"), "{ready}");
    tokio::time::sleep(TERM).await;
    one.clone().send().await.problem(503, "unavailable");
    tx.rollback().await.unwrap();
    assert_eq!(until(200, &one).await.json()["allowed"], true);
    until(200, &both).await;
    let ready = until(200, &app.get("/readyz")).await.json();
    assert_eq!((&ready["why"], &ready["lease_held"]), (&json!(null), &json!(true)));
    assert_eq!(ready["durability"]["primary"], true);
    let metrics = app.get("/metrics").send().await.text();
    assert!(metrics.contains("ouinon_lease_age_seconds"), "{metrics}");
}

/// A primary whose commits wait for its standby, and a database there.
fn pair() -> (&'static Cluster, Cluster, Arc<Ground>) {
    let primary: &'static Cluster = Box::leak(Box::new(Cluster::start()));
    let ground = Arc::new(Ground::over(primary.create_database("template0")));
    let standby = primary.standby();
    primary.set("synchronous_standby_names", "*");
    primary.confirmed_by(1);
    (primary, standby, ground)
}

/// Somebody who said yes, and where to ask about them.
async fn consenting(shop: &Shop<'_>) -> (Visitor, String) {
    let mut visitor = Visitor::new();
    shop.choose(&mut visitor, &PURPOSES).await;
    let path = shop.path(&format!("/decision?purpose=analytics&visitor={}", visitor.id()));
    (visitor, path)
}

#[tokio::test]
async fn decisions_stop_when_nobody_confirms_and_go_on_when_somebody_does() {
    let (primary, mut standby, ground) = pair();
    let app = TestApp::over(ground, &[]).await;
    let shop = app.shop().await;
    let (_, path) = consenting(&shop).await;
    let ask = app.get(&path).key(&shop.key);
    assert_eq!(until(200, &ask).await.json()["allowed"], true);
    standby.stop("QUIT");
    until(503, &ask).await;
    tokio::time::sleep(TERM).await;
    ask.clone().send().await.problem(503, "unavailable");
    standby.start_again();
    primary.confirmed_by(1);
    assert_eq!(until(200, &ask).await.json()["allowed"], true);
    primary.set("synchronous_standby_names", "");
}

#[tokio::test]
async fn a_primary_that_was_replaced_says_no_more_yes() {
    let (primary, standby, ground) = pair();
    let old = TestApp::over(Arc::clone(&ground), &[]).await;
    let address = Proxy::to(primary.port);
    let led = [("DATABASE_URL", &*Cluster::url_at(address.port, ground.name()))];
    let follower = TestApp::over(Arc::clone(&ground), &led).await;
    let shop = old.shop().await;
    let (visitor, path) = consenting(&shop).await;
    old.merged().await;
    let [ask, ask_follower] = [&old, &follower].map(|app| app.get(&path).key(&shop.key));
    for one in [&ask, &ask_follower] {
        assert_eq!(until(200, one).await.json()["allowed"], true);
    }
    standby.set("primary_conninfo", "host=127.0.0.1 port=1");
    primary.confirmed_by(0);
    let (cut, over) = (Instant::now(), AtomicBool::new(false));
    let promotion = async {
        tokio::time::sleep(TERM).await;
        standby.psql("postgres", "select pg_promote()");
        let there = standby.url(ground.name());
        let new = TestApp::over(Arc::clone(&ground), &[("DATABASE_URL", &there)]).await;
        let post = new.call("POST", &shop.path("/consents")).origin(shop.origin);
        post.json(&shop.withdrawal(&visitor)).send().await.expect(201);
        let acknowledged = Instant::now();
        address.lead_to(standby.port);
        for follows in [&new.get(&path).key(&shop.key), &ask_follower] {
            assert_eq!(until(200, follows).await.json()["reason"], "WITHDRAWN");
        }
        // What waited for the standby is there then, without anybody's confirmation.
        primary.crash();
        tokio::time::sleep(TERM).await;
        over.store(true, Ordering::SeqCst);
        acknowledged
    };
    let polls = async { tokio::join!(poll(&ask, &over), poll(&ask_follower, &over)) };
    let ((one, two), acknowledged) = tokio::join!(polls, promotion);
    for last in [one.last().unwrap(), two.last().unwrap()] {
        assert!(*last < acknowledged, "yes after an acknowledged withdrawal");
        assert!(*last < cut + TERM, "yes {:?} after the cut", *last - cut);
    }
    let asked = [(visitor.id(), [0; 32])];
    let connections = old.storage.db();
    let say = || hot::standings(&connections, &shop.id, &asked, None);
    let state = until_answered(say).await.unwrap().standings.pop().unwrap().state().cloned();
    assert_eq!(state.unwrap().version, 1, "the old primary knows of nothing, and would say it");
    primary.set("synchronous_standby_names", "");
}

/// A primary that restarts shows what still waited for its standby. The same body again is not
/// acknowledged from there before the standby has it.
#[tokio::test]
async fn a_repetition_waits_for_the_standby_too() {
    let (primary, mut standby, ground) = pair();
    let app = TestApp::over(ground, &[]).await;
    let shop = app.shop().await;
    let (visitor, _) = consenting(&shop).await;
    app.merged().await;
    let post = app.call("POST", &shop.path("/consents")).origin(shop.origin);
    let post = post.json(&shop.withdrawal(&visitor));
    standby.stop("QUIT");
    let first = tokio::time::timeout(SOON, post.clone().send()).await;
    assert_eq!(first.unwrap().status, 503, "acknowledged without the standby");
    primary.crash();
    let asked = [(visitor.id(), [0; 32])];
    let connections = app.storage.db();
    let say = || hot::standings(&connections, &shop.id, &asked, None);
    let state = until_answered(say).await.unwrap().standings.pop().unwrap().into_state();
    assert_eq!(state.unwrap().version, 2, "it is there, and nobody has confirmed it");
    let start = Instant::now();
    while start.elapsed() < SOON {
        if let Ok(answer) = tokio::time::timeout(SOON, post.clone().send()).await {
            assert_ne!(answer.status, 200, "acknowledged without the standby");
        }
    }
    standby.start_again();
    primary.confirmed_by(1);
    assert_eq!(until(200, &post).await.json()["version"], 2);
    primary.set("synchronous_standby_names", "");
}
