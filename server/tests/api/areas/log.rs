//! The evidence log as anyone sees it: checkpoints that verify, proofs that redeem receipts, and a
//! log that only grows.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ouinon_domain::canonical::{canonical, from_hex, hex, sha256};
use ouinon_domain::checkpoint::{self, Checkpoint, VerifierKey};
use ouinon_domain::leaf;
use ouinon_domain::merkle::{Hash, leaf_hash, verify_consistency, verify_inclusion};
use ouinon_domain::record::Record;
use ouinon_server::storage::log;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::BACKEND;
use crate::support::app::{Backend, TestApp};
use crate::support::past::{assert_sound, found, verify};
use crate::support::shop::{PURPOSES, Shop};
use crate::support::visitor::Visitor;

fn hashes(list: &Value) -> Vec<Hash> {
    let items = list.as_array().unwrap().iter();
    items.map(|item| from_hex(item.as_str().unwrap()).unwrap()).collect()
}

/// The published key of the shop's log.
async fn key(shop: &Shop<'_>) -> VerifierKey {
    let set = shop.app.get("/.well-known/jwks.json").send().await.expect(200);
    let logs = set["keys"].as_array().unwrap().iter().map(|key| &key["ouinon_log"]);
    let own = logs.filter(|log| log["site"] == json!(shop.id)).collect::<Vec<_>>();
    assert_eq!(own.len(), 1);
    let key = VerifierKey::parse(own[0]["vkey"].as_str().unwrap()).unwrap();
    assert_eq!(key.name(), own[0]["origin"].as_str().unwrap());
    key
}

/// The shop's last checkpoint, as published after everything that waits was merged.
async fn newest(shop: &Shop<'_>) -> Checkpoint {
    shop.app.merged().await;
    let answer = shop.app.get(&shop.path("/log/checkpoint")).send().await;
    assert_eq!(answer.status, 200);
    checkpoint::open(&answer.text(), &key(shop).await).unwrap()
}

#[tokio::test]
async fn every_record_is_one_leaf_and_every_checkpoint_extends_the_one_before() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut checkpoints = vec![newest(&shop).await];
    assert_eq!(checkpoints[0].size, 0, "a new site has an empty log");
    let mut records = Vec::new();
    for count in [1, 2, 5, 250, 3, 20] {
        for _ in 0..count {
            records.push(shop.choose(&mut Visitor::new(), &PURPOSES).await);
        }
        checkpoints.push(newest(&shop).await);
        assert_eq!(checkpoints.last().unwrap().size, records.len() as u64);
    }
    for (index, earlier) in checkpoints.iter().enumerate() {
        for later in &checkpoints[index..] {
            let (first, second) = (earlier.size, later.size);
            let rest = format!("/log/consistency?first={first}&second={second}");
            let proof = app.get(&shop.path(&rest)).send().await.expect(200);
            let proof = hashes(&proof["proof"]);
            let sound = verify_consistency(first, second, &earlier.root, &later.root, &proof);
            assert!(sound || first == 0, "{first} to {second}");
        }
    }
    let last = checkpoints.last().unwrap();
    for (at, record) in records.iter().enumerate().step_by(17) {
        let id = record["id"].as_str().unwrap();
        for log in checkpoints.iter().filter(|log| log.size > at as u64) {
            let rest = format!("/log/inclusion?record={id}&size={}", log.size);
            let proof = shop.get(&rest).send().await.expect(200);
            let leaf_hash = from_hex(proof["leaf_hash"].as_str().unwrap()).unwrap();
            let (index, path) = (proof["index"].as_u64().unwrap(), hashes(&proof["proof"]));
            assert!(verify_inclusion(index, log.size, &leaf_hash, &path, &log.root), "{proof}");
        }
    }
    let rest = format!("/log/leaves?from=0&to={}", last.size);
    let leaves = shop.get(&rest).send().await.expect(200);
    assert_eq!(leaves["leaves"].as_array().unwrap().len() as u64, last.size);
}

