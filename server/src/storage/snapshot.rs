//! Reading everything a site has, to verify it: page by page, by key, and row by row, so that one
//! value that cannot be read does not hide the others.

use super::dialect::{self, in_slots, looked_up};
use super::entity::{
    erasure, forgotten_subject, leaf_queue, log_index, log_tile, record, record_key,
    record_personal, state, subject,
};
use super::rows::Slot;
use crate::error::Error;
use ouinon_domain::ids::{RecordId, SiteId, Subject};
use ouinon_domain::time::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, Iden, Iterable,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Value,
};

/// A row that cannot be read.
#[derive(Clone, Debug)]
pub struct Unread {
    /// Of this table.
    pub table: String,
    /// Its record, where at least that can be read.
    pub record: Option<RecordId>,
    /// The column.
    pub column: Option<String>,
    /// What the database driver says.
    pub detail: String,
}

/// Rows of one table: those that can be read, and the others.
#[derive(Debug)]
pub struct Rows<M> {
    /// Readable.
    pub read: Vec<M>,
    /// Not.
    pub unread: Vec<Unread>,
}

/// Runs a query and reads its rows one by one.
pub async fn rows<E: EntityTrait>(
    db: &impl ConnectionTrait,
    query: Select<E>,
) -> Result<Rows<E::Model>, Error> {
    let statement = query.build(db.get_database_backend());
    let mut rows = Rows { read: Vec::new(), unread: Vec::new() };
    for row in db.query_all_raw(statement).await? {
        let foreign = E::Column::iter().find(|column| !dialect::is_of_its_kind(&row, *column));
        let foreign = foreign.map(|column| {
            format!("\"{}\" holds a value of another kind than the column", column.unquoted())
        });
        let model = E::Model::from_query_result(&row, "").map_err(|error| error.to_string());
        match foreign.map_or(model, Err) {
            Ok(model) => rows.read.push(model),
            Err(detail) => {
                let named =
                    |column: &E::Column| detail.contains(&format!("\"{}\"", column.unquoted()));
                let id = |name| row.try_get::<RecordId>("", name).ok();
                rows.unread.push(Unread {
                    table: E::default().table_name().to_owned(),
                    record: id("record").or_else(|| id("id")),
                    column: E::Column::iter()
                        .find(named)
                        .map(|column| column.unquoted().to_string()),
                    detail,
                });
            }
        }
    }
    Ok(rows)
}

/// Rows of a site whose key is one of these.
pub async fn among<E, V>(
    db: &impl ConnectionTrait,
    site: (E::Column, &SiteId),
    key: E::Column,
    values: Vec<V>,
) -> Result<Rows<E::Model>, Error>
where
    E: EntityTrait,
    V: Into<Value>,
{
    if values.is_empty() {
        return Ok(Rows { read: Vec::new(), unread: Vec::new() });
    }
    let query = E::find().filter(site.0.eq(site.1.as_str())).filter(looked_up(
        db.get_database_backend(),
        key,
        values,
    ));
    rows(db, query).await
}

/// Rows of a site in the order of a key, from after one on.
pub async fn after<E, V>(
    db: &impl ConnectionTrait,
    site: (E::Column, &SiteId),
    key: E::Column,
    last: Option<V>,
    most: u64,
) -> Result<Rows<E::Model>, Error>
where
    E: EntityTrait,
    V: Into<Value>,
{
    let mut query = E::find().filter(site.0.eq(site.1.as_str())).order_by_asc(key).limit(most);
    if let Some(last) = last {
        query = query.filter(key.gt(last));
    }
    rows(db, query).await
}

/// How many rows a site has in a table.
pub async fn count<E>(db: &impl ConnectionTrait, site: (E::Column, &SiteId)) -> Result<u64, Error>
where
    E: EntityTrait,
    E::Model: Sync,
{
    Ok(E::find().filter(site.0.eq(site.1.as_str())).count(db).await?)
}

