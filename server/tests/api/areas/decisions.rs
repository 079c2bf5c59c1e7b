//! Asking: one visitor and many, now and at a moment, and everything that can be wrong with the
//! question.

use serde_json::json;

use super::BACKEND;
use crate::support::app::{SECOND, TestApp};
use crate::support::shop::PURPOSES;
use crate::support::visitor::Visitor;

#[tokio::test]
async fn an_answer_carries_its_evidence() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    let body = shop.body(&visitor, "accept_all", &PURPOSES);
    let given = shop.posting(&body).from("90.0.0.1").send().await.expect(201);
    visitor.version = 1;
    app.pass(SECOND);
    app.merged().await;
    let rest = format!("/decision?visitor={}&purpose=analytics&vendor=matomo", visitor.id());
    let sent = shop.get(&rest).send().await;
    assert_eq!(sent.header("cache-control").unwrap(), "private, no-store");
    let decision = sent.expect(200);
    let proof = format!(
        "{}{}/{}/proof",
        app.public(),
        shop.path("/consents"),
        body["id"].as_str().unwrap()
    );
    let expected = json!({
        "allowed": true, "reason": "GRANTED", "explanation": decision["explanation"],
        "decision": decision["decision"], "site": shop.id, "visitor": visitor.id(),
        "customer": null, "purpose": "analytics", "vendor": "matomo", "legal_basis": "consent",
        "regime": given["regime"], "country": "FR", "region": null, "place_source": "record",
        "as_of": app.now(), "recheck_after": app.now().plus_days(1),
        "evidence": {
            "record": body["id"], "version": 1, "action": "accept_all",
            "given_at": given["given_at"], "expires_at": given["expires_at"],
            "notice": shop.notice, "language": "fr", "log_index": 0, "proof_url": proof,
        },
    });
    assert_eq!(decision, expected);
    assert!(decision["explanation"].as_str().unwrap().ends_with('.'));
    let again = shop.decision(&visitor, "purpose=analytics").await;
    assert_ne!(again["decision"], decision["decision"], "each answer has its own id");
    let stranger = shop.decision(&Visitor::new(), "purpose=analytics").await;
    assert_eq!(stranger["evidence"], json!(null));
}

#[tokio::test]
async fn a_batch_answers_in_the_order_asked() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitors: Vec<_> = (0..12).map(|_| Visitor::new()).collect();
    for (n, visitor) in visitors.iter_mut().enumerate() {
        match n % 3 {
            0 => drop(shop.choose(visitor, &PURPOSES).await),
            1 => drop(shop.choose(visitor, &[]).await),
            _ => {}
        }
    }
    let mut ids: Vec<_> = visitors.iter().map(Visitor::id).collect();
    ids.push(ids[0]);
    let ask = app.call("POST", &shop.path("/decisions")).key(&shop.key);
    let body = json!({"purpose": "analytics", "visitors": ids});
    let sent = ask.json(&body).send().await;
    assert_eq!(sent.header("cache-control").unwrap(), "private, no-store");
    let answer = sent.expect(200);
    let items = answer["items"].as_array().unwrap();
    assert_eq!(items.len(), 13);
    for (n, item) in items.iter().enumerate() {
        assert_eq!(item["visitor"], json!(ids[n]));
        let reasons = ["GRANTED", "PURPOSE_DENIED", "NO_RECORD"];
        assert_eq!(item["reason"], reasons[n % 12 % 3], "{n}");
    }
}

#[tokio::test]
async fn a_batch_has_at_most_ten_thousand() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let id = Visitor::new().id();
    let ask = |visitors: usize| {
        let body = json!({"purpose": "analytics", "visitors": vec![id; visitors]});
        app.call("POST", &shop.path("/decisions")).key(&shop.key).json(&body)
    };
    let most = ask(10_000).send().await.expect(200);
    assert_eq!(most["items"].as_array().unwrap().len(), 10_000);
    let ids: Vec<_> = (0..10_000).map(|_| Visitor::new().id()).collect();
    let body = json!({"purpose": "analytics", "at": app.now(), "visitors": ids});
    let then = app.call("POST", &shop.path("/decisions")).key(&shop.key).json(&body);
    assert_eq!(then.send().await.expect(200)["items"].as_array().unwrap().len(), 10_000);
    let more = ask(10_001).send().await.problem(422, "invalid-fields");
    assert_eq!(more["errors"][0]["pointer"], "#/visitors");
    assert_eq!(ask(0).send().await.expect(200), json!({"items": []}));
}