#[tokio::test]
async fn a_records_place_is_noted_where_its_visitor_stands_unless_somebody_writes_there() {
    let app = TestApp::with(BACKEND, &[("OUINON_JOBS", "off")]).await;
    let shop = app.shop().await;
    let mut visitors = [Visitor::new(), Visitor::new()];
    for visitor in &mut visitors {
        shop.choose(visitor, &PURPOSES).await;
    }
    app.merged().await;
    let changed = shop.choose(&mut visitors[0], &["analytics"]).await;
    assert_eq!(changed["version"], 2);
    assert_eq!(place(&shop, &visitors[0]).await, Value::Null, "the place of no older record");
    app.merged().await;
    let noted = "from state where site = $1 and position_of = version";
    assert_eq!(shop.count(noted).await, 2);
    let placed = [place(&shop, &visitors[0]).await, place(&shop, &visitors[1]).await];
    assert_eq!(placed[0], 2);
    let db = &app.storage.db();
    // As a server of the version before would leave a new record: with the note on the one before.
    db.execute_unprepared("update state set position = 7, position_of = 0").await.unwrap();
    for (visitor, placed) in visitors.iter().zip(placed) {
        assert_eq!(place(&shop, visitor).await, placed, "the index says the same");
    }
    if BACKEND == Backend::Postgres {
        // Somebody writes for one visitor for long: the log does not wait.
        shop.choose(&mut visitors[0], &[]).await;
        app.pass(1_000);
        shop.choose(&mut visitors[1], &[]).await;
        let tx = app.storage.write().await.unwrap();
        let id = visitors[0].id();
        let lock =
            format!("select from state where visitor = decode('{}', 'hex') for update", hex(&id.0));
        assert_eq!(tx.execute_unprepared(&lock).await.unwrap().rows_affected(), 1);
        app.merged().await;
        assert_eq!(shop.count(noted).await, 1);
        assert_eq!([place(&shop, &visitors[0]).await, place(&shop, &visitors[1]).await], [3, 4]);
        tx.rollback().await.unwrap();
    }
    assert_sound(&verify(&app.ground, &app.storage, &shop.id).await);
    db.execute_unprepared("update state set position = 7, position_of = version").await.unwrap();
    let report = verify(&app.ground, &app.storage, &shop.id).await;
    assert_eq!(found(&report), ["state.position".to_owned()].into());
    db.execute_unprepared("update state set position_of = 0, noted_subject = record")
        .await
        .unwrap();
    let report = verify(&app.ground, &app.storage, &shop.id).await;
    assert_eq!(found(&report), ["state.noted_subject".to_owned()].into());
}

#[tokio::test]
async fn a_server_that_stands_still_in_a_log_does_not_hold_it() {
    let app = TestApp::with(BACKEND, &[("OUINON_JOBS", "off")]).await;
    let shop = app.shop().await;
    shop.choose(&mut Visitor::new(), &[]).await;
    if BACKEND == Backend::Postgres {
        let still = app.storage.write_briefly().await.unwrap();
        assert_eq!(log::claim(&still, std::slice::from_ref(&shop.id)).await.unwrap().len(), 1);
        tokio::time::timeout(Duration::from_secs(10), app.merged()).await.unwrap();
        assert!(still.execute_unprepared("select 1").await.is_err(), "it was let go");
        assert_eq!(shop.count("from log_index where site = $1").await, 1);
    }
}

/// Where a decision says that the visitor's record stands.
async fn place(shop: &Shop<'_>, visitor: &Visitor) -> Value {
    shop.decision(visitor, "purpose=analytics").await["evidence"]["log_index"].clone()
}

#[tokio::test]
async fn a_proof_needs_public_keys_alone() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    for _ in 0..3 {
        shop.choose(&mut Visitor::new(), &[]).await;
    }
    let given = shop.choose(&mut Visitor::new(), &["analytics"]).await;
    let rest = format!("/consents/{}/proof", given["id"].as_str().unwrap());
    let bundle = shop.get(&rest).send().await.expect(200);
    assert_eq!(bundle["receipt"], given["receipt"]);
    let record: Record = serde_json::from_value(bundle["record"].clone()).unwrap();
    let k = STANDARD.decode(bundle["leaf_key"].as_str().unwrap()).unwrap().try_into().unwrap();
    let leaf = leaf::leaf(&leaf::commitment(&k, &record).unwrap());
    assert_eq!(STANDARD.encode(leaf), bundle["leaf"], "the leaf follows from the record");
    let notice = sha256(&canonical(&bundle["notice"]).unwrap());
    assert_eq!(format!("sha256:{}", hex(&notice)), bundle["record"]["notice"]);
    let head = checkpoint::open(bundle["checkpoint"].as_str().unwrap(), &key(&shop).await).unwrap();
    let index = bundle["index"].as_u64().unwrap();
    let proof = hashes(&bundle["inclusion"]);
    assert_eq!(bundle["size"], head.size);
    assert!(verify_inclusion(index, head.size, &leaf_hash(&leaf), &proof, &head.root));
}

#[tokio::test]
async fn what_the_log_cannot_answer_it_refuses() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let other = app.shop().await;
    let given = shop.choose(&mut Visitor::new(), &[]).await;
    let id = given["id"].as_str().unwrap();
    newest(&shop).await;
    let asked = async |rest: &str| shop.get(rest).send().await.status;
    assert_eq!(asked("/log/consistency?first=0&second=2").await, 422);
    assert_eq!(asked("/log/consistency?first=2&second=1").await, 422);
    assert_eq!(asked("/log/consistency?first=x&second=1").await, 422);
    assert_eq!(asked("/log/leaves?from=0&to=2").await, 422);
    assert_eq!(asked(&format!("/log/inclusion?record={id}&size=2")).await, 422);
    assert_eq!(asked("/log/inclusion?record=no").await, 422);
    let stranger = "00000000-0000-4000-8000-000000000000";
    assert_eq!(asked(&format!("/log/inclusion?record={stranger}")).await, 404);
    assert_eq!(other.get(&format!("/log/inclusion?record={id}")).send().await.status, 404);
    assert_eq!(other.get(&format!("/consents/{id}/proof")).send().await.status, 404);
    let path = shop.path(&format!("/log/inclusion?record={id}"));
    assert_eq!(app.get(&path).send().await.status, 401, "inclusion needs a key");
    let weak = shop.mint(&["stats:read"]).await.1;
    assert_eq!(app.get(&path).key(&weak).send().await.status, 403);
}
