//! The same body again: one record, one leaf, one receipt (invariant I4).

use futures_util::future::join_all;
use serde_json::json;

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::shop::PURPOSES;
use crate::support::visitor::Visitor;

#[tokio::test]
async fn a_hundred_at_once_are_one_record() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let body = shop.body(&Visitor::new(), "accept_all", &PURPOSES);
    let answers = join_all((0..100).map(|_| shop.post(&body))).await;
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(created, 1);
    let first = answers[0].json();
    for answer in &answers {
        assert!([200, 201].contains(&answer.status), "{}", answer.text());
        assert_eq!(answer.json(), first, "equal JSON, identical receipt");
    }
    assert_eq!(shop.rows().await, [1; 5]);
}

#[tokio::test]
async fn a_retry_after_newer_choices_answers_what_was_answered_then() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    let body = shop.body(&visitor, "accept_all", &PURPOSES);
    let first = shop.post(&body).await.expect(201);
    visitor.version = 1;
    shop.withdraw(&mut visitor).await;
    app.pass(crate::support::app::HOUR);
    let again = shop.post(&body).await;
    assert_eq!(again.expect(200), first);
    assert_eq!(again.header("location"), None, "nothing was made");
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "WITHDRAWN");
    assert_eq!(shop.rows().await, [2, 2, 1, 1, 2]);
}

#[tokio::test]
async fn the_body_is_the_bytes_that_were_sent() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let body = shop.body(&Visitor::new(), "accept_all", &PURPOSES);
    shop.post(&body).await.expect(201);
    let spaced = serde_json::to_string_pretty(&body).unwrap();
    let again = shop.posting(&json!(null)).body(spaced).send().await;
    again.problem(409, "id-reused");
}

#[tokio::test]
async fn many_visitors_racing_for_one_id_leave_one_record() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let id = uuid::Uuid::new_v4();
    let bodies = (0..40).map(|_| {
        let mut body = shop.body(&Visitor::new(), "reject_all", &[]);
        body["id"] = json!(id);
        body
    });
    let bodies: Vec<_> = bodies.collect();
    let answers = join_all(bodies.iter().map(|body| shop.post(body))).await;
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(created, 1);
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        refused.problem(409, "id-reused");
    }
    assert_eq!(shop.rows().await, [1; 5], "the others left no trace");
}

#[tokio::test]
async fn sites_do_not_share_ids() {
    let app = TestApp::start(BACKEND).await;
    let (one, two) = (app.shop().await, app.shop().await);
    let visitor = Visitor::new();
    let mut body = one.body(&visitor, "accept_all", &PURPOSES);
    let first = one.post(&body).await.expect(201);
    body["notice"] = json!(two.notice);
    let second = two.post(&body).await.expect(201);
    assert_eq!(first["visitor"], second["visitor"], "the same secret");
    assert_ne!(first["receipt"], second["receipt"]);
    assert_eq!((one.rows().await, two.rows().await), ([1; 5], [1; 5]));
}
