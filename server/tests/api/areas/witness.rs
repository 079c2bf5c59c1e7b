//! The witness: an older or a forked database is noticed, who was forgotten stays forgotten, an
//! operator decides, and a witness that is gone holds up nothing but checkpoints.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ouinon_server::storage::sites;
use serde_json::{Value, json};

use super::BACKEND;
use crate::support::app::{Backend, Ground, TestApp};
use crate::support::shop::{PURPOSES, Shop};
use crate::support::store::Store;
use crate::support::visitor::Visitor;

/// What a command prints with `--json`, beside the server, with this witness.
#[track_caller]
fn command(app: &TestApp, witness: &str, arguments: &[&str]) -> Value {
    answer(app, witness, arguments, 0)
}

/// The same with this exit code.
#[track_caller]
fn answer(app: &TestApp, witness: &str, arguments: &[&str], code: i32) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ouinon"));
    command.args(arguments).arg("--json").envs(app.ground.settings());
    command.env("OUINON_WITNESS", witness).current_dir(app.ground.folder.path());
    let done = command.output().unwrap();
    assert_eq!(done.status.code(), Some(code), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

/// Why the server does not believe the shop's log.
async fn why(shop: &Shop<'_>) -> String {
    let ready = shop.app.get("/readyz").send().await.json();
    let logs = ready["logs_unverified"].as_array().unwrap();
    let own = logs.iter().find(|log| log["site"] == json!(shop.id));
    own.map(|log| log["why"].as_str().unwrap().to_owned()).unwrap_or_default()
}

/// How many leaves the shop's last checkpoint has.
async fn published(shop: &Shop<'_>) -> String {
    let note = shop.app.get(&shop.path("/log/checkpoint")).send().await.text();
    note.lines().nth(1).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn an_older_database_is_noticed_and_its_erasures_are_applied_again() {
    let ground = Arc::new(Ground::new(BACKEND));
    let (mut ann, mut bob, mut eve) = (Visitor::new(), Visitor::new(), Visitor::new());
    let app = TestApp::over(Arc::clone(&ground), &[]).await;
    let (shop, other) = (app.shop().await, app.shop().await);
    shop.choose(&mut ann, &PURPOSES).await;
    shop.choose(&mut bob, &PURPOSES).await;
    other.choose(&mut eve, &PURPOSES).await;
    app.merged().await;
    app.stop();
    let backup = Arc::new(ground.copy());
    let later = TestApp::over(Arc::clone(&ground), &[]).await;
    let shop_later = shop.on(&later);
    shop_later.erase(&bob).await;
    shop_later.choose(&mut Visitor::new(), &[]).await;
    later.merged().await;
    later.stop();

    let kept = ground.witness().display().to_string();
    let restored = TestApp::over(backup, &[("OUINON_WITNESS", &kept)]).await;
    let shop = shop.on(&restored);
    assert_eq!(shop.reason(&ann, "purpose=analytics").await, "LOG_UNVERIFIED");
    let at = format!("purpose=analytics&at={}", restored.now());
    assert_eq!(shop.reason(&ann, &at).await, "LOG_UNVERIFIED");
    let said = why(&shop).await;
    assert!(said.contains("2 leaves here") && said.contains("checkpoint of 3"), "{said}");
    assert_eq!(other.on(&restored).reason(&eve, "purpose=analytics").await, "GRANTED");
    assert_eq!(shop.count("from erasure where site = $1").await, 1, "before the first request");
    assert_eq!(shop.count("from subject where site = $1").await, 1, "ann");
    let refused = shop.post(&shop.body(&bob, "accept_all", &PURPOSES)).await;
    refused.problem(410, "visitor-erased");
    shop.choose(&mut Visitor::new(), &[]).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(shop.count("from leaf_queue where site = $1").await, 1, "not extended");

    let site = shop.id.as_str();
    let status = answer(&restored, &kept, &["log", "status", "--site", site], 1);
    assert_eq!(status["items"][0]["witnesses"][0]["agrees"], false, "{status}");
    let decide = ["log", "reconcile", "--site", site, "--who", "Ann", "--why", "disk lost"];
    let done = command(&restored, &kept, &decide);
    assert_eq!(done["set_aside"][0]["witness"], kept.as_str(), "{done}");
    assert_eq!(shop.reason(&ann, "purpose=analytics").await, "GRANTED", "at the next request");
    assert_eq!(shop.reason(&bob, "purpose=analytics").await, "ERASED");
    assert_eq!(why(&shop).await, "");
    restored.merged().await;
    assert_eq!(published(&shop).await, "3");
    let status = command(&restored, &kept, &["log", "status", "--site", site]);
    assert_eq!(status["items"][0]["witnesses"][0]["agrees"], true, "{status}");
    let aside = ground.witness().join(site).join("superseded");
    assert_eq!(std::fs::read_dir(aside).unwrap().count(), 1);
    let entry = shop.count("from register where site = $1 and kind = 'reconciliation'").await;
    assert_eq!(entry, 1);
}

#[tokio::test]
async fn a_fork_is_noticed_however_long_it_is() {
    let ground = Arc::new(Ground::new(BACKEND));
    let mut ann = Visitor::new();
    let app = TestApp::over(Arc::clone(&ground), &[]).await;
    let shop = app.shop().await;
    shop.choose(&mut ann, &PURPOSES).await;
    app.merged().await;
    app.stop();
    let fork = Arc::new(ground.copy());
    let grow = async |ground: &Arc<Ground>, count: usize| {
        let app = TestApp::over(Arc::clone(ground), &[]).await;
        for _ in 0..count {
            shop.on(&app).choose(&mut Visitor::new(), &[]).await;
        }
        app.merged().await;
    };
    grow(&ground, 1).await;
    grow(&fork, 3).await;
    let kept = ground.witness().display().to_string();
    let forked = TestApp::over(fork, &[("OUINON_WITNESS", &kept)]).await;
    let shop = shop.on(&forked);
    assert_eq!(shop.reason(&ann, "purpose=analytics").await, "LOG_UNVERIFIED");
    let said = why(&shop).await;
    assert!(said.contains("4 leaves here") && said.contains("forked"), "{said}");
    let tx = forked.storage.write().await.unwrap();
    sites::raise_epoch(&tx, &shop.id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(shop.reason(&ann, "purpose=analytics").await, "LOG_UNVERIFIED", "looked at again");
}

#[tokio::test]
async fn what_a_witness_holds_may_be_missing_but_not_changed() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut ann = Visitor::new();
    shop.choose(&mut ann, &PURPOSES).await;
    app.merged().await;
    let folder = app.ground.witness().join(shop.id.as_str());
    let files = [folder.join("checkpoint"), folder.join("register/0")];
    let reason = async || shop.reason(&ann, "purpose=analytics").await;
    for (file, said) in files.iter().zip(["not a signed note", "cannot be read"]) {
        let whole = std::fs::read_to_string(file).unwrap();
        std::fs::write(file, "garbage").unwrap();
        app.compared().await;
        assert_eq!(reason().await, "LOG_UNVERIFIED");
        assert!(why(&shop).await.contains(said), "{}", why(&shop).await);
        std::fs::write(file, &whole).unwrap();
        app.compared().await;
        assert_eq!(reason().await, "GRANTED", "the right file again");
    }
    let register = std::fs::read_to_string(&files[1]).unwrap();
    std::fs::write(&files[1], register.replace("sha256:", "sha255:")).unwrap();
    app.stop();
    let app = TestApp::over(Arc::clone(&app.ground), &[]).await;
    let shop = shop.on(&app);
    assert_eq!(shop.reason(&ann, "purpose=analytics").await, "LOG_UNVERIFIED");
    assert!(why(&shop).await.contains("entry 0 of the register"), "{}", why(&shop).await);
    std::fs::remove_dir_all(&folder).unwrap();
    app.compared().await;
    assert_eq!(shop.reason(&ann, "purpose=analytics").await, "GRANTED");
    assert!(files.iter().all(|file| file.exists()), "a witness that holds nothing adopts the log");
    assert_eq!(std::fs::read_to_string(&files[1]).unwrap(), register);
}

#[tokio::test]
async fn a_witness_on_the_web_that_is_gone_holds_up_nothing_but_checkpoints() {
    let store = Store::start();
    let ground = Arc::new(Ground::new(BACKEND));
    let targets = format!("{},{}", store.url(), ground.witness().display());
    let app = TestApp::over(Arc::clone(&ground), &[("OUINON_WITNESS", &targets)]).await;
    let shop = app.shop().await;
    let mut ann = Visitor::new();
    shop.choose(&mut ann, &PURPOSES).await;
    app.merged().await;
    let held = |name: &str| store.file(&format!("/logs/{}/{name}", shop.id)).unwrap();
    let kept = |name: &str| {
        std::fs::read_to_string(ground.witness().join(shop.id.as_str()).join(name)).unwrap()
    };
    for name in ["checkpoint", "register/0"] {
        assert_eq!(held(name), kept(name));
    }
    store.down(true);
    shop.choose(&mut Visitor::new(), &[]).await;
    shop.withdraw(&mut ann).await;
    tokio::time::sleep(Duration::from_millis(900)).await;
    app.compared().await;
    assert_eq!(shop.reason(&ann, "purpose=analytics").await, "WITHDRAWN");
    assert_eq!(shop.count("from log_index where site = $1").await, 3, "leaves do not wait");
    assert_eq!(published(&shop).await, "1", "published is what every witness has");
    app.stop();
    let app = TestApp::over(Arc::clone(&ground), &[("OUINON_WITNESS", &targets)]).await;
    let shop = shop.on(&app);
    assert_eq!(shop.reason(&ann, "purpose=analytics").await, "WITHDRAWN", "started without it");
    store.down(false);
    for _ in 0..100 {
        if published(&shop).await == "3" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(published(&shop).await, "3", "and it goes on");
    assert_eq!(held("checkpoint"), kept("checkpoint"));
}

#[tokio::test]
async fn a_second_server_with_a_witness_of_its_own_adopts_the_logs() {
    if BACKEND == Backend::Sqlite {
        return;
    }
    let one = TestApp::start(BACKEND).await;
    let shop = one.shop().await;
    let mut ann = Visitor::new();
    shop.choose(&mut ann, &PURPOSES).await;
    one.merged().await;
    let own = one.ground.folder.path().join("second").display().to_string();
    let two = TestApp::over(Arc::clone(&one.ground), &[("OUINON_WITNESS", &own)]).await;
    two.compared().await;
    for name in ["checkpoint", "register/0"] {
        let path = PathBuf::from(shop.id.as_str()).join(name);
        let held = std::fs::read(PathBuf::from(&own).join(&path)).unwrap();
        assert_eq!(held, std::fs::read(one.ground.witness().join(&path)).unwrap());
    }
    for _ in 0..5 {
        shop.choose(&mut Visitor::new(), &[]).await;
        one.merged().await;
        two.compared().await;
        one.compared().await;
    }
    for app in [&one, &two] {
        assert_eq!(shop.on(app).reason(&ann, "purpose=analytics").await, "GRANTED");
    }
}

#[tokio::test]
async fn a_new_key_signs_from_the_next_start_and_the_old_receipts_still_verify() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let kid = |record: &Value| {
        let header = record["receipt"].as_str().unwrap().split('.').next().unwrap();
        let header = URL_SAFE_NO_PAD.decode(header).unwrap();
        serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
    };
    let before = shop.choose(&mut Visitor::new(), &PURPOSES).await;
    let kept = app.ground.witness().display().to_string();
    let rotated = command(&app, &kept, &["signing-key", "rotate"]);
    assert_eq!(rotated["replaces"], json!(kid(&before)));
    let running = shop.choose(&mut Visitor::new(), &PURPOSES).await;
    assert_eq!(kid(&running), kid(&before), "until it is restarted");
    app.stop();
    let app = TestApp::over(Arc::clone(&app.ground), &[]).await;
    let shop = shop.on(&app);
    let after = shop.choose(&mut Visitor::new(), &PURPOSES).await;
    assert_eq!(json!(kid(&after)), rotated["kid"]);
    let set = app.get("/.well-known/jwks.json").send().await.expect(200);
    let published = |kid: &str| set["keys"].as_array().unwrap().iter().any(|key| key["kid"] == kid);
    assert!(published(&kid(&before)) && published(&kid(&after)));
    let rest = format!("/consents/{}/proof", before["id"].as_str().unwrap());
    assert_eq!(shop.get(&rest).send().await.expect(200)["receipt"], before["receipt"]);
    let listed = command(&app, &kept, &["signing-key", "list"]);
    let current = listed["items"].as_array().unwrap().iter().filter(|key| key["current"] == true);
    assert_eq!((current.count(), listed["items"].as_array().unwrap().len()), (2, 3));
}
