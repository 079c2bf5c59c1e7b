//! The rates, exactly, after a script of visits.

use serde_json::{Value, json};

use super::BACKEND;
use crate::support::app::{HOUR, TestApp};
use crate::support::http::Call;
use crate::support::shop::{PURPOSES, Shop};
use crate::support::visitor::Visitor;

const FRANCE: &str = "90.0.0.1";
const AMERICA: &str = "8.8.8.8";
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E";

async fn accepted(call: Call) {
    let status = call.send().await.status;
    assert!([201, 202].contains(&status), "{status}");
}

/// Ten views and four answers in the first hour, one of them taken back in the second; a robot.
async fn script(shop: &Shop<'_>) {
    let view = json!({"event": "shown", "notice": shop.notice, "language": "fr"});
    let show = || shop.app.call("POST", &shop.path("/events")).origin(shop.origin).json(&view);
    for _ in 0..10 {
        accepted(show().from(FRANCE)).await;
    }
    let mut first = Visitor::new();
    let post = |body: &Value| shop.posting(body);
    accepted(post(&shop.body(&first, "accept_all", &PURPOSES)).from(FRANCE)).await;
    let second = shop.body(&Visitor::new(), "accept_all", &PURPOSES);
    accepted(post(&second).from(FRANCE).header("User-Agent", PHONE)).await;
    let mut english = shop.body(&Visitor::new(), "reject_all", &[]);
    english["language"] = json!("en");
    accepted(post(&english).from(AMERICA)).await;
    accepted(post(&shop.body(&Visitor::new(), "save", &["analytics"])).from(FRANCE)).await;
    for robot in ["Googlebot/2.1", "facebookexternalhit/1.1"] {
        accepted(show().header("User-Agent", robot)).await;
        let body = shop.body(&Visitor::new(), "accept_all", &PURPOSES);
        accepted(post(&body).header("User-Agent", robot)).await;
    }
    shop.app.pass(HOUR);
    first.version = 1;
    accepted(post(&shop.withdrawal(&first)).from(FRANCE)).await;
    shop.app.counted().await;
}

async fn rows(shop: &Shop<'_>, query: &str) -> Vec<Value> {
    let answer = shop.get(&format!("/stats?{query}")).send().await.expect(200);
    answer["items"].as_array().unwrap().clone()
}

/// `key shown accept reject saved withdrawn granted denied` of each row, in the order of keys.
async fn numbers(shop: &Shop<'_>, query: &str) -> Vec<String> {
    let show = |row: &Value| {
        let fields =
            ["shown", "accept_all", "reject_all", "saved", "withdrawn", "granted", "denied"];
        let numbers = fields.map(|field| row[field].to_string());
        format!("{} {}", row["key"].as_str().unwrap_or("-"), numbers.join(" "))
    };
    let mut found: Vec<_> = rows(shop, query).await.iter().map(show).collect();
    found.sort_unstable();
    found
}

#[tokio::test]
async fn the_rates_are_those_of_exactly_these_visits() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    script(&shop).await;
    let all = &rows(&shop, "").await[0];
    let close = |field: &str, value: f64| (all[field].as_f64().unwrap() - value).abs() < 0.001;
    assert_eq!((&all["bucket"], &all["key"]), (&json!(null), &json!(null)));
    assert_eq!(all["choices"], 4);
    assert!(close("opt_in_of_shown", 0.3) && close("opt_in_of_choices", 0.75), "{all}");
    assert!(close("ci_low", 0.3006) && close("ci_high", 0.9544), "Wilson: {all}");
    assert_eq!(numbers(&shop, "by=none").await, ["- 10 2 1 1 1 3 1"]);
    assert_eq!(
        numbers(&shop, "by=purpose").await,
        [
            "advertising 10 2 1 1 1 2 2",
            "analytics 10 2 1 1 1 3 1",
            "functional 10 2 1 1 1 2 2",
            "retargeting 10 2 1 1 1 2 2",
        ]
    );
    assert_eq!(
        numbers(&shop, "by=vendor").await,
        ["adnet 10 2 1 1 1 2 2", "matomo 10 2 1 1 1 3 1"]
    );
    assert_eq!(numbers(&shop, "by=country").await, ["FR 10 2 0 1 1 3 0", "US 0 0 1 0 0 0 1"]);
    assert_eq!(numbers(&shop, "by=language").await, ["en 0 0 1 0 0 0 1", "fr 10 2 0 1 1 3 0"]);
    assert_eq!(numbers(&shop, "by=device").await, ["mobile 0 1 0 0 0 1 0", "other 10 1 1 1 1 2 1"]);
    let notice = format!("{} 10 2 1 1 1 3 1", shop.notice);
    assert_eq!(numbers(&shop, "by=notice").await, [notice]);
}

#[tokio::test]
async fn figures_to_pass_on_tell_of_nobody_alone() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    script(&shop).await;
    assert_eq!(numbers(&shop, "suppress=false").await, ["- 10 2 1 1 1 3 1"]);
    let null = "- 10 null null null null null null";
    assert_eq!(numbers(&shop, "suppress=true").await, [null], "four answers, one taken back");
    let row = rows(&shop, "suppress=true").await.remove(0);
    assert_eq!((&row["opt_in_of_shown"], &row["ci_low"]), (&json!(null), &json!(null)));
    for _ in 0..6 {
        accepted(shop.posting(&shop.body(&Visitor::new(), "accept_all", &PURPOSES))).await;
    }
    shop.app.counted().await;
    assert_eq!(numbers(&shop, "suppress=true").await, ["- 10 8 1 1 null 9 1"]);
}

#[tokio::test]
async fn time_is_cut_into_hours_and_days() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    script(&shop).await;
    let hours = rows(&shop, "interval=hour").await;
    let buckets: Vec<_> = hours.iter().map(|row| row["bucket"].as_str().unwrap()).collect();
    assert_eq!(buckets, ["2026-03-01T10:00:00.000000Z", "2026-03-01T11:00:00.000000Z"]);
    assert_eq!((&hours[0]["withdrawn"], &hours[1]["withdrawn"]), (&json!(0), &json!(1)));
    assert_eq!((&hours[1]["choices"], &hours[1]["opt_in_of_choices"]), (&json!(0), &json!(null)));
    let days = rows(&shop, "interval=day").await;
    assert_eq!(days.len(), 1);
    assert_eq!(days[0]["bucket"], "2026-03-01T00:00:00.000000Z");
    let only_later = "from=2026-03-01T11:00:00Z&to=2026-03-01T12:00:00Z";
    assert_eq!(numbers(&shop, only_later).await, ["- 0 0 0 0 1 0 0"]);
    assert_eq!(numbers(&shop, "to=2026-03-01T11:00:00Z").await, ["- 10 2 1 1 0 3 1"]);
    assert!(numbers(&shop, "from=2026-03-02T00:00:00Z").await.is_empty());
}

#[tokio::test]
async fn each_record_is_counted_once() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    script(&shop).await;
    app.counted().await;
    app.counted().await;
    assert_eq!(numbers(&shop, "").await, ["- 10 2 1 1 1 3 1"]);
    assert_eq!(shop.count("from count_group where site = $1").await, 0);
    let empty = app.shop().await;
    assert!(rows(&empty, "").await.is_empty(), "another site's numbers are its own");
    for query in ["interval=week", "by=visitor", "from=monday", "colour=red", "suppress=some"] {
        shop.get(&format!("/stats?{query}")).send().await.problem(422, "invalid-fields");
    }
}
