//! Records, their personal parts and states: between rows and domain types, and the reads of the
//! records API.

use super::dialect::{in_slots, one_of};
use super::entity::{record, record_key, record_personal, state, subject};
use crate::error::Error;
use ouinon_domain::canonical::hex;
use ouinon_domain::choice::{Action, Assurance, Method};
use ouinon_domain::ids::{NoticeHash, RecordId, SiteId, Subject, VisitorId};
use ouinon_domain::key::Key;
use ouinon_domain::record::{Personal, Record};
use ouinon_domain::regime::{Model, Place, Regime};
use ouinon_domain::residue::Remains;
use ouinon_domain::state::State;
use ouinon_domain::time::Timestamp;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use uuid::Uuid;

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
pub fn rows(stored: &Stored) -> Result<(record::Model, Option<record_personal::Model>), Error> {
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

/// Which records to read.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this visitor only.
    pub visitor: Option<VisitorId>,
    /// With this action only.
    pub action: Option<Action>,
    /// Made this way only.
    pub method: Option<Method>,
    /// After which this purpose was allowed.
    pub granted: Option<Key>,
    /// Made in this country only.
    pub country: Option<String>,
    /// Given at this time or later.
    pub from: Option<Timestamp>,
    /// Given before this time.
    pub to: Option<Timestamp>,
}

/// A page of a site's records, newest first, from just after a slot on.
pub async fn list(
    db: &impl ConnectionTrait,
    site: &SiteId,
    filter: &Filter,
    after: Option<Slot>,
    limit: u64,
) -> Result<Vec<Stored>, Error> {
    use record::Column as R;
    let mut query = record::Entity::find()
        .filter(R::Site.eq(site.as_str()))
        .order_by_desc(R::GivenAt)
        .order_by_desc(R::Id)
        .limit(limit);
    if let Some(visitor) = filter.visitor {
        let subject = subject_of(db, site, visitor).await?;
        let Some(subject) = subject else { return Ok(Vec::new()) };
        query = query.filter(R::Subject.eq(subject.subject));
    }
    if let Some(action) = filter.action {
        query = query.filter(R::Action.eq(action.as_str()));
    }
    if let Some(method) = filter.method {
        query = query.filter(R::Method.eq(method.as_str()));
    }
    if let Some(purpose) = &filter.granted {
        // Choices are canonical JSON, so a purpose that was allowed stands there just like this.
        query = query.filter(R::Choices.contains(format!("\"{purpose}\":true")));
    }
    if let Some(from) = filter.from {
        query = query.filter(R::GivenAt.gte(from.0));
    }
    if let Some(to) = filter.to {
        query = query.filter(R::GivenAt.lt(to.0));
    }
    if let Some(country) = &filter.country {
        use record_personal::Column as P;
        let there = record_personal::Entity::find()
            .select_only()
            .column(P::Record)
            .filter(P::Site.eq(site.as_str()))
            .filter(P::Country.eq(country.as_str()))
            .filter(P::GivenAt.gte(filter.from.map_or(i64::MIN, |from| from.0)))
            .filter(P::GivenAt.lt(filter.to.map_or(i64::MAX, |to| to.0)));
        query = query.filter(R::Id.in_subquery(sea_orm::QueryTrait::into_query(there)));
    }
    if let Some((time, id)) = after {
        let same = R::GivenAt.eq(time.0).and(R::Id.lt(id));
        query = query.filter(R::GivenAt.lt(time.0).or(same));
    }
    complete(db, site, query.all(db).await?).await
}

/// The records with these ids, in no order.
pub async fn by_ids(
    db: &impl ConnectionTrait,
    site: &SiteId,
    ids: impl IntoIterator<Item = RecordId>,
) -> Result<Vec<Stored>, Error> {
    use record::Column as R;
    let slots = slots(db, site, ids).await?;
    if slots.is_empty() {
        return Ok(Vec::new());
    }
    let slots = slots.into_iter().map(|slot| (site, slot));
    let query = record::Entity::find().filter(in_slots(
        db.get_database_backend(),
        [R::Site, R::GivenAt, R::Id],
        slots,
    ));
    complete(db, site, query.all(db).await?).await
}

/// Where the records with these ids stand; those that are not there are left out.
pub(super) async fn slots(
    db: &impl ConnectionTrait,
    site: &SiteId,
    ids: impl IntoIterator<Item = RecordId>,
) -> Result<Vec<Slot>, Error> {
    use record_key::Column as K;
    let ids: Vec<Uuid> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = record_key::Entity::find().filter(K::Site.eq(site.as_str())).filter(one_of(
        db.get_database_backend(),
        K::Id,
        ids,
    ));
    Ok(query.all(db).await?.into_iter().map(|row| (Timestamp(row.given_at), row.id)).collect())
}

