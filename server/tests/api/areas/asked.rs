//! Who asked: which answers of decisions are logged, what of them, for whom, and when they go.

use std::process::Stdio;
use std::time::{Duration, Instant};

use ouinon_server::storage::dialect::turns;
use ouinon_server::storage::entity::{decision, site, state, subject};
use ouinon_server::storage::hot::{self, Inquiry, Link, Told};
use ouinon_server::storage::retention;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use uuid::Uuid;

use super::BACKEND;
use crate::support::app::{Backend, HOUR, SECOND, TestApp};
use crate::support::http::Call;
use crate::support::process::{run, serve};
use crate::support::shop::{PURPOSES, Shop};
use crate::support::visitor::Visitor;

const ALL: [(&str, &str); 1] = [("OUINON_DECISION_LOG", "all")];
/// By when an answer is in the log.
const SOON: Duration = Duration::from_secs(1);
const DAY: i64 = 24 * HOUR;

/// What is logged of a shop, in the order it was asked.
async fn logged(shop: &Shop<'_>) -> Vec<decision::Model> {
    shop.app.logged().await;
    stored(shop).await
}

async fn stored(shop: &Shop<'_>) -> Vec<decision::Model> {
    let of_site = decision::Entity::find().filter(decision::Column::Site.eq(shop.id.as_str()));
    let in_order = of_site.order_by_asc(decision::Column::DecidedAt);
    in_order.order_by_asc(decision::Column::Id).all(&shop.app.storage.db()).await.unwrap()
}

async fn subject_of(shop: &Shop<'_>, visitor: &Visitor) -> Option<Uuid> {
    let key = (shop.id.as_str().to_owned(), visitor.id().0.to_vec());
    let row = subject::Entity::find_by_id(key).one(&shop.app.storage.db()).await.unwrap();
    row.map(|row| row.subject)
}

async fn ask_many(shop: &Shop<'_>, body: &Value) -> Value {
    let call = shop.app.call("POST", &shop.path("/decisions")).key(&shop.key);
    call.json(body).send().await.expect(200)["items"].clone()
}

/// A row says what the answer said.
fn agrees(row: &decision::Model, answer: &Value) {
    let time = |micros| json!(ouinon_domain::time::Timestamp(micros));
    let said = json!({
        "decision": row.id, "purpose": row.purpose, "vendor": row.vendor, "site": row.site,
        "allowed": row.allowed, "reason": row.reason, "as_of": time(row.as_of),
    });
    for (field, value) in said.as_object().unwrap() {
        assert_eq!(&answer[field], value, "{field}");
    }
    let record = row.subject.and(answer["evidence"]["record"].as_str());
    assert_eq!(row.record.map(|id| id.to_string()).as_deref(), record);
}

#[tokio::test]
async fn a_yes_is_logged_as_it_was_given_and_a_no_is_not() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    shop.choose(&mut visitor, &["analytics"]).await;
    let (id, key) = shop.mint(&["decisions:read"]).await;
    app.pass(SECOND);
    let rest = format!("/decision?visitor={}&purpose=analytics&vendor=matomo", visitor.id());
    let yes = app.get(&shop.path(&rest)).key(&key).send().await.expect(200);
    assert_eq!(shop.reason(&visitor, "purpose=advertising").await, "PURPOSE_DENIED");
    let rows = logged(&shop).await;
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    agrees(row, &yes);
    assert_eq!((row.asked_by.clone(), row.decided_at), (format!("api:{id}"), app.now().0));
    assert_eq!(row.subject, subject_of(&shop, &visitor).await);
    assert!(row.record.is_some() && !row.request.is_nil());
    shop.reason(&visitor, "purpose=analytics").await;
    let requests: Vec<Uuid> = logged(&shop).await.iter().map(|row| row.request).collect();
    assert!(requests.len() == 2 && requests[0] != requests[1], "each request has its own id");
}

