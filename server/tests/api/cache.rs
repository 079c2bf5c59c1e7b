//! The cache on its two grounds, and Redis under every kind of trouble: slower at most, never
//! wrong, never an error, and in use again by itself within three seconds.

use std::io::Write;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use bytes::Bytes;
use ouinon_domain::canonical::sha256;
use ouinon_domain::ids::{NoticeHash, SiteId};
use ouinon_server::cache::{Cache, Demand, Key, Lane, Quota, Subject, Topic};
use ouinon_server::config::{Config, RateLimits};

use crate::support::redis::RedisServer;

const MINUTE: Duration = Duration::from_secs(60);
const NOTICE: &[u8] = br#"{"controller":{"name":"Shop"}}"#;

async fn memory() -> Cache {
    Cache::open(None, RateLimits::On).await.unwrap()
}

async fn over(url: &str) -> Cache {
    let config = Config::from_sources(|name| (name == "REDIS_URL").then(|| url.to_owned()), None);
    Cache::open(config.unwrap().redis.as_ref(), RateLimits::On).await.unwrap()
}

fn site() -> SiteId {
    SiteId::from_random([3; SiteId::LEN])
}

fn key(id: &str) -> Key {
    Key::of_site(&site(), Topic::Loader, id)
}

/// Whether one of two requests a minute is let through.
async fn allowed(cache: &Cache, lane: Lane) -> bool {
    let quota = Quota::new(2, MINUTE);
    let demand = Demand { subject: Subject::Site, quota, units: 1 };
    cache.limit(&site(), lane, &[demand]).await.retry_after.is_none()
}

