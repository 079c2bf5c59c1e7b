//! The description of the API agrees with the table of routes, with itself, with the problems there
//! are, and with what the server answers.

use std::collections::{BTreeMap, BTreeSet};

use ouinon_server::http::api_description;
use ouinon_server::http::problem::KINDS;
use serde_json::Value;

use crate::support::app::{Backend, TestApp};
use crate::support::history;
use crate::support::http::Answer;
use crate::support::routes;
use crate::support::shop::{PURPOSES, Shop};
use crate::support::visitor::Visitor;

fn document() -> Value {
    api_description::document().unwrap()
}

/// Follows a reference inside the document.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let Some(reference) = value["$ref"].as_str() else { return value };
    let found = document.pointer(reference.trim_start_matches('#'));
    found.unwrap_or_else(|| panic!("{reference} leads nowhere"))
}

/// Every `(method, path, operation)` described.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            found.push((method.to_uppercase(), path.clone(), operation));
        }
    }
    found
}

/// Not part of the API: pages with forms, their styles, and the way to the front door.
fn is_page(path: &str) -> bool {
    path.starts_with("/dashboard") || path == "/" || path == "/assets/{name}"
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let document = document();
    let described: BTreeSet<_> = operations(&document)
        .into_iter()
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    let routes = routes::table().into_iter().filter(|(_, path)| !is_page(path));
    let served: BTreeSet<_> = routes.map(|(method, path)| format!("{method} {path}")).collect();
    assert_eq!(described, served);
}

#[test]
fn every_operation_is_whole() {
    let document = document();
    let tags: BTreeSet<_> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str()).collect();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let shown = format!("{method} {path}");
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{shown}");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{shown}");
        assert!(tags.contains(&operation["tags"][0].as_str()), "{shown}");
        assert!(operation["security"].is_array(), "{shown}");
        assert_eq!(method == "POST", operation["requestBody"].is_object(), "{shown}");
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let named: BTreeSet<String> = parameters
            .map(|one| resolve(&document, one))
            .filter(|one| one["in"] == "path")
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect();
        let in_path: BTreeSet<String> = path
            .split('{')
            .skip(1)
            .map(|part| part.split('}').next().unwrap().to_owned())
            .collect();
        assert_eq!(named, in_path, "{shown}");
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_used() {
    let document = document();
    let mut used = BTreeSet::new();
    let mut waiting = vec![&document];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(reference) = fields.get("$ref") {
                    resolve(&document, value);
                    used.insert(reference.as_str().unwrap().to_owned());
                }
                waiting.extend(fields.values());
            }
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    for kind in ["parameters", "responses", "schemas"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            assert!(used.contains(&format!("#/components/{kind}/{name}")), "{kind}/{name}");
        }
    }
}

#[test]
fn the_problems_are_those_of_the_server() {
    let document = document();
    let mut described = BTreeSet::new();
    for (_, _, operation) in operations(&document) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let response = resolve(&document, response);
            for slug in response["x-problems"].as_array().into_iter().flatten() {
                let slug = slug.as_str().unwrap();
                let kind = KINDS.iter().find(|(known, ..)| *known == slug);
                assert_eq!(kind.map(|(_, status, _)| status.to_string()), Some(status.clone()));
                described.insert(slug.to_owned());
            }
        }
    }
    // Any address may be asked with the wrong method: said once, in the introduction.
    let all = KINDS.iter().map(|(slug, ..)| (*slug).to_owned());
    let expected: BTreeSet<_> = all.filter(|slug| slug != "method-not-allowed").collect();
    assert_eq!(described, expected);
}

/// The path with everything filled in.
fn fill(shop: &Shop<'_>, visitor: &Visitor, path: &str, record: &str) -> String {
    let query = match path {
        "/v1/sites/{site}/decision" => format!("?purpose=analytics&visitor={}", visitor.id()),
        _ => String::new(),
    };
    let path = path.replace("{site}", shop.id.as_str()).replace("{hash}", &shop.notice);
    let path = path.replace("{lang}", "fr").replace("{id}", record);
    path.replace("{slug}", "not-found").replace("{name}", "none.js") + &query
}

/// Status and type of an answer are among those described.
fn is_described(document: &Value, operation: &Value, answer: &Answer, shown: &str) {
    let status = answer.status.to_string();
    let response = &operation["responses"][&status];
    assert!(response.is_object(), "{shown} answers {status}: {}", answer.text());
    let response = resolve(document, response);
    let kind = answer.header("content-type").unwrap_or_default().split(';').next().unwrap();
    let kinds = response["content"].as_object();
    let known = kinds.is_none_or(|kinds| kinds.contains_key(kind) || kinds.contains_key("*/*"));
    assert!(known, "{shown} answers {status} as {kind}");
}

#[tokio::test]
async fn what_is_answered_is_described() {
    let app = TestApp::start(Backend::Sqlite).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    let given = shop.choose(&mut visitor, &PURPOSES).await;
    let record = given["id"].as_str().unwrap();
    let document = document();
    for (method, path, operation) in operations(&document) {
        let shown = format!("{method} {path}");
        let call = || app.call(&method, &fill(&shop, &visitor, &path, record));
        for call in [
            call(),
            call().key(&shop.key),
            call().visitor(&visitor.secret),
            call().origin("https://evil.example"),
            call().key(&shop.key).body("{"),
            call().origin(shop.origin).header("Content-Type", "text/plain").body("[]"),
        ] {
            is_described(&document, operation, &call.send().await, &shown);
        }
        let elsewhere = fill(&shop, &visitor, &path, "x").replace(shop.id.as_str(), "nowhere");
        is_described(&document, operation, &app.call(&method, &elsewhere).send().await, &shown);
    }
}

/// The names of an object's fields.
fn fields(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn the_schemas_name_the_fields_that_are_sent() {
    let app = TestApp::start(Backend::Sqlite).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    let consent = shop.choose(&mut visitor, &PURPOSES).await;
    history::signed(&shop, &mut visitor).await;
    app.counted().await;
    let get = async |rest: &str| shop.get(rest).send().await.expect(200);
    let state = app.get(&shop.path("/consent")).visitor(&visitor.secret).send().await.expect(200);
    let place = app.get(&shop.path("/place")).send().await.expect(200);
    let texts = app.get(&format!("/n/{}/fr.json", shop.notice)).send().await.expect(200);
    let decision = shop.decision(&visitor, "purpose=analytics").await;
    let sent = BTreeMap::from([
        ("Consent", consent),
        ("State", state),
        ("PlaceRegime", place["regime"].clone()),
        ("NoticeTexts", texts),
        ("Evidence", decision["evidence"].clone()),
        ("Regime", decision["regime"].clone()),
        ("Decision", decision),
        ("Record", get("/consents").await["items"][0].clone()),
        ("Rates", get("/stats").await["items"][0].clone()),
    ]);
    let document = document();
    for (name, value) in &sent {
        let schema = &document["components"]["schemas"][name];
        assert_eq!(fields(&schema["properties"]), fields(value), "{name}");
    }
    let body = shop.body(&visitor, "save", &[]);
    let choice = &document["components"]["schemas"]["Choice"]["properties"];
    assert!(fields(choice).is_superset(&fields(&body)));
}
