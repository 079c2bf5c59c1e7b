//! The pages everyone may see, in English and French, and what browsers see of failures.

use super::BACKEND;
use crate::support::app::{Ground, TestApp};
use crate::support::http::Answer;
use ouinon_server::http::problem::KINDS;
use std::sync::Arc;

fn page(answer: &Answer, status: u16, words: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(answer.text().contains(words), "{words} in {}", answer.text());
}

#[tokio::test]
async fn a_notice_is_readable_for_good() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let path = format!("/notices/{}", shop.notice);
    let english = app.get(&path).header("Accept-Language", "en").send().await;
    page(&english, 200, "How Shop uses cookies and data");
    page(&english, 200, "AdNet");
    page(&english, 200, "United States");
    let french = app.get(&path).header("Accept-Language", "fr-CA, en;q=0.5").send().await;
    page(&french, 200, "Comment Shop utilise cookies et données");
    page(&french, 200, "États-Unis");
    let none = app.get(&format!("/notices/sha256:{}", "0".repeat(64)));
    page(&none.header("Accept", "text/html").send().await, 404, "There is no such page");
}

#[tokio::test]
async fn the_hosted_preferences_lead_back_to_the_site_alone() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let path = format!("/preferences/{}", shop.id);
    let answer = app.get(&format!("{path}?return=https%3A%2F%2Fshop.example%2Fa%3Fb")).send().await;
    page(&answer, 200, "href=\"https://shop.example/a?b\"");
    page(&answer, 200, "<ouinon-preferences");
    page(&answer, 200, "only a page of Shop can open them");
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.contains("'wasm-unsafe-eval'") && policy.contains("frame-ancestors 'none'"));
    for foreign in ["https%3A%2F%2Fevil.example", "javascript%3Aalert(1)", "%2F%2Fevil.example"] {
        let html = app.get(&format!("{path}?return={foreign}")).send().await.text();
        let away = html.contains("href=\"https://evil") || html.contains("href=\"//");
        assert!(!away && !html.contains("Back to the site"), "{foreign}: {html}");
    }
}

#[tokio::test]
async fn every_problem_has_its_page() {
    let app = TestApp::start(BACKEND).await;
    for (slug, _, title) in KINDS {
        let answer = app.get(&format!("/problems/{slug}")).send().await;
        page(&answer, 200, &title.replace('\'', "’"));
        let french = app.get(&format!("/problems/{slug}?lang=fr")).send().await;
        page(&french, 200, "Que faire");
    }
    app.get("/problems/nothing").send().await.problem(404, "not-found");
}

#[tokio::test]
async fn styles_scripts_and_the_apis_description_are_there() {
    let app = TestApp::start(BACKEND).await;
    let html = app.get("/docs").send().await.text();
    assert!(html.contains("href=\"/openapi.json\""), "{html}");
    for name in html.split("/assets/").skip(1).filter_map(|rest| rest.split('"').next()) {
        let asset = app.get(&format!("/assets/{name}")).send().await;
        assert_eq!(asset.status, 200, "{name}");
        assert!(asset.header("cache-control").unwrap().contains("immutable"));
    }
    app.get("/assets/nothing.css").send().await.problem(404, "not-found");
}

#[tokio::test]
async fn programs_get_problems_where_browsers_get_pages() {
    let app = TestApp::start(BACKEND).await;
    let browser = |path: &str| app.get(path).header("Accept", "text/html,*/*;q=0.8");
    page(&browser("/nothing/here").send().await, 404, "There is no such page");
    app.get("/nothing/here").send().await.problem(404, "not-found");
    browser("/v1/sites/aaaaaaaaaaaa/place").send().await.problem(404, "not-found");
    assert_eq!(app.get("/dashboard").send().await.status, 401);
    let root = browser("/").send().await;
    assert_eq!((root.status, root.header("location")), (303, Some("/dashboard")));
}

#[tokio::test]
async fn links_keep_the_public_addresss_path() {
    let ground = Arc::new(Ground::new(BACKEND));
    let public = [("OUINON_PUBLIC_URL", "https://shop.example/consent")];
    let app = TestApp::over(ground, &public).await;
    for path in ["/dashboard/login", "/consent/dashboard/login"] {
        let answer = app.get(path).send().await;
        page(&answer, 200, "action=\"/consent/dashboard/login\"");
        assert!(!answer.text().contains("consent/consent"), "{}", answer.text());
        let cookie = answer.header("set-cookie").unwrap();
        assert!(cookie.starts_with("__Host-ouinon_form=") && cookie.contains("Secure"), "{cookie}");
    }
    let there = app.get("/consent/dashboard/users").header("Accept", "text/html").send().await;
    let login = "/consent/dashboard/login?next=%2Fdashboard%2Fusers";
    assert_eq!((there.status, there.header("location")), (303, Some(login)));
}