/// A page of a site's records in the order of subjects and versions, after a subject.
pub async fn records(
    db: &impl ConnectionTrait,
    site: &SiteId,
    last: Option<Subject>,
    most: u64,
) -> Result<Rows<record::Model>, Error> {
    use record::Column as R;
    let mut query = record::Entity::find()
        .filter(R::Site.eq(site.as_str()))
        .order_by_asc(R::Subject)
        .order_by_asc(R::Version)
        .limit(most);
    if let Some(last) = last {
        query = query.filter(R::Subject.gt(last));
    }
    rows(db, query).await
}

/// All records of a subject in the order of their versions.
pub async fn records_of(
    db: &impl ConnectionTrait,
    site: &SiteId,
    subject: Subject,
) -> Result<Rows<record::Model>, Error> {
    use record::Column as R;
    let query = record::Entity::find()
        .filter(R::Site.eq(site.as_str()))
        .filter(R::Subject.eq(subject))
        .order_by_asc(R::Version);
    rows(db, query).await
}

/// Whether a site has any of what most records have none of.
#[derive(Clone, Copy, Debug)]
pub struct Rare {
    /// Leaves that wait for a place.
    pub queued: bool,
    /// Subjects that were forgotten.
    pub forgotten: bool,
    /// Entries in the register of erasures.
    pub erased: bool,
}

/// Looks which of the rare a site has, so that nobody looks for the others record by record.
pub async fn rare(db: &impl ConnectionTrait, site: &SiteId) -> Result<Rare, Error> {
    use {erasure::Column as E, forgotten_subject::Column as F, leaf_queue::Column as Q};
    Ok(Rare {
        queued: count::<leaf_queue::Entity>(db, (Q::Site, site)).await? > 0,
        forgotten: count::<forgotten_subject::Entity>(db, (F::Site, site)).await? > 0,
        erased: count::<erasure::Entity>(db, (E::Site, site)).await? > 0,
    })
}

/// What belongs to records and their subjects.
#[derive(Debug)]
pub struct Beside {
    /// Forgettable parts.
    pub personal: Rows<record_personal::Model>,
    /// What their ids name.
    pub keys: Rows<record_key::Model>,
    /// Places in the log.
    pub places: Rows<log_index::Model>,
    /// Leaves that wait for a place.
    pub queued: Rows<leaf_queue::Model>,
    /// Who the subjects are.
    pub links: Rows<subject::Model>,
    /// Subjects that were forgotten.
    pub forgotten: Rows<forgotten_subject::Model>,
    /// What holds for them.
    pub states: Rows<state::Model>,
}

/// Reads what belongs to these records and subjects.
pub async fn beside(
    db: &impl ConnectionTrait,
    site: &SiteId,
    slots: &[Slot],
    subjects: &[Subject],
    rare: Rare,
) -> Result<Beside, Error> {
    use forgotten_subject::Column as F;
    use leaf_queue::Column as Q;
    use log_index::Column as I;
    use record_key::Column as K;
    use record_personal::Column as P;
    use state::Column as T;
    use subject::Column as S;
    let ids = || slots.iter().map(|(_, id)| *id).collect();
    let of_site = || slots.iter().map(|slot| (site, *slot));
    let here = in_slots(db.get_database_backend(), [P::Site, P::GivenAt, P::Record], of_site());
    let personal = rows(db, record_personal::Entity::find().filter(here)).await?;
    let keys = among::<record_key::Entity, RecordId>(db, (K::Site, site), K::Id, ids()).await?;
    let here = in_slots(db.get_database_backend(), [I::Site, I::GivenAt, I::Record], of_site());
    let places = rows(db, log_index::Entity::find().filter(here)).await?;
    let waiting = of_site().filter(|_| rare.queued);
    let here = in_slots(db.get_database_backend(), [Q::Site, Q::QueuedAt, Q::Record], waiting);
    let queued = rows(db, leaf_queue::Entity::find().filter(here)).await?;
    let whose = || subjects.to_vec();
    let gone = if rare.forgotten { whose() } else { Vec::new() };
    let links = among::<subject::Entity, _>(db, (S::Site, site), S::Subject, whose()).await?;
    let forgotten =
        among::<forgotten_subject::Entity, _>(db, (F::Site, site), F::Subject, gone).await?;
    let visitors: Vec<Vec<u8>> = links.read.iter().map(|link| link.visitor.clone()).collect();
    let states = among::<state::Entity, _>(db, (T::Site, site), T::Visitor, visitors).await?;
    Ok(Beside { personal, keys, places, queued, links, forgotten, states })
}

