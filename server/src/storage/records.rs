//! The reads of the records API.

use super::dialect::{in_slots, one_of};
use super::entity::{record, record_key, record_personal, subject};
use super::rows::{Slot, Stored, fixed, read_record};
use crate::error::Error;
use ouinon_domain::choice::{Action, Method};
use ouinon_domain::ids::{RecordId, SiteId, Subject, VisitorId};
use ouinon_domain::key::Key;
use ouinon_domain::time::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};
use std::collections::HashMap;
use uuid::Uuid;

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

impl Filter {
    /// What a site's records have to meet, beside their visitor.
    fn condition(&self, site: &SiteId) -> Condition {
        use record::Column as R;
        // Choices are canonical JSON, so a purpose that was allowed stands there just like this.
        let granted = |purpose: &Key| R::Choices.contains(format!("\"{purpose}\":true"));
        Condition::all()
            .add_option(self.action.map(|action| R::Action.eq(action.as_str())))
            .add_option(self.method.map(|method| R::Method.eq(method.as_str())))
            .add_option(self.granted.as_ref().map(granted))
            .add_option(self.from.map(|from| R::GivenAt.gte(from.0)))
            .add_option(self.to.map(|to| R::GivenAt.lt(to.0)))
            .add_option(self.country.as_ref().map(|country| self.made_in(site, country)))
    }

    /// Those made in a country, which only their personal parts know.
    fn made_in(&self, site: &SiteId, country: &str) -> Expr {
        use record_personal::Column as P;
        let there = record_personal::Entity::find()
            .select_only()
            .column(P::Record)
            .filter(P::Site.eq(site.as_str()))
            .filter(P::Country.eq(country))
            .filter(P::GivenAt.gte(self.from.map_or(i64::MIN, |from| from.0)))
            .filter(P::GivenAt.lt(self.to.map_or(i64::MAX, |to| to.0)));
        record::Column::Id.in_subquery(there.into_query())
    }
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
        .filter(filter.condition(site))
        .order_by_desc(R::GivenAt)
        .order_by_desc(R::Id)
        .limit(limit);
    if let Some(visitor) = filter.visitor {
        let subject = subject_of(db, site, visitor).await?;
        let Some(subject) = subject else { return Ok(Vec::new()) };
        query = query.filter(R::Subject.eq(subject.subject));
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
