//! API keys: what they may do, from where, until when, and that revoking works at once.

use std::sync::Arc;

use ouinon_domain::time::Timestamp;
use ouinon_server::sites::admin::{self, KeyRequest};
use ouinon_server::sites::key::Scope;
use ouinon_server::storage::{sites, write};

use super::BACKEND;
use crate::support::app::{Backend, HOUR, SECOND, TestApp};
use crate::support::visitor::Visitor;

/// A path that needs each scope.
fn needing() -> [(&'static str, String); 3] {
    let decision = format!("/decision?purpose=analytics&visitor={}", Visitor::new().id());
    [
        ("decisions:read", decision),
        ("consents:read", "/consents".into()),
        ("stats:read", "/stats".into()),
    ]
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say_and_nothing_else() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    for (scope, _) in needing() {
        let (_, key) = shop.mint(&[scope]).await;
        for (needed, rest) in needing() {
            let answer = app.get(&shop.path(&rest)).key(&key).send().await;
            if needed == scope {
                assert_eq!(answer.status, 200, "{scope} on {rest}");
            } else {
                let problem = answer.problem(403, "insufficient-scope");
                assert!(problem["detail"].as_str().unwrap().contains(needed), "{problem}");
            }
        }
    }
}

/// A primary that was cut off and the one in its place change a site each in its own way: their
/// epochs must not meet (torture/model, `EpochCounter`).
#[tokio::test]
async fn different_changes_leave_different_epochs() {
    let (one, other) = (TestApp::start(BACKEND).await, TestApp::start(BACKEND).await);
    let mut steps = Vec::new();
    for app in [&one, &other] {
        let shop = app.shop().await;
        let epoch = async || write::epoch(&app.storage.db(), &shop.id).await.unwrap().unwrap();
        let before = epoch().await;
        sites::raise_epoch(&app.storage.db(), &shop.id).await.unwrap();
        steps.push(epoch().await - before);
    }
    assert!(steps[0] != steps[1] && steps.iter().all(|step| *step > 0), "{steps:?}");
}

#[tokio::test]
async fn without_a_good_key_nothing_is_told() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let changed = format!("{}A", &shop.key[..shop.key.len() - 1]);
    let changed =
        if changed == shop.key { format!("{}B", &shop.key[..shop.key.len() - 1]) } else { changed };
    let (id, _) = shop.mint(&["stats:read"]).await;
    let invented = format!("oui_{}_{id}_{}", shop.id, "A".repeat(43));
    for (_, rest) in needing() {
        let call = || app.get(&shop.path(&rest));
        let secret = Visitor::new().secret;
        for call in [
            call(),
            call().key(""),
            call().key("oui_"),
            call().key(&changed),
            call().key(&invented),
            call().header("Authorization", "Basic dXNlcjpwYXNz"),
            call().visitor(&secret),
        ] {
            let answer = call.send().await;
            answer.problem(401, "unauthorized");
            assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"));
        }
    }
}

#[tokio::test]
async fn a_revoked_key_fails_at_the_next_request() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    for (scope, rest) in needing() {
        let (id, key) = shop.mint(&[scope]).await;
        let ask = || app.get(&shop.path(&rest)).key(&key);
        assert_eq!(ask().send().await.status, 200);
        assert!(admin::revoke_key(&app.storage, &app.clock, &shop.id, &id).await.unwrap());
        ask().send().await.problem(401, "unauthorized");
        assert!(!admin::revoke_key(&app.storage, &app.clock, &shop.id, &id).await.unwrap());
    }
    assert_eq!(shop.get("/stats").send().await.status, 200, "others still work");
}

#[tokio::test]
async fn a_key_ends_at_its_second_and_works_only_from_its_networks() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let request = KeyRequest {
        scopes: vec![Scope::STATS_READ],
        cidrs: vec!["198.51.100.0/24".parse().unwrap()],
        expires_at: Some(ouinon_domain::time::Timestamp(app.now().0 + SECOND)),
    };
    let (_, key) = shop.mint_as(request).await;
    let ask = |from: &str| app.get(&shop.path("/stats")).key(&key).from(from);
    assert_eq!(ask("198.51.100.7").send().await.status, 200);
    ask("203.0.113.7").send().await.problem(401, "unauthorized");
    app.get(&shop.path("/stats")).key(&key).send().await.problem(401, "unauthorized");
    app.pass(SECOND);
    ask("198.51.100.7").send().await.problem(401, "unauthorized");
}

