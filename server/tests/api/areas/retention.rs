//! The end of a retention: what is due goes, what is not stays, and the log proves the same as
//! before, however the removal was interrupted.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use ouinon_domain::checkpoint;
use ouinon_domain::ids::{RecordId, Subject};
use ouinon_domain::leaf;
use ouinon_domain::merkle::leaf_hash;
use ouinon_domain::residue;
use ouinon_domain::state::State;
use ouinon_domain::tile::Tiles;
use ouinon_domain::time::{DAY, Timestamp};
use ouinon_server::evidence::log_keys::{LogKey, Statement};
use ouinon_server::evidence::proof;
use ouinon_server::evidence::register::Entry;
use ouinon_server::jobs;
use ouinon_server::privacy::retention::{Context, records, visitors};
use ouinon_server::storage::entity::{
    forgotten_subject, record, record_key, record_personal, state, subject,
};
use ouinon_server::storage::records as stored;
use ouinon_server::storage::rows::{self, Stored};
use ouinon_server::storage::{log, register, retention, sites};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use sea_orm::{ConnectionTrait, EntityTrait};

use super::BACKEND;
use crate::support::app::{Backend, TestApp};
use crate::support::shop::{PURPOSES, Shop};
use crate::support::visitor::Visitor;

const AMERICA: &str = "8.8.8.8";

async fn key(shop: &Shop<'_>) -> LogKey {
    let site = sites::find(&shop.app.storage.db(), &shop.id).await.unwrap().unwrap();
    shop.app.admin().keys.of(&site.log_origin).unwrap()
}

/// The register of a site of which each entry is signed and names the one before.
async fn entries(shop: &Shop<'_>) -> Vec<Entry> {
    let (db, key) = (&shop.app.storage.db(), key(shop).await);
    let rows = register::from(db, &shop.id, 0, 10_000).await.unwrap();
    let entries: Vec<Entry> = rows.iter().map(|row| Entry::read(row).unwrap()).collect();
    for (at, entry) in entries.iter().enumerate() {
        assert_eq!(entry.seq, at as u64);
        assert!(entry.is_signed(&key).unwrap());
        let before = at.checked_sub(1).map_or([0; 32], |at| entries[at].hash().unwrap());
        assert_eq!(entry.previous, ouinon_domain::canonical::hex(&before));
    }
    entries
}

/// Every invariant of what is stored about this shop, the only one of its server.
async fn sound(shop: &Shop<'_>) {
    let db = &shop.app.storage.db();
    let head = log::head(db, &shop.id).await.unwrap().unwrap();
    let leaves = proof::leaves(&shop.app.storage, &shop.id, 0, head.size).await.unwrap();
    let mut tiles = Tiles::default();
    let hashes: Vec<_> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
    tiles.append(0, &hashes).unwrap();
    assert_eq!(tiles.root(head.size), Some(head.root), "the leaves make the root");

    let records = record::Entity::find().all(db).await.unwrap();
    let ids: Vec<RecordId> = records.iter().map(|row| row.id).collect();
    let positions = log::positions(db, &shop.id, ids).await.unwrap();
    for row in &records {
        let committed = leaf::leaf(&row.commitment.clone().try_into().unwrap());
        let position = usize::try_from(positions[&row.id]).unwrap();
        assert_eq!(leaves[position], committed, "each record has its leaf");
    }
    accounted(shop, head.size, positions.values().copied().collect()).await;

    let slots = |row: &record::Model| (row.id, row.given_at);
    let keys = record_key::Entity::find().all(db).await.unwrap();
    let keys: BTreeSet<_> = keys.iter().map(|row| (row.id, row.given_at)).collect();
    assert_eq!(keys, records.iter().map(slots).collect(), "a key for each record");

    let mut histories: HashMap<Subject, Vec<Stored>> = HashMap::new();
    let all = records.iter().map(|row| row.id);
    for one in stored::by_ids(db, &shop.id, all).await.unwrap() {
        histories.entry(one.record.subject).or_default().push(one);
    }
    histories.values_mut().for_each(|history| history.sort_by_key(|one| one.record.version));
    people(shop, histories).await;
}

/// Places of records and retired ranges are the whole log, and none is both.
async fn accounted(shop: &Shop<'_>, size: u64, mut places: BTreeSet<u64>) {
    let mut horizon = Timestamp(0);
    for entry in entries(shop).await.iter().filter(|entry| entry.kind == "retention") {
        let before = places.len() as u64;
        for range in entry.body["positions"].as_array().unwrap() {
            places.extend(range[0].as_u64().unwrap()..range[1].as_u64().unwrap());
        }
        assert_eq!(places.len() as u64 - before, entry.body["records"], "{entry:?}");
        horizon = Timestamp::parse(entry.body["before"].as_str().unwrap()).unwrap();
    }
    assert_eq!(places, (0..size).collect());
    let kept = retention::of_site(&shop.app.storage.db(), &shop.id).await.unwrap().unwrap();
    assert_eq!(kept.1, horizon, "the horizon is the one that was signed last");
}

