//! Traces for whoever runs an OpenTelemetry collector: a span for each request, as part of its
//! caller's trace (W3C `traceparent`), sent in bundles as OTLP over HTTP, in its JSON form. Off
//! unless a collector is named. What cannot be sent is dropped: nothing ever waits for it.

use crate::clock::Clock;
use crate::config;
use crate::evidence::witness;
use crate::request::Current;
use crate::seldom::Seldom;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use uuid::Uuid;

/// Spans that wait to be sent; more are dropped.
const WAITING: usize = 8_192;
/// Most spans in a bundle.
const BUNDLE: usize = 512;
/// Longest wait for a bundle to fill.
const PAUSE: Duration = Duration::from_secs(1);
/// Longest wait for the collector.
const PATIENCE: Duration = Duration::from_secs(3);
/// Longest wait for the last bundles when the server stops.
const LAST: Duration = Duration::from_secs(1);

/// Sends spans from a thread of its own.
#[derive(Debug)]
pub struct Traces {
    by_parent: bool,
    share: u64,
    sender: Mutex<Option<SyncSender<Span>>>,
    dropped: Arc<AtomicU64>,
    ended: Mutex<Option<oneshot::Receiver<()>>>,
}

/// A request that is traced, not answered yet.
#[derive(Clone, Copy, Debug)]
pub struct Begun {
    trace: u128,
    id: u64,
    parent: Option<u64>,
    at: i64,
}

/// A request that was answered.
#[derive(Debug)]
struct Span {
    begun: Begun,
    ended: i64,
    method: String,
    route: String,
    status: StatusCode,
    request: String,
}

