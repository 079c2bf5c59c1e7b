//! Many at once: group commit loses nothing, one visitor's choices stand in one order, and an
//! acknowledged withdrawal is never answered with a yes (invariants I1, I2, I2b, I8).

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use serde_json::json;

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::shop::PURPOSES;
use crate::support::visitor::Visitor;

#[tokio::test]
async fn two_hundred_visitors_at_once_are_all_stored() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let visitors: Vec<_> = (0..200).map(|_| Visitor::new()).collect();
    let post = async |visitor: &Visitor| {
        let body = shop.body(visitor, "save", &["analytics"]);
        shop.post(&body).await.expect(201)
    };
    let answers = join_all(visitors.iter().map(post)).await;
    assert!(answers.iter().all(|answer| answer["version"] == 1));
    let receipts: HashSet<_> = answers.iter().map(|a| a["receipt"].to_string()).collect();
    assert_eq!(receipts.len(), 200);
    assert_eq!(shop.rows().await, [200; 5]);
}

#[tokio::test]
async fn of_twenty_saves_on_one_version_the_first_wins() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    let bodies: Vec<_> =
        (0..20).map(|_| shop.body(&visitor, "save", &["analytics", "advertising"])).collect();
    let answers = join_all(bodies.iter().map(|body| shop.post(body))).await;
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(created, 1);
    for late in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!(late.problem(409, "stale-version")["version"], 1);
    }
    visitor.version = 1;
    assert_eq!(shop.reason(&visitor, "purpose=advertising").await, "GRANTED");
    assert_eq!(shop.rows().await, [1; 5]);
}

#[tokio::test]
async fn refusals_among_parallel_saves_always_count() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    shop.choose(&mut visitor, &PURPOSES).await;
    let body = |n: u32| match n % 2 {
        0 => shop.body(&visitor, "save", &["analytics", "functional"]),
        _ => shop.body(&visitor, "save", &["analytics", "advertising"]),
    };
    let bodies: Vec<_> = (0..20).map(body).collect();
    let answers = join_all(bodies.iter().map(|body| shop.post(body))).await;
    let mut versions: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 201)
        .map(|answer| answer.json()["version"].as_u64().unwrap())
        .collect();
    versions.sort_unstable();
    let expected: Vec<u64> = (2..2 + versions.len() as u64).collect();
    assert_eq!(versions, expected, "gapless, none twice");
    assert!(versions.len() >= 2, "both kinds took something back");
    let state = app.get(&shop.path("/consent")).visitor(&visitor.secret).send().await.expect(200);
    let holds = json!({
        "analytics": true, "advertising": false, "functional": false, "retargeting": false,
    });
    assert_eq!(state["choices"], holds, "every no of every body");
}

#[tokio::test]
async fn after_a_withdrawal_no_decision_says_yes() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    for _ in 0..5 {
        let mut visitor = Visitor::new();
        shop.choose(&mut visitor, &PURPOSES).await;
        assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "GRANTED");
        let withdrawn = AtomicBool::new(false);
        let (id, secret) = (visitor.id(), visitor.secret.clone());
        let asked = format!("/decision?visitor={id}&purpose=analytics");
        let ask = async || {
            let mut answers = 0;
            while answers < 20 {
                // What was acknowledged before the question was sent must be in the answer.
                let after = withdrawn.load(Ordering::SeqCst);
                let decision = shop.get(&asked).send().await.expect(200);
                assert!(!after || decision["allowed"] == false, "{decision}");
                answers += u32::from(after);
            }
        };
        let late = shop.body(&visitor, "accept_all", &PURPOSES);
        let withdraw = async {
            let body = json!({
                "id": uuid::Uuid::new_v4(), "visitor_secret": secret.expose(), "action": "withdraw",
            });
            shop.post(&body).await.expect(201);
            withdrawn.store(true, Ordering::SeqCst);
            shop.post(&late).await.problem(409, "stale-version");
        };
        tokio::join!(withdraw, ask(), ask(), ask());
    }
}

#[tokio::test]
async fn what_is_acknowledged_is_in_the_database_already() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let check = async |_: u32| {
        let body = shop.body(&Visitor::new(), "reject_all", &[]);
        let answer = shop.post(&body).await.expect(201);
        // Through another connection than the server's, at once.
        let id = answer["id"].as_str().unwrap().replace('-', "");
        let digits = match super::BACKEND {
            crate::support::app::Backend::Sqlite => "lower(hex(id))",
            crate::support::app::Backend::Postgres => "replace(id::text, '-', '')",
        };
        let found = shop.count(&format!("from record where site = $1 and {digits} = '{id}'")).await;
        assert_eq!(found, 1);
    };
    for _ in 0..3 {
        join_all((0..16).map(check)).await;
    }
}

/// After an outage the choices of callers who were told to come again give way to those who wait.
#[tokio::test]
async fn a_choice_that_nobody_waits_for_is_not_written() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let body = shop.body(&Visitor::new(), "accept_all", &PURPOSES);
    let raw = serde_json::to_vec(&body).unwrap();
    app.submit_for_nobody(&shop.id, raw).await;
    shop.choose(&mut Visitor::new(), &PURPOSES).await;
    assert_eq!(shop.rows().await, [1; 5]);
    shop.post(&body).await.expect(201);
}
