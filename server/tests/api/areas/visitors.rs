//! A visitor's own state and history, read with the secret it holds.

use serde_json::json;

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::shop::{ORIGIN, PURPOSES, Shop};
use crate::support::visitor::Visitor;

async fn state(shop: &Shop<'_>, visitor: &Visitor) -> serde_json::Value {
    let call = shop.app.get(&shop.path("/consent")).origin(ORIGIN).visitor(&visitor.secret);
    call.send().await.expect(200)
}

#[tokio::test]
async fn a_secret_never_seen_has_an_empty_history() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let visitor = Visitor::new();
    let expected = json!({
        "site": shop.id, "visitor": visitor.id(), "version": 0, "choices": {}, "vendors": {},
        "notice": null, "language": null, "regime": null, "given_at": null, "expires_at": null,
        "history": [],
    });
    assert_eq!(state(&shop, &visitor).await, expected);
    assert_eq!(shop.rows().await, [0; 5], "asking leaves no trace");
}

#[tokio::test]
async fn the_history_is_every_answer_newest_first() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    let mut answers = vec![shop.choose(&mut visitor, &PURPOSES).await];
    answers.push(shop.choose(&mut visitor, &["analytics"]).await);
    answers.push(shop.withdraw(&mut visitor).await);
    answers.reverse();
    let state = state(&shop, &visitor).await;
    assert_eq!(state["history"], json!(answers), "the very answers, receipts too");
    assert_eq!(state["version"], 3);
    for field in ["choices", "vendors", "notice", "language", "regime", "given_at", "expires_at"] {
        assert_eq!(state[field], answers[0][field], "{field}");
    }
}

#[tokio::test]
async fn a_choice_made_elsewhere_is_seen_here() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    shop.choose(&mut visitor, &PURPOSES).await;
    assert_eq!(state(&shop, &visitor).await["choices"]["advertising"], true);
    let hosted = app.call("POST", &shop.path("/consents")).origin(&app.public());
    hosted.json(&shop.withdrawal(&visitor)).send().await.expect(201);
    assert_eq!(state(&shop, &visitor).await["choices"]["advertising"], false);
}

#[tokio::test]
async fn only_the_secret_opens_the_history() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    shop.choose(&mut visitor, &PURPOSES).await;
    let ask = || app.get(&shop.path("/consent"));
    ask().send().await.problem(401, "unauthorized");
    ask().key(&shop.key).send().await.problem(401, "unauthorized");
    let wrong = ask().header("Authorization", "Visitor short").send().await;
    wrong.problem(401, "unauthorized");
    let id = ask().header("Authorization", &format!("Visitor {}", visitor.id())).send().await;
    assert_eq!(id.expect(200)["history"], json!([]), "the id is no secret");
    let foreign = ask().origin("https://evil.example").visitor(&visitor.secret).send().await;
    foreign.problem(403, "foreign-origin");
    let good = ask().origin(ORIGIN).visitor(&visitor.secret).send().await;
    assert_eq!(good.header("access-control-allow-origin"), Some(ORIGIN));
    assert_eq!(good.header("cache-control"), Some("private, no-store"));
}
