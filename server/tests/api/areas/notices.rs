//! What visitors are shown: immutable texts, the notice with the caller's regime, and every notice
//! ever published, whose id anyone can recompute.

use ouinon_domain::canonical::{canonical, hex, sha256};
use serde_json::{Value, json};

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::shop::{ORIGIN, notice};

#[tokio::test]
async fn texts_come_in_one_language_and_never_change() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    for (language, title) in [("fr", "Mesure d\u{2019}audience"), ("en", "Audience measurement")] {
        let sent = app.get(&format!("/n/{}/{language}.json", shop.notice)).send().await;
        assert_eq!(sent.header("cache-control"), Some("public, max-age=31536000, immutable"));
        assert_eq!(sent.header("access-control-allow-origin"), Some("*"));
        let body = sent.expect(200);
        assert_eq!((&body["notice"], &body["language"]), (&json!(shop.notice), &json!(language)));
        assert_eq!((&body["languages"], &body["dir"]), (&json!(["fr", "en"]), &json!("ltr")));
        let analytics = &body["purposes"][2];
        assert_eq!((&analytics["key"], &analytics["title"]), (&json!("analytics"), &json!(title)));
        assert_eq!(
            (&analytics["required"], &analytics["vendors"]),
            (&json!(false), &json!(["matomo"]))
        );
        assert_eq!(analytics["legal_basis"], "consent");
        assert_eq!(body["vendors"][1]["country"], "US");
        assert_eq!(body["controller"]["contact"], "dpo@shop.example");
        assert!(body["texts"].as_object().unwrap().len() > 10, "every word shown");
    }
    let hash = "0".repeat(64);
    for path in [
        format!("/n/{}/de.json", shop.notice),
        format!("/n/sha256:{hash}/fr.json"),
        "/n/sha256:00/fr.json".into(),
        format!("/notices/sha256:{hash}.json"),
        "/notices/latest.json".into(),
    ] {
        app.get(&path).send().await.problem(404, "not-found");
    }
}

#[tokio::test]
async fn an_id_is_the_hash_of_the_canonical_json() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut other = notice();
    other["theme"] = json!({"--accent": "#00ff00", "--radius": "4px"});
    let second = shop.publish(other).await.to_string();
    for id in [&shop.notice, &second] {
        let sent = app.get(&format!("/notices/{id}.json")).send().await;
        assert_eq!(sent.status, 200);
        assert_eq!(*id, format!("sha256:{}", hex(&sha256(&sent.body))), "of the very bytes");
        let parsed: Value = sent.json();
        let again = canonical(&parsed).unwrap();
        assert_eq!(again, sent.body, "RFC 8785");
    }
}

#[tokio::test]
async fn the_notice_comes_with_the_rules_of_the_callers_place() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let ask = |query: &str| app.get(&shop.path(&format!("/notice{query}"))).origin(ORIGIN);
    let sent = ask("?lang=en").from("90.0.0.1").send().await;
    assert_eq!(sent.header("cache-control"), Some("private, no-store"));
    let body = sent.expect(200);
    assert_eq!((&body["notice"], &body["language"]), (&json!(shop.notice), &json!("en")));
    assert_eq!(
        (&body["regime"]["model"], &body["regime"]["country"]),
        (&json!("opt-in"), &json!("FR"))
    );
    assert_eq!(ask("").send().await.expect(200)["language"], "fr", "the default");
    for query in ["?lang=de", "?lang=", "?lang=fr-XX", "?langue=fr", "?lang=fr&lang=en"] {
        let problem = ask(query).send().await.problem(422, "invalid-fields");
        assert!(problem["errors"][0]["detail"].as_str().is_some(), "{query}");
    }
    let foreign = app.get(&shop.path("/notice")).origin("https://evil.example").send().await;
    foreign.problem(403, "foreign-origin");
}

#[tokio::test]
async fn a_new_notice_is_in_force_at_the_next_request_and_the_old_one_stays() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let now = async || app.get(&shop.path("/notice")).send().await.expect(200)["notice"].clone();
    assert_eq!(now().await, shop.notice);
    let mut other = notice();
    other["controller"]["name"] = json!("Shop Ltd");
    let second = shop.publish(other).await;
    assert_eq!(now().await, json!(second));
    app.get(&format!("/notices/{}.json", shop.notice)).send().await.expect(200);
    let first_again = shop.publish(notice()).await;
    assert_eq!(json!(first_again), shop.notice, "the same words, the same id");
    assert_eq!(now().await, shop.notice);
}