/// Both work while programs are moved from one to the other; then the old one ends by itself.
#[tokio::test]
async fn a_replaced_key_works_beside_its_successor_until_its_end() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let old = KeyRequest {
        scopes: vec![Scope::STATS_READ],
        cidrs: vec!["198.51.100.0/24".parse().unwrap()],
        expires_at: Some(Timestamp(app.now().0 + 48 * HOUR)),
    };
    let (id, key) = shop.mint_as(old).await;
    app.pass(HOUR);
    let rotate = async |id: &str, overlap| {
        admin::rotate_key(&app.storage, &app.clock, &shop.id, id, overlap).await.unwrap()
    };
    let status = async |key: &str, rest: &str, from: &str| {
        app.get(&shop.path(rest)).key(key).from(from).send().await.status
    };
    let works = async |key: &str| status(key, "/stats", "198.51.100.7").await;
    let new = rotate(&id, 24 * HOUR).await.unwrap();
    assert_eq!(new.until.0, app.now().0 + 24 * HOUR);
    assert_eq!((works(&key).await, works(&new.key).await), (200, 200));
    assert_eq!(status(&new.key, "/consents", "198.51.100.7").await, 403, "the same scopes");
    assert_eq!(status(&new.key, "/stats", "203.0.113.7").await, 401, "from the same networks");
    app.pass(24 * HOUR - 1);
    assert_eq!((works(&key).await, works(&new.key).await), (200, 200));
    app.pass(1);
    assert_eq!((works(&key).await, works(&new.key).await), (401, 200));
    assert!(rotate(&id, HOUR).await.is_none(), "it has ended");
    app.pass(23 * HOUR);
    let last = rotate(&new.id, 48 * HOUR).await.unwrap();
    let ends = app.now().0 + HOUR;
    assert_eq!(last.until.0, ends, "it was made for two days, and is not prolonged");
    assert!(admin::revoke_key(&app.storage, &app.clock, &shop.id, &last.id).await.unwrap());
    assert!(rotate(&last.id, HOUR).await.is_none() && rotate("nobody", HOUR).await.is_none());
}

/// What a caller writes into X-Forwarded-For itself is not believed.
#[tokio::test]
async fn a_keys_networks_are_those_the_trusted_proxy_saw() {
    for (trusted, [honest, forged]) in [("127.0.0.1", [200, 401]), ("192.0.2.1", [401, 401])] {
        let app = TestApp::with(BACKEND, &[("OUINON_TRUSTED_PROXIES", trusted)]).await;
        let shop = app.shop().await;
        let cidrs = vec!["198.51.100.0/24".parse().unwrap()];
        let scopes = vec![Scope::STATS_READ];
        let (_, key) = shop.mint_as(KeyRequest { scopes, cidrs, expires_at: None }).await;
        let from = async |from: &str| {
            app.get(&shop.path("/stats")).key(&key).from(from).send().await.status
        };
        assert_eq!(from("203.0.113.7, 198.51.100.7").await, honest, "{trusted}");
        assert_eq!(from("198.51.100.7, 203.0.113.7").await, forged, "{trusted}");
        assert_eq!(from("198.51.100.7").await, honest);
    }
}

/// A file of SQLite has one server; there, commands are the others.
#[tokio::test]
async fn a_key_revoked_on_one_server_fails_at_the_next_request_to_another() {
    let one = TestApp::start(BACKEND).await;
    let shop = one.shop().await;
    let other = match BACKEND {
        Backend::Postgres => Some(TestApp::over(Arc::clone(&one.ground), &[]).await),
        Backend::Sqlite => None,
    };
    let there = shop.on(other.as_ref().unwrap_or(&one));
    let mut marie = one.signed_in("admin").await;
    let page = format!("/dashboard/sites/{}/keys", shop.id);
    for (scope, rest) in needing() {
        let (id, key) = shop.mint(&[scope]).await;
        let ask = async || there.app.get(&there.path(&rest)).key(&key).send().await;
        for _ in 0..3 {
            assert_eq!(ask().await.status, 200);
        }
        let revoked = marie.submit(&page, &format!("{page}/{id}/revoke"), &[]).await;
        assert_eq!(revoked.status, 303);
        ask().await.problem(401, "unauthorized");
    }
}