/// Each subject is a visitor whose state follows from what is left, or forgotten with what is left
/// signed.
async fn people(shop: &Shop<'_>, mut histories: HashMap<Subject, Vec<Stored>>) {
    let db = &shop.app.storage.db();
    let mut personal = 0;
    let subjects = subject::Entity::find().all(db).await.unwrap();
    assert_eq!(state::Entity::find().all(db).await.unwrap().len(), subjects.len());
    for row in subjects {
        let history = histories.remove(&row.subject).expect("a visitor has records");
        personal += history.len();
        let k = row.k.try_into().unwrap();
        for one in &history {
            assert_eq!(leaf::commitment(&k, &one.record).unwrap(), one.commitment);
        }
        let id = (shop.id.to_string(), row.visitor);
        let held = state::Entity::find_by_id(id).one(db).await.unwrap().unwrap();
        let held = rows::read_state(held).unwrap();
        let left = State::fold(history.iter().map(|one| &one.record)).unwrap();
        let extra = |(key, yes): (_, &bool)| !left.choices.contains_key(key) && !yes;
        assert!(
            held.choices.iter().all(|one| left.choices.get(one.0) == Some(one.1) || extra(one))
        );
        assert!(left.taken_back.is_subset(&held.taken_back));
        let rest = |state: State| State {
            choices: Default::default(),
            taken_back: Default::default(),
            ..state
        };
        assert_eq!(rest(held), rest(left));
    }
    let key = key(shop).await;
    for row in forgotten_subject::Entity::find().all(db).await.unwrap() {
        let stays = histories.remove(&row.subject).expect("no residue of nothing");
        let residue = residue::residue(stays.iter().map(Stored::remains)).unwrap();
        assert_eq!(residue.to_vec(), row.residue);
        let signed = residue::statement(&row.subject, &residue);
        assert!(key.signed(Statement::Residue, &signed, &row.signature));
    }
    assert!(histories.is_empty(), "records of nobody: {histories:?}");
    assert_eq!(record_personal::Entity::find().all(db).await.unwrap().len(), personal);
}

#[tokio::test]
async fn silent_visitors_are_forgotten_and_may_come_back_as_new() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let (mut silent, mut loyal) = (Visitor::new(), Visitor::new());
    shop.choose(&mut silent, &PURPOSES).await;
    shop.choose(&mut loyal, &PURPOSES).await;
    let out = Visitor::new();
    let body = shop.body(&out, "reject_all", &[]);
    shop.posting(&body).from(AMERICA).header("Sec-GPC", "0").send().await.expect(201);
    app.merged().await;
    app.pass(395 * DAY);
    app.retired().await;
    assert_eq!(shop.rows().await, [3; 5], "not a second too early");
    app.pass(1);
    shop.choose(&mut loyal, &["analytics"]).await;
    app.merged().await;
    app.retired().await;
    assert_eq!(shop.rows().await, [4, 3, 2, 2, 4]);
    sound(&shop).await;
    assert_eq!(shop.reason(&silent, "purpose=analytics").await, "NO_RECORD");
    assert_eq!(shop.reason(&loyal, "purpose=analytics").await, "GRANTED");
    let ads = "purpose=advertising&place=US-TX";
    assert_eq!(shop.reason(&out, ads).await, "OPTED_OUT", "an opt-out does not lapse");
    assert_eq!(shop.count("from erasure where site = $1").await, 0, "nobody asked for it");
    silent.version = 0;
    shop.choose(&mut silent, &PURPOSES).await;
    assert_eq!(shop.reason(&silent, "purpose=analytics").await, "GRANTED");
    app.merged().await;
    sound(&shop).await;
}

