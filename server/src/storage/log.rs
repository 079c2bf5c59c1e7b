//! The evidence log: heads, tiles, the index of each record, and the queue of leaves.

use super::dialect::{in_slots, one_of};
use super::entity::{leaf_queue, log_head, log_index, log_tile, record, site};
use super::hot::{self, Known};
use super::records::{Slot, fixed};
use crate::error::Error;
use ouinon_domain::ids::{RecordId, SiteId};
use ouinon_domain::leaf;
use ouinon_domain::merkle::{self, Hash};
use ouinon_domain::tile::{TileId, Tiles};
use ouinon_domain::time::Timestamp;
use sea_orm::sea_query::{Condition, Expr, LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use std::collections::HashMap;

/// How far a site's log has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Whose.
    pub site: SiteId,
    /// Leaves that have their index.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// Size of the last published checkpoint; `None` before the first.
    pub published: Option<u64>,
    /// That checkpoint, a signed note.
    pub checkpoint: Option<String>,
    /// Entries of the register.
    pub register_size: u64,
    /// Entries of the register that the witness has.
    pub register_published: u64,
}

fn size(value: i64) -> Result<u64, Error> {
    u64::try_from(value).map_err(|_| Error::Internal("a negative size of a log".into()))
}

fn signed(value: u64) -> Result<i64, Error> {
    i64::try_from(value).map_err(|_| Error::Internal("a log without end".into()))
}

fn read_head(row: log_head::Model) -> Result<Head, Error> {
    let site = SiteId::parse(&row.site);
    Ok(Head {
        site: site.ok_or_else(|| Error::Internal("a log head without a site".into()))?,
        size: size(row.size)?,
        root: fixed(row.root, "log_head.root")?,
        published: u64::try_from(row.published).ok(),
        checkpoint: row.checkpoint,
        register_size: size(row.register_size)?,
        register_published: size(row.register_published)?,
    })
}

/// The head of a new site's log: empty, with nothing published.
pub fn new_head(site: &site::Model) -> log_head::Model {
    log_head::Model {
        site: site.id.clone(),
        size: 0,
        root: merkle::empty_root().to_vec(),
        updated_at: site.created_at,
        published: -1,
        checkpoint: None,
        register_size: 0,
        register_hash: None,
        register_published: 0,
    }
}

/// A site's head; `None` where the site is gone.
pub async fn head(db: &impl ConnectionTrait, site: &SiteId) -> Result<Option<Head>, Error> {
    let row = log_head::Entity::find_by_id(site.as_str()).one(db).await?;
    row.map(read_head).transpose()
}

/// All heads.
pub async fn heads(db: &impl ConnectionTrait) -> Result<Vec<Head>, Error> {
    let rows = log_head::Entity::find().order_by_asc(log_head::Column::Site).all(db).await?;
    rows.into_iter().map(read_head).collect()
}

/// Sites with something to publish.
pub async fn unpublished(db: &impl ConnectionTrait, most: u64) -> Result<Vec<SiteId>, Error> {
    use log_head::Column as H;
    let behind = Condition::any()
        .add(Expr::col(H::Published).ne(Expr::col(H::Size)))
        .add(Expr::col(H::RegisterPublished).ne(Expr::col(H::RegisterSize)));
    let query = log_head::Entity::find().select_only().column(H::Site).filter(behind).limit(most);
    let sites: Vec<String> = query.into_tuple().all(db).await?;
    Ok(sites.iter().filter_map(|site| SiteId::parse(site)).collect())
}

