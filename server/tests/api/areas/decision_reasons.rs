//! Every reason that can be reached today, and that the first that applies is the one given.

use ouinon_server::storage::sites::{self, Changes};
use serde_json::json;

use super::BACKEND;
use crate::support::app::{HOUR, SECOND, TestApp};
use crate::support::shop::{PURPOSES, Shop, notice};
use crate::support::visitor::Visitor;

/// A place whose law asks for an opt-out and honours Global Privacy Control.
const AMERICA: &str = "8.8.8.8";

async fn switch(shop: &Shop<'_>, enabled: bool) {
    let changes = Changes { enabled: Some(enabled), ..Changes::default() };
    sites::update(&shop.app.storage.db(), &shop.id, changes).await.unwrap();
}

#[tokio::test]
async fn where_the_law_asks_first() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "NO_RECORD");
    assert_eq!(shop.reason(&visitor, "purpose=necessary").await, "LEGAL_BASIS");
    shop.choose(&mut visitor, &[]).await;
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "PURPOSE_DENIED");
    shop.choose(&mut visitor, &PURPOSES).await;
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "GRANTED");
    shop.choose(&mut visitor, &["advertising"]).await;
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "WITHDRAWN");
    assert_eq!(shop.reason(&visitor, "purpose=advertising").await, "GRANTED");
    shop.withdraw(&mut visitor).await;
    assert_eq!(shop.reason(&visitor, "purpose=advertising").await, "WITHDRAWN");
    assert_eq!(shop.reason(&visitor, "purpose=necessary").await, "LEGAL_BASIS");
    shop.choose(&mut visitor, &PURPOSES).await;
    assert_eq!(shop.reason(&visitor, "purpose=advertising").await, "GRANTED");
}

#[tokio::test]
async fn vendors_are_disclosed_and_may_be_refused_alone() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    let mut body = shop.body(&visitor, "save", &PURPOSES);
    body["vendors"] = json!({"adnet": false});
    shop.post(&body).await.expect(201);
    visitor.version = 1;
    let ask = async |query: &str| shop.reason(&visitor, query).await;
    assert_eq!(ask("purpose=retargeting").await, "GRANTED");
    assert_eq!(ask("purpose=retargeting&vendor=adnet").await, "VENDOR_DENIED");
    assert_eq!(ask("purpose=analytics&vendor=matomo").await, "GRANTED");
    assert_eq!(ask("purpose=analytics&vendor=adnet").await, "VENDOR_NOT_DISCLOSED");
    assert_eq!(ask("purpose=analytics&vendor=stranger").await, "VENDOR_NOT_DISCLOSED");
    assert_eq!(ask("purpose=necessary&vendor=matomo").await, "VENDOR_NOT_DISCLOSED");
}

#[tokio::test]
async fn where_the_law_asks_for_an_opt_out() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let stranger = Visitor::new();
    let ask = async |place: &str| {
        shop.reason(&stranger, &format!("purpose=advertising&place={place}")).await
    };
    assert_eq!(ask("US-TX").await, "NOT_OPTED_OUT");
    assert_eq!(ask("us-ca").await, "NOT_OPTED_OUT");
    assert_eq!(ask("FR").await, "NO_RECORD");
    assert_eq!(ask("XX").await, "NO_RECORD");

    let post = async |visitor: &mut Visitor, action: &str, gpc: &str| {
        let granted: &[&str] = if action == "accept_all" { &PURPOSES } else { &[] };
        let body = shop.body(visitor, action, granted);
        let call = shop.posting(&body).from(AMERICA).header("Sec-GPC", gpc);
        assert_eq!(call.send().await.expect(201)["country"], "US");
        visitor.version += 1;
    };
    let mut plain = Visitor::new();
    post(&mut plain, "reject_all", "0").await;
    assert_eq!(shop.reason(&plain, "purpose=advertising").await, "OPTED_OUT");
    let mut signalling = Visitor::new();
    post(&mut signalling, "reject_all", "1").await;
    assert_eq!(shop.reason(&signalling, "purpose=advertising").await, "GPC_OPT_OUT");
    app.pass(181 * 24 * HOUR);
    assert_eq!(shop.reason(&plain, "purpose=advertising").await, "OPTED_OUT", "does not lapse");
    let asked = "purpose=advertising&place=FR";
    assert_eq!(shop.reason(&plain, asked).await, "OPTED_OUT", "the record's place counts");
    let mut willing = Visitor::new();
    post(&mut willing, "accept_all", "0").await;
    assert_eq!(shop.reason(&willing, "purpose=advertising").await, "GRANTED");
    let decision = shop.decision(&willing, "purpose=advertising").await;
    assert_eq!((&decision["country"], &decision["place_source"]), (&json!("US"), &json!("record")));
}

#[tokio::test]
async fn a_consent_ends_at_its_second() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    let given = shop.choose(&mut visitor, &PURPOSES).await;
    app.pass(180 * 24 * HOUR - SECOND);
    let last = shop.decision(&visitor, "purpose=analytics").await;
    assert_eq!(last["reason"], "GRANTED");
    assert_eq!(last["recheck_after"], given["expires_at"], "not a day later, but in a second");
    app.pass(SECOND - 1);
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "GRANTED");
    app.pass(1);
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "EXPIRED");
    shop.choose(&mut visitor, &PURPOSES).await;
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "GRANTED");
}

#[tokio::test]
async fn a_grown_notice_ends_a_consent_and_a_shrunk_one_does_not() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    shop.choose(&mut visitor, &PURPOSES).await;
    let mut grown = notice();
    grown["vendors"].as_array_mut().unwrap().push(json!(
        {"key": "profiler", "name": "Profiler", "purposes": ["advertising"], "country": "US"}
    ));
    let before = app.now();
    app.pass(SECOND);
    shop.publish(grown).await;
    assert_eq!(shop.reason(&visitor, "purpose=advertising").await, "NOTICE_SUPERSEDED");
    assert_eq!(shop.reason(&visitor, "purpose=retargeting").await, "GRANTED");
    let then = format!("purpose=advertising&at={before}");
    assert_eq!(shop.reason(&visitor, &then).await, "GRANTED", "as it was");
    let mut shrunk = notice();
    shrunk["vendors"].as_array_mut().unwrap().pop();
    app.pass(SECOND);
    shop.publish(shrunk).await;
    assert_eq!(shop.reason(&visitor, "purpose=advertising").await, "GRANTED");
}

#[tokio::test]
async fn a_site_switched_off_allows_nothing_from_the_next_question_on() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    shop.choose(&mut visitor, &PURPOSES).await;
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "GRANTED");
    switch(&shop, false).await;
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "SITE_DISABLED");
    assert_eq!(shop.reason(&visitor, "purpose=necessary").await, "SITE_DISABLED");
    let past = format!("purpose=analytics&at={}", app.now());
    assert_eq!(shop.reason(&visitor, &past).await, "GRANTED", "records, not site status");
    switch(&shop, true).await;
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "GRANTED");
}
