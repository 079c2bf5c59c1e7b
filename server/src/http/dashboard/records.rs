//! `/dashboard/sites/{site}/records`: the proofs, one page after the other, one alone, or as CSV.

use super::session::Area;
use super::{csv, enter, purpose_choices, purpose_title, vendor_name};
use crate::app::App;
use crate::error::Error;
use crate::evidence::receipts;
use crate::http::html;
use crate::http::records::{cursor, read_cursor};
use crate::sites::Site;
use crate::storage::records::{self, Filter};
use crate::storage::rows::{Slot, Stored};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;
use ouinon_dashboard::pages::{
    Leaf, NoticeRef, Personal, Record, RecordRow, Records, RecordsForm, Said,
};
use ouinon_dashboard::{Lang, Query};
use ouinon_domain::canonical::hex;
use ouinon_domain::choice::{Action, Method};
use ouinon_domain::ids::{SiteId, VisitorId};
use ouinon_domain::key::Key;
use ouinon_domain::leaf::leaf;
use ouinon_domain::merkle::leaf_hash;
use ouinon_domain::time::{DAY, Timestamp};
use std::sync::Arc;
use uuid::Uuid;

/// Records on a page.
const PAGE: u64 = 50;
/// Records read at once for an export.
const CHUNK: u64 = 500;
const FILTERS: [&str; 7] = ["visitor", "action", "method", "purpose", "country", "from", "to"];
const COLUMNS: [&str; 12] = [
    "given_at",
    "id",
    "visitor",
    "version",
    "action",
    "method",
    "granted",
    "denied",
    "notice",
    "country",
    "language",
    "expires_at",
];

/// A page of records.
pub async fn list(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let (session, site) = enter(&app, &request, Area::Visitors).await?;
    let lang = html::lang(&request);
    let query = Query::parse(request.query_string());
    let after = query.get("after").map(read_cursor).transpose()?;
    let mut found = match filter(&query) {
        Some(filter) => {
            records::list(&app.storage.db(), &site.id, &filter, after, PAGE + 1).await?
        }
        None => Vec::new(),
    };
    let more = found.len() as u64 > PAGE;
    found.truncate(PAGE as usize);
    let here = format!("/dashboard/sites/{}/records", site.id);
    let filters = query.only(&FILTERS);
    let next = found.last().filter(|_| more).map(|last| cursor(&last.record));
    let page = Records {
        site: super::site_ref(&site),
        form: form(&query),
        filtered: !filters.pairs().is_empty(),
        purposes: purpose_choices(&site, lang, true),
        items: found.iter().map(|stored| row(&site, stored, lang)).collect(),
        next_href: next.map(|next| filters.with("after", &next).on(&here)),
        first_href: after.map(|_| filters.on(&here)),
        export_href: filters.on(&format!("{here}.csv")),
    };
    html::private(&app, &request, &session, &page)
}

fn form(query: &Query) -> RecordsForm {
    let text = |name: &str| query.get(name).unwrap_or_default().to_owned();
    RecordsForm {
        visitor: text("visitor"),
        action: text("action"),
        method: text("method"),
        purpose: text("purpose"),
        country: text("country"),
        from: text("from"),
        to: text("to"),
    }
}

/// The filters of an address; `None` where one can fit no record.
fn filter(query: &Query) -> Option<Filter> {
    fn read<T>(text: Option<&str>, parse: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
        text.map_or(Some(None), |text| parse(text.trim()).map(Some))
    }
    let day = |text: &str| Timestamp::parse(&format!("{text}T00:00:00Z"));
    Some(Filter {
        visitor: read(query.get("visitor"), VisitorId::parse)?,
        action: read(query.get("action"), Action::parse)?,
        method: read(query.get("method"), Method::parse)?,
        granted: read(query.get("purpose"), Key::parse)?,
        country: query.get("country").map(|code| code.trim().to_uppercase()),
        from: read(query.get("from"), day)?,
        to: read(query.get("to"), |text| day(text).map(|day| Timestamp(day.0 + DAY)))?,
    })
}

fn row(site: &Site, stored: &Stored, lang: Lang) -> RecordRow {
    let record = &stored.record;
    let personal = record.personal.as_ref();
    RecordRow {
        id: record.id.to_string(),
        given_at: record.given_at.datetime(),
        visitor: personal.map(|personal| personal.visitor.to_string()),
        action: record.action.as_str().to_owned(),
        method: record.method.as_str().to_owned(),
        choices: choices(site, stored, lang),
        country: personal.and_then(|personal| personal.place.country.clone()),
        version: record.version,
    }
}

/// The answers in the order of the notice that was shown.
fn choices(site: &Site, stored: &Stored, lang: Lang) -> Vec<Said> {
    let shown = site.notice(&stored.record.notice);
    let order = |key: &Key| {
        let purposes = shown.map(|own| &own.notice.purposes);
        purposes.and_then(|all| all.iter().position(|purpose| purpose.key == *key))
    };
    let mut answers: Vec<_> = stored.record.choices.iter().collect();
    answers.sort_by_key(|(key, _)| order(key).unwrap_or(usize::MAX));
    let said = |(key, granted): (&Key, &bool)| Said {
        key: key.to_string(),
        title: purpose_title(shown, key.as_str(), lang),
        granted: *granted,
    };
    answers.into_iter().map(said).collect()
}

