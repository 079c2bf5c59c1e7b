//! A choice on its way to another domain of its site: once, for a minute, there alone.

use ouinon_server::storage::sites;
use serde_json::{Value, json};

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::http::Answer;
use crate::support::shop::{ORIGIN, Shop, notice};
use crate::support::visitor::Visitor;

const OTHER: &str = "https://atelier.example";
const THIRD: &str = "https://third.example";
const FOREIGN: &str = "https://elsewhere.example";
const MINUTE: i64 = 60_000_000;

/// A shop with three domains that take choices along.
async fn shop(app: &TestApp) -> Shop<'_> {
    let shop = app.shop().await;
    let origins = [ORIGIN, OTHER, THIRD].map(str::to_owned);
    sites::replace_origins(&app.storage.db(), &shop.id, &origins).await.unwrap();
    let mut with = notice();
    with["handover"] = json!(true);
    shop.publish(with).await;
    shop
}

async fn depart(shop: &Shop<'_>, visitor: &Visitor, from: &str, to: &str) -> Answer {
    let body = json!({"visitor_secret": visitor.secret.expose(), "to": to});
    shop.app.call("POST", &shop.path("/handovers")).origin(from).json(&body).send().await
}

async fn arrive(shop: &Shop<'_>, token: &Value, at: &str) -> Answer {
    let body = json!({ "token": token });
    shop.app.call("POST", &shop.path("/arrivals")).origin(at).json(&body).send().await
}

async fn token(shop: &Shop<'_>, visitor: &Visitor) -> Value {
    depart(shop, visitor, ORIGIN, OTHER).await.expect(201)["token"].clone()
}

#[tokio::test]
async fn a_choice_arrives_once_and_names_nobody_on_the_way() {
    let app = TestApp::start(BACKEND).await;
    let shop = shop(&app).await;
    let mut visitor = Visitor::new();
    let answer = shop.choose(&mut visitor, &["analytics"]).await;
    let token = token(&shop, &visitor).await;
    let text = token.as_str().unwrap();
    assert_eq!(text.len(), 43);
    assert!(!text.contains(&visitor.secret.expose()) && !text.contains(&visitor.id().to_string()));
    let arrived = arrive(&shop, &token, OTHER).await.expect(200);
    assert_eq!(arrived["visitor_secret"], visitor.secret.expose());
    assert_eq!(arrived["expires_at"], answer["expires_at"]);
    let cookie = arrived["cookie"].as_str().unwrap();
    assert!(cookie.starts_with(&format!("1.{}.1.", visitor.id())), "{cookie}");
    assert!(cookie.contains("analytics:1") && cookie.contains("advertising:0"), "{cookie}");
    arrive(&shop, &token, OTHER).await.problem(404, "not-found");
    let history = shop.get(&format!("/consents?visitor={}", visitor.id())).send().await.expect(200);
    assert_eq!(history["items"].as_array().unwrap().len(), 1, "nothing is recorded for it");
}

#[tokio::test]
async fn a_token_is_for_one_origin_and_one_minute() {
    let app = TestApp::start(BACKEND).await;
    let shop = shop(&app).await;
    let mut visitor = Visitor::new();
    shop.choose(&mut visitor, &["analytics"]).await;
    let stolen = token(&shop, &visitor).await;
    arrive(&shop, &stolen, FOREIGN).await.problem(403, "foreign-origin");
    arrive(&shop, &stolen, THIRD).await.problem(404, "not-found");
    arrive(&shop, &stolen, OTHER).await.problem(404, "not-found");
    let late = token(&shop, &visitor).await;
    app.pass(MINUTE);
    arrive(&shop, &late, OTHER).await.problem(404, "not-found");
    for wrong in ["", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        arrive(&shop, &json!(wrong), OTHER).await.problem(404, "not-found");
    }
    let good = token(&shop, &visitor).await;
    let other_site = app.shop_at(OTHER).await;
    let mut with = notice();
    with["handover"] = json!(true);
    other_site.publish(with).await;
    arrive(&other_site, &good, OTHER).await.problem(404, "not-found");
    arrive(&shop, &good, OTHER).await.expect(200);
}

#[tokio::test]
async fn only_a_known_visitor_leaves_and_only_within_the_site() {
    let app = TestApp::start(BACKEND).await;
    let shop = shop(&app).await;
    let mut visitor = Visitor::new();
    depart(&shop, &visitor, ORIGIN, OTHER).await.problem(404, "not-found");
    shop.choose(&mut visitor, &[]).await;
    depart(&shop, &visitor, FOREIGN, OTHER).await.problem(403, "foreign-origin");
    let refused = depart(&shop, &visitor, ORIGIN, FOREIGN).await.problem(422, "invalid-fields");
    assert_eq!(refused["errors"][0]["pointer"], "#/to");
    // The hosted page is no page of the site.
    depart(&shop, &visitor, &app.public(), OTHER).await.problem(403, "foreign-origin");
    let before = token(&shop, &visitor).await;
    let call = app.call("DELETE", &shop.path("/consent")).origin(ORIGIN).visitor(&visitor.secret);
    call.send().await.expect(200);
    arrive(&shop, &before, OTHER).await.problem(410, "visitor-erased");
    depart(&shop, &visitor, ORIGIN, OTHER).await.problem(410, "visitor-erased");
}

#[tokio::test]
async fn where_the_notice_does_not_say_so_nothing_goes_along() {
    let app = TestApp::start(BACKEND).await;
    let shop = shop(&app).await;
    let mut visitor = Visitor::new();
    shop.choose(&mut visitor, &["analytics"]).await;
    let token = token(&shop, &visitor).await;
    let script = app.get(&format!("/b/{}.js", shop.id)).send().await.text();
    assert!(
        script.contains(
            &json!([ORIGIN, OTHER, THIRD].iter().collect::<std::collections::BTreeSet<_>>())
                .to_string()
        )
    );
    shop.publish(notice()).await;
    arrive(&shop, &token, OTHER).await.problem(404, "not-found");
    depart(&shop, &visitor, ORIGIN, OTHER).await.problem(404, "not-found");
    let script = app.get(&format!("/b/{}.js", shop.id)).send().await.text();
    assert!(!script.contains("handovers"));
}