/// Seconds until Redis is in use again; panics after three.
async fn recovered(cache: &Cache) {
    let start = Instant::now();
    while cache.redis_is_up() != Some(true) {
        assert!(start.elapsed() < Duration::from_secs(3), "Redis is back, but not used");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Everything the cache can do, with or without Redis behind it.
async fn works(cache: &Cache, lane: Lane) {
    cache.put(&key("a"), Bytes::from_static(b"value"), MINUTE).await;
    cache.put(&key("b"), Bytes::from_static(b"brief"), Duration::from_millis(30)).await;
    assert_eq!(cache.get(&key("a")).await.as_deref(), Some(&b"value"[..]));
    assert_eq!(cache.get(&key("nobody")).await, None);
    cache.put_notice(Bytes::from_static(NOTICE)).await;
    assert_eq!(cache.notice(&NoticeHash(sha256(NOTICE))).await.as_deref(), Some(NOTICE));
    assert_eq!(cache.notice(&NoticeHash([0; 32])).await, None);
    assert!(allowed(cache, lane).await && allowed(cache, lane).await);
    assert!(!allowed(cache, lane).await, "two a minute, not three");
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(cache.get(&key("b")).await, None, "its time was over");
}

/// The cache stands in for itself: each call is quick after the first, and right.
async fn works_quickly_without_redis(cache: &Cache) {
    let first = Instant::now();
    cache.get(&key("first")).await;
    assert!(first.elapsed() < Duration::from_millis(400), "{:?}", first.elapsed());
    let rest = Instant::now();
    works(cache, Lane::Withdrawal).await;
    assert!(rest.elapsed() < Duration::from_millis(400), "{:?}", rest.elapsed());
    assert_eq!(cache.redis_is_up(), Some(false));
}

#[tokio::test]
async fn the_same_with_and_without_redis() {
    works(&memory().await, Lane::Consent).await;
    let redis = RedisServer::start();
    let cache = over(&redis.url()).await;
    assert_eq!(cache.redis_is_up(), Some(true));
    works(&cache, Lane::Consent).await;
    assert_eq!(memory().await.redis_is_up(), None);
}

#[tokio::test]
async fn limits_switched_off_let_everything_through() {
    let cache = Cache::open(None, RateLimits::Off).await.unwrap();
    for _ in 0..10 {
        assert!(allowed(&cache, Lane::Consent).await);
    }
}

#[tokio::test]
async fn two_servers_share_values_notices_and_limits() {
    let redis = RedisServer::start();
    let (one, two) = (over(&redis.url()).await, over(&redis.url()).await);
    one.put(&key("a"), Bytes::from_static(b"value"), MINUTE).await;
    one.put_notice(Bytes::from_static(NOTICE)).await;
    assert_eq!(two.get(&key("a")).await.as_deref(), Some(&b"value"[..]));
    assert_eq!(two.notice(&NoticeHash(sha256(NOTICE))).await.as_deref(), Some(NOTICE));
    assert!(allowed(&one, Lane::Consent).await && allowed(&two, Lane::Consent).await);
    assert!(!allowed(&one, Lane::Consent).await && !allowed(&two, Lane::Consent).await);
    assert!(allowed(&two, Lane::Withdrawal).await, "a lane of its own");
}

#[tokio::test]
async fn killed_and_started_again() {
    let mut redis = RedisServer::start();
    let cache = over(&redis.url()).await;
    works(&cache, Lane::Consent).await;
    redis.kill();
    works_quickly_without_redis(&cache).await;
    redis.start_again();
    recovered(&cache).await;
    works(&cache, Lane::Event).await;
}

#[tokio::test]
async fn paused_and_resumed() {
    let redis = RedisServer::start();
    let cache = over(&redis.url()).await;
    works(&cache, Lane::Consent).await;
    redis.pause();
    works_quickly_without_redis(&cache).await;
    redis.resume();
    recovered(&cache).await;
    works(&cache, Lane::Event).await;
}

#[tokio::test]
async fn full_of_rubbish() {
    let redis = RedisServer::start();
    let cache = over(&redis.url()).await;
    works(&cache, Lane::Consent).await;
    for rubbish in ["", "rubbish", "99999999999999999999", "nan", "inf", "-1"] {
        redis.fill_with(rubbish);
        assert_eq!(cache.get(&key("a")).await, None, "{rubbish:?}");
        let stranger = over(&redis.url()).await;
        assert_eq!(stranger.notice(&NoticeHash(sha256(NOTICE))).await, None, "{rubbish:?}");
        assert!(allowed(&cache, Lane::Consent).await, "nobody is locked out by {rubbish:?}");
    }
    assert_eq!(cache.redis_is_up(), Some(true), "rubbish is no reason to leave Redis");
    works(&cache, Lane::Event).await;
}

#[tokio::test]
async fn values_of_another_kind_or_another_key_are_none() {
    let redis = RedisServer::start();
    let cache = over(&redis.url()).await;
    redis.command(&format!("LPUSH {} x", key("list").as_str()));
    assert_eq!(cache.get(&key("list")).await, None);
    cache.put(&key("a"), Bytes::from_static(b"value"), MINUTE).await;
    redis.command(&format!("COPY {} {}", key("a").as_str(), key("copy").as_str()));
    assert_eq!(cache.get(&key("copy")).await, None);
    let site = site();
    redis.command(&format!("LPUSH ouinon1:{{{site}}}:limit:consent:site x"));
    assert!(allowed(&cache, Lane::Consent).await && allowed(&cache, Lane::Consent).await);
    assert!(!allowed(&cache, Lane::Consent).await);
    assert_eq!(cache.redis_is_up(), Some(true));
}

#[tokio::test]
async fn emptied_in_the_middle() {
    let redis = RedisServer::start();
    let cache = over(&redis.url()).await;
    works(&cache, Lane::Consent).await;
    redis.command("FLUSHALL");
    redis.command("SCRIPT FLUSH");
    works(&cache, Lane::Consent).await;
    assert_eq!(cache.redis_is_up(), Some(true));
}

#[tokio::test]
async fn a_redis_that_takes_no_writes_is_not_used() {
    let redis = RedisServer::start();
    let cache = over(&redis.url()).await;
    redis.command("CONFIG SET maxmemory 1");
    cache.put(&key("a"), Bytes::from_static(b"value"), MINUTE).await;
    assert_eq!(cache.get(&key("a")).await.as_deref(), Some(&b"value"[..]));
    works_quickly_without_redis(&cache).await;
    redis.command("CONFIG SET maxmemory 0");
    recovered(&cache).await;
    works(&cache, Lane::Event).await;
}

#[tokio::test]
async fn not_there_at_the_start() {
    let mut redis = RedisServer::start();
    redis.kill();
    let cache = over(&redis.url()).await;
    works_quickly_without_redis(&cache).await;
    redis.start_again();
    recovered(&cache).await;
    works(&cache, Lane::Event).await;
}

#[tokio::test]
async fn something_else_at_the_address_is_as_good_as_nothing() {
    let redis = RedisServer::start();
    let encrypted = over(&redis.url().replace("redis:", "rediss:")).await;
    works_quickly_without_redis(&encrypted).await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream.unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    works_quickly_without_redis(&over(&format!("redis://{address}")).await).await;
}

#[tokio::test]
async fn many_callers_wait_for_a_paused_redis_together_not_in_turn() {
    let redis = RedisServer::start();
    let cache = std::sync::Arc::new(over(&redis.url()).await);
    redis.pause();
    let start = Instant::now();
    let mut everybody = tokio::task::JoinSet::new();
    for id in 0..200 {
        let cache = cache.clone();
        everybody.spawn(async move { cache.get(&key(&id.to_string())).await });
    }
    everybody.join_all().await;
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    redis.resume();
}
