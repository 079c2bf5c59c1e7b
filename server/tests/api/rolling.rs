//! Servers are restarted one by one under load, behind a balancer that looks at `/readyz`, and no
//! request fails. `OUINON_RESTARTS` says how often, 4 times without it.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ouinon_server::clock::Clock;

use crate::support::app::{Backend, TestApp};
use crate::support::balancer::{Balancer, LOOK};
use crate::support::daemon::free_port;
use crate::support::http::Call;
use crate::support::line::Line;
use crate::support::process::{Server, serve};
use crate::support::shop::{PURPOSES, Shop};
use crate::support::visitor::Visitor;

const CLIENTS: usize = 8;

/// What the clients saw.
#[derive(Default)]
struct Seen {
    written: AtomicU64,
    decided: AtomicU64,
    failed: Mutex<Vec<String>>,
    over: AtomicBool,
}

impl Seen {
    fn failure(&self, what: String) {
        self.failed.lock().unwrap().push(what);
    }
}

/// Writes and asks in turn, over a connection that is kept as long as the server keeps it.
async fn client(shop: &Shop<'_>, known: &Visitor, through: SocketAddr, seen: &Seen) {
    let ask = shop.path(&format!("/decision?purpose=analytics&visitor={}", known.id()));
    let mut line = Line::to(through);
    while !seen.over.load(Ordering::SeqCst) {
        let body = shop.body(&Visitor::new(), "save", &["analytics"]);
        let post = Call::new(through, "POST", &shop.path("/consents")).origin(shop.origin);
        match post.json(&body).send_on(&mut line).await {
            Ok(answer) if answer.status == 201 => seen.written.fetch_add(1, Ordering::SeqCst),
            other => return seen.failure(format!("a write: {other:?}")),
        };
        match Call::new(through, "GET", &ask).key(&shop.key).send_on(&mut line).await {
            Ok(answer) if answer.status == 200 && answer.json()["reason"] == "GRANTED" => {
                seen.decided.fetch_add(1, Ordering::SeqCst);
            }
            other => return seen.failure(format!("a question: {other:?}")),
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// One server on a port of its own.
fn start(app: &TestApp, port: u16) -> Server {
    let bind = format!("127.0.0.1:{port}");
    let settings =
        [("OUINON_BIND", &*bind), ("OUINON_DRAIN_SECONDS", "0.5"), ("OUINON_LOG", "error")];
    serve(app, &settings, Stdio::null()).0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_are_restarted_one_by_one_and_no_request_fails() {
    let restarts = std::env::var("OUINON_RESTARTS").map_or(4, |text| text.parse().unwrap());
    let app = TestApp::start(Backend::Postgres).await;
    app.set_clock(Clock::System.now());
    let shop = app.shop().await;
    let mut known = Visitor::new();
    shop.choose(&mut known, &PURPOSES).await;
    app.stop();
    let ports = [free_port(), free_port()];
    let mut servers = ports.map(|port| start(&app, port));
    let balancer = Balancer::of(&ports.map(|port| SocketAddr::from(([127, 0, 0, 1], port))));
    balancer.leads_to_all().await;
    let (seen, begun) = (Seen::default(), Instant::now());
    let load = (0..CLIENTS).map(|_| client(&shop, &known, balancer.address, &seen));
    let restart = async {
        for turn in 0..restarts {
            let server = &mut servers[turn % 2];
            server.signal("TERM");
            server.ended().await;
            *server = start(&app, ports[turn % 2]);
            tokio::time::sleep(2 * LOOK).await;
            balancer.leads_to_all().await;
        }
        seen.over.store(true, Ordering::SeqCst);
    };
    tokio::join!(futures_util::future::join_all(load), restart);
    let (written, decided) =
        (seen.written.load(Ordering::SeqCst), seen.decided.load(Ordering::SeqCst));
    println!("{restarts} restarts in {:?}: {written} written, {decided} decided", begun.elapsed());
    let failed = seen.failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} failed, the first: {}", failed.len(), failed[0]);
    assert!(written > 100 && decided > 100);
    let stored = shop.count("from record where site = $1").await;
    assert_eq!(stored, i64::try_from(written).unwrap() + 1, "what was acknowledged is stored");
}
