//! How much a visitor, a network, a key and a site may ask, that answers say so, and that a "no"
//! always gets through.

use futures_util::{StreamExt, stream};
use serde_json::json;

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::http::Answer;
use crate::support::shop::PURPOSES;
use crate::support::visitor::Visitor;

const ON: [(&str, &str); 1] = [("OUINON_RATE_LIMITS", "on")];

/// What an answer says of a quota: how many in how many seconds, how many are left, and in how many
/// seconds it is whole again.
fn said(answer: &Answer, name: &str) -> [i64; 4] {
    let numbers = |header: &str, letters: [&str; 2]| {
        let list = answer.header(header).unwrap_or_else(|| panic!("{header}: {}", answer.text()));
        let item = list.split(", ").find(|item| item.starts_with(&format!("\"{name}\";")));
        let mut parts = item.unwrap_or_else(|| panic!("{name} in {list}")).split(';').skip(1);
        letters.map(|letter| {
            let (known, number) = parts.next().unwrap().split_once('=').unwrap();
            assert_eq!(known, letter, "{list}");
            number.parse().unwrap()
        })
    };
    let ([q, w], [r, t]) =
        (numbers("ratelimit-policy", ["q", "w"]), numbers("ratelimit", ["r", "t"]));
    [q, w, r, t]
}

#[tokio::test]
async fn a_flood_is_told_to_wait_and_a_withdrawal_passes() {
    let app = TestApp::with(BACKEND, &ON).await;
    let shop = app.shop().await;
    let visitor = Visitor::new();
    let body = shop.body(&visitor, "accept_all", &PURPOSES);
    let first = shop.post(&body).await;
    assert_eq!(said(&first, "visitor"), [60, 60, 59, 1]);
    assert_eq!(said(&first, "network"), [1_200, 60, 1_199, 1]);
    assert_eq!(said(&first, "site"), [10_000, 1, 9_999, 1]);
    let mut refused = None;
    for _ in 0..200 {
        let answer = shop.post(&body).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
        assert!(said(&answer, "visitor")[2] < 59);
    }
    let refused = refused.expect("a limit");
    refused.problem(429, "too-many-requests");
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    let wait = refused.header("retry-after").unwrap().parse().unwrap();
    assert_eq!(said(&refused, "visitor"), [60, 60, 0, wait]);
    let passed = shop.post(&shop.withdrawal(&visitor)).await;
    passed.expect(201);
    assert_eq!(said(&passed, "visitor")[2], 59, "a count of its own");
    let other = Visitor::new();
    shop.post(&shop.body(&other, "accept_all", &PURPOSES)).await.expect(201);
    assert_eq!(shop.rows().await, [3, 3, 2, 2, 3]);
}

/// Twenty times what a browser may choose: its withdrawals, its choices at another site and other
/// browsers are all served.
#[tokio::test]
async fn a_flood_of_choices_stops_neither_withdrawals_nor_other_sites() {
    let app = TestApp::with(BACKEND, &ON).await;
    let (shop, other) = (app.shop().await, app.shop_at("https://other.example").await);
    let visitor = Visitor::new();
    let flood = stream::iter(0..20 * 60).map(|_| async {
        // Counted, and refused afterwards: nobody published that notice.
        let mut body = shop.body(&visitor, "accept_all", &PURPOSES);
        body["notice"] = json!(format!("sha256:{}", "0".repeat(64)));
        shop.post(&body).await.status
    });
    let flood = flood.buffer_unordered(32).collect::<Vec<u16>>();
    let quiet = async {
        for version in 0..25 {
            shop.post(&shop.withdrawal(&visitor)).await.expect(201);
            let mut same = Visitor { secret: visitor.secret.clone(), version };
            other.choose(&mut same, &PURPOSES).await;
            shop.choose(&mut Visitor::new(), &PURPOSES).await;
        }
    };
    let (answers, ()) = tokio::join!(flood, quiet);
    let refused = answers.iter().filter(|status| **status == 429).count();
    let passed = answers.len() - refused;
    assert!(passed >= 60 && refused >= 1_000, "{refused} of {}", answers.len());
}