/// Locks the heads of those sites that no other server works on, until the transaction ends.
/// SQLite has one server and one writer, which is the lock.
pub async fn claim(db: &impl ConnectionTrait, sites: &[SiteId]) -> Result<Vec<Head>, Error> {
    use log_head::Column as H;
    let backend = db.get_database_backend();
    let of_them = one_of(backend, H::Site, sites.iter().map(|site| site.as_str().to_owned()));
    let mut query = log_head::Entity::find().filter(of_them).order_by_asc(H::Site);
    if backend == DatabaseBackend::Postgres {
        query = query.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
    query.all(db).await?.into_iter().map(read_head).collect()
}

/// Moves a head from one size to the next; refuses where it is not where it was.
pub async fn advance(
    db: &impl ConnectionTrait,
    from: &Head,
    to: u64,
    root: &Hash,
    now: Timestamp,
) -> Result<(), Error> {
    use log_head::Column as H;
    let moved = log_head::Entity::update_many()
        .filter(H::Site.eq(from.site.as_str()))
        .filter(H::Size.eq(signed(from.size)?))
        .filter(H::Root.eq(from.root.to_vec()))
        .col_expr(H::Size, Expr::value(signed(to)?))
        .col_expr(H::Root, Expr::value(root.to_vec()))
        .col_expr(H::UpdatedAt, Expr::value(now.0))
        .exec(db)
        .await?;
    match moved.rows_affected {
        1 => Ok(()),
        _ => Err(Error::Internal(format!("the log of {} moved under its lock", from.site))),
    }
}

/// Notes what was published: the checkpoint of the head's size, and the register up to its end.
pub async fn published(
    db: &impl ConnectionTrait,
    head: &Head,
    checkpoint: &str,
) -> Result<(), Error> {
    use log_head::Column as H;
    log_head::Entity::update_many()
        .filter(H::Site.eq(head.site.as_str()))
        .col_expr(H::Published, Expr::value(signed(head.size)?))
        .col_expr(H::Checkpoint, Expr::value(checkpoint))
        .col_expr(H::RegisterPublished, Expr::value(signed(head.register_size)?))
        .exec(db)
        .await?;
    Ok(())
}

/// A leaf that waits for its index.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Of this record.
    pub record: RecordId,
    /// The leaf.
    pub leaf: Vec<u8>,
    /// When its record was given.
    pub since: Timestamp,
}

/// The first leaves that wait at a site, in the order of the log: by time, so that a visitor's
/// records keep theirs. Never by "id after the last": commits come out of order.
pub async fn waiting(
    db: &impl ConnectionTrait,
    site: &SiteId,
    most: u64,
) -> Result<Vec<Waiting>, Error> {
    use leaf_queue::Column as Q;
    let query = leaf_queue::Entity::find()
        .filter(Q::Site.eq(site.as_str()))
        .order_by_asc(Q::QueuedAt)
        .order_by_asc(Q::Record)
        .limit(most);
    let read = |row: leaf_queue::Model| Waiting {
        record: row.record,
        leaf: row.leaf,
        since: Timestamp(row.queued_at),
    };
    Ok(query.all(db).await?.into_iter().map(read).collect())
}

/// The leaves that waiting records commit to, as stored with the records themselves.
pub async fn committed(
    db: &impl ConnectionTrait,
    site: &SiteId,
    waiting: &[Waiting],
) -> Result<HashMap<RecordId, [u8; leaf::LEN]>, Error> {
    use record::Column as R;
    let slots: Vec<Slot> = waiting.iter().map(|leaf| (leaf.since, leaf.record)).collect();
    let rows: Vec<(RecordId, Vec<u8>)> = record::Entity::find()
        .select_only()
        .columns([R::Id, R::Commitment])
        .filter(R::Site.eq(site.as_str()))
        .filter(in_slots(db.get_database_backend(), (R::GivenAt, R::Id), &slots))
        .into_tuple()
        .all(db)
        .await?;
    let read = |(id, commitment)| Ok((id, leaf::leaf(&fixed(commitment, "commitment")?)));
    rows.into_iter().map(read).collect()
}

