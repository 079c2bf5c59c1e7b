//! The schema's way up and back, with data in it, and that a server without migrations says so.

use std::sync::Arc;

use ouinon_migrations::{Migrator, MigratorTrait};
use ouinon_server::storage::Storage;
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};

use super::BACKEND;
use crate::support::app::{Ground, TestApp};
use crate::support::shop::PURPOSES;
use crate::support::visitor::Visitor;

/// Every table, column, index and trigger as the database describes it.
async fn schema(storage: &Storage) -> Vec<String> {
    let db = storage.db();
    let backend = db.get_database_backend();
    let sql = match backend {
        DatabaseBackend::Postgres => {
            "select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable \
             from information_schema.columns where table_schema = 'public' \
             union all select indexdef from pg_indexes where schemaname = 'public' \
             union all select event_object_table || ' ' || trigger_name || ' ' || \
             event_manipulation from information_schema.triggers"
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
    let db = storage.db();
    Migrator::up(db, None).await.unwrap();
    let whole = schema(&storage).await;
    let count = u32::try_from(Migrator::migrations().len()).unwrap();
    for steps in 1..=count {
        Migrator::down(db, Some(steps)).await.unwrap();
        assert!(schema(&storage).await.len() < whole.len(), "{steps} steps back take something");
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
    Migrator::down(app.storage.db(), None).await.unwrap();
    let again = TestApp::over(Arc::clone(&app.ground), &[]).await;
    let shop = again.shop().await;
    assert_eq!(shop.rows().await, [0; 5]);
    shop.choose(&mut Visitor::new(), &PURPOSES).await;
}

#[tokio::test]
async fn data_stays_through_a_restart_and_an_empty_migration() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    shop.choose(&mut visitor, &PURPOSES).await;
    let (path, key) = (shop.path("/decision"), shop.key.clone());
    app.stop();
    Migrator::up(app.storage.db(), None).await.unwrap();
    let again = TestApp::over(Arc::clone(&app.ground), &[]).await;
    let query = format!("{path}?purpose=analytics&visitor={}", visitor.id());
    let decision = again.get(&query).key(&key).send().await.expect(200);
    assert_eq!(decision["reason"], "GRANTED");
}
