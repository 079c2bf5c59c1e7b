//! The schema's way up and back, with data in it, and that a server without migrations says so.

use std::sync::Arc;

use ouinon_migrations::{Migrator, MigratorTrait};
use ouinon_server::storage::Storage;
use ouinon_server::storage::entity::{record, record_personal};
use sea_orm::{ConnectionTrait, DatabaseBackend, EntityTrait, QueryOrder, Statement};

use super::BACKEND;
use crate::support::app::{Backend, Ground, HOUR, TestApp};
use crate::support::shop::PURPOSES;
use crate::support::visitor::Visitor;

/// Every table, column, index, trigger and function as the database describes it.
async fn schema(storage: &Storage) -> Vec<String> {
    let db = &storage.db();
    let backend = db.get_database_backend();
    let sql = match backend {
        DatabaseBackend::Postgres => {
            "select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable \
             from information_schema.columns where table_schema = 'public' \
             union all select indexdef from pg_indexes where schemaname = 'public' \
             union all select event_object_table || ' ' || trigger_name || ' ' || \
             event_manipulation from information_schema.triggers union all select \
             pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace"
        }
        _ => "select coalesce(sql, name) from sqlite_master",
    };
    let rows = db.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
    let mut lines: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    lines.sort_unstable();
    lines
}

#[tokio::test]
async fn up_down_up_is_up() {
    let ground = Ground::new(BACKEND);
    let storage = Storage::open(&ground.config(&[]).database).await.unwrap();
    let db = &storage.db();
    Migrator::up(db, None).await.unwrap();
    let whole = schema(&storage).await;
    let count = u32::try_from(Migrator::migrations().len()).unwrap();
    for steps in 1..=count {
        Migrator::down(db, Some(steps)).await.unwrap();
        assert_ne!(schema(&storage).await, whole, "{steps} steps back take something");
        Migrator::up(db, None).await.unwrap();
        assert_eq!(schema(&storage).await, whole, "after {steps} steps back and up again");
    }
    Migrator::down(db, None).await.unwrap();
    let left = schema(&storage).await;
    assert!(left.iter().all(|line| line.contains("seaql_migrations")), "{left:?}");
}

#[tokio::test]
async fn a_database_with_data_goes_down_and_serves_again() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    shop.choose(&mut Visitor::new(), &PURPOSES).await;
    assert_eq!(shop.rows().await, [1; 5]);
    app.counted().await;
    app.stop();
    Migrator::down(&app.storage.db(), None).await.unwrap();
    let again = TestApp::over(Arc::clone(&app.ground), &[]).await;
    let shop = again.shop().await;
    assert_eq!(shop.rows().await, [0; 5]);
    shop.choose(&mut Visitor::new(), &PURPOSES).await;
}

/// Every record and its personal part, as they are stored.
async fn records(storage: &Storage) -> (Vec<record::Model>, Vec<record_personal::Model>) {
    let records = record::Entity::find().order_by_asc(record::Column::Id);
    let personal = record_personal::Entity::find().order_by_asc(record_personal::Column::Record);
    (records.all(&storage.db()).await.unwrap(), personal.all(&storage.db()).await.unwrap())
}

#[tokio::test]
async fn records_go_into_their_months_and_back() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    for days in [0, 0, 20, 31, 400, 3650] {
        app.pass(days * 24 * HOUR);
        shop.choose(&mut visitor, &PURPOSES).await;
    }
    app.set_clock(-HOUR);
    shop.choose(&mut Visitor::new(), &[]).await;
    app.merged().await;
    let (path, key) = (shop.path("/decision"), shop.key.clone());
    app.stop();
    let db = &app.storage.db();
    let before = records(&app.storage).await;
    assert_eq!((before.0.len(), before.1.len()), (7, 7));
    let all = Migrator::migrations();
    let steps = all.iter().rev().position(|one| one.name().ends_with("_partition_records"));
    Migrator::down(db, Some(u32::try_from(steps.unwrap() + 1).unwrap())).await.unwrap();
    let plain = record::Entity::find().order_by_asc(record::Column::Id).all(db).await.unwrap();
    assert_eq!(plain, before.0);
    assert_eq!(shop.count("from record_personal where site = $1").await, 7);
    Migrator::up(db, None).await.unwrap();
    assert_eq!(records(&app.storage).await, before);
    if BACKEND == Backend::Postgres {
        let aside = "from (select site from record_default union all \
                     select site from record_personal_default) r where site = $1";
        assert_eq!(shop.count(aside).await, 0, "each month with records has its partition");
        let months = "from pg_inherits where inhparent = 'record'::regclass and $1 <> ''";
        assert_eq!(shop.count(months).await, 6, "five months and the default");
    }
    let again = TestApp::over(Arc::clone(&app.ground), &[]).await;
    again.set_clock(before.0.iter().map(|row| row.given_at).max().unwrap());
    let query = format!("{path}?purpose=analytics&visitor={}", visitor.id());
    let decision = again.get(&query).key(&key).send().await.expect(200);
    assert_eq!(
        (&decision["reason"], &decision["evidence"]["version"]),
        (&"GRANTED".into(), &6.into())
    );
}

#[tokio::test]
async fn data_stays_through_a_restart_and_an_empty_migration() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    shop.choose(&mut visitor, &PURPOSES).await;
    let (path, key) = (shop.path("/decision"), shop.key.clone());
    app.stop();
    Migrator::up(&app.storage.db(), None).await.unwrap();
    let again = TestApp::over(Arc::clone(&app.ground), &[]).await;
    let query = format!("{path}?purpose=analytics&visitor={}", visitor.id());
    let decision = again.get(&query).key(&key).send().await.expect(200);
    assert_eq!(decision["reason"], "GRANTED");
}
