//! The pages behind the sign-in show what was recorded, and nothing runs in them.

use super::BACKEND;
use crate::support::app::{SECOND, TestApp};
use crate::support::shop::{ORIGIN, PURPOSES, Shop};
use crate::support::visitor::Visitor;
use ouinon_server::sites::admin;
use ouinon_server::sites::origin::Origin;
use serde_json::json;

/// Four banners; one yes to all, one yes to two, one no, one page left.
async fn visits(shop: &Shop<'_>) -> [Visitor; 3] {
    let shown = json!({"event": "shown", "notice": shop.notice, "language": "fr"});
    for _ in 0..4 {
        let call = shop.app.call("POST", &shop.path("/events")).origin(ORIGIN).json(&shown);
        assert_eq!(call.send().await.status, 202);
    }
    let mut people = [Visitor::new(), Visitor::new(), Visitor::new()];
    shop.choose(&mut people[0], &PURPOSES).await;
    shop.choose(&mut people[1], &["functional", "analytics"]).await;
    shop.choose(&mut people[2], &[]).await;
    shop.app.counted().await;
    people
}

#[tokio::test]
async fn the_overview_shows_both_rates_of_exactly_these_visits() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut marie = app.signed_in("viewer").await;
    let page = format!("/dashboard/sites/{}", shop.id);
    assert!(marie.read(&page).await.contains("Paste this snippet"), "nothing yet: how to start");
    visits(&shop).await;
    let html = marie.read(&format!("{page}?period=today")).await;
    for text in ["66.7%", "2 of 3 choices", "50.0%", "2 of 4 banners shown", "<svg class=\"wide\""]
    {
        assert!(html.contains(text), "{text} in {html}");
    }
    let html = marie.read(&format!("{page}?period=today&purpose=retargeting&lang=fr")).await;
    for text in ["33,3\u{202f}%", "1 sur 3 choix", "1 sur 4 bannières affichées", "Vue d’ensemble"]
    {
        assert!(html.contains(text), "{text} in {html}");
    }
    let csv = marie.read(&format!("{page}/stats.csv?period=today&by=purpose")).await;
    let few = ",retargeting,<10,<10,<10,<10,<10,0,<10,<10,<10,<10,<10,<10";
    assert!(csv.contains(few), "a file that is passed on tells of nobody alone: {csv}");
    for _ in 0..4 {
        visits(&shop).await;
    }
    let csv = marie.read(&format!("{page}/stats.csv?period=today&by=purpose")).await;
    assert!(csv.contains(",retargeting,20,15,5,5,5,0,5,10,0.2500,0.3333,"), "{csv}");
    let html = marie.read(&format!("{page}?period=today&country=US")).await;
    assert!(html.contains("Nothing was counted"), "a filter that fits nobody: {html}");
}

#[tokio::test]
async fn the_check_answers_in_a_sentence_with_reason_and_evidence() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let [mut yes, ..] = visits(&shop).await;
    let mut marie = app.signed_in("marketer").await;
    let page = format!("/dashboard/sites/{}/check", shop.id);
    let ask = format!("{page}?visitor={}&purpose=retargeting", yes.id());
    let html = marie.read(&format!("{ask}&vendor=adnet")).await;
    let sentence = "Yes, you may use this visitor for retargeting with AdNet — consent given \
                    1 March, valid until 28 August.";
    for text in [sentence, "GRANTED", "/records/", &shop.notice] {
        assert!(html.contains(text), "{text} in {html}");
    }
    app.pass(SECOND);
    shop.withdraw(&mut yes).await;
    let html = marie.read(&format!("{ask}&lang=fr")).await;
    let sentence = "Non, vous ne pouvez pas utiliser ce visiteur pour le reciblage publicitaire — \
                    le consentement a été retiré le 1er mars.";
    assert!(html.contains(sentence) && html.contains("WITHDRAWN"), "{html}");
    let before = marie.read(&format!("{ask}&at=2026-03-01T10:00&lang=en")).await;
    assert!(before.contains("GRANTED"), "{before}");
    let wrong = "?visitor=abc&purpose=nothing&at=3000-01-01T00:00&place=zz-zz-zz";
    let html = marie.read(&format!("{page}{wrong}")).await;
    for text in ["not a visitor id", "no such purpose", "a moment in the past", "a country such as"]
    {
        assert!(html.contains(text), "{text} in {html}");
    }
}

