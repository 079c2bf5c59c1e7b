//! A record with its fields in the order of RFC 8785, so that writing it down as it is makes the
//! canonical form: its keys are plain ASCII and its numbers whole. Every record is written so when
//! it is given and again whenever it is verified; sorting each time would cost several times that.

use super::{Personal, Record};
use crate::choice::{Action, Assurance, Choices, Method, Vendors};
use crate::ids::{NoticeHash, RecordId, SiteId, Subject, VisitorId};
use crate::regime::Model;
use crate::time::Timestamp;
use serde::Serialize;

/// A record.
#[derive(Serialize)]
pub(super) struct Ordered<'a> {
    action: Action,
    asked: &'a Choices,
    asked_vendors: &'a Vendors,
    assurance: Assurance,
    base_version: u64,
    body_hash: &'a str,
    choices: &'a Choices,
    expires_at: Timestamp,
    given_at: Timestamp,
    gpc: bool,
    id: RecordId,
    method: Method,
    notice: NoticeHash,
    personal: Option<OrderedPersonal<'a>>,
    site: &'a SiteId,
    subject: Subject,
    vendors: &'a Vendors,
    version: u64,
}

#[derive(Serialize)]
struct OrderedPersonal<'a> {
    bot: bool,
    browser_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    browser_message: Option<&'a str>,
    browser_signature: Option<&'a str>,
    country: Option<&'a str>,
    device: &'a str,
    language: &'a str,
    page: Option<&'a str>,
    regime: OrderedRegime<'a>,
    region: Option<&'a str>,
    visitor: VisitorId,
}

#[derive(Serialize)]
struct OrderedRegime<'a> {
    gpc_honoured: bool,
    law: Option<&'a str>,
    model: Model,
}

impl<'a> From<&'a Record> for Ordered<'a> {
    fn from(record: &'a Record) -> Self {
        Self {
            action: record.action,
            asked: &record.asked,
            asked_vendors: &record.asked_vendors,
            assurance: record.assurance,
            base_version: record.base_version,
            body_hash: &record.body_hash,
            choices: &record.choices,
            expires_at: record.expires_at,
            given_at: record.given_at,
            gpc: record.gpc,
            id: record.id,
            method: record.method,
            notice: record.notice,
            personal: record.personal.as_ref().map(OrderedPersonal::from),
            site: &record.site,
            subject: record.subject,
            vendors: &record.vendors,
            version: record.version,
        }
    }
}

impl<'a> From<&'a Personal> for OrderedPersonal<'a> {
    fn from(personal: &'a Personal) -> Self {
        let Personal { place, regime, .. } = personal;
        Self {
            bot: personal.bot,
            browser_key: personal.browser_key.as_deref(),
            browser_message: personal.browser_message.as_deref(),
            browser_signature: personal.browser_signature.as_deref(),
            country: place.country.as_deref(),
            device: &personal.device,
            language: &personal.language,
            page: personal.page.as_deref(),
            regime: OrderedRegime {
                gpc_honoured: regime.gpc_honoured,
                law: regime.law.as_deref(),
                model: regime.model,
            },
            region: place.region.as_deref(),
            visitor: personal.visitor,
        }
    }
}
