//! The commands beside a running server: each is seen by its next request.

use serde_json::{Value, json};

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::process::run;
use crate::support::shop::{ORIGIN, PURPOSES, notice};
use crate::support::visitor::Visitor;

/// What a command prints with `--json`.
#[track_caller]
fn json(app: &TestApp, arguments: &[&str]) -> Value {
    let done = run(app, arguments, "");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

/// The sentence of a command that fails.
#[track_caller]
fn fails(app: &TestApp, arguments: &[&str]) -> String {
    let done = run(app, arguments, "");
    assert_eq!(done.status.code(), Some(2), "{}", String::from_utf8_lossy(&done.stdout));
    String::from_utf8(done.stderr).unwrap()
}

#[tokio::test]
async fn a_site_is_created_listed_and_changed() {
    let app = TestApp::start(BACKEND).await;
    let create = ["site", "create", "--name", "New", "--origin", "https://new.example", "--json"];
    let made = json(&app, &create);
    let id = made["id"].as_str().unwrap();
    let snippet = made["snippet"].as_str().unwrap();
    assert!(snippet.contains(&format!("/b/{id}.js")) && snippet.contains("<script"), "{snippet}");
    assert!(made["notice"].as_str().unwrap().starts_with("sha256:"));
    assert_eq!(app.get(&format!("/b/{id}.js")).send().await.status, 200);
    let place = |origin: &str| app.get(&format!("/v1/sites/{id}/place")).origin(origin);
    assert_eq!(place("https://new.example").send().await.status, 200);
    let listed = json(&app, &["site", "list", "--json"]);
    let keeps = json!({"visitors_days": 395, "records_days": 1827, "counters_days": 760, "decisions_days": 180,
        "records_before": "1970-01-01T00:00:00.000000Z"});
    let site = json!({"id": id, "name": "New", "enabled": true,
        "origins": ["https://new.example"], "retention": keeps});
    assert_eq!(listed["items"], json!([site]));
    let update = ["site", "update", "--site", id, "--origin", "https://*.moved.example"];
    assert!(run(&app, &update, "").status.success());
    place("https://new.example").send().await.problem(403, "foreign-origin");
    assert_eq!(place("https://www.moved.example").send().await.status, 200);
    let wrong = fails(&app, &["site", "create", "--name", "N", "--origin", "http://shop.example"]);
    assert!(wrong.contains("https"), "{wrong}");
    let wide = fails(&app, &["site", "create", "--name", "N", "--origin", "https://*.co.uk"]);
    assert!(wide.contains("public suffix"), "{wide}");
}

#[tokio::test]
async fn a_notice_is_published_or_its_findings_told() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let site = shop.id.as_str();
    let file = app.ground.folder.path().join("notice.json");
    let path = file.to_str().unwrap();
    let write = |notice: &Value| std::fs::write(&file, notice.to_string()).unwrap();
    let publish = ["notice", "publish", "--site", site, "--file", path, "--json"];
    let current =
        async || app.get(&shop.path("/notice")).send().await.expect(200)["notice"].clone();
    let mut other = notice();
    other["controller"]["name"] = json!("Shop Ltd");
    write(&other);
    let done = json(&app, &publish);
    assert_eq!(current().await, done["notice"], "seen by the next request");
    let strict: Vec<_> = publish.into_iter().chain(["--strict"]).collect();
    other["controller"]["contact"] = json!("");
    write(&other);
    let findings = fails(&app, &strict);
    assert!(findings.contains("not published"), "{findings}");
    assert_eq!(current().await, done["notice"]);
    assert!(!json(&app, &publish)["findings"].as_array().unwrap().is_empty());
    other["default_language"] = json!("xx");
    write(&other);
    fails(&app, &publish);
    std::fs::write(&file, "{").unwrap();
    assert!(fails(&app, &publish).contains("not a notice"));
    assert!(
        fails(&app, &["notice", "publish", "--site", site, "--file", "/none"]).contains("/none")
    );
}

#[tokio::test]
async fn a_key_is_created_listed_and_revoked() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let site = shop.id.as_str();
    let create = ["key", "create", "--site", site, "--scope", "stats:read", "--json"];
    let made = json(&app, &create);
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    let ask = || app.get(&shop.path("/stats")).key(key);
    assert_eq!(ask().send().await.status, 200);
    let listed = json(&app, &["key", "list", "--site", site, "--json"]);
    let entry = listed["items"].as_array().unwrap().iter().find(|item| item["id"] == id).unwrap();
    assert_eq!((&entry["scopes"], &entry["revoked_at"]), (&json!(["stats:read"]), &json!(null)));
    assert!(!listed.to_string().contains(key), "shown once");
    assert!(run(&app, &["key", "revoke", "--site", site, "--id", id], "").status.success());
    ask().send().await.problem(401, "unauthorized");
    assert!(fails(&app, &["key", "revoke", "--site", site, "--id", id]).contains("no working key"));
    assert!(fails(&app, &["key", "create", "--site", site, "--scope", "all"]).contains("scope"));
    let nowhere = ["key", "create", "--site", "23456789abcd", "--scope", "stats:read"];
    assert!(fails(&app, &nowhere).contains("no site"));
}

