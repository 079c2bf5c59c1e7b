//! The shop's binary, asked over the wire: pages in both languages, stand-ins that count.

#![expect(clippy::unwrap_used, reason = "a test stops where its setting cannot be made")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

struct Shop {
    child: Child,
    pages: SocketAddr,
    standins: SocketAddr,
}

impl Shop {
    fn start() -> Self {
        let (pages, standins) = (free(), free());
        let child = Command::new(env!("CARGO_BIN_EXE_ouinon-demo"))
            .args(["--bind", &pages.to_string(), "--standins", &standins.to_string()])
            .args(["--site", "abc", "--snippet", "<script src=\"tag\"></script>"])
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while TcpStream::connect(standins).is_err() || TcpStream::connect(pages).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(10), "the shop does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { child, pages, standins }
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The whole answer to a plain request.
fn ask(address: SocketAddr, line: &str, header: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{line} HTTP/1.1\r\nHost: {address}\r\n{header}Connection: close\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn sends_visitors_to_their_language() {
    let shop = Shop::start();
    let french = ask(shop.pages, "GET /", "Accept-Language: fr-CH, en;q=0.5\r\n");
    assert!(french.contains("location: /fr/"), "{french}");
    assert!(ask(shop.pages, "GET /", "").contains("location: /en/"));
    let page = ask(shop.pages, "GET /fr/workshop", "");
    assert!(page.contains("<script src=\"tag\"></script>"));
    assert!(page.contains(&format!("data-src=\"http://{}/video/player\"", shop.standins)));
    assert!(ask(shop.pages, "GET /fr/nowhere", "").starts_with("HTTP/1.1 404"));
}

#[test]
fn standins_count_what_they_receive_until_reset() {
    let shop = Shop::start();
    ask(shop.standins, "GET /pixel/pixel.js", "");
    ask(shop.standins, "GET /pixel/dot.gif", "");
    let counts = ask(shop.pages, "GET /standins/counts", "");
    assert!(
        counts.contains(r#"{"analytics":0,"embeds":0,"pixel":2,"retargeting":0,"video":0}"#),
        "{counts}"
    );
    let heatmap = ask(shop.standins, "GET /embeds/heatmap.js", "");
    assert!(heatmap.contains(&format!("'http://{}/embeds/heatmap'", shop.standins)), "{heatmap}");
    assert!(ask(shop.standins, "GET /embeds/map.html", "").contains("<!doctype html>"));
    assert!(ask(shop.pages, "GET /standins/counts", "").contains(r#""embeds":2"#));
    ask(shop.pages, "POST /standins/reset", "Content-Length: 0\r\n");
    assert!(ask(shop.pages, "GET /standins/counts", "").contains(r#""pixel":0"#));
}
