//! "Can I use this visitor for this purpose, with this vendor?": one (`GET …/decision`) or up to
//! 10,000 (`POST …/decisions`). The answer is computed in `consent::decide`.

use super::{extract, json, limits};
use crate::app::App;
use crate::consent::body::read_json;
use crate::consent::decide::{Ask, Decided, answer};
use crate::consent::decision_log::Who;
use crate::error::Error;
use crate::http::extract::key;
use crate::known_bad;
use crate::sites::Site;
use crate::sites::key::{Presented, Scope};
use actix_web::{HttpRequest, HttpResponse, web};
use ouinon_domain::choice::Action;
use ouinon_domain::decision::Reason;
use ouinon_domain::ids::{NoticeHash, RecordId, SiteId, VisitorId};
use ouinon_domain::key::Key;
use ouinon_domain::notice::LegalBasis;
use ouinon_domain::regime::Regime;
use ouinon_domain::state::State;
use ouinon_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// Most visitors in one question.
const MOST: usize = 10_000;
/// Most bytes of a batch: 10,000 ids and room.
const MAX_BATCH: usize = 512 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    visitor: String,
    purpose: String,
    vendor: Option<String>,
    at: Option<String>,
    place: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    purpose: Key,
    vendor: Option<Key>,
    at: Option<Timestamp>,
    visitors: Vec<VisitorId>,
}

/// Answers about one visitor.
pub async fn one(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let query: Query = extract::query(&request)?;
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let place = given(&query.place).as_deref().map(extract::place).transpose()?;
    let at = given(&query.at).map(|text| extract::time("at", &text)).transpose()?;
    let ask = Ask {
        purpose: extract::key("purpose", &query.purpose)?,
        vendor: given(&query.vendor).map(|text| extract::key("vendor", &text)).transpose()?,
        at,
        place: place.map(|place| {
            let day = at.map_or_else(|| app.clock.now(), |at| at.0);
            let regime = app.regimes.resolve(&place, day);
            (place, regime)
        }),
    };
    let visitor = extract::visitor(&query.visitor)?;
    let id = extract::site_id(&request)?;
    let key = key::known(&app, &request, &id, Scope::DECISIONS_READ).await?;
    let (site, decided) = ask_about(&app, &request, &key, &ask, &[visitor]).await?;
    let items = decided.iter().map(|one| shape(&app, &site, &ask, one)).next();
    json::ok(&items.ok_or_else(|| Error::Internal("a question without an answer".into()))?)
}

/// Answers about many visitors, in the order asked.
pub async fn many(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Error> {
    let id = extract::site_id(&request)?;
    // Before the body is read.
    let key = key::known(&app, &request, &id, Scope::DECISIONS_READ).await?;
    let raw = extract::body(payload, MAX_BATCH).await?;
    let batch: Batch = read_json(&raw)?;
    if batch.visitors.len() > MOST {
        return Err(Error::field("/visitors", format!("at most {MOST} visitors at a time")));
    }
    let ask = Ask { purpose: batch.purpose, vendor: batch.vendor, at: batch.at, place: None };
    let (site, decided) = ask_about(&app, &request, &key, &ask, &batch.visitors).await?;
    let items = decided.iter().map(|one| shape(&app, &site, &ask, one)).collect();
    json::ok(&Answers { items })
}

/// Charges the caller and asks.
async fn ask_about(
    app: &App,
    request: &HttpRequest,
    key: &Presented,
    ask: &Ask,
    visitors: &[VisitorId],
) -> Result<(Arc<Site>, Vec<Decided>), Error> {
    limits::decisions(app, request, key, visitors.len())?;
    let now = || Timestamp(app.clock.now());
    if ask.at.is_some_and(|at| at > now()) {
        return Err(Error::field("/at", "is in the future; nobody knows that answer yet"));
    }
    let admit = |site: &Site| key::check(app, request, key, site, Scope::DECISIONS_READ);
    let (site, mut decided) =
        answer(&app.sites, &app.asker, &key.site, ask, visitors, admit, now).await?;
    known_bad::keep_yes(&key.site, &mut decided);
    let who = (Who::Key(&key.id), extract::request_id(request));
    app.decision_log.note(&key.site, ask, &decided, who, now());
    for one in &decided {
        metrics::counter!("ouinon_decisions_total", "reason" => one.reason.as_str()).increment(1);
    }
    Ok((site, decided))
}

/// Many of them.
#[derive(Serialize)]
struct Answers<'a> {
    items: Vec<Answer<'a>>,
}

/// A decision as the contract lays it out; borrowed, for the bytes are all that is made of it.
#[derive(Debug, Serialize)]
pub struct Answer<'a> {
    allowed: bool,
    reason: Reason,
    explanation: &'static str,
    decision: Uuid,
    site: &'a SiteId,
    visitor: VisitorId,
    customer: Option<&'a str>,
    purpose: &'a Key,
    vendor: Option<&'a Key>,
    legal_basis: Option<LegalBasis>,
    regime: Option<&'a Regime>,
    country: Option<&'a str>,
    region: Option<&'a str>,
    place_source: Option<&'static str>,
    as_of: Timestamp,
    recheck_after: Timestamp,
    evidence: Option<Evidence<'a>>,
}

/// What the decision was made from.
#[derive(Debug, Serialize)]
struct Evidence<'a> {
    record: RecordId,
    version: u64,
    action: Action,
    given_at: Timestamp,
    expires_at: Timestamp,
    notice: NoticeHash,
    language: Option<&'a str>,
    log_index: Option<u64>,
    proof_url: String,
}

/// Lays a decision out.
pub fn shape<'a>(app: &App, site: &'a Site, ask: &'a Ask, decided: &'a Decided) -> Answer<'a> {
    let state = decided.state.as_ref();
    let personal = state.and_then(|state| state.personal.as_ref());
    let (place, regime, source) = match (personal, &ask.place) {
        (Some(personal), _) => (Some(&personal.place), Some(&personal.regime), Some("record")),
        (None, Some((place, regime))) => (Some(place), Some(regime), Some("query")),
        (None, None) => (None, None, None),
    };
    let public = app.public.as_str();
    let evidence = |state: &'a State| Evidence {
        record: state.record,
        version: state.version,
        action: state.action,
        given_at: state.given_at,
        expires_at: state.expires_at,
        notice: state.notice,
        language: personal.map(|personal| personal.language.as_str()),
        log_index: decided.log_index,
        proof_url: format!("{public}/v1/sites/{}/consents/{}/proof", site.id, state.record),
    };
    let terms = site.current_at(decided.as_of).map(|published| &published.terms);
    Answer {
        allowed: decided.reason.allows(),
        reason: decided.reason,
        explanation: decided.reason.explanation(),
        decision: decided.id,
        site: &site.id,
        visitor: decided.visitor,
        customer: None,
        purpose: &ask.purpose,
        vendor: ask.vendor.as_ref(),
        legal_basis: terms.and_then(|terms| terms.legal_basis(&ask.purpose)),
        regime,
        country: place.and_then(|place| place.country.as_deref()),
        region: place.and_then(|place| place.region.as_deref()),
        place_source: source,
        as_of: decided.as_of,
        recheck_after: decided.recheck_after,
        evidence: state.map(evidence),
    }
}
