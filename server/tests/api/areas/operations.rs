//! For those who run the server: health, readiness, metrics, and failures that are the framework's.

use std::fs::File;
use std::process::Stdio;

use ouinon_server::clock::Clock;
use serde_json::{Value, json};

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::http::Call;
use crate::support::process::serve;
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
    for figure in [
        "ouinon_http_seconds_bucket{route=\"/v1/sites/{site}/decision\",status=\"2xx\",le=\"10\"}",
        "ouinon_http_seconds_count{route=\"/v1/sites/{site}/consents\",status=\"2xx\"}",
        "ouinon_queue_depth{queue=\"decisions\"} 0",
        "ouinon_queue_depth{queue=\"choices\"} 0",
        "ouinon_pool_connections{pool=\"general\",state=\"idle\"}",
        "ouinon_decision_batch_size_sum",
        "ouinon_commit_batch_size_sum",
        "ouinon_commit_seconds_count",
        "ouinon_site_reads_total",
    ] {
        assert!(text.contains(figure), "{figure}: {text}");
    }
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
async fn a_request_keeps_the_id_it_came_with_and_otherwise_gets_one() {
    let app = TestApp::start(BACKEND).await;
    let given = "4bf92f3577b34da6a3ce929d0e0e4736";
    let answer = app.get("/v1").header("X-Request-Id", given).send().await;
    assert_eq!(answer.header("x-request-id"), Some(given));
    let instance = answer.problem(404, "not-found")["instance"].to_string();
    assert_eq!(instance.replace('-', ""), format!("\"urn:uuid:{given}\""));
    let answer = app.get("/healthz").header("X-Request-Id", "ann@shop.example").send().await;
    let made = answer.header("x-request-id").unwrap();
    assert!(made.len() == 36 && made.parse::<uuid::Uuid>().is_ok(), "{made}");
}

/// What a server logs at its most talkative while it answers one decision, line by line.
async fn logged(app: &TestApp, format: &str) -> Vec<String> {
    let shop = app.shop().await;
    app.stop();
    let path = app.ground.folder.path().join(format!("log.{format}"));
    let settings = [("OUINON_LOG", "debug"), ("OUINON_LOG_FORMAT", format)];
    let log = Stdio::from(File::create(&path).unwrap());
    let (mut server, address) = serve(app, &settings, log);
    let ask = format!("/decision?purpose=analytics&visitor={}", Visitor::new().id());
    let ask = Call::new(address, "GET", &shop.path(&ask)).key(&shop.key);
    ask.header("X-Request-Id", REQUEST).from("90.1.2.3").send().await.expect(200);
    server.signal("TERM");
    server.ended().await;
    std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

const REQUEST: &str = "0197b0c2-89ab-7cde-8f01-23456789abcd";

#[tokio::test]
async fn the_log_is_json_with_the_id_of_the_request_and_text_for_people() {
    let lines = logged(&TestApp::start(BACKEND).await, "json").await;
    let read = |line: &String| serde_json::from_str::<Value>(line).expect(line);
    let lines: Vec<Value> = lines.iter().map(read).collect();
    for line in &lines {
        for field in ["time", "level", "target", "message"] {
            assert!(line[field].is_string(), "{line}");
        }
    }
    let answered: Vec<_> = lines.iter().filter(|line| line["message"] == "answered").collect();
    let [answered] = answered[..] else { panic!("one line a request: {answered:?}") };
    assert_eq!(answered["request_id"], REQUEST);
    assert_eq!(answered["route"], "/v1/sites/{site}/decision");
    assert_eq!((&answered["method"], &answered["fields"]["status"]), (&json!("GET"), &json!(200)));
    assert!(!lines.iter().any(|line| line.to_string().contains("90.1.2")), "no address");
    let lines = logged(&TestApp::start(BACKEND).await, "text").await;
    let answered = lines.iter().find(|line| line.contains(REQUEST)).unwrap();
    assert!(answered.contains("DEBUG answered") && !answered.starts_with('{'), "{answered}");
}

#[tokio::test]
async fn the_description_of_the_api_names_this_server() {
    let app = TestApp::start(BACKEND).await;
    let document = app.get("/openapi.json").send().await.expect(200);
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], app.public());
}
