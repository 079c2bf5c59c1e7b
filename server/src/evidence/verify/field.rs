//! Which field of a record was changed: the one that, given another likely value, makes the leaf
//! right again. A leaf alone cannot say, so what is likely is tried.

use super::notices::Notices;
use crate::storage::rows::Stored;
use ouinon_domain::choice::{Action, Assurance, Choices, Method};
use ouinon_domain::leaf;
use ouinon_domain::record::{Personal, Record};
use ouinon_domain::regime::Model;
use ouinon_domain::time::{DAY, Timestamp};

/// Whether a field stands in `record_personal`.
pub fn is_personal(field: &str) -> bool {
    ["regime", "law", "gpc_honoured", "country", "region", "language", "page", "device", "bot"]
        .contains(&field)
}

/// The field whose value was changed, where another value of it is what the leaf commits to.
pub fn changed(stored: &Stored, k: &[u8; 32], notices: &Notices) -> Option<&'static str> {
    let right = |record: &Record| {
        leaf::commitment(k, record).is_ok_and(|commitment| commitment == stored.commitment)
    };
    let mut tries: Vec<(&'static str, Record)> = Vec::new();
    let record = &stored.record;
    let mut attempt = |field, change: &dyn Fn(&mut Record)| {
        let mut other = record.clone();
        change(&mut other);
        tries.push((field, other));
    };
    answers(record, &mut attempt);
    words(record, &mut attempt);
    numbers(record, notices, &mut attempt);
    personal(&mut attempt);
    tries.into_iter().find(|(_, record)| right(record)).map(|(field, _)| field)
}

type Attempt<'a> = &'a mut dyn FnMut(&'static str, &dyn Fn(&mut Record));

/// Answers with one of them the other way round, or as asked.
fn answers(record: &Record, attempt: Attempt<'_>) {
    let flipped = |all: &Choices, key| {
        let mut all = all.clone();
        if let Some(yes) = all.get_mut(key) {
            *yes = !*yes;
        }
        all
    };
    attempt("choices", &|r| r.choices = r.asked.clone());
    attempt("asked", &|r| r.asked = r.choices.clone());
    attempt("vendors", &|r| r.vendors = r.asked_vendors.clone());
    attempt("asked_vendors", &|r| r.asked_vendors = r.vendors.clone());
    attempt("vendors", &|r| r.vendors.clear());
    attempt("asked_vendors", &|r| r.asked_vendors.clear());
    for yes in [false, true] {
        attempt("choices", &|r| r.choices.values_mut().for_each(|answer| *answer = yes));
        attempt("asked", &|r| r.asked.values_mut().for_each(|answer| *answer = yes));
    }
    for key in record.choices.keys() {
        attempt("choices", &|r| r.choices = flipped(&record.choices, key));
    }
    for key in record.asked.keys() {
        attempt("asked", &|r| r.asked = flipped(&record.asked, key));
    }
    for key in record.vendors.keys() {
        attempt("vendors", &|r| r.vendors = flipped(&record.vendors, key));
    }
    for key in record.asked_vendors.keys() {
        attempt("asked_vendors", &|r| r.asked_vendors = flipped(&record.asked_vendors, key));
    }
}

/// Words of the contract, and yes for no.
fn words(record: &Record, attempt: Attempt<'_>) {
    attempt("gpc", &|r| r.gpc = !record.gpc);
    for action in Action::ALL {
        attempt("action", &|r| r.action = *action);
    }
    for method in Method::ALL {
        attempt("method", &|r| r.method = *method);
    }
    for assurance in Assurance::ALL {
        attempt("assurance", &|r| r.assurance = *assurance);
    }
}

/// Versions, times and the notice.
fn numbers(record: &Record, notices: &Notices, attempt: Attempt<'_>) {
    for near in 0..=record.version.saturating_add(2).min(100) {
        attempt("version", &|r| r.version = near);
        attempt("base_version", &|r| r.base_version = near);
    }
    for (notice, days) in notices {
        attempt("notice", &|r| r.notice = *notice);
        for days in [*days, Model::OptOut.days_kept(*days, true)] {
            attempt("expires_at", &|r| r.expires_at = r.given_at.plus_days(days));
            let given_at = Timestamp(record.expires_at.0.saturating_sub(i64::from(days) * DAY));
            attempt("given_at", &|r| r.given_at = given_at);
        }
    }
}

/// The forgettable part.
fn personal(attempt: Attempt<'_>) {
    let mut on = |field, change: &dyn Fn(&mut Personal)| {
        attempt(field, &|record| record.personal.iter_mut().for_each(change));
    };
    for model in [Model::OptIn, Model::OptOut, Model::Notice] {
        on("regime", &|p| p.regime.model = model);
    }
    on("gpc_honoured", &|p| p.regime.gpc_honoured = !p.regime.gpc_honoured);
    on("bot", &|p| p.bot = !p.bot);
    on("law", &|p| p.regime.law = None);
    on("country", &|p| p.place.country = None);
    on("region", &|p| p.place.region = None);
    on("page", &|p| p.page = None);
    for device in ["desktop", "mobile", "tablet", "other"] {
        on("device", &|p| p.device = device.into());
    }
}
