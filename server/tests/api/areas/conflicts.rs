//! A choice that meets another: older versions, newer notices, ids used twice, visitors forgotten.

use ouinon_server::sites::Sites;
use ouinon_server::storage::entity::erasure;
use sea_orm::{EntityTrait, IntoActiveModel};
use serde_json::json;

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::history::{browser_key, sign};
use crate::support::past::{assert_sound, verify};
use crate::support::shop::{PURPOSES, notice};
use crate::support::visitor::Visitor;

#[tokio::test]
async fn a_late_yes_is_stale_and_told_what_holds() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    let late = shop.body(&visitor, "accept_all", &PURPOSES);
    shop.choose(&mut visitor, &["analytics"]).await;
    let problem = shop.post(&late).await.problem(409, "stale-version");
    assert_eq!(problem["version"], 1);
    assert_eq!(problem["choices"]["analytics"], true);
    assert_eq!(problem["choices"]["advertising"], false);
    let mut early = shop.body(&visitor, "accept_all", &PURPOSES);
    early["base_version"] = json!(7);
    shop.post(&early).await.problem(409, "stale-version");
    assert_eq!(shop.rows().await, [1; 5]);
}

#[tokio::test]
async fn a_late_no_is_recorded_with_what_was_asked_and_what_holds() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    let mut late = shop.body(&visitor, "save", &["analytics", "retargeting"]);
    late["vendors"] = json!({"adnet": false});
    shop.choose(&mut visitor, &["advertising", "analytics"]).await;
    let answer = shop.post(&late).await.expect(201);
    assert_eq!(answer["version"], 2);
    let holds = json!({
        "analytics": true, "advertising": false, "functional": false, "retargeting": false,
    });
    assert_eq!(answer["choices"], holds, "noes apply, a late yes does not");
    assert_eq!(answer["vendors"], json!({"adnet": false}));
    let id = late["id"].as_str().unwrap();
    let record = shop.get(&format!("/consents/{id}")).send().await.expect(200);
    assert_eq!(record["asked"], late["choices"]);
    assert_eq!(record["choices"], holds);
    assert_eq!((&record["base_version"], &record["version"]), (&json!(0), &json!(2)));
}

#[tokio::test]
async fn a_late_refusal_that_takes_nothing_back_is_stale() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    let late = shop.body(&visitor, "reject_all", &[]);
    shop.choose(&mut visitor, &[]).await;
    let problem = shop.post(&late).await.problem(409, "stale-version");
    assert_eq!(problem["choices"]["analytics"], false);
}

#[tokio::test]
async fn a_withdrawal_needs_no_version_and_always_applies() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    shop.withdraw(&mut visitor).await;
    shop.choose(&mut visitor, &PURPOSES).await;
    let mut changed = notice();
    changed["purposes"][2]["data_categories"] = json!(["ip-address", "diagnoses"]);
    shop.publish(changed).await;
    let answer = shop.withdraw(&mut visitor).await;
    assert_eq!(answer["version"], 3);
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "WITHDRAWN");
}

#[tokio::test]
async fn a_withdrawal_applies_whatever_version_it_names() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    for wrong in [
        json!(7),
        json!((1_u64 << 53) - 1),
        json!(1_u64 << 53),
        json!(u64::MAX),
        json!(-1),
        json!(1e30),
    ] {
        shop.choose(&mut visitor, &PURPOSES).await;
        let mut body = shop.withdrawal(&visitor);
        body["base_version"] = wrong.clone();
        sign(&mut body, visitor.id(), &browser_key());
        let answer = shop.post(&body).await.expect(201);
        visitor.version = answer["version"].as_u64().unwrap();
        assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "WITHDRAWN");
        let id = answer["id"].as_str().unwrap();
        let record = shop.get(&format!("/consents/{id}")).send().await.expect(200);
        let named = wrong.as_u64().filter(|version| *version < 1 << 53);
        assert_eq!(record["base_version"], json!(named.unwrap_or(visitor.version - 1)), "{wrong}");
    }
    app.merged().await;
    assert_sound(&verify(&app.ground, &app.storage, &shop.id).await);
}

#[tokio::test]
async fn a_yes_needs_a_notice_whose_bases_still_cover() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut reworded = notice();
    reworded["purposes"][2]["title"] = json!({"fr": "Statistiques", "en": "Statistics"});
    shop.publish(reworded).await;
    shop.choose(&mut Visitor::new(), &PURPOSES).await;

    let mut grown = notice();
    grown["purposes"][2]["data_categories"] = json!(["ip-address", "browser", "pages-seen", "age"]);
    let current = shop.publish(grown).await;
    let body = shop.body(&Visitor::new(), "accept_all", &PURPOSES);
    let problem = shop.post(&body).await.problem(409, "notice-superseded");
    assert_eq!(problem["notice"], json!(current));
    let analytics = shop.body(&Visitor::new(), "save", &["analytics"]);
    shop.post(&analytics).await.problem(409, "notice-superseded");
    shop.choose(&mut Visitor::new(), &["advertising"]).await;
    shop.choose(&mut Visitor::new(), &[]).await;
    assert_eq!(shop.rows().await, [3; 5]);
}

#[tokio::test]
async fn another_sites_notice_is_unknown_here() {
    let app = TestApp::start(BACKEND).await;
    let (one, two) = (app.shop().await, app.shop().await);
    let mut other = notice();
    other["controller"]["name"] = json!("Another shop");
    let foreign = two.publish(other).await;
    let mut body = one.body(&Visitor::new(), "reject_all", &[]);
    body["notice"] = json!(foreign);
    one.post(&body).await.problem(422, "invalid-fields");
    assert_eq!(one.rows().await, [0; 5]);
}

#[tokio::test]
async fn an_id_names_one_body_of_one_visitor() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    let first = shop.choose(&mut visitor, &["analytics"]).await;
    for who in [&visitor, &Visitor::new()] {
        let mut reused = shop.body(who, "reject_all", &[]);
        reused["id"] = first["id"].clone();
        shop.post(&reused).await.problem(409, "id-reused");
        let mut withdrawal = shop.withdrawal(who);
        withdrawal["id"] = first["id"].clone();
        shop.post(&withdrawal).await.problem(409, "id-reused");
    }
    assert_eq!(shop.rows().await, [1; 5]);
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "GRANTED");
}

#[tokio::test]
async fn a_forgotten_visitor_is_gone() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let visitor = Visitor::new();
    let site = Sites::new(app.storage.clone()).fresh(&shop.id).await.unwrap();
    let row = erasure::Model {
        site: shop.id.to_string(),
        visitor_hmac: site.erasure_hash(visitor.id()).to_vec(),
        erased_at: app.now().0,
        requested_by: "the visitor".into(),
    };
    let insert = erasure::Entity::insert(row.into_active_model());
    insert.exec_without_returning(&app.storage.db()).await.unwrap();
    let body = shop.body(&visitor, "accept_all", &PURPOSES);
    shop.post(&body).await.problem(410, "visitor-erased");
    shop.post(&shop.withdrawal(&visitor)).await.problem(410, "visitor-erased");
    assert_eq!(shop.rows().await, [0; 5], "not even a subject is made again");
    let state = app.get(&shop.path("/consent")).visitor(&visitor.secret).send().await;
    state.problem(410, "visitor-erased");
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "ERASED");
    let past = format!("purpose=analytics&at={}", app.now());
    assert_eq!(shop.reason(&visitor, &past).await, "ERASED");
}