#[tokio::test]
async fn a_batch_is_logged_for_everyone_in_it() {
    let app = TestApp::with(BACKEND, &ALL).await;
    let shop = app.shop().await;
    let (mut yes, mut no, stranger) = (Visitor::new(), Visitor::new(), Visitor::new());
    shop.choose(&mut yes, &PURPOSES).await;
    shop.choose(&mut no, &[]).await;
    let then = app.now();
    app.pass(HOUR);
    let body = json!({
        "purpose": "analytics", "at": then, "visitors": [yes.id(), no.id(), stranger.id()],
    });
    let answers = ask_many(&shop, &body).await;
    let mut rows = logged(&shop).await;
    assert_eq!(rows.len(), 3);
    rows.sort_by_key(|row| {
        answers.as_array().unwrap().iter().position(|one| one["decision"] == json!(row.id))
    });
    for (row, answer) in rows.iter().zip(answers.as_array().unwrap()) {
        agrees(row, answer);
        assert_eq!((row.request, row.as_of), (rows[0].request, then.0), "one request");
        assert_eq!(row.decided_at, app.now().0);
    }
    let subjects = [subject_of(&shop, &yes).await, subject_of(&shop, &no).await, None];
    assert_eq!(rows.iter().map(|row| row.subject).collect::<Vec<_>>(), subjects);
    assert!(subjects[0].is_some() && rows[2].reason == "NO_RECORD");

    app.stop();
    let some = TestApp::over(std::sync::Arc::clone(&app.ground), &[]).await;
    ask_many(&shop.on(&some), &body).await;
    let allowed = logged(&shop.on(&some)).await.into_iter().filter(|row| row.allowed).count();
    assert_eq!((stored(&shop).await.len(), allowed), (4, 2), "of the second batch the yes alone");
}

#[tokio::test]
async fn what_was_not_answered_is_not_logged_and_off_logs_nothing() {
    let app = TestApp::with(BACKEND, &ALL).await;
    let shop = app.shop().await;
    let other = app.shop_at("https://other.example").await;
    let mut visitor = Visitor::new();
    shop.choose(&mut visitor, &PURPOSES).await;
    let rest = format!("/decision?visitor={}&purpose=analytics", visitor.id());
    let weak = shop.mint(&["stats:read"]).await.1;
    for (path, key, status) in [
        (shop.path(&rest), &other.key, 404),
        (other.path(&rest), &shop.key, 404),
        (shop.path(&rest), &weak, 403),
        (shop.path(&rest.replace("analytics", "telepathy")), &shop.key, 422),
    ] {
        assert_eq!(app.get(&path).key(key).send().await.status, status);
    }
    assert!(logged(&shop).await.is_empty() && logged(&other).await.is_empty());
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "GRANTED");
    assert_eq!((logged(&shop).await.len(), logged(&other).await.len()), (1, 0));

    app.stop();
    let off = TestApp::over(std::sync::Arc::clone(&app.ground), &[("OUINON_DECISION_LOG", "off")]);
    let (off, visitors) = (off.await, [visitor.id()]);
    let there = shop.on(&off);
    assert_eq!(there.reason(&visitor, "purpose=analytics").await, "GRANTED");
    ask_many(&there, &json!({"purpose": "analytics", "visitors": visitors})).await;
    assert_eq!(logged(&there).await.len(), 1);
}

#[tokio::test]
async fn who_looks_a_visitor_up_in_the_dashboard_asks_too() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    shop.choose(&mut visitor, &PURPOSES).await;
    let mut marie = app.signed_in("dpo").await;
    let page = format!("/dashboard/sites/{}/check", shop.id);
    marie.read(&page).await;
    marie.read(&format!("{page}?visitor={}&purpose=analytics", visitor.id())).await;
    let rows = logged(&shop).await;
    assert_eq!(rows.len(), 1);
    let user = rows[0].asked_by.strip_prefix("user:").unwrap();
    assert!(Uuid::parse_str(user).is_ok());
    let (id, key) = shop.mint(&["decisions:read"]).await;
    let rest = format!("/decision?visitor={}&purpose=advertising&vendor=adnet", visitor.id());
    app.get(&shop.path(&rest)).key(&key).send().await.expect(200);
    app.logged().await;
    let asked = format!("{page}?visitor={}&purpose=analytics", visitor.id());
    let html = marie.read(&asked).await;
    for said in ["Who asked before", "in the dashboard", &id, "AdNet"] {
        assert!(html.contains(said), "{said}");
    }
    let nobody = format!("{page}?visitor={}&purpose=analytics", Visitor::new().id());
    assert!(!marie.read(&nobody).await.contains("Who asked before"));
}

