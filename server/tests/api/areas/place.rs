//! Which rules hold for a caller: found through trusted proxies only, the strictest where the place
//! is vague.

use serde_json::{Value, json};

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::http::Call;
use crate::support::shop::{ORIGIN, Shop};

fn ask(shop: &Shop<'_>) -> Call {
    shop.app.get(&shop.path("/place")).origin(ORIGIN)
}

async fn regime(call: Call) -> Value {
    call.send().await.expect(200)["regime"].clone()
}

#[tokio::test]
async fn each_place_has_its_rules() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let france = regime(ask(&shop).from("90.0.0.1")).await;
    let expected = json!({
        "model": "opt-in", "law": "GDPR + ePrivacy 5(3)", "country": "FR", "region": null,
        "gpc_honoured": false,
    });
    assert_eq!(france, expected);
    let america = regime(ask(&shop).from("8.8.8.8")).await;
    let expected = json!({
        "model": "opt-out", "law": "CCPA/CPRA + 11 CCR 7000ff", "country": "US", "region": null,
        "gpc_honoured": true,
    });
    assert_eq!(america, expected, "a Californian may be behind a country database");
    let six = regime(ask(&shop).from("2001:4860:4860::8888")).await;
    assert_eq!(six["country"], "US");
    for unknown in ["192.0.2.1", "10.1.2.3", "::1", "nonsense"] {
        let regime = regime(ask(&shop).from(unknown)).await;
        assert_eq!((&regime["model"], &regime["country"]), (&json!("opt-in"), &json!(null)));
        assert_eq!(regime["gpc_honoured"], true, "{unknown}");
    }
}

#[tokio::test]
async fn the_answer_is_for_the_caller_alone() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let answer = ask(&shop).from("90.0.0.1").send().await;
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
    let foreign = app.get(&shop.path("/place")).origin("https://evil.example").send().await;
    foreign.problem(403, "foreign-origin");
    app.get("/v1/sites/23456789abcd/place").send().await.problem(404, "not-found");
}

#[tokio::test]
async fn what_strangers_say_about_themselves_is_not_believed() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let country = async |call: Call| regime(call).await["country"].clone();
    let two = ask(&shop).from("90.0.0.1, 8.8.8.8");
    assert_eq!(country(two).await, "US", "only the last hop was seen by our proxy");
    let lines = ask(&shop).from("90.0.0.1").from("8.8.8.8");
    assert_eq!(country(lines).await, "US");
    let alone = TestApp::with(BACKEND, &[("OUINON_TRUSTED_PROXIES", "")]).await;
    let shop = alone.shop().await;
    assert_eq!(country(ask(&shop).from("8.8.8.8")).await, json!(null), "no proxy is trusted");
}

#[tokio::test]
async fn without_a_country_database_the_strictest_rules_hold() {
    let app = TestApp::with(BACKEND, &[("OUINON_GEOIP_DB", "off")]).await;
    let shop = app.shop().await;
    let regime = regime(ask(&shop).from("8.8.8.8")).await;
    let expected = json!({
        "model": "opt-in", "law": "unknown location: strictest rule", "country": null,
        "region": null, "gpc_honoured": true,
    });
    assert_eq!(regime, expected);
}
