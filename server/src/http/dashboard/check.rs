//! `/dashboard/sites/{site}/check`: can I target this visitor?

use super::session::Area;
use super::{enter, purpose_choices, purpose_title, vendor_name};
use crate::app::App;
use crate::consent::decide::{Ask, Decided, answer};
use crate::consent::decision_log::Who;
use crate::error::Error;
use crate::http::{self, extract, html, json};
use crate::sites::Site;
use crate::storage::decisions;
use crate::storage::entity::decision;
use actix_web::{HttpRequest, HttpResponse, web};
use ouinon_dashboard::pages::{Answer, Asked, Check, CheckForm, Choice, Evidence, FieldErrors};
use ouinon_dashboard::{Facts, Lang, Query, explain};
use ouinon_domain::ids::VisitorId;
use ouinon_domain::key::Key;
use ouinon_domain::regime::Place;
use ouinon_domain::time::Timestamp;
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// Most earlier questions shown.
const ASKED: u64 = 20;

/// The form, and the answer where something was asked.
pub async fn show(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let (session, site) = enter(&app, &request, Area::Visitors).await?;
    let lang = html::lang(&request);
    let form = read_form(&Query::parse(request.query_string()));
    let asked = !form.visitor.is_empty();
    let mut errors = FieldErrors::new();
    let mut found = None;
    if asked && let Some((visitor, ask)) = parse(&app, &site, &form, &mut errors) {
        let who = (Who::User(session.user), extract::request_id(&request));
        found = Some(ask_about(&app, &site, visitor, &ask, who, lang).await?);
    }
    let vendors = site.current().into_iter().flat_map(|own| &own.notice.vendors);
    let page = Check {
        site: super::site_ref(&site),
        purposes: purpose_choices(&site, lang, false),
        vendors: vendors
            .map(|vendor| Choice { value: vendor.key.to_string(), label: vendor.name.clone() })
            .collect(),
        form,
        errors,
        answer: found,
    };
    html::private(&app, &request, &session, &page)
}

fn read_form(query: &Query) -> CheckForm {
    let text = |name: &str| query.get(name).unwrap_or_default().trim().to_owned();
    CheckForm {
        visitor: text("visitor"),
        purpose: text("purpose"),
        vendor: text("vendor"),
        at: text("at"),
        place: text("place").to_uppercase(),
    }
}

/// The question, unless a field is wrong.
fn parse(
    app: &App,
    site: &Site,
    form: &CheckForm,
    errors: &mut FieldErrors,
) -> Option<(VisitorId, Ask)> {
    let mut wrong = |field: &'static str| {
        errors.insert(field, field);
    };
    let notice = site.current().map(|own| &own.notice)?;
    let visitor = VisitorId::parse(&form.visitor);
    if visitor.is_none() {
        wrong("visitor");
    }
    let purpose = notice.purposes.iter().find(|own| own.key.as_str() == form.purpose);
    if purpose.is_none() {
        wrong("purpose");
    }
    let vendor = Key::parse(&form.vendor);
    if !form.vendor.is_empty() && vendor.is_none() {
        wrong("vendor");
    }
    // What a browser's field for a moment sends has no zone; the page says that it means UTC.
    let at = Timestamp::parse(&form.at)
        .or_else(|| Timestamp::parse(&format!("{}:00Z", form.at)))
        .or_else(|| Timestamp::parse(&format!("{}Z", form.at)));
    if !form.at.is_empty() && at.is_none_or(|at| at.0 > app.clock.now()) {
        wrong("at");
    }
    let place = Place::parse(&form.place).ok();
    if !form.place.is_empty() && place.is_none() {
        wrong("place");
    }
    let place = place.filter(|_| !form.place.is_empty()).map(|place| {
        let regime = app.regimes.resolve(&place, app.clock.now());
        (place, regime)
    });
    let (visitor, purpose) = visitor.zip(purpose)?;
    let ask = Ask { purpose: purpose.key.clone(), vendor, at, place };
    errors.is_empty().then_some((visitor, ask))
}

async fn ask_about(
    app: &App,
    site: &Site,
    visitor: VisitorId,
    ask: &Ask,
    who: (Who<'_>, Uuid),
    lang: Lang,
) -> Result<Answer, Error> {
    let now = || Timestamp(app.clock.now());
    let admit = |_: &Site| Ok(());
    let (site, decided) =
        answer(&app.sites, &app.asker, &site.id, ask, &[visitor], admit, now).await?;
    app.decision_log.note(&site.id, ask, &decided, who, now());
    let decided = decided.into_iter().next();
    let decided = decided.ok_or_else(|| Error::Internal("a question without an answer".into()))?;
    let before = decisions::about(&app.storage.db(), &site.id, visitor, ASKED).await?;
    let asked = before.into_iter().map(|row| asked(&site, row, lang)).collect();
    let decision = json::to_value(&http::decisions::shape(app, &site, ask, &decided))?;
    Ok(Answer { asked, ..shape(&site, ask, &decided, &decision, lang)? })
}

fn asked(site: &Site, row: decision::Model, lang: Lang) -> Asked {
    let vendor = row.vendor.as_deref().and_then(Key::parse);
    Asked {
        at: Timestamp(row.decided_at).datetime(),
        key: row.asked_by.strip_prefix("api:").map(str::to_owned),
        purpose: purpose_title(site.current(), &row.purpose, lang),
        vendor: vendor.map(|key| vendor_name(site.current(), &key)),
        allowed: row.allowed,
        reason: row.reason,
    }
}

fn shape(
    site: &Site,
    ask: &Ask,
    decided: &Decided,
    decision: &Value,
    lang: Lang,
) -> Result<Answer, Error> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let state = decided.state.as_ref();
    let title = purpose_title(site.current(), ask.purpose.as_str(), lang);
    let vendor = ask.vendor.as_ref().map(|key| vendor_name(site.current(), key));
    let facts = Facts {
        purpose: ask.purpose.as_str(),
        purpose_title: Some(&title),
        vendor: vendor.as_deref(),
        given_at: state.map(|state| state.given_at.datetime()),
        expires_at: state.map(|state| state.expires_at.datetime()),
        as_of: decided.as_of.datetime(),
    };
    let json = serde_json::to_string_pretty(decision);
    Ok(Answer {
        allowed: decided.reason.allows(),
        reason: decided.reason.as_str().to_owned(),
        sentence: explain(decided.reason.as_str(), lang, &facts),
        as_of: facts.as_of,
        recheck_after: Some(decided.recheck_after.datetime()),
        legal_basis: text(&decision["legal_basis"]),
        regime: text(&decision["regime"]["model"]),
        law: text(&decision["regime"]["law"]),
        country: text(&decision["country"]),
        region: text(&decision["region"]),
        place_source: text(&decision["place_source"]),
        evidence: state.map(|state| Evidence {
            record: state.record.to_string(),
            version: state.version,
            action: state.action.as_str().to_owned(),
            given_at: state.given_at.datetime(),
            expires_at: Some(state.expires_at.datetime()),
            notice: state.notice.to_string(),
            language: state.personal.as_ref().map(|personal| personal.language.clone()),
            log_index: decision["evidence"]["log_index"].as_u64(),
        }),
        asked: Vec::new(),
        json: json.map_err(|error| Error::internal("JSON", error))?,
    })
}
