//! Records, their personal parts and states: between rows and domain types.

use super::entity::{record, record_personal, state};
use crate::error::Error;
use ouinon_domain::canonical::hex;
use ouinon_domain::choice::{Action, Assurance, Method};
use ouinon_domain::ids::{NoticeHash, RecordId, SiteId, VisitorId};
use ouinon_domain::record::{Personal, Record};
use ouinon_domain::regime::{Model, Place, Regime};
use ouinon_domain::residue::Remains;
use ouinon_domain::state::State;
use ouinon_domain::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A stored record with what the server added when it signed and committed it.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The record.
    pub record: Record,
    /// HMAC under the subject's key (see `ouinon_domain::leaf`).
    pub commitment: [u8; 32],
    /// The key that signed the receipt.
    pub key_id: String,
    /// The receipt's signature.
    pub signature: [u8; 64],
}

/// Where a record stands among its site's: when it was given, and its id. The time says in which
/// month to look.
pub type Slot = (Timestamp, RecordId);

impl Stored {
    /// Where it stands.
    pub fn slot(&self) -> Slot {
        (self.record.given_at, self.record.id)
    }

    /// What stays of it once its person is forgotten.
    pub fn remains(&self) -> Remains<'_> {
        Remains { record: &self.record, key_id: &self.key_id, signature: &self.signature }
    }
}

/// Why a stored value cannot be read.
pub(super) fn unreadable(column: &str) -> Error {
    Error::Unreadable(column.to_owned())
}

pub(super) fn from_json<T: DeserializeOwned>(text: &str, column: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|_| unreadable(column))
}

/// JSON text of a value made of maps, lists and words, which always has one.
pub fn to_json<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::internal("JSON", error))
}

pub(super) fn number(value: i64, column: &str) -> Result<u64, Error> {
    u64::try_from(value).map_err(|_| unreadable(column))
}

/// Bytes of a fixed length.
pub fn fixed<const N: usize>(bytes: Vec<u8>, column: &str) -> Result<[u8; N], Error> {
    bytes.try_into().map_err(|_| unreadable(column))
}

/// The rows of a stored record.
pub fn record_rows(
    stored: &Stored,
) -> Result<(record::Model, Option<record_personal::Model>), Error> {
    let one = &stored.record;
    let site = one.site.as_str().to_owned();
    let body_hash = ouinon_domain::canonical::from_hex::<32>(&one.body_hash)
        .ok_or_else(|| unreadable("body_hash"))?;
    let version = |value: u64| i64::try_from(value).map_err(|_| unreadable("version"));
    let record = record::Model {
        site: site.clone(),
        id: one.id,
        subject: one.subject,
        version: version(one.version)?,
        base_version: version(one.base_version)?,
        action: one.action.as_str().into(),
        asked: to_json(&one.asked)?,
        asked_vendors: to_json(&one.asked_vendors)?,
        choices: to_json(&one.choices)?,
        vendors: to_json(&one.vendors)?,
        notice: one.notice.0.to_vec(),
        method: one.method.as_str().into(),
        gpc: one.gpc,
        assurance: one.assurance.as_str().into(),
        given_at: one.given_at.0,
        expires_at: one.expires_at.0,
        body_hash: body_hash.to_vec(),
        commitment: stored.commitment.to_vec(),
        key_id: stored.key_id.clone(),
        signature: stored.signature.to_vec(),
    };
    let personal = one.personal.as_ref().map(|personal| record_personal::Model {
        site,
        record: one.id,
        regime: personal.regime.model.as_str().into(),
        law: personal.regime.law.clone(),
        gpc_honoured: personal.regime.gpc_honoured,
        country: personal.place.country.clone(),
        region: personal.place.region.clone(),
        language: personal.language.clone(),
        page: personal.page.clone(),
        device: personal.device.clone(),
        bot: personal.bot,
        browser_key: personal.browser_key.clone(),
        browser_signature: personal.browser_signature.clone(),
        given_at: one.given_at.0,
        browser_message: personal.browser_message.clone(),
    });
    Ok((record, personal))
}

