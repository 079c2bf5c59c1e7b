//! The evidence log: heads, tiles, the index of each record, and the queue of leaves.

use super::dialect::{in_slots, one_of};
use super::entity::{leaf_queue, log_head, log_index, log_tile, record, site};
use super::hot::{self, Known, Rows};
use super::records;
use super::rows::{Slot, fixed};
use crate::error::Error;
use crate::known_bad;
use ouinon_domain::canonical::hex;
use ouinon_domain::ids::{RecordId, SiteId, Subject};
use ouinon_domain::leaf;
use ouinon_domain::merkle::{self, Hash};
use ouinon_domain::tile::{TileId, Tiles};
use ouinon_domain::time::Timestamp;
use sea_orm::sea_query::{Condition, Expr, LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

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

impl Head {
    /// Whether log or register have grown since they were published.
    pub fn is_behind(&self) -> bool {
        self.published != Some(self.size) || self.register_published != self.register_size
    }
}

fn size(value: i64) -> Result<u64, Error> {
    u64::try_from(value).map_err(|_| Error::Internal("a negative size of a log".into()))
}

fn read_site(text: &str) -> Result<SiteId, Error> {
    SiteId::parse(text).ok_or_else(|| Error::Internal(format!("`{text}` is not the id of a site")))
}

fn signed(value: u64) -> Result<i64, Error> {
    i64::try_from(value).map_err(|_| Error::Internal("a log without end".into()))
}

fn read_head(row: log_head::Model) -> Result<Head, Error> {
    Ok(Head {
        site: read_site(&row.site)?,
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
pub async fn unpublished(db: &impl ConnectionTrait) -> Result<Vec<SiteId>, Error> {
    use log_head::Column as H;
    let behind = Condition::any()
        .add(Expr::col(H::Published).ne(Expr::col(H::Size)))
        .add(Expr::col(H::RegisterPublished).ne(Expr::col(H::RegisterSize)));
    let query = log_head::Entity::find().select_only().column(H::Site).filter(behind);
    let sites: Vec<String> = query.into_tuple().all(db).await?;
    Ok(sites.iter().filter_map(|site| SiteId::parse(site)).collect())
}

/// The heads of some sites.
pub async fn heads_of(db: &impl ConnectionTrait, sites: &[SiteId]) -> Result<Vec<Head>, Error> {
    let rows = select_heads(db, sites).all(db).await?;
    rows.into_iter().map(read_head).collect()
}

fn select_heads(db: &impl ConnectionTrait, sites: &[SiteId]) -> Select<log_head::Entity> {
    use log_head::Column as H;
    let names = sites.iter().map(|site| site.as_str().to_owned());
    let of_them = one_of(db.get_database_backend(), H::Site, names);
    log_head::Entity::find().filter(of_them).order_by_asc(H::Site)
}

/// Locks the heads of those sites that no other server works on, until the transaction ends.
/// SQLite has one server and one writer, which is the lock.
pub async fn claim(db: &impl ConnectionTrait, sites: &[SiteId]) -> Result<Vec<Head>, Error> {
    let mut query = select_heads(db, sites);
    if db.get_database_backend() == DatabaseBackend::Postgres {
        query = query.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
    query.all(db).await?.into_iter().map(read_head).collect()
}

/// A head and where it moves to.
#[derive(Clone, Copy, Debug)]
pub struct Move<'a> {
    /// Where it is.
    pub from: &'a Head,
    /// Leaves.
    pub to: u64,
    /// The root over them.
    pub root: Hash,
    /// The time of the last of them.
    pub newest: Timestamp,
}

/// Moves heads; refuses where one is not where it was.
pub async fn advance(db: &impl ConnectionTrait, moves: &[Move<'_>]) -> Result<(), Error> {
    let row = |one: &Move<'_>| {
        Ok(hot::heads::Advance {
            site: one.from.site.to_string(),
            from_size: signed(one.from.size)?,
            from_root: hex(&one.from.root),
            size: signed(one.to)?,
            root: hex(&one.root),
            updated_at: one.newest.0,
        })
    };
    let rows = moves.iter().map(row).collect::<Result<Vec<_>, Error>>()?;
    match hot::heads::advance(db, &rows).await? == moves.len() as u64 {
        true => Ok(()),
        false => Err(Error::Internal("a log moved under its lock".into())),
    }
}

/// Notes what was published: the checkpoint of each head's size, and so much of its register.
pub async fn published<'a>(
    db: &impl ConnectionTrait,
    heads: impl IntoIterator<Item = (&'a Head, &'a str)>,
) -> Result<(), Error> {
    let row = |(head, checkpoint): (&'a Head, &'a str)| {
        Ok(hot::heads::Publish {
            site: head.site.as_str(),
            published: signed(head.size)?,
            checkpoint,
            register_published: signed(head.register_published)?,
        })
    };
    let rows = heads.into_iter().map(row).collect::<Result<Vec<_>, Error>>()?;
    hot::heads::publish(db, &rows).await?;
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

/// Leaves that wait, by site.
pub type Queues = BTreeMap<SiteId, Vec<Waiting>>;

fn slots(queues: &Queues) -> impl Iterator<Item = (&SiteId, Slot)> {
    queues
        .iter()
        .flat_map(|(site, queue)| queue.iter().map(move |leaf| (site, (leaf.since, leaf.record))))
}

/// The first leaves that wait at some sites, in the order of the logs: by time, so that a visitor's
/// records keep theirs. Never by "id after the last": commits come out of order.
pub async fn waiting(
    db: &impl ConnectionTrait,
    sites: &[SiteId],
    most: u64,
) -> Result<Queues, Error> {
    use leaf_queue::Column as Q;
    let names = sites.iter().map(|site| site.as_str().to_owned());
    let query = leaf_queue::Entity::find()
        .filter(one_of(db.get_database_backend(), Q::Site, names))
        .order_by_asc(Q::Site)
        .order_by_asc(Q::QueuedAt)
        .order_by_asc(Q::Record)
        .limit(most);
    let mut queues = Queues::new();
    for row in known_bad::after_last(query).all(db).await? {
        let leaf = Waiting { record: row.record, leaf: row.leaf, since: Timestamp(row.queued_at) };
        queues.entry(read_site(&row.site)?).or_default().push(leaf);
    }
    Ok(queues)
}

/// What waiting records themselves say.
pub type Own = HashMap<(SiteId, RecordId), (Subject, [u8; leaf::LEN])>;

/// Whose the records that wait are, and the leaves they commit to, as stored with them.
pub async fn committed(db: &impl ConnectionTrait, queues: &Queues) -> Result<Own, Error> {
    use record::Column as R;
    let rows: Vec<(String, RecordId, Subject, Vec<u8>)> = record::Entity::find()
        .select_only()
        .columns([R::Site, R::Id, R::Subject, R::Commitment])
        .filter(in_slots(db.get_database_backend(), [R::Site, R::GivenAt, R::Id], slots(queues)))
        .into_tuple()
        .all(db)
        .await?;
    let read = |(site, id, subject, commitment): (String, _, _, _)| {
        let leaf = leaf::leaf(&fixed(commitment, "commitment")?);
        Ok(((read_site(&site)?, id), (subject, leaf)))
    };
    rows.into_iter().map(read).collect()
}

/// A record's place in its log, and whose record it is.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The place.
    pub row: log_index::Model,
    /// Whose.
    pub subject: Subject,
}

/// Takes leaves out of the queues and gives them their places: a site's first one gets the one after
/// its head's.
pub async fn enter(
    db: &impl ConnectionTrait,
    heads: &[Head],
    queues: &Queues,
    own: &Own,
) -> Result<Vec<Placed>, Error> {
    let mut placed = Vec::new();
    for head in heads {
        for (leaf, position) in queues.get(&head.site).into_iter().flatten().zip(head.size..) {
            let of = own.get(&(head.site.clone(), leaf.record));
            let unknown = || Error::Internal(format!("a leaf without its record {}", leaf.record));
            let row = log_index::Model {
                site: head.site.as_str().to_owned(),
                record: leaf.record,
                position: signed(position)?,
                given_at: leaf.since.0,
            };
            placed.push(Placed { row, subject: of.ok_or_else(unknown)?.0 });
        }
    }
    let rows = placed.iter().map(|one| &one.row);
    hot::insert(db, [Rows::of::<log_index::Entity>(rows, Known::Refuse)]).await?;
    match hot::take(db, &placed).await? == placed.len() as u64 {
        true => Ok(placed),
        false => Err(Error::Internal("leaves left the queue under the lock of their log".into())),
    }
}

/// Where records stand in the log; those that wait are left out.
pub async fn positions(
    db: &impl ConnectionTrait,
    site: &SiteId,
    records: impl IntoIterator<Item = RecordId>,
) -> Result<HashMap<RecordId, u64>, Error> {
    use log_index::Column as I;
    let slots = records::slots(db, site, records).await?;
    let here = in_slots(
        db.get_database_backend(),
        [I::Site, I::GivenAt, I::Record],
        slots.into_iter().map(|slot| (site, slot)),
    );
    let rows = log_index::Entity::find().filter(here).all(db).await?;
    rows.into_iter().map(|row| Ok((row.record, size(row.position)?))).collect()
}

/// Tiles of a site as they are stored.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    /// The hashes.
    pub tiles: Tiles,
    /// The leaves of those at level 0, one after the other.
    pub leaves: HashMap<TileId, Vec<u8>>,
}

/// The tiles with these names, as far as they are stored.
pub async fn tiles(
    db: &impl ConnectionTrait,
    site: &SiteId,
    names: impl IntoIterator<Item = TileId>,
) -> Result<Stored, Error> {
    let wanted = BTreeMap::from([(site.clone(), names.into_iter().collect())]);
    Ok(tiles_of(db, &wanted).await?.remove(site).unwrap_or_default())
}

/// The same of several sites, with one statement.
pub async fn tiles_of(
    db: &impl ConnectionTrait,
    wanted: &BTreeMap<SiteId, BTreeSet<TileId>>,
) -> Result<HashMap<SiteId, Stored>, Error> {
    use log_tile::Column as T;
    let mut any = Condition::any();
    for (site, names) in wanted {
        let mut by_level: BTreeMap<u8, Vec<i64>> = BTreeMap::new();
        for name in names {
            by_level.entry(name.level).or_default().push(signed(name.position)?);
        }
        for (level, positions) in by_level {
            let these = Condition::all()
                .add(T::Site.eq(site.as_str()))
                .add(T::Level.eq(i64::from(level)))
                .add(one_of(db.get_database_backend(), T::Position, positions));
            any = any.add(these);
        }
    }
    let mut stored: HashMap<SiteId, Stored> = HashMap::new();
    if any.is_empty() {
        return Ok(stored);
    }
    for row in log_tile::Entity::find().filter(any).all(db).await? {
        let level =
            u8::try_from(row.level).map_err(|_| Error::Internal("a tile's level".into()))?;
        let name = TileId { level, position: size(row.position)? };
        let own = stored.entry(read_site(&row.site)?).or_default();
        own.tiles
            .insert(name, &row.hashes)
            .map_err(|error| Error::internal("a stored tile cannot be read", error))?;
        own.leaves.extend(row.leaves.map(|bytes| (name, bytes)));
    }
    Ok(stored)
}

/// Stores the tiles with these names, and the leaves of those at level 0.
pub async fn keep_tiles<'a>(
    db: &impl ConnectionTrait,
    changes: impl IntoIterator<Item = (&'a SiteId, &'a Stored, &'a BTreeSet<TileId>)>,
) -> Result<(), Error> {
    let mut rows = Vec::new();
    for (site, stored, changed) in changes {
        for name in changed {
            let missing = || Error::Internal(format!("no tile {name:?} to store"));
            rows.push(log_tile::Model {
                site: site.as_str().into(),
                level: i64::from(name.level),
                position: signed(name.position)?,
                hashes: stored.tiles.bytes(*name).ok_or_else(missing)?,
                leaves: stored.leaves.get(name).cloned(),
            });
        }
    }
    hot::insert(db, [Rows::of::<log_tile::Entity>(rows, Known::Replace)]).await
}
