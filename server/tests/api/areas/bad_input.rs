//! Everything wrong that can be sent to `POST …/consents`: each its own problem, and nothing is
//! stored.

use serde_json::{Value, json};

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::http::Answer;
use crate::support::shop::{ORIGIN, PURPOSES, Shop};
use crate::support::visitor::Visitor;

async fn raw(shop: &Shop<'_>, body: impl Into<Vec<u8>>) -> Answer {
    shop.app.call("POST", &shop.path("/consents")).origin(ORIGIN).body(body).send().await
}

/// A good body with one change.
fn body(shop: &Shop<'_>, change: impl FnOnce(&mut Value)) -> Value {
    let mut body = shop.body(&Visitor::new(), "accept_all", &PURPOSES);
    change(&mut body);
    body
}

async fn stores_nothing(shop: &Shop<'_>) {
    assert_eq!(shop.rows().await, [0; 5]);
}

#[tokio::test]
async fn what_is_not_json_is_malformed() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let good = body(&shop, |_| {}).to_string();
    let mut latin = good.clone().into_bytes();
    let quote = latin.iter().rposition(|byte| *byte == b'"').unwrap();
    latin.insert(quote, 0xe9);
    let bad: [Vec<u8>; 6] = [
        Vec::new(),
        b"{".to_vec(),
        b"accept_all".to_vec(),
        good[..good.len() - 1].into(),
        format!("{good}{good}").into(),
        latin,
    ];
    for one in bad {
        let shown = String::from_utf8_lossy(&one).chars().take(60).collect::<String>();
        let answer = raw(&shop, one).await;
        assert_eq!(answer.status, 400, "{shown}");
        answer.problem(400, "malformed");
    }
    let list = format!(
        r#"["{}", "{}", "withdraw", null, null, null, null, null, null, null, null, null, null]"#,
        uuid::Uuid::new_v4(),
        Visitor::new().secret.expose(),
    );
    raw(&shop, list).await.problem(422, "invalid-fields");
    let nested = format!(r#"{{"choices":{}"#, "[".repeat(15_000));
    raw(&shop, nested).await.problem(422, "invalid-fields");
    stores_nothing(&shop).await;
}

#[tokio::test]
async fn each_wrong_field_is_named() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let set = |field: &str, value: Value| body(&shop, |body| body[field] = value);
    let without = |field: &str| {
        body(&shop, |body| {
            body.as_object_mut().unwrap().remove(field);
        })
    };
    let long = format!("https://shop.example/{}", "x".repeat(2_000));
    let cases = [
        (set("colour", json!("red")), "#/colour"),
        (set("id", json!("not-a-uuid")), "#/id"),
        (set("visitor_secret", json!("short")), "#/visitor_secret"),
        (set("action", json!("agree")), "#/action"),
        (set("notice", json!("sha256:00")), "#/notice"),
        (set("notice", json!(format!("sha256:{}", "0".repeat(64)))), "#/notice"),
        (set("base_version", json!(-1)), "#/base_version"),
        (set("base_version", json!(1_u64 << 53)), "#/base_version"),
        (set("base_version", json!(u64::MAX)), "#/base_version"),
        (set("base_version", json!(1e30)), "#/base_version"),
        (set("base_version", json!("1")), "#/base_version"),
        (set("language", json!("xx")), "#/language"),
        (set("method", json!("telepathy")), "#/method"),
        (set("page", json!("javascript:alert(1)")), "#/page"),
        (set("page", json!(long)), "#/page"),
        (set("vendors", json!({"unheard-of": false})), "#/vendors/unheard-of"),
        (set("gesture", json!({"trusted": true})), "#/gesture"),
        (set("signature", json!("AAAA")), "#/signature"),
        (body(&shop, |body| body["choices"]["analytics"] = json!("yes")), "#/choices/analytics"),
        (body(&shop, |body| body["choices"]["necessary"] = json!(true)), "#/choices/necessary"),
        (body(&shop, |body| body["choices"]["mining"] = json!(true)), "#/choices/mining"),
        (without("notice"), "#/notice"),
        (without("choices"), "#/choices"),
        (without("base_version"), "#/base_version"),
        (without("language"), "#/language"),
        (without("method"), "#/method"),
    ];
    for (body, pointer) in cases {
        let answer = shop.post(&body).await;
        assert_eq!(answer.status, 422, "{pointer}: {}", answer.text());
        let problem = answer.problem(422, "invalid-fields");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        assert!(problem["errors"][0]["detail"].as_str().is_some_and(|text| !text.is_empty()));
    }
    for field in ["id", "visitor_secret", "action"] {
        let problem = shop.post(&without(field)).await.problem(422, "invalid-fields");
        assert!(problem["detail"].as_str().unwrap().contains(field), "{problem}");
    }
    stores_nothing(&shop).await;
}

