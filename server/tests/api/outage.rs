//! PostgreSQL that hangs, vanishes or is gone: whoever asks or writes has a 503 within two seconds,
//! and three seconds after it is back all is well again, without a restart (docs/adr/0017).

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use ouinon_server::clock::Clock;
use ouinon_server::error::Error;
use ouinon_server::storage::Storage;
use sea_orm::ConnectionTrait;
use serde_json::Value;

use crate::support::app::{Backend, Ground, TestApp};
use crate::support::http::{Answer, Call};
use crate::support::postgres::{Cluster, shared_cluster};
use crate::support::proxy::{Proxy, Way};
use crate::support::shop::{PURPOSES, Shop};
use crate::support::visitor::Visitor;

/// Two seconds, and a little for a busy machine.
const REFUSED: Duration = Duration::from_millis(2_300);
/// How soon it is as before.
const BACK: Duration = Duration::from_secs(3);
/// A receipt can be redeemed for a proof within this (invariant I3).
const MERGED: Duration = Duration::from_secs(10);
/// How soon connections are given up that died alone: a statement may take 5 s in a database that lives.
const ALONE: Duration = Duration::from_secs(8);
/// How long it is away: longer than anybody waits for it.
const AWAY: Duration = Duration::from_secs(6);

/// An answer and how long it took.
async fn timed(call: Call) -> (Answer, Duration) {
    let begun = Instant::now();
    (call.send().await, begun.elapsed())
}

/// A choice of somebody new, and its request.
fn choice(shop: &Shop<'_>) -> (Value, Call) {
    let body = shop.body(&Visitor::new(), "save", &["analytics"]);
    let call = shop.posting(&body);
    (body, call)
}

