//! The records, for those who keep them: every page of them once, filtered, and each one whole.

use serde_json::{Value, json};

use super::BACKEND;
use crate::support::app::{SECOND, TestApp};
use crate::support::shop::{PURPOSES, Shop};
use crate::support::visitor::Visitor;

async fn list(shop: &Shop<'_>, query: &str) -> Value {
    shop.get(&format!("/consents?{query}")).send().await.expect(200)
}

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn pages_show_every_record_once_newest_first() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut expected = Vec::new();
    for second in 0..3 {
        // Several in one moment: the cursor must tell them apart.
        let mut moment = Vec::new();
        for _ in 0..3 {
            let answer = shop.choose(&mut Visitor::new(), &PURPOSES).await;
            moment.push(answer["id"].as_str().unwrap().to_owned());
        }
        moment.sort_unstable();
        expected.extend(moment);
        assert_eq!(expected.len(), 3 * (second + 1));
        app.pass(SECOND);
    }
    expected.reverse();
    let (mut seen, mut query) = (Vec::new(), "limit=2".to_owned());
    loop {
        let page = list(&shop, &query).await;
        seen.extend(ids(&page));
        // One that comes meanwhile is newer than what is read, and moves nothing.
        shop.choose(&mut Visitor::new(), &[]).await;
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("limit=2&after={cursor}");
    }
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn filters_narrow_and_combine() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut french = Visitor::new();
    let body = shop.body(&french, "accept_all", &PURPOSES);
    shop.posting(&body).from("90.0.0.1").send().await.expect(201);
    french.version = 1;
    app.pass(SECOND);
    let noon = app.now();
    shop.posting(&shop.withdrawal(&french)).from("8.8.8.8").send().await.expect(201);
    let mut page = shop.body(&Visitor::new(), "reject_all", &[]);
    page["method"] = json!("preferences");
    shop.posting(&page).from("8.8.8.8").send().await.expect(201);
    let count = async |query: &str| ids(&list(&shop, query).await).len();
    assert_eq!(count("").await, 3);
    assert_eq!(count(&format!("visitor={}", french.id())).await, 2);
    assert_eq!(count(&format!("visitor={}", Visitor::new().id())).await, 0);
    assert_eq!(count("action=withdraw").await, 1);
    assert_eq!(count("action=save").await, 0);
    assert_eq!(count("method=banner").await, 1);
    assert_eq!(count("country=FR").await, 1);
    assert_eq!(count("country=US").await, 2);
    assert_eq!(count(&format!("from={noon}")).await, 2);
    assert_eq!(count(&format!("to={noon}")).await, 1);
    assert_eq!(count(&format!("country=US&visitor={}", french.id())).await, 1);
    for query in [
        "limit=0",
        "limit=1001",
        "limit=x",
        "after=zzz",
        "visitor=x",
        "action=agree",
        "method=x",
        "from=monday",
        "colour=red",
    ] {
        let answer = shop.get(&format!("/consents?{query}")).send().await;
        assert_eq!(answer.status, 422, "{query}");
        answer.problem(422, "invalid-fields");
    }
}

#[tokio::test]
async fn a_record_is_shown_whole_with_its_receipt() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let visitor = Visitor::new();
    let body = shop.body(&visitor, "save", &["analytics"]);
    let answer = shop.post(&body).await.expect(201);
    let rest = format!("/consents/{}", answer["id"].as_str().unwrap());
    let sent = shop.get(&rest).send().await;
    assert_eq!(sent.header("cache-control"), Some("private, no-store"));
    let record = sent.expect(200);
    for (field, value) in answer.as_object().unwrap() {
        if field != "regime" {
            assert_eq!(&record[field], value, "{field}");
        }
    }
    let hash = ouinon_domain::canonical::sha256(body.to_string().as_bytes());
    assert_eq!(record["body_hash"], ouinon_domain::canonical::hex(&hash));
    assert_eq!((&record["asked"], &record["base_version"]), (&body["choices"], &json!(0)));
    assert_eq!((&record["device"], &record["bot"]), (&json!("other"), &json!(false)));
    assert_eq!(list(&shop, "").await["items"][0], record, "the list shows the same");
    for rest in ["/consents/x", "/consents/00000000-0000-4000-8000-000000000000"] {
        shop.get(rest).send().await.problem(404, "not-found");
    }
}