/// The records with these ids, by what the ids are said to name.
pub async fn records_named(
    db: &impl ConnectionTrait,
    site: &SiteId,
    ids: Vec<RecordId>,
) -> Result<Rows<record::Model>, Error> {
    use record::Column as R;
    use record_key::Column as K;
    let keys = among::<record_key::Entity, _>(db, (K::Site, site), K::Id, ids).await?;
    let slots = keys.read.iter().map(|key| (site, (Timestamp(key.given_at), key.id)));
    let here = in_slots(db.get_database_backend(), [R::Site, R::GivenAt, R::Id], slots);
    rows(db, record::Entity::find().filter(here)).await
}

/// Rows of a site in one table that have none in another with the same values, a few of them.
pub async fn without<A: EntityTrait, B: EntityTrait>(
    db: &impl ConnectionTrait,
    site: &SiteId,
    (own_site, other_site): (A::Column, B::Column),
    same: &[(A::Column, B::Column)],
    most: u64,
) -> Result<Rows<A::Model>, Error> {
    let other = |column: B::Column| Expr::col((B::default(), column));
    let mut counterpart =
        B::find().select_only().expr(Expr::value(1)).filter(other(other_site).eq(site.as_str()));
    for (own, others) in same {
        counterpart = counterpart.filter(other(*others).equals((A::default(), *own)));
    }
    let query = A::find()
        .filter(own_site.eq(site.as_str()))
        .filter(Expr::exists(counterpart.into_query()).not())
        .limit(most);
    rows(db, query).await
}

/// What stands at a range of places in the log; `to` is not part of it.
pub async fn places(
    db: &impl ConnectionTrait,
    site: &SiteId,
    from: u64,
    to: u64,
) -> Result<Rows<log_index::Model>, Error> {
    use log_index::Column as I;
    let query = log_index::Entity::find()
        .filter(I::Site.eq(site.as_str()))
        .filter(I::Position.gte(i64::try_from(from).unwrap_or(i64::MAX)))
        .filter(I::Position.lt(i64::try_from(to).unwrap_or(i64::MAX)));
    rows(db, query).await
}

/// Entries in the register of erasures with these keyed hashes.
pub async fn erasures(
    db: &impl ConnectionTrait,
    site: &SiteId,
    hashes: Vec<Vec<u8>>,
) -> Result<Rows<erasure::Model>, Error> {
    use erasure::Column as E;
    among::<erasure::Entity, _>(db, (E::Site, site), E::VisitorHmac, hashes).await
}

/// A page of a site's tiles of leaves (`upper` false) or of those above them, in the order of level
/// and position, beyond one of them.
pub async fn tiles(
    db: &impl ConnectionTrait,
    site: &SiteId,
    upper: bool,
    beyond: Option<(i64, i64)>,
    most: u64,
) -> Result<Rows<log_tile::Model>, Error> {
    use log_tile::Column as T;
    let level = if upper { T::Level.ne(0) } else { T::Level.eq(0) };
    let mut query = log_tile::Entity::find()
        .filter(T::Site.eq(site.as_str()))
        .filter(level)
        .order_by_asc(T::Level)
        .order_by_asc(T::Position)
        .limit(most);
    if let Some((level, position)) = beyond {
        query = query
            .filter(T::Level.gte(level))
            .filter(T::Level.gt(level).or(T::Position.gt(position)));
    }
    rows(db, query).await
}
