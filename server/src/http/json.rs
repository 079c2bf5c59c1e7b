//! JSON answers and the shapes several resources share.

use crate::error::Error;
use crate::evidence::receipts;
use crate::storage::rows::Stored;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use ouinon_domain::record::Answer;
use serde::Serialize;
use serde_json::Value;

/// A JSON answer that nobody keeps.
pub fn private<T: Serialize>(status: StatusCode, body: &T) -> Result<HttpResponse, Error> {
    let text = serde_json::to_vec(body).map_err(|error| Error::internal("JSON", error))?;
    Ok(HttpResponse::build(status)
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")))
        .body(text))
}

/// A `200` that nobody keeps.
pub fn ok<T: Serialize>(body: &T) -> Result<HttpResponse, Error> {
    private(StatusCode::OK, body)
}

/// A record as its visitor sees it: the `201` answer with its receipt.
#[derive(Debug, Serialize)]
pub struct Receipted<'a> {
    #[serde(flatten)]
    answer: Answer<'a>,
    receipt: String,
}

/// Shapes a stored record for its visitor.
pub fn answer(stored: &Stored) -> Result<Receipted<'_>, Error> {
    let answer = stored.record.answer();
    let answer = answer.ok_or_else(|| Error::Internal("a record without a person".into()))?;
    Ok(Receipted { answer, receipt: receipts::receipt(stored)? })
}

/// A value as JSON.
pub fn to_value<T: Serialize>(value: &T) -> Result<Value, Error> {
    serde_json::to_value(value).map_err(|error| Error::internal("JSON", error))
}