impl Traces {
    /// Starts the thread.
    pub fn start(config: &config::Traces) -> Result<Self, String> {
        let (sender, waiting) = sync_channel(WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let exporter = Exporter {
            agent: witness::web::agent(PATIENCE),
            config: config.clone(),
            dropped: Arc::clone(&dropped),
            said: Seldom::new(),
        };
        let thread = std::thread::Builder::new().name("traces".into());
        let (end, ended) = oneshot::channel();
        let run = move || {
            exporter.run(&waiting);
            // Nobody may be waiting for it.
            let _ = end.send(());
        };
        thread.spawn(run).map_err(|error| format!("the thread `traces` cannot start: {error}"))?;
        Ok(Self {
            by_parent: config.by_parent,
            share: config.share,
            sender: Mutex::new(Some(sender)),
            dropped,
            ended: Mutex::new(Some(ended)),
        })
    }

    /// Whether a request is traced, and as part of what.
    pub fn begin(&self, headers: &HeaderMap, clock: &Clock) -> Option<Begun> {
        let caller = headers.get("traceparent").and_then(|value| parent(value.to_str().ok()?));
        let random = Uuid::new_v4().as_u128();
        let trace = caller.map_or_else(|| Uuid::new_v4().as_u128(), |(trace, ..)| trace);
        let share = (trace & u128::from(u64::MAX >> 1)) < u128::from(self.share);
        let sampled = match caller {
            Some((.., sampled)) if self.by_parent => sampled,
            _ => share,
        };
        let id = u64::try_from(random >> 64).unwrap_or(1);
        let parent = caller.map(|(_, parent, _)| parent);
        sampled.then(|| Begun { trace, id, parent, at: clock.now() })
    }

    /// Sends the span of an answered request, some time.
    pub fn end(&self, begun: Begun, request: &Current, status: StatusCode, took: Duration) {
        let took = i64::try_from(took.as_micros()).unwrap_or(i64::MAX);
        let span = Span {
            begun,
            ended: begun.at.saturating_add(took),
            method: request.method().to_owned(),
            route: request.route().to_owned(),
            status,
            request: request.id.to_string(),
        };
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        if sender.as_ref().is_none_or(|sender| sender.try_send(span).is_err()) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Sends what waits, as far as the collector takes it within [`LAST`], and ends the thread.
    pub async fn finish(&self) {
        drop(self.sender.lock().unwrap_or_else(PoisonError::into_inner).take());
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(ended) = ended {
            let _ = tokio::time::timeout(LAST, ended).await;
        }
    }
}

/// A W3C `traceparent`: trace, span, and whether its caller traces it.
fn parent(text: &str) -> Option<(u128, u64, bool)> {
    let mut parts = text.split('-');
    let mut part = |length| parts.next().filter(|part| part.len() == length);
    let version = u8::from_str_radix(part(2)?, 16).ok()?;
    let trace = u128::from_str_radix(part(32)?, 16).ok()?;
    let span = u64::from_str_radix(part(16)?, 16).ok()?;
    let flags = u8::from_str_radix(part(2)?, 16).ok()?;
    (version != 0xff && trace != 0 && span != 0).then_some((trace, span, flags & 1 == 1))
}

struct Exporter {
    agent: ureq::Agent,
    config: config::Traces,
    dropped: Arc<AtomicU64>,
    said: Seldom,
}

impl Exporter {
    /// Sends bundle after bundle until nobody can add to them.
    fn run(self, waiting: &Receiver<Span>) {
        while let Ok(first) = waiting.recv() {
            let mut bundle = vec![first];
            let full = Instant::now() + PAUSE;
            while bundle.len() < BUNDLE {
                match waiting.recv_timeout(full.saturating_duration_since(Instant::now())) {
                    Ok(span) => bundle.push(span),
                    Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
                }
            }
            if let Err(why) = self.send(&bundle) {
                self.dropped.fetch_add(bundle.len() as u64, Ordering::Relaxed);
                self.complain(&why);
            }
        }
    }

    fn send(&self, bundle: &[Span]) -> Result<(), String> {
        let body = self.body(bundle).to_string();
        let mut request = self.agent.post(self.config.endpoint.expose());
        for (name, value) in &self.config.headers {
            request = request.header(name, value.expose());
        }
        let answer = request.header("content-type", "application/json").send(body);
        match answer.map_err(|error| error.to_string())?.status() {
            status if status.is_success() => Ok(()),
            status => Err(format!("it answers {status}")),
        }
    }

    fn body(&self, bundle: &[Span]) -> Value {
        let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
        json!({"resourceSpans": [{
            "resource": {"attributes": [
                text("service.name", &self.config.service),
                text("service.version", env!("CARGO_PKG_VERSION")),
            ]},
            "scopeSpans": [{
                "scope": {"name": "ouinon"},
                "spans": bundle.iter().map(shape).collect::<Vec<_>>(),
            }],
        }]})
    }

    fn complain(&self, why: &str) {
        if self.said.due() {
            let spans = self.dropped.swap(0, Ordering::Relaxed);
            let endpoint = &self.config.endpoint;
            tracing::warn!(%endpoint, why, spans, "traces are dropped: the collector does not take them");
        }
    }
}

/// A span in OTLP's JSON. It says nothing that the log does not say.
fn shape(span: &Span) -> Value {
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let Begun { trace, id, parent, at } = span.begun;
    let failed = span.status.is_server_error();
    json!({
        "traceId": format!("{trace:032x}"),
        "spanId": format!("{id:016x}"),
        "parentSpanId": parent.map(|parent| format!("{parent:016x}")).unwrap_or_default(),
        "name": format!("{} {}", span.method, span.route),
        "kind": 2,
        "startTimeUnixNano": format!("{at}000"),
        "endTimeUnixNano": format!("{}000", span.ended),
        "attributes": [
            text("http.request.method", &span.method),
            text("http.route", &span.route),
            json!({"key": "http.response.status_code",
                   "value": {"intValue": span.status.as_u16().to_string()}}),
            text("ouinon.request_id", &span.request),
        ],
        "status": {"code": if failed { 2 } else { 0 }},
    })
}
