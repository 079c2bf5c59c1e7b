//! A person's rights: to be forgotten, once and for good, and to have what is kept.

use std::time::Duration;

use ouinon_domain::canonical::hex;
use ouinon_server::storage::hot::New;
use ouinon_server::storage::{erasures, register, write};
use sea_orm::{ConnectionTrait, DatabaseBackend};
use serde_json::{Value, json};

use super::BACKEND;
use crate::support::app::{HOUR, SECOND, TestApp};
use crate::support::http::Call;
use crate::support::shop::{ORIGIN, PURPOSES, Shop};
use crate::support::visitor::Visitor;

/// The visitor's own call.
fn own(shop: &Shop<'_>, method: &str, visitor: &Visitor) -> Call {
    shop.app.call(method, &shop.path("/consent")).origin(ORIGIN).visitor(&visitor.secret)
}

/// The statements about erasures in the site's register.
async fn entries(shop: &Shop<'_>) -> Vec<Value> {
    let rows = register::from(&shop.app.storage.db(), &shop.id, 0, 1_000).await.unwrap();
    let erasures = rows.into_iter().filter(|row| row.kind == "erasure");
    let shape = |row: ouinon_server::storage::entity::register::Model| {
        let body: Value = serde_json::from_str(&row.body).unwrap();
        json!({
            "visitor_hmac": body["visitor_hmac"], "requested_by": body["requested_by"],
            "erased_at": ouinon_domain::time::Timestamp(row.at),
        })
    };
    let mut erasures: Vec<Value> = erasures.map(shape).collect();
    erasures.reverse();
    erasures
}

#[tokio::test]
async fn the_forgotten_stay_forgotten_and_the_records_say_nothing_about_anyone() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    let given = shop.choose(&mut visitor, &PURPOSES).await;
    shop.choose(&mut visitor, &["analytics"]).await;
    let before = app.now();
    app.pass(HOUR);
    let erased = shop.erase(&visitor).await;
    assert_eq!(erased, json!({"visitor": visitor.id(), "erased_at": app.now()}));
    app.pass(HOUR);
    assert_eq!(shop.erase(&visitor).await, erased, "again is the same");

    let at = format!("purpose=analytics&at={before}");
    for query in ["purpose=analytics", "purpose=necessary", at.as_str()] {
        let decision = shop.decision(&visitor, query).await;
        assert_eq!((&decision["reason"], &decision["evidence"]), (&json!("ERASED"), &json!(null)));
    }
    own(&shop, "GET", &visitor).send().await.problem(410, "visitor-erased");
    shop.post(&shop.body(&visitor, "accept_all", &PURPOSES)).await.problem(410, "visitor-erased");
    shop.post(&shop.withdrawal(&visitor)).await.problem(410, "visitor-erased");
    let export = format!("/visitors/{}/export", visitor.id());
    let gone = shop.get(&export).send().await.problem(410, "visitor-erased");
    let said = gone["detail"].as_str().unwrap();
    assert!(said.contains("nothing is kept") && !said.contains("secret"), "{said}");
    assert_eq!(shop.rows().await, [2, 0, 0, 0, 2], "records and leaves stay, all else is gone");

    let id = given["id"].as_str().unwrap();
    let record = shop.get(&format!("/consents/{id}")).send().await.expect(200);
    assert_eq!((&record["visitor"], &record["choices"]), (&json!(null), &given["choices"]));
    for field in ["receipt", "country", "region", "language", "page", "device", "regime"] {
        assert!(record.get(field).is_none(), "{field}");
    }
    app.merged().await;
    let proof = shop.get(&format!("/consents/{id}/proof")).send().await.expect(200);
    assert_eq!((&proof["receipt"], &proof["leaf_key"]), (&json!(null), &json!(null)));
    assert_eq!(proof["record"]["personal"], json!(null));
    let mine = format!("/consents?visitor={}", visitor.id());
    assert_eq!(shop.get(&mine).send().await.expect(200)["items"], json!([]));
    let fresh = Visitor::new();
    shop.post(&shop.body(&fresh, "accept_all", &PURPOSES)).await.expect(201);
}

