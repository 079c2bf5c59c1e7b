//! Random histories through the API, then everything recomputed from what is stored: the state is
//! the fold of the records (invariant I8), each record is what its leaf commits to, what was
//! acknowledged is what is stored (I1, I6), and nobody can change a record.

use ouinon_domain::ids::VisitorId;
use ouinon_domain::leaf;
use ouinon_domain::state::State;
use ouinon_domain::time::Timestamp;
use ouinon_server::evidence::receipts;
use ouinon_server::storage::entity::{state, subject};
use ouinon_server::storage::{records, rows};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::{Value, json};

use super::BACKEND;
use crate::support::app::{Backend, TestApp};
use crate::support::shop::{PURPOSES, Shop, notice};
use crate::support::visitor::Visitor;

#[derive(Clone, Debug)]
enum Step {
    /// A save by a visitor on a version it may have seen, with these purposes and vendors.
    Save {
        who: usize,
        behind: u64,
        yes: Vec<bool>,
        vendors: Vec<Option<bool>>,
    },
    Withdraw {
        who: usize,
    },
    /// The last body of all, once more.
    Repeat,
    /// A notice that grows or shrinks.
    Publish {
        vendors: usize,
    },
    Wait {
        micros: i64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let save = (
        0..3_usize,
        prop_oneof![4 => Just(0_u64), 1 => 1..3_u64],
        prop::collection::vec(any::<bool>(), 4),
        prop::collection::vec(any::<Option<bool>>(), 2),
    );
    prop_oneof![
        8 => save.prop_map(|(who, behind, yes, vendors)| Step::Save { who, behind, yes, vendors }),
        2 => (0..3_usize).prop_map(|who| Step::Withdraw { who }),
        1 => Just(Step::Repeat),
        1 => (0..3_usize).prop_map(|vendors| Step::Publish { vendors }),
        1 => (-5_i64..1_000_000).prop_map(|micros| Step::Wait { micros }),
    ]
}

/// Does a step; answers what was acknowledged as new.
async fn take(
    shop: &mut Shop<'_>,
    visitors: &mut [Visitor],
    last: &mut Value,
    step: &Step,
) -> Option<Value> {
    let who = match step {
        Step::Save { who, behind, yes, vendors } => {
            let granted: Vec<_> =
                PURPOSES.iter().zip(yes).filter(|(_, yes)| **yes).map(|(key, _)| *key).collect();
            let mut body = shop.body(&visitors[*who], "save", &granted);
            body["base_version"] = json!(visitors[*who].version.saturating_sub(*behind));
            for (key, answer) in ["matomo", "adnet"].iter().zip(vendors) {
                if let Some(answer) = answer {
                    body["vendors"][key] = json!(answer);
                }
            }
            *last = body;
            *who
        }
        Step::Withdraw { who } => {
            *last = shop.withdrawal(&visitors[*who]);
            *who
        }
        Step::Repeat => {
            if !last.is_null() {
                let answer = shop.post(last).await;
                assert!(
                    [200, 409].contains(&answer.status) || answer.status == 201,
                    "{}",
                    answer.text()
                );
                return (answer.status == 201).then(|| answer.json());
            }
            return None;
        }
        Step::Publish { vendors } => {
            let mut next = notice();
            next["vendors"].as_array_mut().unwrap().rotate_left(*vendors % 2);
            next["purposes"][4]["data_categories"] = json!(
                (0..=*vendors)
                    .collect::<Vec<_>>()
                    .iter()
                    .map(|n| format!("category-{n}"))
                    .collect::<Vec<_>>()
            );
            shop.notice = shop.publish(next).await.to_string();
            return None;
        }
        Step::Wait { micros } => {
            shop.app.pass(*micros);
            return None;
        }
    };
    let answer = shop.post(last).await;
    match answer.status {
        201 => {
            let body = answer.json();
            visitors[who].version = body["version"].as_u64().unwrap();
            Some(body)
        }
        _ => {
            assert_eq!(answer.status, 409, "{}", answer.text());
            None
        }
    }
}

/// Recomputes everything of one visitor; answers its records as they were acknowledged.
async fn sound(shop: &Shop<'_>, visitor: VisitorId) -> Vec<Value> {
    let db = &shop.app.storage.db();
    let history = records::history(db, &shop.id, visitor, Timestamp(i64::MAX)).await.unwrap();
    let key = (shop.id.to_string(), visitor.0.to_vec());
    let row = state::Entity::find_by_id(key.clone()).one(db).await.unwrap();
    let folded = State::fold(history.iter().map(|stored| &stored.record));
    assert_eq!(row.map(|row| rows::read_state(row).unwrap()), folded, "state = fold(records)");
    let mut answers = Vec::new();
    let mut before = Timestamp(i64::MIN);
    for (stored, version) in history.iter().zip(1..) {
        let record = &stored.record;
        assert_eq!(record.version, version, "gapless");
        assert!(record.given_at > before, "time moves forward");
        before = record.given_at;
        let subject = subject::Entity::find_by_id(key.clone()).one(db).await.unwrap().unwrap();
        assert_eq!(subject.subject, record.subject);
        let k = subject.k.try_into().unwrap();
        let commitment = leaf::commitment(&k, record).unwrap();
        assert_eq!(commitment, stored.commitment, "the stored record is what was committed to");
        let mut answer = serde_json::to_value(record.answer().unwrap()).unwrap();
        answer["receipt"] = json!(receipts::receipt(stored).unwrap());
        answers.push(answer);
    }
    answers
}

#[tokio::test]
async fn random_histories_replay_to_what_is_stored() {
    let app = TestApp::start(BACKEND).await;
    let mut runner = TestRunner::default();
    for _ in 0..6 {
        let steps = prop::collection::vec(step(), 30).new_tree(&mut runner).unwrap().current();
        let mut shop = app.shop().await;
        let mut visitors: Vec<_> = (0..3).map(|_| Visitor::new()).collect();
        let (mut acknowledged, mut last) = (Vec::new(), Value::Null);
        for step in &steps {
            acknowledged.extend(take(&mut shop, &mut visitors, &mut last, step).await);
        }
        let mut stored = Vec::new();
        for visitor in &visitors {
            stored.extend(sound(&shop, visitor.id()).await);
        }
        let by_id = |one: &Value| one["id"].as_str().unwrap().to_owned();
        acknowledged.sort_by_key(by_id);
        stored.sort_by_key(by_id);
        assert_eq!(stored, acknowledged, "after {steps:?}");
    }
}

#[tokio::test]
async fn records_and_notices_cannot_be_changed() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    shop.choose(&mut visitor, &[]).await;
    let db = &app.storage.db();
    let mut attempts = vec![
        "update record set choices = '{\"analytics\":true}'",
        "update record set given_at = given_at + 1",
        "delete from record",
        "update notice set body = '{}'",
        "delete from notice",
    ];
    if BACKEND == Backend::Postgres {
        attempts.extend(["truncate record", "truncate notice"]);
    }
    for sql in attempts {
        let error = db.execute_unprepared(sql).await.unwrap_err().to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
    assert_eq!(sound(&shop, visitor.id()).await.len(), 1);
}