/// Takes leaves out of the queue and notes their indices, the first of which is `first`.
pub async fn enter(
    db: &impl ConnectionTrait,
    site: &SiteId,
    first: u64,
    records: &[RecordId],
) -> Result<(), Error> {
    use leaf_queue::Column as Q;
    let mut rows = Vec::with_capacity(records.len());
    for (record, position) in records.iter().zip(first..) {
        let site = site.as_str().to_owned();
        rows.push(log_index::Model { site, record: *record, position: signed(position)? });
    }
    hot::insert::<log_index::Entity>(db, rows, Known::Refuse).await?;
    let taken = leaf_queue::Entity::delete_many()
        .filter(Q::Site.eq(site.as_str()))
        .filter(one_of(db.get_database_backend(), Q::Record, records.iter().copied()))
        .exec(db)
        .await?;
    match taken.rows_affected == records.len() as u64 {
        true => Ok(()),
        false => Err(Error::Internal(format!("leaves of {site} left the queue under its lock"))),
    }
}

/// Where records stand in the log; those that wait are left out.
pub async fn positions(
    db: &impl ConnectionTrait,
    site: &SiteId,
    records: impl IntoIterator<Item = RecordId>,
) -> Result<HashMap<RecordId, u64>, Error> {
    use log_index::Column as I;
    let rows = log_index::Entity::find()
        .filter(I::Site.eq(site.as_str()))
        .filter(one_of(db.get_database_backend(), I::Record, records))
        .all(db)
        .await?;
    rows.into_iter().map(|row| Ok((row.record, size(row.position)?))).collect()
}

/// The tiles with these names, as far as they are stored.
pub async fn tiles(
    db: &impl ConnectionTrait,
    site: &SiteId,
    names: impl IntoIterator<Item = TileId>,
) -> Result<(Tiles, HashMap<TileId, Vec<u8>>), Error> {
    use log_tile::Column as T;
    let mut by_level: HashMap<u8, Vec<i64>> = HashMap::new();
    for name in names {
        by_level.entry(name.level).or_default().push(signed(name.position)?);
    }
    let (mut tiles, mut leaves) = (Tiles::default(), HashMap::new());
    for (level, positions) in by_level {
        let rows = log_tile::Entity::find()
            .filter(T::Site.eq(site.as_str()))
            .filter(T::Level.eq(i64::from(level)))
            .filter(one_of(db.get_database_backend(), T::Position, positions))
            .all(db)
            .await?;
        for row in rows {
            let name = TileId { level, position: size(row.position)? };
            tiles
                .insert(name, &row.hashes)
                .map_err(|error| Error::internal("a stored tile cannot be read", error))?;
            leaves.extend(row.leaves.map(|bytes| (name, bytes)));
        }
    }
    Ok((tiles, leaves))
}

/// Stores tiles, and the leaves of those at level 0.
pub async fn keep_tiles(
    db: &impl ConnectionTrait,
    site: &SiteId,
    tiles: &Tiles,
    changed: impl IntoIterator<Item = TileId>,
    leaves: &HashMap<TileId, Vec<u8>>,
) -> Result<(), Error> {
    let mut rows = Vec::new();
    for name in changed {
        let missing = || Error::Internal(format!("no tile {name:?} to store"));
        rows.push(log_tile::Model {
            site: site.as_str().into(),
            level: i64::from(name.level),
            position: signed(name.position)?,
            hashes: tiles.bytes(name).ok_or_else(missing)?,
            leaves: leaves.get(&name).cloned(),
        });
    }
    hot::insert::<log_tile::Entity>(db, rows, Known::Replace).await
}

/// The record ids at a range of positions, in order; positions whose record was retired are left
/// out.
pub async fn records_between(
    db: &impl ConnectionTrait,
    site: &SiteId,
    from: u64,
    to: u64,
) -> Result<Vec<(u64, RecordId)>, Error> {
    use log_index::Column as I;
    let rows = log_index::Entity::find()
        .filter(I::Site.eq(site.as_str()))
        .filter(I::Position.gte(signed(from)?))
        .filter(I::Position.lt(signed(to)?))
        .order_by_asc(I::Position)
        .all(db)
        .await?;
    rows.into_iter().map(|row| Ok((size(row.position)?, row.record))).collect()
}