/// The forgettable part in a row.
pub fn read_personal(row: record_personal::Model, visitor: VisitorId) -> Result<Personal, Error> {
    Ok(Personal {
        visitor,
        regime: Regime {
            model: Model::parse(&row.regime).ok_or_else(|| unreadable("regime"))?,
            law: row.law,
            gpc_honoured: row.gpc_honoured,
        },
        place: Place { country: row.country, region: row.region },
        language: row.language,
        page: row.page,
        device: row.device,
        bot: row.bot,
        browser_key: row.browser_key,
        browser_signature: row.browser_signature,
        browser_message: row.browser_message,
    })
}

/// The record of a row, with its forgettable part where both that and the visitor are known.
pub fn read_record(
    row: record::Model,
    personal: Option<record_personal::Model>,
    visitor: Option<VisitorId>,
) -> Result<Stored, Error> {
    let personal = match (personal, visitor) {
        (Some(personal), Some(visitor)) => Some(read_personal(personal, visitor)?),
        _ => None,
    };
    let record = Record {
        id: row.id,
        site: SiteId::parse(&row.site).ok_or_else(|| unreadable("site"))?,
        subject: row.subject,
        version: number(row.version, "version")?,
        base_version: number(row.base_version, "base_version")?,
        action: Action::parse(&row.action).ok_or_else(|| unreadable("action"))?,
        asked: from_json(&row.asked, "asked")?,
        asked_vendors: from_json(&row.asked_vendors, "asked_vendors")?,
        choices: from_json(&row.choices, "choices")?,
        vendors: from_json(&row.vendors, "vendors")?,
        notice: NoticeHash(fixed(row.notice, "notice")?),
        method: Method::parse(&row.method).ok_or_else(|| unreadable("method"))?,
        gpc: row.gpc,
        assurance: Assurance::parse(&row.assurance).ok_or_else(|| unreadable("assurance"))?,
        given_at: Timestamp(row.given_at),
        expires_at: Timestamp(row.expires_at),
        body_hash: hex(&row.body_hash),
        personal,
    };
    Ok(Stored {
        record,
        commitment: fixed(row.commitment, "commitment")?,
        key_id: row.key_id,
        signature: fixed(row.signature, "signature")?,
    })
}

/// The row of a state.
pub fn state_row(site: &SiteId, visitor: VisitorId, state: &State) -> Result<state::Model, Error> {
    Ok(state::Model {
        site: site.as_str().into(),
        visitor: visitor.0.to_vec(),
        version: i64::try_from(state.version).map_err(|_| unreadable("version"))?,
        record: state.record,
        action: state.action.as_str().into(),
        method: state.method.as_str().into(),
        gpc: state.gpc,
        notice: state.notice.0.to_vec(),
        choices: to_json(&state.choices)?,
        vendors: to_json(&state.vendors)?,
        taken_back: to_json(&state.taken_back)?,
        given_at: state.given_at.0,
        expires_at: state.expires_at.0,
        personal: to_json(&state.personal)?,
        position: None,
        position_of: None,
        noted_subject: None,
    })
}

/// The state of a row.
pub fn read_state(row: state::Model) -> Result<State, Error> {
    Ok(State {
        version: number(row.version, "version")?,
        record: row.record,
        action: Action::parse(&row.action).ok_or_else(|| unreadable("action"))?,
        method: Method::parse(&row.method).ok_or_else(|| unreadable("method"))?,
        gpc: row.gpc,
        notice: NoticeHash(fixed(row.notice, "notice")?),
        choices: from_json(&row.choices, "choices")?,
        vendors: from_json(&row.vendors, "vendors")?,
        taken_back: from_json(&row.taken_back, "taken_back")?,
        given_at: Timestamp(row.given_at),
        expires_at: Timestamp(row.expires_at),
        personal: from_json(&row.personal, "personal")?,
    })
}