#[tokio::test]
async fn a_visitor_forgets_itself_from_the_sites_pages() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    shop.choose(&mut visitor, &PURPOSES).await;
    let preflight = app.call("OPTIONS", &shop.path("/consent")).origin(ORIGIN).send().await;
    assert_eq!(preflight.status, 204);
    assert!(preflight.header("access-control-allow-methods").unwrap().contains("DELETE"));
    let bare = app.call("DELETE", &shop.path("/consent")).origin(ORIGIN);
    bare.send().await.problem(401, "unauthorized");
    let foreign = app.call("DELETE", &shop.path("/consent")).origin("https://evil.example");
    foreign.visitor(&visitor.secret).send().await.problem(403, "foreign-origin");
    let id = format!("Visitor {}", visitor.id());
    let by_id = app.call("DELETE", &shop.path("/consent")).origin(ORIGIN);
    by_id.header("Authorization", &id).send().await.expect(200);
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "GRANTED", "the id is no secret");
    let answer = own(&shop, "DELETE", &visitor).send().await;
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
    assert_eq!(answer.expect(200), json!({"visitor": visitor.id(), "erased_at": app.now()}));
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "ERASED");
    assert_eq!(own(&shop, "DELETE", &visitor).send().await.status, 200, "again is the same");
}

#[tokio::test]
async fn the_register_names_nobody_and_every_entry_is_signed_once() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let (mut seen, stranger, own_wish) = (Visitor::new(), Visitor::new(), Visitor::new());
    shop.choose(&mut seen, &PURPOSES).await;
    for (visitor, by_itself) in
        [(&seen, false), (&stranger, false), (&own_wish, true), (&seen, true), (&stranger, true)]
    {
        app.pass(SECOND);
        match by_itself {
            true => drop(own(&shop, "DELETE", visitor).send().await.expect(200)),
            false => drop(shop.erase(visitor).await),
        }
    }
    shop.post(&shop.body(&stranger, "accept_all", &PURPOSES)).await.problem(410, "visitor-erased");
    let page = shop.get("/erasures").send().await.expect(200);
    let items = page["items"].as_array().unwrap().clone();
    assert_eq!((items.len(), &page["next_cursor"]), (3, &json!(null)));
    assert_eq!(items, entries(&shop).await, "the table and the signed register agree");
    assert_eq!(items[0]["requested_by"], "visitor");
    assert!(items[1]["requested_by"].as_str().unwrap().starts_with("api:"));
    for visitor in [&seen, &stranger, &own_wish] {
        let id = visitor.id();
        assert!(!page.to_string().contains(&id.to_string()));
        assert!(!page.to_string().contains(&hex(&id.0)));
    }
    let first = shop.get("/erasures?limit=2").send().await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = shop.get(&format!("/erasures?limit=2&after={cursor}")).send().await.expect(200);
    let both = [&first["items"], &second["items"]].map(|items| items.as_array().unwrap().clone());
    assert_eq!((both.concat(), &second["next_cursor"]), (items, &json!(null)));
    shop.get("/erasures?after=x").send().await.problem(422, "invalid-fields");
    shop.get("/visitors/short/export").send().await.problem(422, "invalid-fields");
    for (method, rest, scope) in [
        ("GET", "/erasures".to_owned(), "privacy:write"),
        ("GET", format!("/visitors/{}/export", seen.id()), "privacy:write"),
        ("DELETE", format!("/visitors/{}", seen.id()), "privacy:read"),
    ] {
        let key = shop.mint(&[scope, "consents:read"]).await.1;
        let answer = app.call(method, &shop.path(&rest)).key(&key).send().await;
        answer.problem(403, "insufficient-scope");
    }
}

#[tokio::test]
async fn an_export_is_all_that_is_kept() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    let given = [shop.choose(&mut visitor, &PURPOSES).await, shop.withdraw(&mut visitor).await];
    let path = format!("/visitors/{}/export", visitor.id());
    let export = shop.get(&path).send().await.expect(200);
    assert_eq!(export["visitor"], json!(visitor.id()));
    assert_eq!(export["notices"], json!([shop.notice]));
    assert_eq!(export["state"]["version"], 2);
    let records = export["records"].as_array().unwrap();
    for (record, given) in records.iter().zip(&given) {
        for (field, value) in given.as_object().unwrap() {
            assert_eq!(&record[field], value, "{field}");
        }
        assert!(record["device"].is_string() && record.get("subject").is_none());
    }
    assert_eq!(records.len(), 2);
    let stranger = format!("/visitors/{}/export", Visitor::new().id());
    let empty = shop.get(&stranger).send().await.expect(200);
    assert_eq!((&empty["records"], &empty["state"]), (&json!([]), &json!(null)));
}