#[tokio::test]
async fn a_site_switched_off_by_command_allows_nothing() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    shop.choose(&mut visitor, &PURPOSES).await;
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "GRANTED");
    let off = ["site", "update", "--site", shop.id.as_str(), "--enabled", "false"];
    assert!(run(&app, &off, "").status.success());
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "SITE_DISABLED");
    assert_eq!(shop.origin, ORIGIN);
}

#[tokio::test]
async fn a_visitor_is_exported_and_erased_by_command() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let (mut visitor, site) = (Visitor::new(), shop.id.as_str());
    let given = shop.choose(&mut visitor, &PURPOSES).await;
    let id = visitor.id().to_string();
    let export = ["export", "--site", site, "--visitor", &id, "--json"];
    let kept = json(&app, &export);
    assert_eq!(kept["records"][0]["receipt"], given["receipt"]);
    let file = app.ground.folder.path().join("erase.txt");
    std::fs::write(&file, format!("{id}\nnobody\n")).unwrap();
    let wrong = fails(&app, &["erase", "--site", site, "--file", file.to_str().unwrap()]);
    assert!(wrong.contains("line 2") && wrong.contains("nobody was erased"), "{wrong}");
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "GRANTED");
    std::fs::write(&file, "\n \n").unwrap();
    let empty = fails(&app, &["erase", "--site", site, "--file", file.to_str().unwrap()]);
    assert!(empty.contains("erase.txt names nobody"), "{empty}");
    let erase = ["erase", "--site", site, "--visitor", &id, "--json"];
    let done =
        |erased: u32, repeated: u32| json!({"site": site, "erased": erased, "repeated": repeated});
    assert_eq!(json(&app, &erase), done(1, 0));
    assert_eq!(json(&app, &erase), done(0, 1));
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "ERASED");
    let register = shop.get("/erasures").send().await.expect(200);
    assert_eq!(register["items"][0]["requested_by"], "operator");
    assert!(fails(&app, &export).contains("erased"));
    let hyphen = ["export", "--site", site, "--visitor", "-AAAAAAAAAAAAAAAAAAAAA", "--json"];
    assert_eq!(json(&app, &hyphen)["records"], json!([]), "an id may begin with a hyphen");
    let nowhere = ["erase", "--site", "23456789abcd", "--visitor", &id];
    assert!(fails(&app, &nowhere).contains("no site"));
}

#[tokio::test]
async fn a_user_needs_a_real_password_and_an_address_of_its_own() {
    let app = TestApp::start(BACKEND).await;
    let create = ["user", "create", "--email", "ann@shop.example", "--role", "marketer"];
    let short = run(&app, &create, "short\n");
    assert_eq!(short.status.code(), Some(2));
    assert!(run(&app, &create, "a long enough password\n").status.success());
    let again = run(&app, &create, "a long enough password\n");
    assert_eq!(again.status.code(), Some(2));
    let said = String::from_utf8(again.stderr).unwrap();
    assert!(said.contains("ann@shop.example") && !said.contains("password\n"), "{said}");
}

#[tokio::test]
async fn migrations_are_told_and_taken_back_by_command() {
    let app = TestApp::start(BACKEND).await;
    let status = json(&app, &["migrate", "status", "--json"]);
    let applied = status["applied"].as_array().unwrap().len();
    assert!(applied >= 7 && status["pending"] == json!([]), "{status}");
    app.stop();
    assert!(run(&app, &["migrate", "down", "--steps", "2"], "").status.success());
    let status = json(&app, &["migrate", "status", "--json"]);
    assert_eq!(status["pending"].as_array().unwrap().len(), 2);
    assert!(run(&app, &["migrate", "up"], "").status.success());
    assert_eq!(json(&app, &["migrate", "status", "--json"])["pending"], json!([]));
}

#[tokio::test]
async fn how_long_things_are_kept_is_set_within_reason() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    fn update<'a>(site: &'a str, days: &[&'a str]) -> Vec<&'a str> {
        [&["site", "update", "--site", site], days].concat()
    }
    let set = |days: &[&'static str]| update(shop.id.as_str(), days);
    let days = || json(&app, &["site", "list", "--json"])["items"][0]["retention"].clone();
    let sooner = ["--keep-visitors-days", "200", "--keep-records-days=400"];
    assert!(run(&app, &set(&sooner), "").status.success());
    assert!(run(&app, &set(&["--keep-counters-days", "30"]), "").status.success());
    let kept = days();
    assert_eq!(kept["visitors_days"], 200);
    assert_eq!((&kept["records_days"], &kept["counters_days"]), (&json!(400), &json!(30)));
    let negative = fails(&app, &set(&["--keep-records-days", "-5"]));
    assert!(negative.contains("'-5'") && negative.contains("a number of days"), "{negative}");
    let wrong = [
        (["--keep-visitors-days", "179"], "180"),
        (["--keep-records-days", "199"], "200"),
        (["--keep-counters-days", "0"], "a day"),
        (["--keep-decisions-days", "0"], "a day"),
    ];
    for (arguments, named) in wrong {
        let sentence = fails(&app, &set(&arguments));
        assert!(sentence.contains(named), "{sentence}");
    }
    assert_eq!(days(), kept, "what is refused changes nothing");
}
