//! kill -9 of the real server under load (invariants I1, I4, I6): what was acknowledged is stored,
//! once and as it was answered; whoever got no answer sends the same again.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use ouinon_server::evidence::receipts;
use ouinon_server::storage::records;
use serde_json::{Value, json};
use uuid::Uuid;

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::http::Call;
use crate::support::process::{run, serve};
use crate::support::shop::Shop;
use crate::support::visitor::Visitor;

const WRITES: usize = 1_000;
const CONNECTIONS: usize = 64;

/// What clients know: where the server is, and what it has acknowledged, by id.
struct Journal {
    address: Mutex<SocketAddr>,
    acknowledged: Mutex<BTreeMap<String, Value>>,
}

impl Journal {
    fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// Sends a body until it is acknowledged, wherever the server is by then.
    async fn persist(&self, shop: &Shop<'_>, body: &Value) {
        for _ in 0..600 {
            let address = *self.address.lock().unwrap();
            let call = Call::new(address, "POST", &shop.path("/consents"));
            match call.origin(shop.origin).json(body).try_send().await {
                Ok(answer) if [200, 201].contains(&answer.status) => {
                    let id = body["id"].as_str().unwrap().to_owned();
                    self.acknowledged.lock().unwrap().insert(id, answer.json());
                    return;
                }
                Ok(answer) => assert_eq!(answer.status, 503, "{}", answer.text()),
                Err(_) => {}
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("never acknowledged");
    }
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_and_nothing_is_stored_twice() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    app.stop();
    let (mut server, address) = serve(&app, &[("OUINON_LOG", "error")], Stdio::null());
    let journal = Journal { address: address.into(), acknowledged: Mutex::default() };
    let bodies: Vec<Value> =
        (0..WRITES).map(|_| shop.body(&Visitor::new(), "save", &["analytics"])).collect();
    let load =
        stream::iter(&bodies).for_each_concurrent(CONNECTIONS, |body| journal.persist(&shop, body));
    let kill = async {
        for moment in [WRITES / 4, WRITES / 2] {
            while journal.count() < moment {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            server.kill();
            let address;
            (server, address) = serve(&app, &[("OUINON_LOG", "error")], Stdio::null());
            *journal.address.lock().unwrap() = address;
        }
    };
    tokio::join!(load, kill);
    server.kill();
    assert_eq!(shop.rows().await, [WRITES as i64; 5]);
    let acknowledged = journal.acknowledged.into_inner().unwrap();
    let ids: Vec<Uuid> = acknowledged.keys().map(|id| id.parse().unwrap()).collect();
    assert_eq!(ids.len(), WRITES);
    for stored in records::by_ids(&app.storage.db(), &shop.id, ids).await.unwrap() {
        let mut answer = serde_json::to_value(stored.record.answer().unwrap()).unwrap();
        answer["receipt"] = json!(receipts::receipt(&stored).unwrap());
        assert_eq!(acknowledged[&stored.record.id.to_string()], answer, "as it was answered");
    }
    // By servers whose clock moves.
    let verified = run(&app, &["verify", "--site", shop.id.as_str()], "");
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}