#[tokio::test]
async fn every_missing_purpose_is_named_at_once() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let bare = body(&shop, |body| body["choices"] = json!({"analytics": true}));
    let problem = shop.post(&bare).await.problem(422, "invalid-fields");
    let missing: Vec<_> = problem["errors"].as_array().unwrap().iter().collect();
    assert_eq!(missing.len(), 3, "{problem}");
    stores_nothing(&shop).await;
}

#[tokio::test]
async fn choices_must_agree_with_the_action() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let visitor = Visitor::new();
    let mut refused_vendor = shop.body(&visitor, "accept_all", &PURPOSES);
    refused_vendor["vendors"] = json!({"matomo": false});
    for body in [
        shop.body(&visitor, "accept_all", &["analytics"]),
        shop.body(&visitor, "reject_all", &["analytics"]),
        shop.body(&visitor, "withdraw", &["analytics"]),
        refused_vendor,
    ] {
        shop.post(&body).await.problem(422, "action-mismatch");
    }
    stores_nothing(&shop).await;
}

#[tokio::test]
async fn only_the_sites_own_pages_write() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let good = body(&shop, |_| {});
    let post = || app.call("POST", &shop.path("/consents")).json(&good);
    for origin in [
        "https://evil.example",
        "http://shop.example",
        "https://shop.example.evil.example",
        "https://www.shop.example",
        "https://shop.example:8443",
        "https://sh\u{f6}p.example",
        "null",
    ] {
        let answer = post().origin(origin).send().await;
        answer.problem(403, "foreign-origin");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
    }
    let without = post().send().await;
    without.problem(401, "unauthorized");
    assert!(without.header("www-authenticate").is_some());
    stores_nothing(&shop).await;
}

#[tokio::test]
async fn an_unknown_site_is_not_found() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let good = body(&shop, |_| {});
    for site in ["23456789abcd", "nothing", "x", "%27%20or%201=1"] {
        let post = app.call("POST", &format!("/v1/sites/{site}/consents")).origin(ORIGIN);
        post.json(&good).send().await.problem(404, "not-found");
    }
    stores_nothing(&shop).await;
}

#[tokio::test]
async fn sixteen_kibibytes_are_read_and_not_one_byte_more() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let padded = |length: usize| {
        let text = body(&shop, |_| {}).to_string();
        format!("{text}{}", " ".repeat(length - text.len()))
    };
    raw(&shop, padded(16 * 1024 + 1)).await.problem(413, "body-too-large");
    raw(&shop, padded(1024 * 1024)).await.problem(413, "body-too-large");
    stores_nothing(&shop).await;
    raw(&shop, padded(16 * 1024)).await.expect(201);
}

#[tokio::test]
async fn other_methods_and_types_are_refused() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let good = body(&shop, |_| {}).to_string();
    for method in ["PUT", "DELETE", "PATCH"] {
        let answer = app.call(method, &shop.path("/consents")).origin(ORIGIN).body(good.as_str());
        let answer = answer.send().await;
        answer.problem(405, "method-not-allowed");
        assert_eq!(answer.header("allow"), Some("POST, GET, HEAD, OPTIONS"));
    }
    for kind in ["application/xml", "multipart/form-data; boundary=x", "application/x-ndjson"] {
        let answer = app.call("POST", &shop.path("/consents")).origin(ORIGIN);
        let answer = answer.header("Content-Type", kind).body(good.as_str()).send().await;
        answer.problem(415, "unsupported-media-type");
    }
    let packed = app.call("POST", &shop.path("/consents")).origin(ORIGIN);
    let packed = packed.header("Content-Encoding", "gzip").body(good.as_str()).send().await;
    packed.problem(415, "unsupported-media-type");
    app.get("/no/such/address").send().await.problem(404, "not-found");
    stores_nothing(&shop).await;
}

#[tokio::test]
async fn an_id_is_no_secret() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut victim = Visitor::new();
    shop.choose(&mut victim, &PURPOSES).await;
    let mut body = shop.body(&Visitor::new(), "reject_all", &[]);
    body["visitor_secret"] = json!(victim.id());
    let other = shop.post(&body).await.expect(201);
    assert_ne!(other["visitor"], json!(victim.id()), "the id made another visitor");
    let state = app.get(&shop.path("/consent")).visitor(&victim.secret).send().await.expect(200);
    assert_eq!((&state["version"], &state["choices"]["analytics"]), (&json!(1), &json!(true)));
}

#[tokio::test]
async fn a_page_can_read_why_it_was_refused() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let too_long = " ".repeat(16 * 1024 + 1);
    for (status, sent) in [(400, "{"), (422, r#"{"id": 1}"#), (413, too_long.as_str())] {
        let answer = raw(&shop, sent).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN), "{status}");
    }
    stores_nothing(&shop).await;
}