#[tokio::test]
async fn records_go_at_their_time_and_the_log_proves_the_same() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let (mut loyal, mut gone) = (Visitor::new(), Visitor::new());
    let first = shop.choose(&mut loyal, &PURPOSES).await;
    shop.choose(&mut gone, &PURPOSES).await;
    app.pass(DAY);
    shop.choose(&mut gone, &[]).await;
    app.merged().await;
    let path = shop.path("/log/checkpoint");
    let early = app.get(&path).send().await.text();
    app.pass(1_800 * DAY);
    let last = shop.choose(&mut loyal, &["analytics"]).await;
    app.pass(26 * DAY + 1);
    app.merged().await;
    app.retired().await;
    // One of two records of the forgotten visitor stays for a day.
    assert_eq!(shop.rows().await, [2, 1, 1, 1, 2]);
    sound(&shop).await;
    let retired = entries(&shop).await.pop().unwrap();
    assert_eq!((retired.kind.as_str(), &retired.body["days"]), ("retention", &1_827.into()));
    assert_eq!(retired.body["positions"], serde_json::json!([[0, 2]]));
    assert_eq!(shop.reason(&loyal, "purpose=analytics").await, "GRANTED");
    let at = |record: &serde_json::Value| format!("/consents/{}", record["id"].as_str().unwrap());
    assert_eq!(shop.get(&at(&first)).send().await.status, 404);
    assert_eq!(shop.get(&at(&last)).send().await.status, 200);
    app.merged().await;
    assert_eq!(shop.get(&format!("{}/proof", at(&last))).send().await.status, 200);
    let note = checkpoint::open(&early, key(&shop).await.verifier()).unwrap();
    let head = log::head(&app.storage.db(), &shop.id).await.unwrap().unwrap();
    assert!(proof::extends(&app.storage, &head, &note).await.unwrap());
    app.pass(DAY);
    app.retired().await;
    assert_eq!(shop.rows().await, [1, 1, 1, 1, 1]);
    assert_eq!(shop.count("from forgotten_subject where site = $1").await, 0);
    sound(&shop).await;
}

#[tokio::test]
async fn the_database_lets_go_of_nothing_that_was_not_signed_away() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    shop.choose(&mut Visitor::new(), &PURPOSES).await;
    app.pass(2_000 * DAY);
    shop.choose(&mut Visitor::new(), &PURPOSES).await;
    app.merged().await;
    let mut attempts = vec![
        "update record set choices = '{}'".to_owned(),
        "update record set given_at = 0".to_owned(),
        "delete from record".to_owned(),
    ];
    if BACKEND == Backend::Postgres {
        for table in ["record", "record_2026_03", "record_default"] {
            attempts.push(format!("truncate {table}"));
        }
        attempts.push("delete from record_2026_03".into());
        attempts.push("update record_2026_03 set gpc = true".into());
    }
    let mut left = 2;
    for _ in 0..2 {
        for sql in &attempts {
            // Where a month is empty, there is nothing to refuse.
            let done = app.storage.db().execute_unprepared(sql).await;
            let refused =
                done.as_ref().err().is_some_and(|e| e.to_string().contains("append-only"));
            assert!(refused || (left == 1 && sql.contains("2026_03")), "{sql}: {done:?}");
            assert_eq!(shop.count("from record where site = $1").await, left, "{sql}");
        }
        app.retired().await;
        left = 1;
    }
    sound(&shop).await;
}

#[tokio::test]
async fn a_choice_and_a_question_touch_no_month_but_their_own() {
    if BACKEND == Backend::Sqlite {
        return;
    }
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    app.pass(40 * DAY);
    let others = app.storage.write().await.unwrap();
    let months = ["2026_03", "2026_05", "2026_06", "default"];
    let tables = months.map(|month| format!("record_{month}, record_personal_{month}"));
    // Whoever so much as plans to look there now waits, and is told 503.
    let lock = format!("lock table {} in access exclusive mode", tables.join(", "));
    others.execute_unprepared(&lock).await.unwrap();
    let mut visitor = Visitor::new();
    let given = shop.choose(&mut visitor, &PURPOSES).await;
    let body = shop.body(&visitor, "save", &["analytics"]);
    shop.post(&body).await.expect(201);
    shop.post(&body).await.expect(200);
    app.merged().await;
    app.counted().await;
    assert_eq!(shop.reason(&visitor, "purpose=analytics").await, "GRANTED");
    let path = format!("/consents/{}", given["id"].as_str().unwrap());
    shop.get(&path).send().await.expect(200);
    shop.get(&format!("{path}/proof")).send().await.expect(200);
    others.rollback().await.unwrap();
}

#[tokio::test]
async fn empty_months_are_dropped_and_old_ones_can_be_written_again() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    shop.choose(&mut Visitor::new(), &PURPOSES).await;
    app.merged().await;
    let months = async || match BACKEND {
        Backend::Postgres => {
            let all = "from pg_inherits where inhparent in \
                       ('record'::regclass, 'record_personal'::regclass) and $1 <> ''";
            shop.count(all).await
        }
        Backend::Sqlite => 0,
    };
    let per_month = if BACKEND == Backend::Postgres { 2 } else { 0 };
    assert_eq!(months().await, 5 * per_month, "this month, three ahead and the default");
    let start = app.now().0;
    app.pass(200 * DAY);
    app.retired().await;
    assert_eq!(months().await, 6 * per_month, "four new ones; three of the first are empty");
    app.pass(1_700 * DAY);
    app.retired().await;
    assert_eq!(months().await, 5 * per_month);
    app.set_clock(start);
    shop.choose(&mut Visitor::new(), &PURPOSES).await;
    app.merged().await;
    sound(&shop).await;
    app.retired().await;
    sound(&shop).await;
}

