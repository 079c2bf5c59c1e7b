//! Recording a choice: what is answered, what is stored, what circumstances leave in the record.

use serde_json::json;

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::shop::{ORIGIN, PURPOSES, notice};
use crate::support::visitor::Visitor;

#[tokio::test]
async fn a_choice_is_answered_with_everything_the_contract_names() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let visitor = Visitor::new();
    let mut body = shop.body(&visitor, "save", &["analytics"]);
    body["vendors"] = json!({"matomo": false});
    body["page"] = json!("https://shop.example/basket?mail=a@b.example#top");
    body["gesture"] = json!({"trusted": true, "visible": true});
    let sent = shop.posting(&body).from("90.0.0.1").header("Sec-GPC", "1").send().await;
    let answer = sent.expect(201);
    let expected = json!({
        "id": body["id"], "site": shop.id, "visitor": visitor.id(), "version": 1, "action": "save",
        "choices": body["choices"], "vendors": {"matomo": false}, "notice": shop.notice,
        "language": "fr", "country": "FR", "region": null, "method": "banner", "gpc": true,
        "assurance": "gesture", "given_at": app.now(), "expires_at": app.now().plus_days(180),
        "regime": answer["regime"], "receipt": answer["receipt"],
    });
    assert_eq!(answer, expected);
    assert_eq!(answer["regime"]["model"], "opt-in");
    let address = format!("{}{}", app.public(), shop.path("/consents/"));
    let location = sent.header("location").unwrap();
    assert_eq!(location, address + body["id"].as_str().unwrap());
    assert_eq!(sent.header("cache-control"), Some("private, no-store"));
    assert_eq!(sent.header("access-control-allow-origin"), Some(ORIGIN));
    assert!(sent.header("vary").unwrap().contains("Origin"));
    assert_eq!(shop.rows().await, [1; 5]);
    let kept = shop.get(&format!("/consents/{}", body["id"].as_str().unwrap())).send().await;
    assert_eq!(kept.expect(200)["page"], "https://shop.example/basket");
}

#[tokio::test]
async fn each_action_says_what_holds() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    let all = shop.choose(&mut visitor, &PURPOSES).await;
    assert_eq!(all["action"], "accept_all");
    assert!(all["choices"].as_object().unwrap().values().all(|yes| yes == true));
    let some = shop.choose(&mut visitor, &["functional"]).await;
    assert_eq!(some["choices"]["functional"], true);
    assert_eq!(some["choices"]["retargeting"], false);
    let none = shop.choose(&mut visitor, &[]).await;
    assert_eq!(none["action"], "reject_all");
    shop.choose(&mut visitor, &["analytics"]).await;
    let withdrawn = shop.withdraw(&mut visitor).await;
    assert_eq!((&withdrawn["action"], &withdrawn["version"]), (&json!("withdraw"), &json!(5)));
    let choices = withdrawn["choices"].as_object().unwrap();
    assert_eq!(choices.len(), 4);
    assert!(choices.values().all(|yes| yes == false));
    assert_eq!(withdrawn["language"], "fr", "the language last used");
    assert_eq!(shop.rows().await, [5, 5, 1, 1, 5]);
}

#[tokio::test]
async fn beacons_send_text_plain_and_need_no_preflight() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let body = shop.body(&Visitor::new(), "reject_all", &[]).to_string();
    let post = || app.call("POST", &shop.path("/consents")).origin(ORIGIN);
    let plain = post().header("Content-Type", "text/plain;charset=UTF-8").body(body.as_str());
    plain.send().await.expect(201);
    let preflight = app.call("OPTIONS", &shop.path("/consents")).origin(ORIGIN).send().await;
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-origin"), Some(ORIGIN));
    let foreign = app.call("OPTIONS", &shop.path("/consents")).origin("https://evil.example");
    let foreign = foreign.send().await;
    foreign.problem(403, "foreign-origin");
    assert_eq!(foreign.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn servers_and_operators_write_with_a_key() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let post = |body| app.call("POST", &shop.path("/consents")).json(&body);
    let body = || shop.body(&Visitor::new(), "accept_all", &PURPOSES);
    post(body()).send().await.problem(401, "unauthorized");
    post(body()).key(&shop.key).send().await.expect(201);
    let mut operator = body();
    operator["method"] = json!("operator");
    shop.post(&operator).await.problem(401, "unauthorized");
    let (_, reader) = shop.mint(&["consents:read"]).await;
    shop.posting(&operator).key(&reader).send().await.problem(403, "insufficient-scope");
    let (_, writer) = shop.mint(&["consents:write"]).await;
    let answer = shop.posting(&operator).key(&writer).send().await.expect(201);
    assert_eq!(answer["method"], "operator");
}

