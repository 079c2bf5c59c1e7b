//! `ouinon verify` as a command: what it prints, and its exit code. What it finds is in `tampering`
//! and `schema`.

use std::process::{Command, Output};

use ouinon_domain::time::{DAY, Timestamp};
use ouinon_server::evidence::log_keys::LogKey;
use ouinon_server::evidence::register::{self, Kind};
use ouinon_server::privacy::retention::{Context, records};
use ouinon_server::storage::entity::{signing_key, site};
use ouinon_server::storage::sites;
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::{Value, json};

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::past::{assert_sound, found, verify};
use crate::support::shop::Shop;
use crate::support::visitor::Visitor;

/// Runs `ouinon verify` on the server's database, with some settings changed.
fn run(app: &TestApp, settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ouinon"));
    command.arg("verify").args(arguments).envs(app.ground.settings());
    command.envs(settings.iter().copied()).current_dir(app.ground.folder.path());
    command.output().unwrap()
}

/// Its exit code and the one object it prints.
#[track_caller]
fn command(app: &TestApp, arguments: &[&str]) -> (Option<i32>, Value) {
    let done = run(app, &[], &[arguments, &["--json"]].concat());
    (done.status.code(), serde_json::from_slice(&done.stdout).unwrap())
}

#[tokio::test]
async fn the_command_says_sound_tampered_or_could_not() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let given = shop.choose(&mut Visitor::new(), &["analytics"]).await;
    app.merged().await;
    let site = shop.id.to_string();
    let (code, report) = command(&app, &["--site", &site]);
    assert_eq!((code, &report["sound"], &report["records"]), (Some(0), &json!(true), &json!(1)));
    let sql = format!("update subject set created_at = 0 where site = '{site}'");
    app.storage.db().execute_unprepared(&sql).await.unwrap();
    let (code, report) = command(&app, &["--site", &site]);
    assert_eq!((code, &report["sound"]), (Some(1), &json!(false)));
    let finding = &report["findings"][0];
    assert_eq!((&finding["what"], &finding["field"]), (&json!("subject"), &json!("created_at")));
    assert_eq!(finding["record"], given["id"]);
}

#[tokio::test]
async fn an_exported_proof_is_checked_with_public_keys_alone() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let given = shop.choose(&mut Visitor::new(), &["analytics"]).await;
    let rest = format!("/consents/{}/proof", given["id"].as_str().unwrap());
    let bundle = shop.get(&rest).send().await.expect(200);
    let folder = app.ground.folder.path();
    let keys = app.get("/.well-known/jwks.json").send().await.expect(200);
    std::fs::write(folder.join("jwks.json"), keys.to_string()).unwrap();
    let check = |bundle: &Value| {
        std::fs::write(folder.join("proof.json"), bundle.to_string()).unwrap();
        let with_keys = command(&app, &["--bundle", "proof.json", "--keys", "jwks.json"]);
        assert_eq!(
            command(&app, &["--bundle", "proof.json"]),
            with_keys,
            "its own keys do as well"
        );
        with_keys
    };
    assert_eq!(check(&bundle).0, Some(0));
    let other = json!("00".repeat(32));
    for (pointer, value, what) in [
        ("/record/choices/analytics", json!(false), "record"),
        ("/record/personal/page", json!("https://shop.example/other"), "record"),
        ("/record/extra", json!(1), "record"),
        ("/notice/controller/name", json!("Another"), "notice"),
        ("/receipt", json!(null), "receipt"),
        ("/leaf_key", json!(null), "leaf"),
        ("/index", json!(7), "leaf"),
        ("/size", json!(7), "checkpoint"),
        ("/inclusion", json!([other]), "leaf"),
        ("/checkpoint", json!("nonsense"), "checkpoint"),
    ] {
        let mut changed = bundle.clone();
        match changed.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => changed["record"]["extra"] = value,
        }
        let (code, report) = check(&changed);
        assert_eq!(code, Some(1), "{pointer}: {report}");
        let found = report["findings"].as_array().unwrap().iter();
        assert!(found.clone().any(|finding| finding["what"] == what), "{pointer}: {report}");
    }
    assert_eq!(command(&app, &["--bundle", "nowhere.json", "--keys", "jwks.json"]).0, Some(2));
}

#[tokio::test]
async fn what_could_not_be_done_is_an_object_too() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let visitor = &mut Visitor::new();
    let given = shop.choose(visitor, &["analytics"]).await;
    let error = |settings: &[(&str, &str)], arguments: &[&str]| {
        let done = run(&app, settings, &[arguments, &["--json"]].concat());
        let answer: Value = serde_json::from_slice(&done.stdout).unwrap();
        let said = answer["error"].as_str().unwrap().to_owned();
        assert_eq!((done.status.code(), answer.as_object().unwrap().len()), (Some(2), 1), "{said}");
        assert!(String::from_utf8(done.stderr).unwrap().contains(&said), "{said}");
        said
    };
    let here = ["--site", shop.id.as_str()];
    assert_eq!(error(&[], &["--site", "222222222222"]), "there is no site 222222222222");
    assert!(error(&[], &[]).contains("--site"));
    assert!(error(&[("OUINON_SIGNING_KEY_FILE", "none.key")], &here).contains("none.key"));
    assert!(error(&[("DATABASE_URL", "postgres://127.0.0.1:1/none")], &here).contains("DATABASE"));
    assert!(error(&[("DATABASE_URL", "sqlite://none.db")], &here).contains("none.db"));
    let empty = app.ground.folder.path().join("empty.db");
    std::fs::write(empty, "").unwrap();
    assert!(error(&[("DATABASE_URL", "sqlite://empty.db")], &here).contains("migrate up"));

    let rest = format!("/consents/{}/proof", given["id"].as_str().unwrap());
    let bundle = || async { shop.get(&rest).send().await.expect(200).to_string() };
    bundle().await;
    let path = shop.path(&format!("/visitors/{}", visitor.id()));
    app.call("DELETE", &path).key(&shop.key).send().await;
    std::fs::write(app.ground.folder.path().join("forgotten.json"), bundle().await).unwrap();
    assert!(error(&[], &["--bundle", "forgotten.json"]).contains("was forgotten"));
}

