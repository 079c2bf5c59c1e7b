//! Impressions: counted without any identifier.

use serde_json::{Value, json};

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::http::Call;
use crate::support::shop::{ORIGIN, Shop};

fn event(shop: &Shop<'_>, body: &Value) -> Call {
    shop.app.call("POST", &shop.path("/events")).json(body)
}

#[tokio::test]
async fn an_impression_is_counted_and_nothing_else_is_kept() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let body = json!({"event": "shown", "notice": shop.notice, "language": "fr"});
    for _ in 0..3 {
        let answer = event(&shop, &body).origin(ORIGIN).send().await;
        assert_eq!(answer.status, 202);
        assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
        assert_eq!(answer.header("set-cookie"), None);
    }
    app.counted().await;
    let stats = shop.get("/stats").send().await.expect(200);
    assert_eq!(stats["items"][0]["shown"], 3);
    assert_eq!(shop.rows().await, [0; 5]);
}

#[tokio::test]
async fn what_is_no_impression_is_refused() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let good = json!({"event": "shown", "notice": shop.notice, "language": "fr"});
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    for body in [
        with("event", json!("clicked")),
        with("notice", json!(format!("sha256:{}", "0".repeat(64)))),
        with("language", json!("de")),
        with("visitor", json!("me")),
        json!({}),
    ] {
        event(&shop, &body).origin(ORIGIN).send().await.problem(422, "invalid-fields");
    }
    event(&shop, &good).send().await.problem(403, "foreign-origin");
    event(&shop, &good).origin("https://evil.example").send().await.problem(403, "foreign-origin");
    let large = with("language", json!("x".repeat(2_000)));
    event(&shop, &large).origin(ORIGIN).send().await.problem(413, "body-too-large");
    app.counted().await;
    assert_eq!(shop.get("/stats").send().await.expect(200)["items"], json!([]));
}
