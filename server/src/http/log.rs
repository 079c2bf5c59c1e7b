//! The evidence log over HTTP: checkpoint and consistency for anyone; inclusion and leaves with
//! `log:read`; and the whole proof of a record with `consents:read`.

use super::{extract, json};
use crate::app::App;
use crate::error::Error;
use crate::evidence::proof::{self, Inclusion};
use crate::http::extract::key;
use crate::sites::key::Scope;
use crate::storage::records;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ouinon_domain::canonical::hex;
use ouinon_domain::ids::{RecordId, SiteId};
use ouinon_domain::merkle::{Hash, leaf_hash};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Most leaves in one answer.
const LEAVES: u64 = 1_000;
/// How long a proof waits for its record to be merged.
const PATIENCE: Duration = Duration::from_secs(3);

/// `GET …/log/checkpoint`: the last published checkpoint, a signed note.
pub async fn checkpoint(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let site = extract::site_id(&request)?;
    let note = merged(async || proof::published(&app.storage, &site).await).await?.2;
    Ok(public().content_type("text/plain; charset=utf-8").body(note))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sizes {
    first: u64,
    second: u64,
}

/// `GET …/log/consistency?first=&second=`
pub async fn consistency(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let site = extract::site_id(&request)?;
    let Sizes { first, second } = extract::query(&request)?;
    let (_, published, _) = proof::published(&app.storage, &site).await?;
    if second > published {
        return Err(beyond("/second", published));
    }
    if first > second {
        return Err(Error::field("/first", "must not be larger than `second`"));
    }
    let proof = proof::consistency(&app.storage, &site, first, second).await?;
    Ok(public().json(json!({ "first": first, "second": second, "proof": hexes(&proof) })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    record: String,
    size: Option<u64>,
}

/// `GET …/log/inclusion?record=&size=`
pub async fn inclusion(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let site = key::site(&app, &request, Scope::LOG_READ).await?;
    let query: Which = extract::query(&request)?;
    let wrong = || Error::field("/record", "is not the id of a record");
    let record = Uuid::parse_str(&query.record).map_err(|_| wrong())?;
    if records::by_ids(&app.storage.db(), &site.id, [record]).await?.is_empty() {
        return Err(Error::NotFound("no record with this id"));
    }
    if let Some(size) = query.size {
        let (_, published, _) = proof::published(&app.storage, &site.id).await?;
        if size > published {
            return Err(beyond("/size", published));
        }
        let proof = proof::inclusion(&app.storage, &site.id, record, size).await;
        let outside = |error| match error {
            Error::NotMerged => Error::field("/size", "is a log without this record"),
            other => other,
        };
        return json::ok(&shape(&proof.map_err(outside)?));
    }
    let (proof, _) = in_published(&app, &site.id, record).await?;
    json::ok(&shape(&proof))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Range {
    from: u64,
    to: u64,
}

/// `GET …/log/leaves?from=&to=`: `to` is not part of it.
pub async fn leaves(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let site = key::site(&app, &request, Scope::LOG_READ).await?;
    let Range { from, to } = extract::query(&request)?;
    let (_, published, _) = proof::published(&app.storage, &site.id).await?;
    if from > to {
        return Err(Error::field("/to", "must not be before `from`"));
    }
    if to > published {
        return Err(beyond("/to", published));
    }
    let to = to.min(from + LEAVES);
    let leaves = proof::leaves(&app.storage, &site.id, from, to).await?;
    let leaves: Vec<_> = leaves.iter().map(|leaf| STANDARD.encode(leaf)).collect();
    json::ok(&json!({ "from": from, "leaves": leaves }))
}

/// `GET …/consents/{id}/proof`: all that is needed to check a record with public keys alone.
pub async fn bundle(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let site = key::site(&app, &request, Scope::CONSENTS_READ).await?;
    let none = || Error::NotFound("no record with this id");
    let id = request.match_info().get("id").and_then(|text| Uuid::parse_str(text).ok());
    let id = id.ok_or_else(none)?;
    let found = records::by_ids(&app.storage.db(), &site.id, [id]).await?;
    let stored = found.first().ok_or_else(none)?;
    let (proof, checkpoint) = in_published(&app, &site.id, id).await?;
    let k = records::leaf_key(&app.storage.db(), &site.id, stored.record.subject).await?;
    let notice = site.notice(&stored.record.notice).map(|published| &published.notice);
    let receipt = stored.record.personal.as_ref();
    let receipt = receipt.map(|_| crate::evidence::receipts::receipt(stored)).transpose()?;
    json::ok(&json!({
        "record": json::to_value(&stored.record)?,
        "notice": notice,
        "receipt": receipt,
        "leaf": STANDARD.encode(&proof.leaf),
        "leaf_key": k.map(|k| STANDARD.encode(k)),
        "index": proof.index,
        "size": proof.size,
        "inclusion": hexes(&proof.proof),
        "checkpoint": checkpoint,
    }))
}

/// The proof of a record in the last published log, with its checkpoint; waits a little for a
/// record that was given just now.
async fn in_published(
    app: &App,
    site: &SiteId,
    record: RecordId,
) -> Result<(Inclusion, String), Error> {
    merged(async || {
        let (_, size, note) = proof::published(&app.storage, site).await?;
        Ok((proof::inclusion(&app.storage, site, record, size).await?, note))
    })
    .await
}

/// Tries again while something is not merged yet.
async fn merged<T>(attempt: impl AsyncFn() -> Result<T, Error>) -> Result<T, Error> {
    let end = Instant::now() + PATIENCE;
    loop {
        match attempt().await {
            Err(Error::NotMerged) if Instant::now() < end => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            other => return other,
        }
    }
}

fn shape(proof: &Inclusion) -> Value {
    json!({
        "index": proof.index,
        "size": proof.size,
        "leaf_hash": hex(&leaf_hash(&proof.leaf)),
        "proof": hexes(&proof.proof),
    })
}

fn hexes(proof: &[Hash]) -> Vec<String> {
    proof.iter().map(|hash| hex(hash)).collect()
}

fn beyond(field: &str, published: u64) -> Error {
    Error::field(field, format!("the published log has {published} leaves"))
}

/// An answer for anyone, from anywhere, that is true for a moment only.
fn public() -> actix_web::HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
    answer
}
