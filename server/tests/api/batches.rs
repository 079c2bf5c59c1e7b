//! Choices that are written together, on PostgreSQL: what one of them runs into harms no other, and
//! the fast path of first choices (docs/adr/0020) can be missing without anybody noticing.

use std::time::Duration;

use futures_util::future::join_all;
use ouinon_domain::ids::VisitorId;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};
use serde_json::{Value, json};

use crate::support::app::{Backend, TestApp};
use crate::support::http::Answer;
use crate::support::shop::{PURPOSES, Shop};
use crate::support::visitor::Visitor;

/// Who writes: somebody new, or somebody with a choice already.
const PATHS: [bool; 2] = [true, false];

async fn execute(db: &impl ConnectionTrait, sql: &str) {
    db.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Waits until this is so.
async fn until(what: &str, so: impl AsyncFn() -> bool) {
    for _ in 0..200 {
        if so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never: {what}");
}

/// Waits until so many transactions of this database wait for a lock.
async fn blocked(shop: &Shop<'_>, transactions: i64) {
    let waiting = "from pg_locks l join pg_stat_activity a using (pid) \
                   where a.datname = current_database() and not l.granted and $1 <> ''";
    until("blocked", async || shop.count(waiting).await == transactions).await;
}

/// A visitor's row, locked until the transaction ends.
async fn lock(shop: &Shop<'_>, visitor: VisitorId) -> DatabaseTransaction {
    let tx = shop.app.storage.write().await.unwrap();
    let sql = "select 1 from subject where site = $1 and visitor = $2 for update";
    let values = [shop.id.as_str().into(), visitor.0.to_vec().into()];
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
    assert!(tx.query_one_raw(statement).await.unwrap().is_some());
    tx
}

/// What these bodies are answered, written as one batch: they gather while another choice is made to
/// wait. `meanwhile` begins as that one goes on.
async fn together(
    shop: &Shop<'_>,
    bodies: &[Value],
    meanwhile: impl Future<Output = ()>,
) -> Vec<Answer> {
    let mut held = Visitor::new();
    shop.choose(&mut held, &PURPOSES).await;
    let tx = lock(shop, held.id()).await;
    let before = shop.body(&held, "reject_all", &[]);
    let then = async {
        blocked(shop, 1).await;
        let release = async {
            until("gathered", async || shop.app.waiting() == bodies.len()).await;
            tx.rollback().await.unwrap();
            meanwhile.await;
        };
        tokio::join!(join_all(bodies.iter().map(|body| shop.post(body))), release).0
    };
    let (before, answers) = tokio::join!(shop.post(&before), then);
    before.expect(201);
    answers
}

/// Choices of so many visitors, in the order of the visitors' ids.
async fn bodies(shop: &Shop<'_>, new: bool, visitors: usize) -> Vec<Value> {
    let mut visitors: Vec<_> = (0..visitors).map(|_| Visitor::new()).collect();
    visitors.sort_by_key(Visitor::id);
    let mut bodies = Vec::new();
    for visitor in &mut visitors {
        if !new {
            shop.choose(visitor, &PURPOSES).await;
        }
        bodies.push(shop.body(visitor, "save", &["analytics"]));
    }
    bodies
}

#[tokio::test]
async fn an_id_used_before_leaves_the_batch_together() {
    for new in PATHS {
        let app = TestApp::start(Backend::Postgres).await;
        let shop = app.shop().await;
        let used = shop.choose(&mut Visitor::new(), &[]).await;
        let mut bodies = bodies(&shop, new, 6).await;
        bodies[2]["id"] = used["id"].clone();
        let answers = together(&shop, &bodies, async {}).await;
        answers[2].problem(409, "id-reused");
        for other in answers.iter().filter(|answer| answer.status != 409) {
            other.expect(201);
        }
        let ids: Vec<_> = answers
            .iter()
            .filter_map(|answer| answer.json()["id"].as_str().map(|id| format!("'{id}'")))
            .collect();
        assert_eq!(ids.len(), 5);
        let transactions = format!(
            "from (select distinct xmin::text from record_key where site = $1 and id in ({})) q",
            ids.join(", ")
        );
        assert_eq!(shop.count(&transactions).await, 1, "new: {new}");
    }
}

#[tokio::test]
async fn ids_are_taken_in_one_order() {
    let app = TestApp::start(Backend::Postgres).await;
    let shop = app.shop().await;
    for (new, ids) in [
        (true, ["00000000-0000-4000-8000-000000000001", "f0000000-0000-4000-8000-000000000001"]),
        (false, ["00000000-0000-4000-8000-000000000002", "f0000000-0000-4000-8000-000000000002"]),
    ] {
        let mut bodies = bodies(&shop, new, 2).await;
        bodies[0]["id"] = json!(ids[1]);
        bodies[1]["id"] = json!(ids[0]);
        // Another transaction with the same ids: it has the first, and then needs the second.
        let other = app.storage.write().await.unwrap();
        let take = |id: &str| format!("insert into record_key values ('{}', '{id}', 0)", shop.id);
        execute(&other, &take(ids[0])).await;
        execute(&other, "set local lock_timeout = '300ms'").await;
        let meanwhile = async {
            blocked(&shop, 1).await;
            execute(&other, &take(ids[1])).await;
            other.rollback().await.unwrap();
        };
        for answer in together(&shop, &bodies, meanwhile).await {
            answer.expect(201);
        }
    }
}

/// Has the database refuse personal parts in some language.
async fn refuse(shop: &Shop<'_>, condition: &str, code: &str) {
    let db = &shop.app.storage.db();
    execute(db, "create sequence tries").await;
    let refuse = format!(
        "create function refuse() returns trigger language plpgsql as $$ begin \
         if {condition} then raise exception 'refused' using errcode = '{code}'; end if; \
         return new; end $$"
    );
    execute(db, &refuse).await;
    let trigger = "create trigger refuse before insert on record_personal for each row \
                   execute function refuse()";
    execute(db, trigger).await;
}

#[tokio::test]
async fn a_row_that_the_database_refuses_harms_no_other() {
    for new in PATHS {
        for code in ["23514", "22021"] {
            let app = TestApp::start(Backend::Postgres).await;
            let shop = app.shop().await;
            let mut bodies = bodies(&shop, new, 4).await;
            bodies[1]["language"] = json!("en");
            refuse(&shop, "new.language = 'en'", code).await;
            let answers = together(&shop, &bodies, async {}).await;
            answers[1].problem(500, "internal");
            for n in [0, 2, 3] {
                answers[n].expect(201);
            }
        }
    }
}

#[tokio::test]
async fn what_another_transaction_kept_from_being_written_is_tried_again() {
    for new in PATHS {
        for code in ["55P03", "40P01", "40001"] {
            let app = TestApp::start(Backend::Postgres).await;
            let shop = app.shop().await;
            let bodies = bodies(&shop, new, 1).await;
            refuse(&shop, "nextval('tries') = 1", code).await;
            shop.post(&bodies[0]).await.expect(201);
        }
    }
}

#[tokio::test]
async fn a_lock_that_is_held_for_two_seconds_refuses_nobody() {
    let app = TestApp::start(Backend::Postgres).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    shop.choose(&mut visitor, &PURPOSES).await;
    let tx = lock(&shop, visitor.id()).await;
    let release = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        tx.rollback().await.unwrap();
    };
    let body = shop.body(&visitor, "reject_all", &[]);
    tokio::join!(shop.post(&body), release).0.expect(201);
}

#[tokio::test]
async fn first_choices_are_written_without_the_function_and_while_it_is_made_again() {
    let app = TestApp::start(Backend::Postgres).await;
    let shop = app.shop().await;
    let db = &app.storage.db();
    let (function, kind) = (ouinon_migrations::APPEND_FIRST, ouinon_migrations::FIRST_RECORD);
    let drop_function = "drop function append_first";
    let drop_type = "drop type first_record";
    let broken = function.replace("into leaf_queue", "into nowhere");
    for changes in [
        &[][..],
        &[broken.as_str()],
        &[function],
        &["alter type first_record add attribute more text"],
        &["alter type first_record drop attribute more"],
        &[drop_function],
        &[function],
        &[drop_function, function],
        &[drop_function, drop_type],
        // From here on, no connection that is open knows the type there is.
        &[kind, function],
        &[drop_function, drop_type, kind, function],
    ] {
        for sql in changes {
            execute(db, sql).await;
        }
        // More than there are connections, one after the other and at once.
        for _ in 0..2 {
            shop.choose(&mut Visitor::new(), &PURPOSES).await;
        }
        let bodies = bodies(&shop, true, 40).await;
        for answer in join_all(bodies.iter().map(|body| shop.post(body))).await {
            assert_eq!(answer.status, 201, "{changes:?}: {}", answer.text());
        }
    }
    for sql in [drop_function, drop_type] {
        execute(db, sql).await;
    }
    app.stop();
    let again = TestApp::over(std::sync::Arc::clone(&app.ground), &[]).await;
    shop.on(&again).choose(&mut Visitor::new(), &PURPOSES).await;
}