#[tokio::test]
async fn records_are_listed_filtered_shown_and_exported() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let [yes, some, no] = visits(&shop).await;
    let mut marie = app.signed_in("dpo").await;
    let page = format!("/dashboard/sites/{}/records", shop.id);
    let who = |html: &str| [&yes, &some, &no].map(|one| html.contains(&one.id().to_string()));
    assert_eq!(who(&marie.read(&page).await), [true; 3]);
    for (filter, expected) in [
        ("action=reject_all".to_owned(), [false, false, true]),
        ("purpose=analytics".to_owned(), [true, true, false]),
        ("purpose=retargeting".to_owned(), [true, false, false]),
        (format!("visitor={}", some.id()), [false, true, false]),
        ("from=2026-03-01&to=2026-03-01&method=banner".to_owned(), [true; 3]),
        ("from=2026-03-02".to_owned(), [false; 3]),
        ("visitor=abc".to_owned(), [false; 3]),
    ] {
        // The form repeats what was typed, so only the table is looked at.
        let html = marie.read(&format!("{page}?{filter}")).await;
        let table = html.split_once("<tbody>").map_or("", |(_, table)| table);
        assert_eq!(who(table), expected, "{filter}");
    }
    let csv = marie.read(&format!("{page}.csv?action=save")).await;
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(lines.len(), 2, "{csv}");
    assert!(
        lines[1].contains(",save,banner,analytics functional,advertising retargeting,"),
        "{csv}"
    );
    let html = marie.read(&page).await;
    let id = html.split("/records/").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let html = marie.read(&format!("{page}/{id}")).await;
    for text in ["Latest of this visitor", "eyJ", &shop.notice, "waiting for its place"] {
        assert!(html.contains(text), "{text} in {html}");
    }
    let gone = format!("{page}/00000000-0000-4000-8000-000000000000");
    let gone = marie.get(&gone).await;
    assert_eq!((gone.status, gone.text().contains("There is no such page")), (404, true));
}

#[tokio::test]
async fn a_key_works_from_its_making_to_its_revocation() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut marie = app.signed_in("admin").await;
    let page = format!("/dashboard/sites/{}/keys", shop.id);
    let none = marie.submit(&page, &page, &[]).await.text();
    assert!(none.contains("Choose at least one"), "{none}");
    let late = [("scope", "stats:read"), ("expires", "2026-03-01")];
    assert!(marie.submit(&page, &page, &late).await.text().contains("a date in the future"));
    let fields = [("scope", "stats:read"), ("scope", "decisions:read"), ("expires", "2026-04-01")];
    let html = marie.submit(&page, &page, &fields).await.text();
    let (_, rest) = html.split_once("<code>oui_").expect("the new key");
    let key = format!("oui_{}", rest.split('<').next().unwrap());
    let stats = || app.get(&shop.path("/stats")).key(&key).send();
    assert_eq!(stats().await.status, 200);
    assert!(!marie.read(&page).await.contains(&key), "shown once");
    let id = key.split('_').nth(2).unwrap();
    let gone = marie.submit(&page, &format!("{page}/{id}/revoke"), &[]).await;
    assert_eq!(gone.status, 303);
    assert_eq!(stats().await.status, 401);
    assert_eq!(marie.submit(&page, &format!("{page}/{id}/revoke"), &[]).await.status, 404);
}

#[tokio::test]
async fn hostile_names_are_only_words() {
    let app = TestApp::start(BACKEND).await;
    let name = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";
    let origins = [Origin::parse(ORIGIN).unwrap()];
    let made = admin::create(app.admin(), name, &origins, None, &[]).await.unwrap();
    let mut marie = app.signed_in("admin").await;
    let site = format!("/dashboard/sites/{}", made.0);
    let mut pages = vec!["/dashboard".to_owned(), "/dashboard?q=%3Cscript%3Ealert".to_owned()];
    pages.extend(
        ["", "/check", "/records", "/notices", "/keys"].map(|page| format!("{site}{page}")),
    );
    pages.push(format!("/preferences/{}", made.0));
    pages.push(format!("/notices/{}", made.1));
    for page in pages {
        let answer = marie.get(&page).await;
        let html = answer.text();
        assert_eq!(answer.status, 200, "{page}");
        assert!(!html.contains("<script>alert") && !html.contains("<img"), "{page}: {html}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe-inline"));
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    }
}

#[tokio::test]
async fn a_look_is_tried_on_in_the_script_that_asks_and_nothing_is_published() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut marie = app.signed_in("viewer").await;
    let site = format!("/dashboard/sites/{}", shop.id);
    let tried = |draft: serde_json::Value, more: &str| {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("draft", &draft.to_string())
            .finish();
        format!("{site}/preview.js?{query}{more}")
    };
    let bar = json!({"look": {"layout": "bar"}, "theme": {"button": "#7a1fa2"}});
    let answer = marie.get(&tried(bar.clone(), "&words=fr")).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").unwrap().starts_with("text/javascript"));
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    let script = answer.text();
    for part in ["--ouinon-button:#7a1fa2", "grid-template", "Tout refuser"] {
        assert!(script.contains(part), "{part}");
    }
    let night = marie.get(&tried(json!({}), "&scheme=dark")).await.text();
    assert!(
        night.contains(":host{--ouinon-accent:#8fa8ff"),
        "by night, whatever the browser prefers"
    );
    for draft in [
        json!({"theme": {"label": "#1b1f2a"}}),
        json!({"look": {"layout": "bar", "position": "top-end"}}),
        json!({"look": {"layout": "cloud"}}),
        json!({"controller": {}}),
    ] {
        assert_eq!(marie.get(&tried(draft, "")).await.status, 422);
    }
    assert_eq!(app.get(&tried(bar, "")).send().await.status, 401, "nobody else");
    let now = app.get(&shop.path("/notice?lang=fr")).send().await.expect(200);
    assert_eq!((&now["look"], &now["style"]), (&json!({}), &json!("")));
}