/// Everything at a time, again and again, until more was abandoned than the server has connections;
/// the bodies that were refused.
async fn while_away(shop: &Shop<'_>, ask: &Call) -> Vec<Value> {
    let begun = Instant::now();
    let past = format!("/decision?purpose=analytics&visitor={}", Visitor::new().id());
    let past = shop.get(&format!("{past}&at=2026-03-01T10:00:00Z"));
    let mut refused = Vec::new();
    while begun.elapsed() < AWAY {
        let (body, write) = choice(shop);
        let asked = [write, ask.clone(), past.clone()].map(timed);
        // Each of these takes a connection of its own.
        let ready = (0..8).map(|_| timed(shop.app.get("/readyz")));
        let (asked, ready) = tokio::join!(join_all(asked), join_all(ready));
        for (answer, took) in &asked {
            answer.problem(503, "unavailable");
            assert_eq!(answer.header("retry-after"), Some("1"));
            assert!(*took < REFUSED, "after {took:?}: {}", answer.text());
        }
        for (answer, took) in &ready {
            assert!(answer.status == 503 && *took < REFUSED, "after {took:?}: {}", answer.text());
        }
        refused.push(body);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    refused
}

/// Waits until a request has this status.
async fn until(status: u16, call: impl Fn() -> Call, since: Instant) -> Duration {
    loop {
        let answer = call().send().await;
        if answer.status == status {
            return since.elapsed();
        }
        assert!(since.elapsed() < BACK, "not within {BACK:?}: {}", answer.text());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Takes PostgreSQL away under a server and gives it back.
async fn outage(app: &TestApp, away: impl Fn(), back: impl Fn()) {
    app.set_clock(Clock::System.now());
    let shop = app.shop().await;
    let mut known = Visitor::new();
    shop.choose(&mut known, &PURPOSES).await;
    let ask = shop.get(&format!("/decision?purpose=analytics&visitor={}", known.id()));
    assert_eq!(ask.clone().send().await.expect(200)["reason"], "GRANTED");
    // As many connections as the server opens, good a moment before it happens.
    join_all((0..100).map(|_| shop.get("/stats").send())).await;
    away();
    let refused = while_away(&shop, &ask).await;
    back();
    app.set_clock(Clock::System.now());
    let since = Instant::now();
    let writes = until(201, || choice(&shop).1, since);
    let asks = until(200, || ask.clone(), since);
    let pages = until(200, || shop.get("/stats"), since);
    let ready = until(200, || app.get("/readyz"), since);
    tokio::join!(writes, asks, pages, ready);
    for body in &refused {
        let again = shop.post(body).await;
        assert!([200, 201].contains(&again.status), "{}", again.text());
    }
    let mine = "from record where site = $1";
    let stored = shop.count(mine).await;
    assert!(stored >= refused.len() as i64 + 2, "what was acknowledged is stored");
    let waiting = "from leaf_queue where site = $1";
    let begun = Instant::now();
    while shop.count(waiting).await > 0 {
        assert!(begun.elapsed() < MERGED, "the evidence log stands still");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn postgresql_that_hangs() {
    let cluster: &'static Cluster = Box::leak(Box::new(Cluster::start()));
    let ground = Ground::over(cluster.create_database("template0"));
    let app = TestApp::over(ground.into(), &[]).await;
    outage(&app, || cluster.pause(), || cluster.resume()).await;
}

/// A server that reaches its database through a proxy.
async fn through_a_proxy() -> (Proxy, TestApp) {
    let ground = Ground::new(Backend::Postgres);
    let address = Proxy::to(shared_cluster().port);
    let url = Cluster::url_at(address.port, ground.name());
    let app = TestApp::over(ground.into(), &[("DATABASE_URL", &url)]).await;
    (address, app)
}

#[tokio::test]
async fn postgresql_that_vanishes_without_a_word() {
    let (address, app) = through_a_proxy().await;
    outage(&app, || address.set(Way::Swallow), || address.set(Way::Pass)).await;
}

#[tokio::test]
async fn postgresql_that_is_gone() {
    let (address, app) = through_a_proxy().await;
    outage(&app, || address.set(Way::Cut), || address.set(Way::Pass)).await;
}

/// As the lease does while the database commits its marks.
async fn marks(storage: &Storage) {
    loop {
        storage.heard().await.unwrap();
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// A network that loses some connections, and goes on with others: what waits for the lost ones gives
/// up, and those after it are served again before long.
#[tokio::test]
async fn connections_of_one_pool_that_die_alone() {
    let ground = Ground::new(Backend::Postgres);
    let address = Proxy::to(shared_cluster().port);
    let url = Cluster::url_at(address.port, ground.name());
    let storage = Storage::open(&ground.config(&[("DATABASE_URL", &url)]).database).await.unwrap();
    // The lease's connection leads to the database all the time.
    let alive = storage.clone();
    tokio::spawn(async move { marks(&alive).await });
    let work = || {
        storage.in_time(async {
            let tx = storage.write_by_key().await?;
            tx.execute_unprepared("select pg_sleep(0.1)").await?;
            Ok(tx.commit().await?)
        })
    };
    let all = || join_all((0..8).map(|_| work()));
    assert!(all().await.iter().all(Result::is_ok));
    address.set(Way::Swallow);
    let back = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        address.set(Way::Pass);
    };
    let (lost, ()) = tokio::join!(all(), back);
    assert!(lost.iter().all(Result::is_err));
    let since = Instant::now();
    while work().await.is_err() {
        assert!(since.elapsed() < ALONE, "not within {ALONE:?}");
    }
}

/// The driver asks each connection that comes back whether it lives, and waits for its word without end. Those
/// that die just then are lost to their pool, and others take its place.
#[tokio::test]
async fn connections_that_die_while_they_come_back() {
    let ground = Ground::new(Backend::Postgres);
    let address = Proxy::to(shared_cluster().port);
    let url = Cluster::url_at(address.port, ground.name());
    let storage = Storage::open(&ground.config(&[("DATABASE_URL", &url)]).database).await.unwrap();
    for way in [Duration::ZERO, Duration::from_secs(1)] {
        let used = || {
            let pools = storage.pools().into_iter();
            pools
                .filter(|pool| pool.name == "decisions")
                .map(|pool| pool.open - pool.idle)
                .sum::<usize>()
        };
        let all = || {
            join_all((0..4).map(|_| async {
                storage
                    .in_time(async {
                        Ok(storage.reads().execute_unprepared("select pg_sleep(0.1)").await?)
                    })
                    .await
            }))
        };
        assert!(all().await.iter().all(Result::is_ok));
        // Each way takes so long that all of them are answered, and then all are on their way back.
        address.set(Way::Delay(Duration::from_millis(200)));
        assert!(all().await.iter().all(Result::is_ok));
        address.set(Way::Swallow);
        tokio::time::sleep(Duration::from_millis(600)).await;
        address.set(Way::Pass);
        assert!(used() > 0, "they do not come back");
        if way.is_zero() {
            storage.reconnect().await.unwrap();
        } else {
            tokio::time::sleep(way).await;
            storage.replace_older(way).await.unwrap();
        }
        assert!(all().await.iter().all(Result::is_ok), "others are opened");
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(used(), 0, "and come back");
    }
}

/// Whoever waits on a connection that was lost does not wait on when the database is found again.
#[tokio::test]
async fn a_database_that_is_found_again_is_asked_anew() {
    let ground = Ground::new(Backend::Postgres);
    let storage = Storage::open(&ground.config(&[]).database).await.unwrap();
    let found = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        storage.reconnect().await.unwrap();
        marks(&storage).await;
    };
    let begun = Instant::now();
    let waits = storage.in_time(std::future::pending::<Result<(), Error>>());
    tokio::select! { lost = waits => assert!(lost.is_err()), () = found => {} }
    assert!(begun.elapsed() < REFUSED, "{:?}", begun.elapsed());
}

/// Whoever stops waiting while a transaction begins leaves none open, in which what is written next would be
/// acknowledged and never committed.
#[tokio::test]
async fn what_is_written_after_a_transaction_nobody_waited_for_is_committed() {
    let ground = Ground::new(Backend::Postgres);
    let direct = Storage::open(&ground.config(&[]).database).await.unwrap();
    direct.db().execute_unprepared("create table written (n int)").await.unwrap();
    let address = Proxy::to(shared_cluster().port);
    let url = Cluster::url_at(address.port, ground.name());
    let storage = Storage::open(&ground.config(&[("DATABASE_URL", &url)]).database).await.unwrap();
    for db in [&storage.db(), &storage.writes()] {
        db.execute_unprepared("insert into written values (0)").await.unwrap();
    }
    address.set(Way::Hole);
    let waited = Duration::from_millis(100);
    assert!(tokio::time::timeout(waited, storage.write()).await.is_err());
    assert!(tokio::time::timeout(waited, storage.write_by_key()).await.is_err());
    address.set(Way::Pass);
    tokio::time::sleep(2 * waited).await;
    for db in [&storage.db(), &storage.writes()] {
        db.execute_unprepared("insert into written values (1)").await.unwrap();
    }
    let written = sea_orm::Statement::from_string(
        sea_orm::DatabaseBackend::Postgres,
        "select n from written",
    );
    assert_eq!(direct.db().query_all_raw(written).await.unwrap().len(), 4);
}