#[tokio::test]
async fn how_far_the_browser_vouched_is_recorded() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    for (gesture, assurance) in [
        (json!({"trusted": true, "visible": true}), "gesture"),
        (json!({"trusted": true, "visible": false}), "hidden"),
        (json!({"trusted": false, "visible": true}), "scripted"),
        (json!(null), "unknown"),
    ] {
        let mut body = shop.body(&Visitor::new(), "accept_all", &PURPOSES);
        body["gesture"] = gesture;
        assert_eq!(shop.post(&body).await.expect(201)["assurance"], assurance);
    }
    for value in ["0", "true", "1, 1", ""] {
        let body = shop.body(&Visitor::new(), "reject_all", &[]);
        let answer = shop.posting(&body).header("Sec-GPC", value).send().await.expect(201);
        assert_eq!(answer["gpc"], false, "Sec-GPC: {value}");
    }
}

#[tokio::test]
async fn time_only_moves_forward_for_a_visitor() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    let first = shop.choose(&mut visitor, &PURPOSES).await;
    app.pass(-10 * 365 * 24 * crate::support::app::HOUR);
    let second = shop.choose(&mut visitor, &[]).await;
    let (first, second) = (first["given_at"].as_str(), second["given_at"].as_str());
    assert_eq!(first, Some("2026-03-01T10:00:00.000000Z"));
    assert_eq!(second, Some("2026-03-01T10:00:00.000001Z"));
}

#[tokio::test]
async fn the_visitors_own_cookies_come_where_the_server_is_on_the_sites_origin() {
    let base = "https://shop.example/consent";
    let app = TestApp::with(BACKEND, &[("OUINON_PUBLIC_URL", base)]).await;
    let shop = app.shop().await;
    let visitor = Visitor::new();
    let sent = shop.post(&shop.body(&visitor, "save", &["analytics"])).await;
    let (answer, cookies) = (sent.expect(201), sent.headers("set-cookie"));
    let expiry = app.now().plus_days(180).seconds();
    let short = &shop.notice["sha256:".len()..][..8];
    let choices = "advertising:0!analytics:1!functional:0!retargeting:0";
    let state = format!("ouinon=1.{}.1.{expiry}.{short}.{choices}; ", visitor.id());
    assert!(cookies[0].starts_with(&state), "{cookies:?}");
    assert!(cookies[1].starts_with(&format!("ouinon_s={}; ", visitor.secret.expose())));
    for cookie in cookies {
        assert!(cookie.contains("SameSite=Lax") && cookie.contains("Secure"), "{cookie}");
        assert!(cookie.contains("Path=/") && cookie.contains("Max-Age=15552000"), "{cookie}");
    }
    assert_eq!(answer["version"], 1);
    let path = shop.path("/consent");
    let erased =
        app.call("DELETE", &path).origin(shop.origin).visitor(&visitor.secret).send().await;
    let cookies = erased.headers("set-cookie");
    for (cookie, name) in cookies.iter().zip(["ouinon=;", "ouinon_s=;"]) {
        assert!(cookie.starts_with(name) && cookie.contains("Max-Age=0"), "{cookies:?}");
    }
    assert_eq!(cookies.len(), 2, "both are taken back");
}

/// What another tool kept proves no yes.
#[tokio::test]
async fn an_import_refuses_and_grants_only_where_the_site_takes_it() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let import = |visitor: &Visitor, action: &str, granted: &[&str]| {
        let mut body = shop.body(visitor, action, granted);
        body["method"] = json!("import");
        body
    };
    let refused = Visitor::new();
    let none = shop.post(&import(&refused, "reject_all", &[])).await.expect(201);
    assert_eq!((&none["method"], &none["action"]), (&json!("import"), &json!("reject_all")));
    assert_eq!(shop.reason(&refused, "purpose=analytics").await, "PURPOSE_DENIED");

    let granted = Visitor::new();
    let answer = shop.post(&import(&granted, "accept_all", &PURPOSES)).await;
    answer.problem(422, "invalid-fields");
    let some = Visitor::new();
    let kept = shop.post(&import(&some, "save", &["analytics", "functional"])).await.expect(201);
    assert_eq!(kept["choices"], json!({"advertising": false, "retargeting": false}), "the noes");
    assert_eq!(shop.reason(&some, "purpose=analytics").await, "NO_RECORD");
    assert_eq!(shop.reason(&some, "purpose=advertising").await, "PURPOSE_DENIED");

    let american = Visitor::new();
    let body = import(&american, "save", &["analytics", "functional"]);
    let there = shop.posting(&body).from("8.8.8.8").send().await.expect(201);
    assert_eq!(there["choices"], body["choices"], "none of them needs a yes");
    assert_eq!(shop.reason(&american, "purpose=analytics").await, "NOT_OPTED_OUT");
    assert_eq!(shop.reason(&american, "purpose=advertising").await, "OPTED_OUT");

    let mut taking = notice();
    taking["import"] = json!({"from": ["cookiebot"], "grants": true});
    shop.publish(taking).await;
    shop.post(&import(&granted, "accept_all", &PURPOSES)).await.expect(201);
    assert_eq!(shop.reason(&granted, "purpose=analytics").await, "GRANTED");
}
