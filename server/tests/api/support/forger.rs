//! Somebody who knows the formats and has the database, but not the key: rebuilds a log that is
//! consistent in itself.

use std::collections::{BTreeSet, HashMap};

use ouinon_domain::checkpoint::Checkpoint;
use ouinon_domain::ids::SiteId;
use ouinon_domain::leaf;
use ouinon_domain::merkle::leaf_hash;
use ouinon_domain::tile::{TileId, Tiles};
use ouinon_server::evidence::log_keys::LogKey;
use ouinon_server::storage::entity::{
    log_head, log_index, log_tile, record, record_personal, state, subject,
};
use ouinon_server::storage::log::{self, Stored};
use ouinon_server::storage::rows;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};
use uuid::Uuid;

/// What becomes of the published checkpoint.
pub enum Note<'a> {
    /// It stays.
    Kept,
    /// Nothing was ever published.
    Gone,
    /// It is signed, by this key.
    Signed(&'a LogKey, String),
}

/// A subject with records that have their place.
pub async fn somebody(tx: &DatabaseTransaction, site: &SiteId) -> subject::Model {
    let query = subject::Entity::find().filter(subject::Column::Site.eq(site.as_str()));
    query.order_by_asc(subject::Column::CreatedAt).one(tx).await.unwrap().unwrap()
}

/// An id as it stands in a statement.
pub fn literal(tx: &DatabaseTransaction, id: Uuid) -> String {
    match tx.get_database_backend() {
        sea_orm::DatabaseBackend::Sqlite => format!("x'{}'", id.simple()),
        _ => format!("'{id}'"),
    }
}

/// Removes every trace of a subject.
pub async fn remove(tx: &DatabaseTransaction, site: &SiteId, who: &subject::Model) {
    let ids: Vec<Uuid> = of(tx, site, who).await.iter().map(|record| record.id).collect();
    let list: Vec<_> = ids.iter().map(|id| literal(tx, *id)).collect();
    let list = list.join(", ");
    for (table, key) in [
        ("record", "id"),
        ("record_key", "id"),
        ("record_personal", "record"),
        ("log_index", "record"),
    ] {
        let sql = format!("delete from {table} where site = '{site}' and {key} in ({list})");
        tx.execute_unprepared(&sql).await.unwrap();
    }
    let key = (site.to_string(), who.visitor.clone());
    state::Entity::delete_by_id(key.clone()).exec(tx).await.unwrap();
    subject::Entity::delete_by_id(key).exec(tx).await.unwrap();
}

/// A subject's records.
pub async fn of(
    tx: &DatabaseTransaction,
    site: &SiteId,
    who: &subject::Model,
) -> Vec<record::Model> {
    let query = record::Entity::find().filter(record::Column::Site.eq(site.as_str()));
    let query = query.filter(record::Column::Subject.eq(who.subject));
    query.order_by_asc(record::Column::Version).all(tx).await.unwrap()
}

/// Commits to changed records as the server would.
pub async fn commit_again(tx: &DatabaseTransaction, site: &SiteId, who: &subject::Model) {
    let k = who.k.clone().try_into().unwrap();
    let visitor = ouinon_domain::ids::VisitorId(who.visitor.clone().try_into().unwrap());
    for row in of(tx, site, who).await {
        let query = record_personal::Entity::find()
            .filter(record_personal::Column::Site.eq(site.as_str()))
            .filter(record_personal::Column::Record.eq(row.id));
        let personal = query.one(tx).await.unwrap();
        let stored = rows::read_record(row.clone(), personal, Some(visitor)).unwrap();
        let commitment = leaf::commitment(&k, &stored.record).unwrap();
        record::Entity::update_many()
            .filter(record::Column::Site.eq(site.as_str()))
            .filter(record::Column::Id.eq(row.id))
            .col_expr(record::Column::Commitment, Expr::value(commitment.to_vec()))
            .exec(tx)
            .await
            .unwrap();
    }
}

/// Rebuilds index, tiles and head from what the records commit to.
pub async fn rebuild(tx: &DatabaseTransaction, site: &SiteId, note: Note<'_>) {
    let query = log_index::Entity::find().filter(log_index::Column::Site.eq(site.as_str()));
    let places = query.order_by_asc(log_index::Column::Position).all(tx).await.unwrap();
    let query = record::Entity::find().filter(record::Column::Site.eq(site.as_str()));
    let records: HashMap<Uuid, record::Model> =
        query.all(tx).await.unwrap().into_iter().map(|row| (row.id, row)).collect();
    let (mut stored, mut hashes, mut newest) = (Stored::default(), Vec::new(), 0);
    for (place, row) in (0..).zip(&places) {
        let record = &records[&row.record];
        let leaf = leaf::leaf(&record.commitment.clone().try_into().unwrap());
        hashes.push(leaf_hash(&leaf));
        stored.leaves.entry(TileId::of_leaf(place)).or_default().extend_from_slice(&leaf);
        newest = record.given_at;
        log_index::Entity::update_many()
            .filter(log_index::Column::Site.eq(site.as_str()))
            .filter(log_index::Column::Record.eq(row.record))
            .col_expr(log_index::Column::Position, Expr::value(i64::try_from(place).unwrap()))
            .exec(tx)
            .await
            .unwrap();
    }
    state::Entity::update_many()
        .filter(state::Column::Site.eq(site.as_str()))
        .col_expr(state::Column::Position, Expr::value(None::<i64>))
        .exec(tx)
        .await
        .unwrap();
    stored.tiles = Tiles::default();
    let changed: BTreeSet<TileId> = stored.tiles.append(0, &hashes).unwrap();
    let own = log_tile::Column::Site.eq(site.as_str());
    log_tile::Entity::delete_many().filter(own).exec(tx).await.unwrap();
    log::keep_tiles(tx, [(site, &stored, &changed)]).await.unwrap();
    let size = hashes.len() as u64;
    let root = stored.tiles.root(size).unwrap();
    use log_head::Column as H;
    let mut head = log_head::Entity::update_many()
        .filter(H::Site.eq(site.as_str()))
        .col_expr(H::Size, Expr::value(i64::try_from(size).unwrap()))
        .col_expr(H::Root, Expr::value(root.to_vec()))
        .col_expr(H::UpdatedAt, Expr::value(newest));
    head = match note {
        Note::Kept => head,
        Note::Gone => head
            .col_expr(H::Published, Expr::value(-1_i64))
            .col_expr(H::Checkpoint, Expr::value(Option::<String>::None)),
        Note::Signed(key, origin) => {
            head.col_expr(H::Published, Expr::value(i64::try_from(size).unwrap())).col_expr(
                H::Checkpoint,
                Expr::value(key.checkpoint(&Checkpoint { origin, size, root })),
            )
        }
    };
    head.exec(tx).await.unwrap();
}