/// All records of a visitor up to a moment, oldest first.
pub async fn history(
    db: &impl ConnectionTrait,
    site: &SiteId,
    visitor: VisitorId,
    until: Timestamp,
) -> Result<Vec<Stored>, Error> {
    let mut found = histories(db, site, &[visitor], until).await?;
    Ok(found.remove(&visitor).unwrap_or_default())
}

/// Visitors whose histories are read by one statement; a statement has room for so many values.
const AT_ONCE: usize = 500;

/// The same for many visitors; those never seen are left out.
pub async fn histories(
    db: &impl ConnectionTrait,
    site: &SiteId,
    visitors: &[VisitorId],
    until: Timestamp,
) -> Result<HashMap<VisitorId, Vec<Stored>>, Error> {
    use subject::Column as S;
    let mut found: HashMap<VisitorId, Vec<Stored>> = HashMap::new();
    for some in visitors.chunks(AT_ONCE) {
        let subjects = subject::Entity::find()
            .filter(S::Site.eq(site.as_str()))
            .filter(S::Visitor.is_in(some.iter().map(|id| id.0.to_vec())));
        let mut owners = HashMap::new();
        for row in subjects.all(db).await? {
            owners.insert(row.subject, VisitorId(fixed(row.visitor, "visitor")?));
        }
        owners.retain(|_, visitor| !found.contains_key(visitor));
        for (subject, history) in of_subjects(db, site, owners.keys().copied(), until).await? {
            found.extend(owners.get(&subject).map(|visitor| (*visitor, history)));
        }
    }
    Ok(found)
}

/// The records of subjects up to a moment, oldest first; those without any are left out.
pub async fn of_subjects(
    db: &impl ConnectionTrait,
    site: &SiteId,
    subjects: impl IntoIterator<Item = Subject>,
    until: Timestamp,
) -> Result<HashMap<Subject, Vec<Stored>>, Error> {
    use record::Column as R;
    let query = record::Entity::find()
        .filter(R::Site.eq(site.as_str()))
        .filter(one_of(db.get_database_backend(), R::Subject, subjects))
        .filter(R::GivenAt.lte(until.0))
        .order_by_asc(R::Version);
    let mut found: HashMap<Subject, Vec<Stored>> = HashMap::new();
    for stored in complete(db, site, query.all(db).await?).await? {
        found.entry(stored.record.subject).or_default().push(stored);
    }
    Ok(found)
}

async fn subject_of(
    db: &impl ConnectionTrait,
    site: &SiteId,
    visitor: VisitorId,
) -> Result<Option<subject::Model>, Error> {
    let key = (site.as_str().to_owned(), visitor.0.to_vec());
    Ok(subject::Entity::find_by_id(key).one(db).await?)
}

/// The key of a subject's leaves; `None` once it was forgotten.
pub async fn leaf_key(
    db: &impl ConnectionTrait,
    site: &SiteId,
    subject: Subject,
) -> Result<Option<[u8; 32]>, Error> {
    use subject::Column as S;
    let query =
        subject::Entity::find().filter(S::Site.eq(site.as_str())).filter(S::Subject.eq(subject));
    query.one(db).await?.map(|row| fixed(row.k, "k")).transpose()
}

/// Adds the forgettable parts and the visitors to rows of records.
async fn complete(
    db: &impl ConnectionTrait,
    site: &SiteId,
    rows: Vec<record::Model>,
) -> Result<Vec<Stored>, Error> {
    use record_personal::Column as P;
    use subject::Column as S;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let backend = db.get_database_backend();
    let slots = rows.iter().map(|row| (site, (Timestamp(row.given_at), row.id)));
    let personal = record_personal::Entity::find().filter(in_slots(
        backend,
        [P::Site, P::GivenAt, P::Record],
        slots,
    ));
    let mut personal: HashMap<Uuid, record_personal::Model> =
        personal.all(db).await?.into_iter().map(|row| (row.record, row)).collect();
    let subjects = subject::Entity::find().filter(S::Site.eq(site.as_str())).filter(one_of(
        backend,
        S::Subject,
        rows.iter().map(|row| row.subject),
    ));
    let mut visitors = HashMap::new();
    for row in subjects.all(db).await? {
        visitors.insert(row.subject, VisitorId(fixed(row.visitor, "visitor")?));
    }
    let whole = |row: record::Model| {
        let visitor = visitors.get(&row.subject).copied();
        read_record(row.clone(), personal.remove(&row.id), visitor)
    };
    rows.into_iter().map(whole).collect()
}
