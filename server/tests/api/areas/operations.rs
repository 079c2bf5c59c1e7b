//! For those who run the server: health, readiness, metrics, and failures that are the framework's.

use ouinon_server::clock::Clock;
use serde_json::json;

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::shop::PURPOSES;
use crate::support::visitor::Visitor;

#[tokio::test]
async fn readiness_needs_a_database_that_agrees_about_the_time() {
    let app = TestApp::start(BACKEND).await;
    assert_eq!(app.get("/healthz").send().await.text(), "ok\n");
    app.set_clock(Clock::System.now());
    let ready = app.get("/readyz").send().await;
    assert_eq!(ready.expect(200)["ready"], true);
    assert_eq!(ready.header("cache-control"), Some("private, no-store"));
    app.pass(-10_000_000);
    let apart = app.get("/readyz").send().await.expect(503);
    assert_eq!((&apart["ready"], &apart["database"]), (&json!(false), &json!("answers")));
}

#[tokio::test]
async fn metrics_are_for_callers_on_this_machine() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    shop.choose(&mut visitor, &PURPOSES).await;
    shop.reason(&visitor, "purpose=analytics").await;
    let metrics = app.get("/metrics").send().await;
    assert_eq!(metrics.status, 200);
    let text = metrics.text();
    assert!(text.contains("ouinon_consents_total{action=\"accept_all\"}"), "{text}");
    assert!(text.contains("ouinon_decisions_total{reason=\"GRANTED\"}"), "{text}");
    assert!(!text.contains(&visitor.id().to_string()) && !text.contains(shop.id.as_str()));
    app.get("/metrics").from("90.0.0.1").send().await.problem(404, "not-found");
}

#[tokio::test]
async fn the_frameworks_own_failures_are_problems_too() {
    let app = TestApp::start(BACKEND).await;
    app.get("/v1").send().await.problem(404, "not-found");
    app.get("/v1/sites/%ff%fe/place").send().await.problem(404, "not-found");
    let answer = app.call("DELETE", "/healthz").send().await;
    answer.problem(405, "method-not-allowed");
    assert_eq!(answer.header("allow"), Some("GET, HEAD"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let path = format!("/b/{}.js", "x".repeat(4_000));
    app.get(&path).send().await.problem(404, "not-found");
}

#[tokio::test]
async fn the_description_of_the_api_names_this_server() {
    let app = TestApp::start(BACKEND).await;
    let document = app.get("/openapi.json").send().await.expect(200);
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], app.public());
}