#[tokio::test]
async fn the_dashboard_says_who_was_forgotten() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    let given = shop.choose(&mut visitor, &PURPOSES).await;
    shop.erase(&visitor).await;
    let mut marie = app.signed_in("dpo").await;
    let pages = format!("/dashboard/sites/{}", shop.id);
    let id = visitor.id().to_string();
    for (page, said) in [
        (format!("/records/{}", given["id"].as_str().unwrap()), "forgotten"),
        ("/records".to_owned(), "forgotten"),
        (format!("/check?visitor={id}&purpose=analytics"), "asked to be forgotten"),
    ] {
        let html = marie.read(&format!("{pages}{page}")).await;
        assert!(html.contains(said), "{page}: {html}");
        assert!(page.contains(&id) || !html.contains(&id), "{page} names nobody");
    }
}

/// Whatever comes in between, nothing is left and everything that was written is in the log.
#[tokio::test]
async fn writes_that_race_with_an_erasure_leave_nothing_behind() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut written = 0;
    for round in 0..40 {
        let mut visitor = Visitor::new();
        if round % 2 == 0 {
            shop.choose(&mut visitor, &PURPOSES).await;
            written += 1;
        }
        let bodies = [
            shop.body(&visitor, "accept_all", &PURPOSES),
            shop.withdrawal(&visitor),
            shop.body(&visitor, "reject_all", &[]),
        ];
        let wait = Duration::from_millis(round % 8);
        let (one, two, three, _, _) = tokio::join!(
            shop.post(&bodies[0]),
            shop.post(&bodies[1]),
            shop.post(&bodies[2]),
            async {
                tokio::time::sleep(wait).await;
                shop.erase(&visitor).await
            },
            async {
                tokio::time::sleep(wait).await;
                own(&shop, "DELETE", &visitor).send().await.expect(200)
            },
        );
        for answer in [one, two, three] {
            match answer.status {
                201 => written += 1,
                409 | 410 | 503 => {}
                other => panic!("{other}: {}", answer.text()),
            }
        }
        let after = shop.post(&bodies[2]).await;
        after.problem(410, "visitor-erased");
        assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "ERASED");
        let [records, rest @ ..] = shop.rows().await;
        assert_eq!((records, rest), (written, [0, 0, 0, written]), "round {round}");
    }
    assert_eq!(entries(&shop).await.len(), 40);
    app.merged().await;
    let head = app.get(&shop.path("/log/checkpoint")).send().await.text();
    assert_eq!(head.lines().nth(1), Some(written.to_string().as_str()));
}

/// A first choice that waits for an erasure finds the register as the erasure left it, also where
/// PostgreSQL is told that transactions see what was there when they began.
#[tokio::test]
async fn a_first_choice_that_waits_for_an_erasure_is_refused() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let db = &app.storage.db();
    if db.get_database_backend() == DatabaseBackend::Postgres {
        let frozen = "do $$ begin execute format('alter database %I set \
                      default_transaction_isolation = %L', current_database(), \
                      'repeatable read'); end $$";
        db.execute_unprepared(frozen).await.unwrap();
    }
    let (visitor, now) = (Visitor::new(), app.now());
    let hash = app.sites().fresh(&shop.id).await.unwrap().erasure_hash(visitor.id());
    let new = New::made(now).unwrap();
    let tx = app.storage.write().await.unwrap();
    write::lock(&tx, &shop.id, [(visitor.id(), new)]).await.unwrap();
    let body = shop.body(&visitor, "accept_all", &PURPOSES);
    let erasing = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        erasures::insert(&tx, &shop.id, hash, now, "operator".into()).await.unwrap();
        write::unmake(&tx, &shop.id, &[visitor.id()]).await.unwrap();
        tx.commit().await.unwrap();
    };
    let (answer, ()) = tokio::join!(shop.post(&body), erasing);
    answer.problem(410, "visitor-erased");
    assert_eq!(shop.rows().await, [0; 5]);
}
