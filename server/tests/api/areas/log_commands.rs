//! `ouinon log status` for programs and people: the exit code says whether the witnesses agree.

use std::process::{Command, Output};

use serde_json::Value;

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::shop::PURPOSES;
use crate::support::store::Store;
use crate::support::visitor::Visitor;

/// `ouinon log` beside the server, with this witness.
fn log(app: &TestApp, witness: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ouinon"));
    command.arg("log").args(arguments).envs(app.ground.settings());
    command.env("OUINON_WITNESS", witness).current_dir(app.ground.folder.path());
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn the_status_of_a_log_is_an_exit_code() {
    let (store, app) = (Store::start(), TestApp::start(BACKEND).await);
    let shop = app.shop().await;
    shop.choose(&mut Visitor::new(), &PURPOSES).await;
    app.merged().await;
    let (own, url) = (app.ground.witness().display().to_string(), store.url());
    let status = |witness: &str| log(&app, witness, &["status"]);

    let agrees = status(&own);
    assert_eq!(agrees.status.code(), Some(0));
    assert!(said(&agrees).contains("1 leaf, 2 entries in the register"), "{}", said(&agrees));
    assert!(said(&agrees).contains("agrees, holds 1 leaf\n"), "{}", said(&agrees));

    store.down(true);
    let gone = status(&url);
    assert_eq!(gone.status.code(), Some(2), "{}", said(&gone));
    let line =
        said(&gone).lines().find(|line| line.contains("cannot be asked")).unwrap().to_owned();
    assert_eq!(line.matches("127.0.0.1").count(), 1, "{line}");
    let both = log(&app, &format!("{own},{url}"), &["status", "--json"]);
    assert_eq!(both.status.code(), Some(2));
    let items: Value = serde_json::from_slice(&both.stdout).unwrap();
    let witnesses = &items["items"][0]["witnesses"];
    assert_eq!((&witnesses[0]["agrees"], &witnesses[1]["agrees"]), (&true.into(), &Value::Null));

    std::fs::write(app.ground.witness().join(shop.id.as_str()).join("checkpoint"), "x").unwrap();
    for witness in [&own, &format!("{url},{own}")] {
        let contradicted = status(witness);
        assert_eq!(contradicted.status.code(), Some(1), "{}", said(&contradicted));
    }
}

#[tokio::test]
async fn several_witnesses_that_disagree_are_reconciled_together_or_not_at_all() {
    let stores = [Store::start(), Store::start(), Store::start()];
    let urls = stores.iter().map(Store::url).collect::<Vec<_>>().join(",");
    let ground = std::sync::Arc::new(crate::support::app::Ground::new(BACKEND));
    let settings = [("OUINON_WITNESS", urls.as_str())];
    let app = TestApp::over(ground.clone(), &settings).await;
    let (shop, mut ann) = (app.shop().await, Visitor::new());
    shop.choose(&mut ann, &PURPOSES).await;
    app.merged().await;
    app.stop();
    let backup = std::sync::Arc::new(ground.copy());
    let later = TestApp::over(ground, &settings).await;
    shop.on(&later).choose(&mut Visitor::new(), &[]).await;
    later.merged().await;
    later.stop();
    // The second keeps what is not a note at all, the third was emptied.
    let path = format!("/logs/{}/checkpoint", shop.id);
    stores[1].put(&path, "garbage");
    stores[2].clear();

    let app = TestApp::over(backup, &settings).await;
    let shop = shop.on(&app);
    assert_eq!(shop.reason(&ann, "purpose=analytics").await, "LOG_UNVERIFIED");
    let decide = ["reconcile", "--site", shop.id.as_str(), "--who", "Ann", "--why", "disk lost"];
    stores[2].down(true);
    let refused = log(&app, &urls, &decide);
    assert_eq!(refused.status.code(), Some(2));
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(why.contains("cannot be asked") && why.contains("nothing was changed"), "{why}");
    let entries = "from register where site = $1 and kind = 'reconciliation'";
    assert_eq!(shop.count(entries).await, 0);
    assert_eq!(stores[1].file(&path).unwrap(), "garbage");

    stores[2].down(false);
    let decide: Vec<_> = decide.into_iter().chain(["--json"]).collect();
    let done = log(&app, &urls, &decide);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    let done: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(done["set_aside"].as_array().unwrap().len(), 2, "{done}");
    assert_eq!(log(&app, &urls, &["status"]).status.code(), Some(0));
    let held: Vec<_> = stores.iter().map(|store| store.file(&path).unwrap()).collect();
    assert!(held.iter().all(|note| *note == held[0]), "{held:?}");
    assert_eq!(shop.reason(&ann, "purpose=analytics").await, "GRANTED", "at the next request");
    assert_eq!(shop.count(entries).await, 1);
}
