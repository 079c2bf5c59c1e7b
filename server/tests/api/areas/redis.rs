//! The whole line with Redis behind it, and with Redis killed, paused and filled with garbage in
//! the middle: slower at most, never wrong, never refused.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::BACKEND;
use crate::support::app::{Ground, TestApp};
use crate::support::redis::RedisServer;
use crate::support::shop::{PURPOSES, Shop};
use crate::support::visitor::Visitor;

/// A server that keeps what it may in this Redis, limits included.
async fn over(redis: &RedisServer, ground: Arc<Ground>) -> TestApp {
    TestApp::over(ground, &[("REDIS_URL", &redis.url()), ("OUINON_RATE_LIMITS", "on")]).await
}

/// Everything a page, a visitor and a marketer do, once; answers how long it took.
async fn whole_line(shop: &Shop<'_>) -> Duration {
    let start = Instant::now();
    let app = shop.app;
    assert_eq!(app.get(&format!("/b/{}.js", shop.id)).send().await.status, 200);
    let texts = app.get(&format!("/n/{}/fr.json", shop.notice)).send().await.expect(200);
    assert_eq!(texts["notice"], shop.notice);
    assert_eq!(app.get(&shop.path("/place")).send().await.status, 200);
    let mut visitor = Visitor::new();
    shop.choose(&mut visitor, &PURPOSES).await;
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "GRANTED");
    shop.withdraw(&mut visitor).await;
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "WITHDRAWN");
    let state = app.get(&shop.path("/consent")).visitor(&visitor.secret).send().await.expect(200);
    assert_eq!(state["version"], 2);
    let (id, key) = shop.mint(&["stats:read"]).await;
    let stats = || app.get(&shop.path("/stats")).key(&key);
    assert_eq!(stats().send().await.status, 200);
    let revoked = ouinon_server::sites::admin::revoke_key(&app.storage, &app.clock, &shop.id, &id);
    assert!(revoked.await.unwrap());
    stats().send().await.problem(401, "unauthorized");
    start.elapsed()
}

#[tokio::test]
async fn everything_works_with_redis_and_when_it_dies_in_the_middle() {
    let mut redis = RedisServer::start();
    let app = over(&redis, Arc::new(Ground::new(BACKEND))).await;
    let shop = app.shop().await;
    whole_line(&shop).await;
    redis.kill();
    let without = whole_line(&shop).await;
    assert!(without < Duration::from_secs(10), "{without:?}");
    redis.start_again();
    whole_line(&shop).await;
}

#[tokio::test]
async fn a_redis_that_hangs_or_lies_changes_no_answer() {
    let redis = RedisServer::start();
    let app = over(&redis, Arc::new(Ground::new(BACKEND))).await;
    let shop = app.shop().await;
    whole_line(&shop).await;
    for lie in ["garbage", r#"{"allowed": true, "reason": "GRANTED"}"#, "1"] {
        redis.fill_with(lie);
        whole_line(&shop).await;
    }
    // A server with nothing in its own memory has to ask Redis.
    app.stop();
    let app = over(&redis, Arc::clone(&app.ground)).await;
    let shop = app.shop().await;
    whole_line(&shop).await;
    redis.pause();
    let hanging = whole_line(&shop).await;
    redis.resume();
    assert!(hanging < Duration::from_secs(20), "{hanging:?}");
    redis.command("FLUSHALL");
    whole_line(&shop).await;
}
