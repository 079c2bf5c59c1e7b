//! The only place that turns an error into a status: RFC 9457 problem documents, for our own
//! errors and for the framework's. Causes go to the log and never into an answer.

use crate::app::App;
use crate::error::Error;
use crate::http::html;
use crate::request::RequestId;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::{HttpMessage, HttpResponse, ResponseError, web};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Every kind of problem: slug, status, title. Its page is `/problems/<slug>`.
pub const KINDS: [(&str, u16, &str); 18] = [
    ("malformed", 400, "The request cannot be read"),
    ("unauthorized", 401, "A valid key is needed"),
    ("insufficient-scope", 403, "The key lacks a scope"),
    ("foreign-origin", 403, "The site does not belong to this origin"),
    ("not-found", 404, "There is nothing here"),
    ("method-not-allowed", 405, "The address exists, but not with this method"),
    ("id-reused", 409, "The id already names another choice"),
    ("stale-version", 409, "The visitor's choice has changed since"),
    ("notice-superseded", 409, "The notice has grown since it was shown"),
    ("visitor-erased", 410, "The visitor asked to be forgotten"),
    ("body-too-large", 413, "The body is too large"),
    ("unsupported-media-type", 415, "The body is of a type that is not read here"),
    ("invalid-fields", 422, "Fields are wrong"),
    ("action-mismatch", 422, "The choices do not agree with the action"),
    ("too-many-requests", 429, "Too many requests"),
    ("internal", 500, "Something is broken on our side"),
    ("not-merged", 503, "The log has not taken the record in yet"),
    ("unavailable", 503, "The service cannot answer just now"),
];

/// What an answer says, before address and request id are known.
#[derive(Clone, Debug)]
struct Document {
    slug: &'static str,
    detail: String,
    more: Map<String, Value>,
    headers: Vec<(HeaderName, String)>,
}

impl Document {
    fn new(slug: &'static str, detail: impl Into<String>) -> Self {
        Self { slug, detail: detail.into(), more: Map::new(), headers: Vec::new() }
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.into(), value);
        self
    }

    fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn status(&self) -> StatusCode {
        let kind = KINDS.iter().find(|(slug, ..)| *slug == self.slug);
        kind.and_then(|(_, status, _)| StatusCode::from_u16(*status).ok())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn of(error: &Error) -> Self {
        match error {
            Error::Malformed(detail) => Self::new("malformed", detail),
            Error::Invalid(findings) => {
                let first = findings.first().map_or(String::new(), |f| f.detail.clone());
                let at = findings.first().map_or("", |f| f.pointer.as_str());
                Self::new("invalid-fields", format!("{at}: {first}")).with("errors", json!(findings))
            }
            Error::ActionMismatch => Self::new(
                "action-mismatch",
                "`accept_all` needs every choice true, `reject_all` every choice false; use `save`",
            ),
            Error::Unauthorized(why) => Self::new("unauthorized", *why)
                .header(header::WWW_AUTHENTICATE, r#"Bearer realm="ouinon""#),
            Error::MissingScope(scope) => Self::new(
                "insufficient-scope",
                format!("this needs a key with the scope `{scope}`"),
            ),
            Error::ForeignOrigin => Self::new(
                "foreign-origin",
                "the page's origin is not among the site's; add it with `ouinon site update`",
            ),
            Error::NotFound(what) => Self::new("not-found", *what),
            Error::MethodNotAllowed => {
                Self::new("method-not-allowed", "see /openapi.json for the methods of this address")
            }
            Error::UnsupportedMediaType(expected) => {
                Self::new("unsupported-media-type", format!("send {expected}"))
            }
            Error::TooLarge(most) => {
                Self::new("body-too-large", format!("at most {most} bytes are read here"))
            }
            Error::IdReused => Self::new(
                "id-reused",
                "a record with this id exists with another body; make a new id for a new choice",
            ),
            Error::Stale { version, choices } => Self::new(
                "stale-version",
                "another choice was recorded since; show it and ask again",
            )
            .with("version", json!(version))
            .with("choices", json!(choices)),
            Error::Superseded(current) => Self::new(
                "notice-superseded",
                "purposes, vendors or transfers were added since; show the current notice and ask again",
            )
            .with("notice", json!(current)),
            Error::NotMerged => {
                Self::new("not-merged", "records enter the log within seconds; try again")
                    .header(header::RETRY_AFTER, "1")
            }
            Error::Erased => {
                Self::new("visitor-erased", "make a new secret; nothing links it to the old one")
            }
            Error::NothingKept => Self::new(
                "visitor-erased",
                "nothing is kept of this visitor any more; the register of erasures says when that \
                 was asked for",
            ),
            Error::RateLimited(seconds) => {
                Self::new("too-many-requests", format!("try again in {seconds} s"))
                    .header(header::RETRY_AFTER, seconds.to_string())
            }
            Error::Unavailable(_) | Error::Contended(_) => Self::new(
                "unavailable",
                "the database could not be asked, or did not say; try again, a choice with the same id",
            )
            .header(header::RETRY_AFTER, "1"),
            Error::LeaseLapsed => Self::new(
                "unavailable",
                "the database has not shown for 2 s that it is still the primary; nothing was decided, try again",
            )
            .header(header::RETRY_AFTER, "1"),
            Error::Unreadable(_) | Error::Internal(_) => {
                Self::new("internal", "the log holds the cause under this request id")
            }
        }
    }

    /// The problem a framework's own failure amounts to.
    fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            404 => Self::of(&Error::NotFound("no such address")),
            405 => Self::of(&Error::MethodNotAllowed),
            413 => Self::of(&Error::TooLarge(crate::consent::body::MAX_BYTES)),
            415 => Self::of(&Error::UnsupportedMediaType("application/json")),
            408 | 503 => Self::of(&Error::Unavailable(String::new())),
            500..=599 => Self::of(&Error::Internal(String::new())),
            _ => Self::new("malformed", "the request cannot be read"),
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        Document::of(self).status()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        match self {
            Self::Internal(cause) => tracing::error!(cause, "internal error"),
            Self::Unreadable(column) => tracing::error!(column, "a stored value cannot be read"),
            Self::Unavailable(cause) => tracing::warn!(cause, "unavailable"),
            // That it lapsed was said once.
            // What was wrong may quote the caller.
            _ => tracing::debug!(problem = Document::of(self).slug, "refused"),
        }
        let document = Document::of(self);
        let mut response = HttpResponse::build(document.status()).finish();
        response.extensions_mut().insert(document);
        response
    }
}