/// The same browser at two sites is two subjects: neither sees who asked at the other.
#[tokio::test]
async fn an_export_says_who_asked_here() {
    let app = TestApp::with(BACKEND, &ALL).await;
    let (shop, other) = (app.shop().await, app.shop_at("https://other.example").await);
    let (mut visitor, mut same) = (Visitor::new(), Visitor::new());
    same.secret = visitor.secret.clone();
    shop.choose(&mut visitor, &PURPOSES).await;
    other.choose(&mut same, &PURPOSES).await;
    let mut asked = Vec::new();
    for query in ["purpose=analytics", "purpose=advertising&vendor=adnet"] {
        app.pass(SECOND);
        asked.insert(0, shop.decision(&visitor, query).await);
    }
    shop.decision(&Visitor::new(), "purpose=analytics").await;
    app.logged().await;
    let path = format!("/visitors/{}/export", visitor.id());
    let export = shop.get(&path).send().await.expect(200);
    let decisions = export["decisions"].as_array().unwrap();
    assert_eq!(decisions.len(), 2, "the newest first");
    for (told, answer) in decisions.iter().zip(&asked) {
        for field in ["decision", "purpose", "vendor", "allowed", "reason", "as_of"] {
            assert_eq!(told[field], answer[field], "{field}");
        }
        assert_eq!(told["record"], answer["evidence"]["record"]);
        assert!(told["asked_by"].as_str().unwrap().starts_with("api:"));
    }
    let path = format!("/visitors/{}/export", same.id());
    assert_eq!(other.get(&path).send().await.expect(200)["decisions"], json!([]));
}

#[tokio::test]
async fn who_is_forgotten_was_never_asked_about() {
    let app = TestApp::with(BACKEND, &ALL).await;
    let shop = app.shop().await;
    let (mut gone, mut stays) = (Visitor::new(), Visitor::new());
    for visitor in [&mut gone, &mut stays] {
        shop.choose(visitor, &PURPOSES).await;
        shop.decision(visitor, "purpose=analytics").await;
        shop.decision(visitor, "purpose=necessary").await;
    }
    let kept = subject_of(&shop, &stays).await;
    assert_eq!(logged(&shop).await.len(), 4);
    shop.erase(&gone).await;
    let rows = logged(&shop).await;
    assert_eq!(rows.iter().map(|row| row.subject).collect::<Vec<_>>(), [kept, kept]);
    app.pass(SECOND);
    assert_eq!(shop.reason(&gone, "purpose=analytics").await, "ERASED");
    let last = logged(&shop).await.pop().unwrap();
    let said = (last.reason.as_str(), last.subject, last.record);
    assert_eq!(said, ("ERASED", None, None), "that somebody was asked about, not who");
    // What waits while somebody is forgotten arrives afterwards, about nobody.
    for _ in 0..20 {
        let mut visitor = Visitor::new();
        shop.choose(&mut visitor, &PURPOSES).await;
        app.merged().await;
        tokio::join!(shop.decision(&visitor, "purpose=analytics"), shop.erase(&visitor));
    }
    let rows = logged(&shop).await;
    assert_eq!(rows.iter().filter(|row| row.subject.is_some()).count(), 2);
    assert!(rows.iter().all(|row| row.subject.is_some() || row.record.is_none()));
    let verified = run(&app, &["verify", "--site", shop.id.as_str()], "");
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}

/// What is being written when somebody is forgotten would otherwise be seen by neither.
#[tokio::test]
async fn forgetting_waits_for_what_is_being_logged() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    let record = shop.choose(&mut visitor, &PURPOSES).await["id"].clone();
    let inquiry = inquiry(&shop, &visitor, record, None);
    let tx = app.storage.write().await.unwrap();
    turns::hold_visitors(&tx, [&shop.id].into_iter()).await.unwrap();
    hot::tell(&tx, [&inquiry].into_iter()).await.unwrap();
    let commit = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        tx.commit().await.unwrap();
    };
    tokio::join!(shop.erase(&visitor), commit);
    assert!(stored(&shop).await.is_empty());
}

