//! The end of a real server (docs/adr/0017): not ready first, then no new connections, and nobody who
//! was let in goes without an answer.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::http::{Answer, Call};
use crate::support::line::Line;
use crate::support::process::{Server, serve};
use crate::support::visitor::Visitor;

/// A server that was stopped and runs again as a process.
fn process(app: &TestApp, seconds: &str) -> (Server, SocketAddr) {
    app.stop();
    let settings = [("OUINON_LOG", "error"), ("OUINON_DRAIN_SECONDS", seconds)];
    serve(app, &settings, Stdio::null())
}

fn get(address: SocketAddr, path: &str) -> Call {
    Call::new(address, "GET", path)
}

/// Waits until the server says that it is not ready.
async fn not_ready(address: SocketAddr) {
    loop {
        let answer = get(address, "/readyz").send().await;
        if answer.json()["why"].to_string().contains("told to end") {
            return assert_eq!(answer.status, 503);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn refused(address: SocketAddr) {
    while !matches!(TcpStream::connect(address).await, Err(error) if error.kind() == ErrorKind::ConnectionRefused)
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_server_that_is_told_to_end_answers_whoever_it_let_in() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let (mut server, address) = process(&app, "1");
    let post = |visitor: &Visitor| {
        let call = Call::new(address, "POST", &shop.path("/consents")).origin(shop.origin);
        call.json(&shop.body(visitor, "save", &["analytics"]))
    };
    let (mut line, mut idle) = (Line::to(address), Line::to(address));
    for line in [&mut line, &mut idle] {
        let healthy = get(address, "/healthz").send_on(line).await.unwrap();
        assert_eq!((healthy.status, healthy.header("connection")), (200, None));
    }
    let slow = post(&Visitor::new()).bytes("keep-alive");
    let (begin, rest) = slow.split_at(slow.len() - 10);
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(begin).await.unwrap();
    let told = Instant::now();
    server.signal("TERM");
    not_ready(address).await;
    post(&Visitor::new()).send().await.expect(201);
    let last = post(&Visitor::new()).send_on(&mut line).await.unwrap();
    assert_eq!((last.status, last.header("connection")), (201, Some("close")));
    refused(address).await;
    assert!(told.elapsed() >= Duration::from_secs(1), "it serves on for the time that is set");
    stream.write_all(rest).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert_eq!(Answer::read(&answer).unwrap().status, 201);
    server.ended().await;
    assert!(told.elapsed() < Duration::from_secs(8), "an idle connection held it up");
    assert_eq!(shop.rows().await, [3; 5], "what was acknowledged is stored");
    assert_eq!(shop.count("from leaf_queue where site = $1").await, 0, "and has its place");
}

#[tokio::test]
async fn a_server_that_is_told_twice_ends_at_once() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let (mut server, address) = process(&app, "60");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let begin = format!("POST {} HTTP/1.1\r\nContent-Length: 9\r\n\r\n{{", shop.path("/consents"));
    stream.write_all(begin.as_bytes()).await.unwrap();
    server.signal("TERM");
    not_ready(address).await;
    let twice = Instant::now();
    server.signal("INT");
    server.ended().await;
    assert!(twice.elapsed() < Duration::from_secs(2), "{:?}", twice.elapsed());
}

#[tokio::test]
async fn an_interrupted_server_does_not_wait_for_balancers() {
    let app = TestApp::start(BACKEND).await;
    let (mut server, _) = process(&app, "60");
    let told = Instant::now();
    server.signal("INT");
    server.ended().await;
    assert!(told.elapsed() < Duration::from_secs(5), "{:?}", told.elapsed());
}