#[tokio::test]
async fn the_past_is_answered_from_the_records_of_then() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    let before = app.now();
    app.pass(SECOND);
    let granted = app.now();
    shop.choose(&mut visitor, &PURPOSES).await;
    app.pass(SECOND);
    let refused = app.now();
    shop.choose(&mut visitor, &[]).await;
    app.pass(SECOND);
    for (at, reason) in [(before, "NO_RECORD"), (granted, "GRANTED"), (refused, "WITHDRAWN")] {
        let decision = shop.decision(&visitor, &format!("purpose=analytics&at={at}")).await;
        assert_eq!((&decision["reason"], &decision["as_of"]), (&json!(reason), &json!(at)));
        let body = json!({"purpose": "analytics", "at": at, "visitors": [visitor.id()]});
        let batch = app.call("POST", &shop.path("/decisions")).key(&shop.key).json(&body);
        assert_eq!(batch.send().await.expect(200)["items"][0]["reason"], reason);
    }
    let other_offset = "purpose=analytics&at=2026-03-01T11:00:01%2B01:00";
    assert_eq!(shop.reason(&visitor, other_offset).await, "GRANTED");
    let one_early = ouinon_domain::time::Timestamp(refused.0 - 1);
    let just_before = format!("purpose=analytics&at={one_early}");
    assert_eq!(shop.reason(&visitor, &just_before).await, "GRANTED");
}

#[tokio::test]
async fn a_question_that_makes_no_sense_is_told_why() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let id = Visitor::new().id();
    for (query, pointer) in [
        (format!("visitor={id}&purpose=telepathy"), "#/purpose"),
        (format!("visitor={id}&purpose=Not%20A%20Key"), "#/purpose"),
        ("visitor=short&purpose=analytics".into(), "#/visitor"),
        (format!("visitor={id}&purpose=analytics&vendor=A+B"), "#/vendor"),
        (format!("visitor={id}&purpose=analytics&at=yesterday"), "#/at"),
        (format!("visitor={id}&purpose=analytics&at=2027-01-01T00:00:00Z"), "#/at"),
        (format!("visitor={id}&purpose=analytics&place=Texas"), "#/place"),
        (format!("visitor={id}"), "#/purpose"),
        (format!("visitor={id}&purpose=analytics&colour=red"), "#/colour"),
        (format!("visitor={id}&purpose=analytics&purpose=advertising"), "#/purpose"),
    ] {
        let problem = shop.get(&format!("/decision?{query}")).send().await;
        let problem = problem.problem(422, "invalid-fields");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{query}");
    }
    let post = |body: &str| {
        let call = app.call("POST", &shop.path("/decisions")).key(&shop.key);
        call.header("Content-Type", "application/json").body(body)
    };
    post("{").send().await.problem(400, "malformed");
    let unknown = r#"{"purpose": "analytics", "visitors": [], "color": 1}"#;
    post(unknown).send().await.problem(422, "invalid-fields");
    post(r#"{"purpose": "analytics"}"#).send().await.problem(422, "invalid-fields");
    let short = r#"{"purpose": "analytics", "visitors": ["short"]}"#;
    let problem = post(short).send().await.problem(422, "invalid-fields");
    assert_eq!(problem["errors"][0]["pointer"], "#/visitors/0");
    let future = r#"{"purpose": "analytics", "visitors": [], "at": "2999-01-01T00:00:00Z"}"#;
    post(future).send().await.problem(422, "invalid-fields");
    post(&" ".repeat(600 * 1024)).send().await.problem(413, "body-too-large");
}

#[tokio::test]
async fn a_choice_is_seen_by_the_very_next_question() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    for _ in 0..10 {
        shop.choose(&mut visitor, &PURPOSES).await;
        assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "GRANTED");
        shop.withdraw(&mut visitor).await;
        assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "WITHDRAWN");
    }
}

#[tokio::test]
async fn an_answers_id_has_the_servers_time() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let then = app.now();
    app.pass(3600 * SECOND);
    for query in [
        "purpose=analytics".to_owned(),
        format!("purpose=analytics&at={}", json!(then).as_str().unwrap()),
    ] {
        let decision = shop.decision(&Visitor::new(), &query).await;
        let id: uuid::Uuid = decision["decision"].as_str().unwrap().parse().unwrap();
        let (seconds, _) = id.get_timestamp().unwrap().to_unix();
        assert_eq!(seconds as i64, app.now().0 / SECOND, "{query}");
    }
}