/// Keys are counted each by itself, in visitors asked about; who only names a key that is not its
/// own uses up nothing.
#[tokio::test]
async fn a_key_may_ask_much_and_is_told_how_much() {
    let app = TestApp::with(BACKEND, &ON).await;
    let shop = app.shop().await;
    let ids = |count: usize| (0..count).map(|_| Visitor::new().id()).collect::<Vec<_>>();
    let (_, key) = shop.mint(&["decisions:read", "stats:read"]).await;
    let other = if key.ends_with('A') { 'E' } else { 'A' };
    let forged = format!("{}{other}", &key[..key.len() - 1]);
    let ask = async |key: &str, count| {
        let body = json!({"purpose": "analytics", "visitors": ids(count)});
        app.call("POST", &shop.path("/decisions")).key(key).json(&body).send().await
    };
    ask(&forged, 10_000).await.problem(401, "unauthorized");
    let answer = ask(&key, 10_000).await;
    answer.expect(200);
    let [q, w, r, t] = said(&answer, "key");
    assert_eq!([q, w], [200_000, 10]);
    assert!((190_000..=200_000).contains(&r) && t <= 1, "{r} {t}");
    let single = format!("/decision?purpose=analytics&visitor={}", Visitor::new().id());
    let answer = app.get(&shop.path(&single)).key(&key).send().await;
    assert!(answer.status == 200 && said(&answer, "key")[0] == 200_000);
    let stats = || app.get(&shop.path("/stats?interval=none")).key(&key);
    assert_eq!(said(&stats().send().await, "key")[..2], [1_000, 10]);
    let many = stream::iter(0..3_000).map(|_| stats().send());
    let statuses: Vec<u16> = many.buffer_unordered(32).map(|answer| answer.status).collect().await;
    let refused = statuses.iter().filter(|status| **status == 429).count();
    assert!(refused > 0 && statuses.len() - refused >= 999, "{refused}");
    assert_eq!(shop.get("/stats").send().await.status, 200, "another key");
    assert_eq!(app.get(&shop.path(&single)).key(&key).send().await.status, 200, "decisions");
}

/// A server that writes for its visitors comes from one network; with a key it is counted by it.
#[tokio::test]
async fn a_server_with_a_key_is_not_one_network() {
    let app = TestApp::with(BACKEND, &ON).await;
    let shop = app.shop().await;
    let write = |key: &str| {
        let body = shop.body(&Visitor::new(), "accept_all", &PURPOSES);
        app.call("POST", &shop.path("/consents")).key(key).json(&body).send()
    };
    let answer = write(&shop.key).await;
    answer.expect(201);
    assert_eq!(said(&answer, "key")[..2], [1_000, 1]);
    let weak = shop.mint(&["stats:read"]).await.1;
    let answer = write(&weak).await;
    answer.problem(403, "insufficient-scope");
    assert_eq!(
        said(&answer, "network")[..2],
        [1_200, 60],
        "a key that may not write counts nothing"
    );
}

#[tokio::test]
async fn without_limits_nothing_is_said_of_them() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let answer = shop.post(&shop.body(&Visitor::new(), "accept_all", &PURPOSES)).await;
    assert_eq!((answer.header("ratelimit"), answer.header("ratelimit-policy")), (None, None));
}

#[tokio::test]
async fn a_batch_is_counted_as_decisions_alone() {
    let app = TestApp::with(BACKEND, &ON).await;
    let shop = app.shop().await;
    let (_, key) = shop.mint(&["decisions:read", "stats:read"]).await;
    let body = json!({"purpose": "analytics", "visitors": [Visitor::new().id()]});
    let ask = || app.call("POST", &shop.path("/decisions")).key(&key).json(&body).send();
    let asked = stream::iter(0..400).map(|_| ask()).buffer_unordered(32);
    assert!(asked.all(async |answer| answer.status == 200).await);
    let stats = app.get(&shop.path("/stats?interval=none")).key(&key).send().await;
    assert_eq!(said(&stats, "key")[2], 999, "the first of another kind");
}

/// Keys that nobody made are counted with the network they come from: there is no end of them.
#[tokio::test]
async fn unknown_keys_are_counted_by_their_network() {
    let app = TestApp::with(BACKEND, &ON).await;
    let shop = app.shop().await;
    let single = format!("/decision?purpose=analytics&visitor={}", Visitor::new().id());
    let ask = |number: usize| {
        let made_up = format!("{}{number:06}", &shop.key[..shop.key.len() - 6]);
        app.get(&shop.path(&single)).key(&made_up).send()
    };
    let answers: Vec<Answer> = stream::iter(0..2_000).map(ask).buffer_unordered(32).collect().await;
    let refused = answers.iter().filter(|answer| answer.status == 429).count();
    assert!(refused > 500, "{refused}");
    let mut served = answers.iter().filter(|answer| answer.status != 429);
    served.clone().for_each(|answer| drop(answer.problem(401, "unauthorized")));
    assert_eq!(said(served.next().unwrap(), "network")[..2], [1_200, 60]);
    let known = app.get(&shop.path(&single)).key(&shop.key).send().await;
    assert!(known.status == 200 && said(&known, "key")[0] == 200_000);
}