#[tokio::test]
async fn counters_and_sessions_go_and_a_clock_that_is_off_removes_nothing() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    shop.choose(&mut Visitor::new(), &PURPOSES).await;
    app.counted().await;
    let counters = "from counter where site = $1";
    let before = shop.count(counters).await;
    assert!(before > 0);
    app.pass(760 * DAY);
    app.retired().await;
    assert_eq!(shop.count(counters).await, before);
    app.pass(DAY);
    app.retired().await;
    assert_eq!(shop.count(counters).await, 0);
    let refused = jobs::retention::clocks_agree(&app.storage, &app.clock).await.unwrap_err();
    assert!(refused.to_string().contains("clocks"), "{refused}");
}

#[derive(Clone, Debug)]
enum Step {
    Choose {
        who: usize,
        yes: usize,
    },
    Withdraw {
        who: usize,
    },
    Days(i64),
    Forget,
    /// At most so many, from the beginning.
    Retire(u64),
    /// Cut off after so many microseconds.
    Cut(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..4_usize, 0..=4_usize).prop_map(|(who, yes)| Step::Choose { who, yes }),
        1 => (0..4_usize).prop_map(|who| Step::Withdraw { who }),
        3 => (1..500_i64).prop_map(Step::Days),
        1 => Just(Step::Forget),
        2 => (1..4_u64).prop_map(Step::Retire),
        2 => (0..30_000_u64).prop_map(Step::Cut),
    ]
}

/// Waits until what was cut off, perhaps in its commit, is committed or rolled back.
async fn settled(shop: &Shop<'_>) {
    if BACKEND == Backend::Sqlite {
        return shop.app.storage.write().await.unwrap().rollback().await.unwrap();
    }
    let open = "from pg_stat_activity where datname = current_database() and $1 <> '' \
                and xact_start is not null and pid <> pg_backend_pid()";
    while shop.count(open).await > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn take(shop: &Shop<'_>, visitors: &mut [Visitor], step: &Step) {
    let (app, key) = (shop.app, key(shop).await);
    let context = Context { storage: &app.storage, clock: &app.clock, site: &shop.id, key: &key };
    match step {
        Step::Choose { who, yes } => {
            let visitor = &mut visitors[*who];
            let id = (shop.id.to_string(), visitor.id().0.to_vec());
            let held = state::Entity::find_by_id(id).one(&app.storage.db()).await.unwrap();
            visitor.version = held.map_or(0, |row| u64::try_from(row.version).unwrap());
            shop.choose(visitor, &PURPOSES[..*yes]).await;
        }
        Step::Withdraw { who } => {
            shop.withdraw(&mut visitors[*who]).await;
        }
        Step::Days(days) => app.pass(days * DAY),
        Step::Forget => {
            app.merged().await;
            visitors::forget_silent(&context, 395).await.unwrap();
        }
        Step::Retire(most) => {
            app.merged().await;
            records::step(&context, 1_000, None, *most).await.unwrap();
        }
        Step::Cut(micros) => {
            app.merged().await;
            let work = async {
                visitors::forget_silent(&context, 395).await.unwrap();
                records::retire(&context, 1_000).await.unwrap();
            };
            let _ = tokio::time::timeout(Duration::from_micros(*micros), work).await;
            settled(shop).await;
        }
    }
}

#[tokio::test]
async fn random_histories_and_retirements_keep_every_invariant() {
    let mut runner = TestRunner::default();
    for _ in 0..4 {
        let app = TestApp::start(BACKEND).await;
        let shop = app.shop().await;
        let steps = prop::collection::vec(step(), 40).new_tree(&mut runner).unwrap().current();
        let mut visitors: Vec<_> = (0..4).map(|_| Visitor::new()).collect();
        for step in &steps {
            take(&shop, &mut visitors, step).await;
            if !matches!(step, Step::Choose { .. } | Step::Withdraw { .. } | Step::Days(_)) {
                sound(&shop).await;
            }
        }
        app.merged().await;
        app.pass(2_000 * DAY);
        app.retired().await;
        sound(&shop).await;
        assert_eq!(shop.rows().await, [0; 5], "after {steps:?}");
    }
}
