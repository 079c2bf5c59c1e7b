//! Clients that take their time: 500 connections that send a byte a second, or nothing, or read
//! nothing, are closed in time, and nobody else waits for them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

use crate::support::app::{Backend, TestApp};
use crate::support::shop::Shop;

/// Connections in all.
const CLIENTS: usize = 500;
/// When all of them must have gone: the longest deadline, and room for a busy machine.
const GONE: Duration = Duration::from_secs(45);
/// What somebody else waits at most, on a busy machine.
const QUICK: Duration = Duration::from_secs(5);

const FIRST: &str = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";

/// What a client sends at once, and a byte a second of.
#[derive(Clone, Debug)]
struct Slow {
    what: &'static str,
    at_once: String,
    slowly: bool,
    reads: bool,
}

/// Four kinds that send slowly, and one that reads nothing.
fn kinds(shop: &Shop<'_>) -> [Slow; 5] {
    let kind = |what, at_once, slowly, reads| Slow { what, at_once, slowly, reads };
    let post = format!("POST {} HTTP/1.1\r\nContent-Length: 999\r\n\r\n", shop.path("/events"));
    let notice = format!("GET /notices/{}.json HTTP/1.1\r\nHost: h\r\n\r\n", shop.notice);
    [
        kind("nothing", String::new(), false, true),
        kind("a head", FIRST[..20].to_owned(), true, true),
        kind("a body", post, true, true),
        kind("a second head", FIRST.to_owned(), true, true),
        kind("reading", notice, false, false),
    ]
}

/// Waits until the server has had enough of a client.
async fn bear(address: SocketAddr, kind: &Slow) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    stream.write_all(kind.at_once.as_bytes()).await.unwrap();
    if !kind.reads {
        // The same again and again, until the server closes the connection.
        while stream.write_all(kind.at_once.as_bytes()).await.is_ok() {}
        return;
    }
    let (mut read, mut write) = stream.split();
    let gone = async { while !matches!(read.read(&mut [0; 4096]).await, Ok(0) | Err(_)) {} };
    let slowly = async {
        while kind.slowly && write.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        std::future::pending::<()>().await
    };
    tokio::select! { () = gone => {}, () = slowly => {} }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_clients_are_closed_and_nobody_waits_for_them() {
    let app = TestApp::start(Backend::Sqlite).await;
    let address: SocketAddr = app.public().trim_start_matches("http://").parse().unwrap();
    let shop = app.shop().await;
    let kinds = kinds(&shop);
    let clients = (0..CLIENTS).map(|n| {
        // Few of those that read nothing: each has the server work first.
        let kind = kinds[if n % 125 == 0 { 4 } else { n % 4 }].clone();
        tokio::spawn(async move {
            let gone = tokio::time::timeout(GONE, bear(address, &kind)).await;
            assert!(gone.is_ok(), "slow with {}", kind.what);
        })
    });
    let clients: Vec<_> = clients.collect();
    let mut slowest = Duration::ZERO;
    while !clients.iter().all(tokio::task::JoinHandle::is_finished) {
        let begun = Instant::now();
        shop.get("/place").send().await.expect(200);
        slowest = slowest.max(begun.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(slowest < QUICK, "somebody waited {slowest:?}");
    for client in clients {
        client.await.unwrap();
    }
}