/// One record.
pub async fn show(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let (session, site) = enter(&app, &request, Area::Visitors).await?;
    let none = || Error::NotFound("no record with this id");
    let id = request.match_info().get("id").and_then(|text| Uuid::parse_str(text).ok());
    let found = records::by_ids(&app.storage.db(), &site.id, [id.ok_or_else(none)?]).await?;
    let stored = found.first().ok_or_else(none)?;
    let page = record(&app, &site, stored, html::lang(&request)).await?;
    html::private(&app, &request, &session, &page)
}

async fn record(app: &App, site: &Site, stored: &Stored, lang: Lang) -> Result<Record, Error> {
    let one = &stored.record;
    let personal = one.personal.as_ref();
    let vendor = |(key, granted): (&Key, &bool)| Said {
        key: key.to_string(),
        title: vendor_name(site.notice(&one.notice), key),
        granted: *granted,
    };
    let published = site.publications().iter().find(|(hash, _)| *hash == one.notice);
    let whole = receipts::whole(stored)?;
    let json = serde_json::to_string_pretty(&whole);
    Ok(Record {
        site: super::site_ref(site),
        id: one.id.to_string(),
        visitor: personal.map(|personal| personal.visitor.to_string()),
        version: one.version,
        base_version: one.base_version,
        latest: is_latest(app, site, stored).await?,
        action: one.action.as_str().to_owned(),
        method: one.method.as_str().to_owned(),
        given_at: one.given_at.datetime(),
        expires_at: one.expires_at.datetime(),
        choices: choices(site, stored, lang),
        vendors: one.vendors.iter().map(vendor).collect(),
        notice: NoticeRef {
            hash: one.notice.to_string(),
            published_at: published.map(|(_, at)| at.datetime()),
        },
        regime: personal.map(|personal| personal.regime.model.as_str().to_owned()),
        law: personal.and_then(|personal| personal.regime.law.clone()),
        gpc: one.gpc,
        assurance: one.assurance.as_str().to_owned(),
        personal: personal.map(|personal| Personal {
            country: personal.place.country.clone(),
            region: personal.place.region.clone(),
            language: Some(personal.language.clone()),
            page: personal.page.clone(),
            device: Some(personal.device.clone()),
        }),
        receipt: personal.map(|_| receipts::receipt(stored)).transpose()?,
        leaf: Leaf { hash: hex(&leaf_hash(&leaf(&stored.commitment))), index: None },
        json: json.map_err(|error| Error::internal("JSON", error))?,
    })
}

/// Whether no later record of the visitor exists; an erased one has none that is known.
async fn is_latest(app: &App, site: &Site, stored: &Stored) -> Result<bool, Error> {
    let Some(personal) = &stored.record.personal else { return Ok(false) };
    let filter = Filter { visitor: Some(personal.visitor), ..Filter::default() };
    let newest = records::list(&app.storage.db(), &site.id, &filter, None, 1).await?;
    Ok(newest.first().is_some_and(|newest| newest.record.id == stored.record.id))
}

/// All records that fit, as CSV, read a part at a time. A failure in the middle breaks the body
/// off, so that a short file is never taken for a whole one.
pub async fn export(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let (_, site) = enter(&app, &request, Area::Visitors).await?;
    let filter = filter(&Query::parse(request.query_string()));
    let head = Bytes::from(csv::line(COLUMNS));
    let start = filter.map(|filter| (None, filter));
    let id = site.id.clone();
    let app = Arc::clone(&app);
    let rows = stream::try_unfold(start, move |state| chunk(Arc::clone(&app), id.clone(), state));
    let body = stream::StreamExt::chain(stream::once(async { Ok::<_, Error>(head) }), rows);
    Ok(csv::answer(&format!("ouinon-{}-records.csv", site.id)).streaming(Box::pin(body)))
}

type Rest = Option<(Option<Slot>, Filter)>;

async fn chunk(app: Arc<App>, site: SiteId, state: Rest) -> Result<Option<(Bytes, Rest)>, Error> {
    let Some((after, filter)) = state else { return Ok(None) };
    let found = records::list(&app.storage.db(), &site, &filter, after, CHUNK).await?;
    let full = found.len() as u64 == CHUNK;
    let last = found.last().map(|stored| (stored.record.given_at, stored.record.id));
    let text: String = found.iter().map(|stored| csv::line(cells(stored))).collect();
    Ok(Some((Bytes::from(text), last.filter(|_| full).map(|last| (Some(last), filter)))))
}

fn cells(stored: &Stored) -> [String; 12] {
    let record = &stored.record;
    let personal = record.personal.as_ref();
    let keys = |granted: bool| {
        let own = record.choices.iter().filter(|(_, yes)| **yes == granted);
        own.map(|(key, _)| key.as_str()).collect::<Vec<_>>().join(" ")
    };
    [
        record.given_at.to_string(),
        record.id.to_string(),
        personal.map(|personal| personal.visitor.to_string()).unwrap_or_default(),
        record.version.to_string(),
        record.action.as_str().to_owned(),
        record.method.as_str().to_owned(),
        keys(true),
        keys(false),
        record.notice.to_string(),
        personal.and_then(|personal| personal.place.country.clone()).unwrap_or_default(),
        personal.map(|personal| personal.language.clone()).unwrap_or_default(),
        record.expires_at.to_string(),
    ]
}