/// A yes told about a visitor, from a record.
fn inquiry(shop: &Shop<'_>, visitor: &Visitor, record: Value, link: Option<Link>) -> Inquiry {
    let told = Told {
        id: Uuid::now_v7(),
        visitor: visitor.id(),
        link,
        reason: ouinon_domain::decision::Reason::Granted,
        record: Some(record.as_str().unwrap().parse().unwrap()),
    };
    Inquiry {
        site: shop.id.clone(),
        asked_by: "api:test".into(),
        purpose: ouinon_domain::key::Key::parse("analytics").unwrap(),
        vendor: None,
        as_of: shop.app.now(),
        decided_at: shop.app.now(),
        request: Uuid::nil(),
        told: vec![told],
    }
}

#[tokio::test]
async fn a_subject_that_was_read_counts_until_its_site_forgets_somebody() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let (mut visitor, mut other) = (Visitor::new(), Visitor::new());
    let record = shop.choose(&mut visitor, &PURPOSES).await["id"].clone();
    shop.choose(&mut other, &PURPOSES).await;
    app.merged().await;
    let state = state::Entity::find().filter(state::Column::Visitor.eq(visitor.id().0.to_vec()));
    let noted = state.one(&app.storage.db()).await.unwrap().unwrap().noted_subject;
    assert_eq!(noted, subject_of(&shop, &visitor).await);
    let db = app.storage.db();
    let site = || site::Entity::find_by_id(shop.id.as_str()).one(&db);
    let forgettings = site().await.unwrap().unwrap().forgettings;
    // Another subject than the visitor's: it is taken as it was read.
    let link = Link { subject: subject_of(&shop, &other).await.unwrap(), forgettings };
    let told = || inquiry(&shop, &visitor, record.clone(), Some(link));
    hot::tell(&app.storage.db(), [&told()].into_iter()).await.unwrap();
    shop.erase(&other).await;
    hot::tell(&app.storage.db(), [&told()].into_iter()).await.unwrap();
    let rows = stored(&shop).await;
    assert_eq!(rows.iter().map(|row| row.subject).collect::<Vec<_>>(), [noted], "read again");
}

#[tokio::test]
async fn each_site_keeps_who_asked_as_long_as_it_says() {
    let app = TestApp::with(BACKEND, &ALL).await;
    let (shop, brief) = (app.shop().await, app.shop_at("https://brief.example").await);
    let visitor = Visitor::new();
    let db = &app.storage.db();
    let (periods, _) = retention::of_site(db, &brief.id).await.unwrap().unwrap();
    let ten = retention::Periods { decisions: 10, ..periods };
    retention::set(db, &brief.id, ten).await.unwrap();
    for _ in 0..3 {
        for one in [&shop, &brief] {
            one.decision(&visitor, "purpose=analytics").await;
            app.logged().await;
        }
        app.pass(9 * DAY);
    }
    let counts = async || (stored(&shop).await.len(), stored(&brief).await.len());
    app.retired().await;
    assert_eq!(counts().await, (3, 1), "18 and 27 days old are due here, and nothing there");
    app.pass((180 - 27) * DAY);
    app.retired().await;
    assert_eq!(counts().await, (3, 0), "not before the day");
    app.pass(DAY);
    app.retired().await;
    assert_eq!(counts().await, (2, 0));
    app.pass(400 * DAY);
    app.retired().await;
    assert_eq!(counts().await, (0, 0));
    if BACKEND == Backend::Postgres {
        let month = "from pg_inherits where inhparent = 'decision'::regclass \
                     and inhrelid::regclass::text = 'decision_2026_03' and $1 <> ''";
        assert_eq!(shop.count(month).await, 0, "the month went with its last row");
    }
}

/// Somebody keeps the table, or SQLite's one writer, to themselves.
async fn blocked(app: &TestApp) -> sea_orm::DatabaseTransaction {
    let tx = app.storage.write().await.unwrap();
    if BACKEND == Backend::Postgres {
        tx.execute_unprepared("lock table decision in exclusive mode").await.unwrap();
    }
    tx
}