#[tokio::test]
async fn a_table_that_is_gone_is_tampering_whatever_the_database_says_of_its_version() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let here = ["--site", shop.id.as_str()];
    let change = async |sql: &str| {
        app.storage.db().execute_unprepared(sql).await.unwrap();
        let (code, report) = command(&app, &here);
        let found = report["findings"].as_array().unwrap().clone();
        (code, found.iter().map(|it| it["detail"].as_str().unwrap().to_owned()).collect::<Vec<_>>())
    };
    let older = "delete from seaql_migrations where version like '%index_erasures'";
    assert_eq!(change(older).await, (Some(0), vec![]), "nothing is missing");
    let (code, found) = change("drop table counter").await;
    assert_eq!((code, found[0].as_str()), (Some(1), "the table counter is gone"));
    assert!(found[1].contains("migrate up"), "{found:?}");
    let newer = "update seaql_migrations set version = 'm2099' where version like '%users'";
    assert!(change(newer).await.1[1].contains("newer version"));
    assert_eq!(change("drop table seaql_migrations").await.0, Some(1));
}

#[tokio::test]
async fn a_new_key_that_has_signed_nothing_yet_is_missed() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut rotate = Command::new(env!("CARGO_BIN_EXE_ouinon"));
    rotate.args(["signing-key", "rotate", "--json"]).envs(app.ground.settings());
    let rotated = rotate.current_dir(app.ground.folder.path()).output().unwrap();
    let rotated: Value = serde_json::from_slice(&rotated.stdout).unwrap();
    let here = ["--site", shop.id.as_str()];
    assert_eq!(command(&app, &here).0, Some(0));
    let new = rotated["kid"].as_str().unwrap();
    signing_key::Entity::delete_by_id(new).exec(&app.storage.db()).await.unwrap();
    let (code, report) = command(&app, &here);
    let finding = &report["findings"][0];
    assert_eq!((code, &finding["what"]), (Some(1), &json!("signing_key")), "{report}");
}

#[tokio::test]
async fn another_secret_of_the_site_is_found() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    assert_sound(&verify(&app.ground, &app.storage, &shop.id).await);
    let replace =
        site::Entity::update_many().col_expr(site::Column::Secret, Expr::value(vec![7_u8; 32]));
    replace.exec(&app.storage.db()).await.unwrap();
    let report = verify(&app.ground, &app.storage, &shop.id).await;
    assert_eq!(found(&report), ["site.secret".to_owned()].into());
}

/// Retires the shop's records that are older than so many days.
async fn retire(shop: &Shop<'_>, days: u32) {
    let app = shop.app;
    let (storage, clock) = (&app.storage, &app.clock);
    let context = Context { storage, clock, site: &shop.id, key: &key(shop).await };
    assert_eq!(records::retire(&context, days).await.unwrap(), 1);
}

async fn key(shop: &Shop<'_>) -> LogKey {
    let site = sites::find(&shop.app.storage.db(), &shop.id).await.unwrap().unwrap();
    shop.app.admin().keys.of(&site.log_origin).unwrap()
}

#[tokio::test]
async fn records_retired_sooner_than_any_command_allows_are_found() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    for (days, expected) in [(180, None), (100, Some("register.body".to_owned()))] {
        shop.choose(&mut Visitor::new(), &["analytics"]).await;
        app.merged().await;
        app.pass(181 * DAY);
        retire(&shop, days).await;
        app.merged().await;
        let report = verify(&app.ground, &app.storage, &shop.id).await;
        assert_eq!(found(&report), expected.into_iter().collect(), "{:#?}", report.findings);
    }
}

#[tokio::test]
async fn what_was_retired_forgotten_and_decided_is_said() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let here = ["--site", shop.id.as_str()];
    let said = |arguments: &[&str]| {
        let done = run(&app, &[], arguments);
        assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stdout));
        String::from_utf8(done.stdout).unwrap()
    };
    assert!(said(&here).contains("0 records, 0 leaves, 0 waiting, root"), "{}", said(&here));
    shop.choose(&mut Visitor::new(), &["analytics"]).await;
    app.merged().await;
    app.pass(181 * DAY);
    retire(&shop, 180).await;
    let visitor = &mut Visitor::new();
    shop.choose(visitor, &["analytics"]).await;
    app.merged().await;
    let path = shop.path(&format!("/visitors/{}", visitor.id()));
    app.call("DELETE", &path).key(&shop.key).send().await;
    let tx = app.storage.write().await.unwrap();
    let at = Timestamp(app.now().0);
    let body = json!({"who": "Ann", "why": "a disk was lost", "held": null, "accepted": ""});
    register::append(&tx, &key(&shop).await, &shop.id, Kind::Reconciliation, at, body)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let text = said(&here);
    let counts = "1 records, 1 retired, 1 forgotten, 2 leaves, 0 waiting, 1 reconciliation, root";
    assert!(text.contains(counts), "{text}");
    let report = command(&app, &here).1;
    assert_eq!((&report["forgotten"], &report["log"]["retired"]), (&json!(1), &json!(1)));
    assert_eq!(report["log"]["reconciliations"], json!(1));
}
