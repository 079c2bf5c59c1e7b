//! Signing in and out, what each role may see, and forms that other sites send.

use ouinon_server::storage::users;
use sea_orm::{ConnectionTrait, Statement};

use super::BACKEND;
use crate::support::app::{HOUR, TestApp};
use crate::support::person::PASSWORD;

#[tokio::test]
async fn only_the_right_password_opens_the_dashboard() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut marie = app.account("admin").await;
    let page = format!("/dashboard/sites/{}?period=7d", shop.id);
    let closed = marie.get(&page).await;
    assert_eq!(closed.status, 303);
    let login = closed.header("location").unwrap().to_owned();
    assert!(login.starts_with("/dashboard/login?next=%2Fdashboard%2Fsites%2F"), "{login}");
    let wrong = marie.sign_in("wrong horse battery").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("do not go together"));
    assert!(!marie.cookies.contains_key("ouinon_session"));
    let next = [("email", "ADMIN@example.org "), ("password", PASSWORD), ("next", page.as_str())];
    let right = marie.submit(&login, "/dashboard/login", &next).await;
    assert_eq!((right.status, right.header("location")), (303, Some(page.as_str())));
    let cookies = right.headers("set-cookie");
    let session = cookies.iter().find(|cookie| cookie.starts_with("ouinon_session=")).unwrap();
    for word in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(session.contains(word), "{session}");
    }
    assert!(marie.read(&page).await.contains("Shop"));
    let out = marie.submit("/dashboard", "/dashboard/logout", &[]).await;
    assert_eq!(out.status, 303);
    let value = session.split(['=', ';']).nth(1).unwrap();
    marie.cookies.insert("ouinon_session".into(), value.into());
    assert_eq!(marie.get(&page).await.status, 303, "a session that was ended is no session");
}

#[tokio::test]
async fn a_session_ends_with_its_time_and_with_the_account() {
    let app = TestApp::start(BACKEND).await;
    let mut marie = app.signed_in("admin").await;
    app.pass(11 * HOUR);
    assert_eq!(marie.get("/dashboard").await.status, 200);
    app.pass(HOUR);
    assert_eq!(marie.get("/dashboard").await.status, 303);
    let mut victor = app.signed_in("viewer").await;
    assert_eq!(victor.get("/dashboard").await.status, 200);
    let db = &app.storage.db();
    let sql = "update user_account set disabled_at = 1 where email = 'viewer@example.org'";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    db.execute_raw(statement).await.unwrap();
    assert_eq!(victor.get("/dashboard").await.status, 303);
    assert_eq!(victor.sign_in(PASSWORD).await.status, 422);
}

#[tokio::test]
async fn the_database_holds_neither_password_nor_cookie() {
    let app = TestApp::start(BACKEND).await;
    let marie = app.signed_in("admin").await;
    let user = users::by_email(&app.storage.db(), "admin@example.org").await.unwrap().unwrap();
    assert!(user.password_hash.starts_with("$argon2id$"), "{}", user.password_hash);
    let cookie = marie.cookies["ouinon_session"].clone();
    let hash = ouinon_domain::canonical::sha256(cookie.as_bytes());
    let session = users::session(&app.storage.db(), &hash, app.now().0).await.unwrap().unwrap();
    assert!(session.hash != cookie.as_bytes() && session.csrf != cookie);
}

#[tokio::test]
async fn each_role_sees_its_part() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let pages = ["", "/notices", "/install", "/check", "/records", "/records.csv", "/keys"];
    for (role, allowed) in [("viewer", 3), ("marketer", 6), ("dpo", 6), ("admin", 7)] {
        let mut person = app.signed_in(role).await;
        for (place, page) in pages.iter().enumerate() {
            let status = person.get(&format!("/dashboard/sites/{}{page}", shop.id)).await.status;
            assert_eq!(status, if place < allowed { 200 } else { 403 }, "{role} at {page}");
        }
        let users = person.get("/dashboard/users").await.status;
        assert_eq!(users, if role == "admin" { 200 } else { 403 }, "{role}");
    }
}

#[tokio::test]
async fn a_form_from_elsewhere_changes_nothing() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut marie = app.signed_in("admin").await;
    let keys = format!("/dashboard/sites/{}/keys", shop.id);
    let token = marie.token(&keys).await;
    let scope = ("scope", "stats:read");
    let good = [scope, ("csrf", token.as_str())];
    let own = app.public();
    let forged = [
        marie.form(&keys, &[scope]).origin(&own),
        marie.form(&keys, &[scope, ("csrf", "")]).origin(&own),
        marie.form(&keys, &[scope, ("csrf", "guessed")]).origin(&own),
        marie.form(&keys, &good).origin("https://evil.example"),
        marie.form(&keys, &good).origin("null"),
        marie.form(&keys, &good).header("Sec-Fetch-Site", "cross-site"),
        marie.form(&keys, &good).header("Sec-Fetch-Site", "same-site"),
    ];
    for call in forged {
        let answer = call.send().await;
        assert_eq!(answer.status, 403, "{}", answer.text());
    }
    assert_eq!(shop.count("from api_key where site = $1").await, 1, "the shop's own key alone");
    let out = marie.form("/dashboard/logout", &[("csrf", "x")]).origin(&own).send().await;
    assert_eq!(out.status, 403);
    let taken = marie.form("/dashboard/login", &[("email", "a"), ("password", "b")]).send().await;
    assert_eq!(taken.status, 403, "signing somebody in needs the form's token too");
    assert_eq!(marie.get(&keys).await.status, 200);
}

#[tokio::test]
async fn nobody_is_led_away_after_signing_in() {
    let app = TestApp::start(BACKEND).await;
    let mut marie = app.account("admin").await;
    for next in ["//evil.example", "https://evil.example", "/\\evil.example", "/v1/sites"] {
        let fields = [("email", "admin@example.org"), ("password", PASSWORD), ("next", next)];
        let answer = marie.submit("/dashboard/login", "/dashboard/login", &fields).await;
        assert_eq!(answer.header("location"), Some("/dashboard"), "{next}");
        marie.cookies.clear();
    }
}