#[tokio::test]
async fn decisions_wait_for_no_log_that_cannot_be_written() {
    let app = TestApp::with(BACKEND, &ALL).await;
    let shop = app.shop().await;
    let visitors: Vec<_> = (0..10_000).map(|_| Visitor::new().id()).collect();
    let body = json!({"purpose": "analytics", "visitors": visitors});
    let tx = blocked(&app).await;
    for _ in 0..3 {
        assert_eq!(ask_many(&shop, &body).await.as_array().unwrap().len(), 10_000);
    }
    tx.rollback().await.unwrap();
    assert_eq!(logged(&shop).await.len(), 30_000, "they were kept meanwhile");
}

#[tokio::test]
async fn what_waits_when_a_server_stops_is_written_first() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    for asked in 1..=10 {
        shop.decision(&Visitor::new(), "purpose=necessary").await;
        assert!(stored(&shop).await.len() <= asked);
    }
    app.stop();
    assert_eq!(stored(&shop).await.len(), 10);
}

/// Asks until the server is gone; what it answered, and when.
async fn ask_until_gone(
    shop: &Shop<'_>,
    at: std::net::SocketAddr,
    rest: &str,
) -> Vec<(Uuid, Instant)> {
    let mut answered = Vec::new();
    while let Ok(answer) = Call::new(at, "GET", &shop.path(rest)).key(&shop.key).try_send().await {
        let id = answer.expect(200)["decision"].as_str().unwrap().parse().unwrap();
        answered.push((id, Instant::now()));
    }
    answered
}

#[tokio::test]
async fn a_killed_server_loses_a_second_and_one_that_is_stopped_nothing() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let rest = format!("/decision?visitor={}&purpose=necessary", Visitor::new().id());
    app.stop();
    for killed in [true, false] {
        let (mut server, at) = serve(&app, &[("OUINON_LOG", "error")], Stdio::null());
        let end = async {
            tokio::time::sleep(Duration::from_millis(2_300)).await;
            let now = Instant::now();
            let ended = tokio::task::spawn_blocking(move || match killed {
                true => server.kill(),
                false => server.end(),
            });
            ended.await.unwrap();
            now
        };
        let (answered, ended) = tokio::join!(ask_until_gone(&shop, at, &rest), end);
        let found: Vec<Uuid> = stored(&shop).await.iter().map(|row| row.id).collect();
        let safe = |at: &Instant| !killed || *at + Duration::from_secs(1) < ended;
        let due: Vec<_> = answered.iter().filter(|(_, at)| safe(at)).collect();
        assert!(due.len() > 20, "{}", due.len());
        let missing = due.iter().filter(|(id, _)| !found.contains(id)).count();
        assert_eq!(missing, 0, "killed: {killed}, of {}", due.len());
    }
}

/// Who is being forgotten at one site keeps nobody's decisions at another waiting.
#[tokio::test]
async fn a_site_that_forgets_somebody_keeps_no_other_waiting() {
    if BACKEND == Backend::Sqlite {
        return; // It has one writer: forgetting keeps everybody waiting.
    }
    let app = TestApp::start(BACKEND).await;
    let (stuck, other) = (app.shop().await, app.shop_at("https://other.example").await);
    let forgetting = app.storage.write().await.unwrap();
    turns::take_visitors(&forgetting, &stuck.id).await.unwrap();
    for _ in 0..3 {
        for shop in [&stuck, &other] {
            shop.decision(&Visitor::new(), "purpose=necessary").await;
        }
        tokio::time::sleep(SOON).await;
    }
    assert_eq!((stored(&stuck).await.len(), stored(&other).await.len()), (0, 3));
    forgetting.rollback().await.unwrap();
    tokio::time::sleep(SOON).await;
    assert_eq!((stored(&stuck).await.len(), stored(&other).await.len()), (3, 3), "none is lost");
}

/// What waits for a site at the server's end is written as soon as it can be.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_waits_for_a_site_that_forgets_somebody() {
    if BACKEND == Backend::Sqlite {
        return;
    }
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let forgetting = app.storage.write().await.unwrap();
    turns::take_visitors(&forgetting, &shop.id).await.unwrap();
    shop.decision(&Visitor::new(), "purpose=necessary").await;
    let done = tokio::spawn(async move {
        tokio::time::sleep(SOON).await;
        forgetting.rollback().await.unwrap();
    });
    tokio::task::block_in_place(|| app.stop());
    done.await.unwrap();
    assert_eq!(stored(&shop).await.len(), 1);
}