/// Writes the problem document of an answer that needs one, adds what every answer carries.
pub fn describe(response: ServiceResponse<impl MessageBody + 'static>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    let described = response.headers().contains_key(header::CONTENT_TYPE)
        && response.response().extensions().get::<Document>().is_none();
    let response = match failed && !described {
        true => write(response),
        false => response.map_into_boxed_body(),
    };
    let mut response = super::limits::finish(super::cors::finish(response));
    if response.request().app_data::<web::Data<Arc<App>>>().is_some_and(|app| app.ending.begun()) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    response
}

fn write<B>(response: ServiceResponse<B>) -> ServiceResponse<BoxBody> {
    let own = response.response().extensions().get::<Document>().cloned();
    let document = own.unwrap_or_else(|| Document::of_status(response.status()));
    let request = response.request().clone();
    let app = request.app_data::<web::Data<Arc<App>>>();
    if let Some(page) = app.and_then(|app| html::failure(app, &request, document.status())) {
        return ServiceResponse::new(request, page);
    }
    let public = app.map_or("", |app| app.public.as_str());
    let id = request.extensions().get::<RequestId>().map(|id| id.urn());
    let title = KINDS.iter().find(|(slug, ..)| *slug == document.slug).map(|(.., title)| title);
    let mut body = json!({
        "type": format!("{public}/problems/{}", document.slug),
        "title": title,
        "status": document.status().as_u16(),
        "detail": document.detail,
        "instance": id,
    });
    if let Some(fields) = body.as_object_mut() {
        fields.extend(document.more.clone());
    }
    let mut answer = HttpResponse::build(document.status());
    answer
        .content_type("application/problem+json")
        .insert_header((header::CACHE_CONTROL, "no-store"));
    for (name, value) in &document.headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            answer.insert_header((name.clone(), value));
        }
    }
    if let Some(allow) = response.headers().get(header::ALLOW) {
        answer.insert_header((header::ALLOW, allow.clone()));
    }
    ServiceResponse::new(request, answer.body(body.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_its_kind() {
        let errors = [
            Error::Malformed(String::new()),
            Error::Invalid(Vec::new()),
            Error::ActionMismatch,
            Error::Unauthorized(""),
            Error::MissingScope("x"),
            Error::ForeignOrigin,
            Error::NotFound(""),
            Error::MethodNotAllowed,
            Error::UnsupportedMediaType(""),
            Error::TooLarge(1),
            Error::IdReused,
            Error::Stale { version: 1, choices: Default::default() },
            Error::Superseded(ouinon_domain::ids::NoticeHash([0; 32])),
            Error::NotMerged,
            Error::Erased,
            Error::RateLimited(1),
            Error::Unavailable(String::new()),
            Error::Internal(String::new()),
        ];
        for error in &errors {
            let slug = Document::of(error).slug;
            assert!(KINDS.iter().any(|(known, ..)| *known == slug), "{slug}");
        }
        assert_eq!(errors.len(), KINDS.len());
    }
}
