//! Around every request: its id, its place in the log, its problem document, its time.

use super::connection::Taken;
use super::extract::client;
use super::problem;
use crate::app::App;
use crate::request::{Current, HEADER, RequestId};
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::web::{self, Bytes};
use actix_web::{Error, HttpMessage};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

/// The middleware.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let taken = request.conn_data::<Taken>().cloned();
    if let Some(taken) = &taken {
        taken.last_answer().await;
    }
    let app = request.app_data::<web::Data<Arc<App>>>().cloned();
    let app = app.as_deref();
    let traces = app.and_then(|app| app.traces.as_ref().zip(Some(&app.clock)));
    let span = traces.and_then(|(traces, clock)| traces.begin(request.headers(), clock));
    let begun = Instant::now();
    let proxied = app.is_some_and(|app| client::behind_proxy(app, request.request()));
    let id = RequestId::of(request.headers(), proxied);
    let current = Current::new(id, request.method().clone());
    request.extensions_mut().insert(current.id);
    let answer = async { Ok::<_, Error>(problem::describe(next.call(request).await?)) };
    let mut response = Rc::clone(&current).within(answer).await?;
    let (status, took) = (response.status(), begun.elapsed());
    current.answered(status, took);
    if let (Some((traces, _)), Some(span)) = (traces, span) {
        traces.end(span, &current, status, took);
    }
    current.enter(|| {
        tracing::debug!(status = status.as_u16(), seconds = took.as_secs_f64(), "answered");
    });
    // What a cache may give to others belongs to no request.
    let cached = response.headers().get(header::CACHE_CONTROL);
    let shared = cached.is_some_and(|value| {
        ["public", "max-age"].iter().any(|word| value.as_bytes().starts_with(word.as_bytes()))
    });
    if let Some(id) = current.id.header().filter(|_| !shared) {
        response.headers_mut().insert(HEADER, id);
    }
    if let Some(taken) = taken {
        taken.answered();
    }
    Ok(response.map_body(|_, body| streamed(current, body)))
}

/// What comes in pieces is part of its request to the end.
fn streamed(current: Rc<Current>, body: BoxBody) -> BoxBody {
    match body.size() {
        BodySize::Stream => BoxBody::new(Streamed { current, body }),
        _ => body,
    }
}

struct Streamed {
    current: Rc<Current>,
    body: BoxBody,
}

impl MessageBody for Streamed {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let Self { current, body } = self.get_mut();
        current.enter(|| Pin::new(body).poll_next(context))
    }
}
