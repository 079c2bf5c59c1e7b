//! Traces: a span for each request, as OpenTelemetry's collectors take it, and no request that waits for
//! a collector.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::app::{Backend, TestApp};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

/// A collector that hands on what it is sent; its threads end with the test binary.
fn collector() -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sent, received) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let sent = sent.clone();
            std::thread::spawn(move || while take(&stream, &sent).is_some() {});
        }
    });
    (url, received)
}

/// One bundle: its head and its body.
fn take(stream: &TcpStream, sent: &Sender<(String, Value)>) -> Option<()> {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        (reader.read_line(&mut head).ok()? > 0).then_some(())?;
    }
    let lines = head.to_lowercase();
    let length = lines.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    let mut body = vec![0; length.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    sent.send((lines, serde_json::from_slice(&body).unwrap())).ok()?;
    writer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").ok()
}

#[tokio::test]
async fn each_request_is_a_span_of_its_callers_trace() {
    let (url, received) = collector();
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*url),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-token=t0ken"),
        ("OTEL_SERVICE_NAME", "consent"),
    ];
    let app = TestApp::with(Backend::Sqlite, &settings).await;
    let parent = |flags| format!("00-{TRACE}-{SPAN}-{flags}");
    app.get("/healthz?visitor=canary").header("traceparent", &parent("00")).send().await;
    let answer = app.get("/n/0/fr.json?c=canary").header("traceparent", &parent("01")).send().await;
    let id = answer.header("x-request-id").unwrap().to_owned();
    let (head, body) = received.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(head.starts_with("post /v1/traces ") && head.contains("x-token: t0ken"), "{head}");
    let resource = &body["resourceSpans"][0];
    let service = json!({"key": "service.name", "value": {"stringValue": "consent"}});
    assert_eq!(resource["resource"]["attributes"][0], service);
    let spans = resource["scopeSpans"][0]["spans"].as_array().unwrap();
    let [span] = &spans[..] else { panic!("what the caller does not trace is not traced: {body}") };
    assert_eq!((&span["traceId"], &span["parentSpanId"]), (&json!(TRACE), &json!(SPAN)));
    assert_eq!(span["name"], "GET /n/{hash}/{lang}.json");
    assert_eq!(span["kind"], 2);
    assert_eq!(span["spanId"].as_str().unwrap().len(), 16);
    assert!(span["attributes"].to_string().contains(&id), "{span}");
    assert!(!body.to_string().contains("canary"), "{body}");
    app.get("/healthz").send().await;
    app.stop();
    let (_, last) = received.recv_timeout(Duration::from_secs(10)).unwrap();
    let span = &last["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert_eq!((&span["name"], &span["parentSpanId"]), (&json!("GET /healthz"), &json!("")));
}

#[tokio::test]
async fn a_collector_that_is_gone_holds_up_nobody() {
    let settings = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")];
    let app = TestApp::with(Backend::Sqlite, &settings).await;
    for _ in 0..20 {
        assert_eq!(app.get("/healthz").send().await.status, 200);
    }
    app.stop();
}
