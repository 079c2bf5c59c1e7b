//! The heads of many logs, moved with one statement: ten thousand sites may have a leaf at once.

use crate::error::Error;
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use serde::Serialize;
use serde_json::Value;

/// A head that moves from one size and root to the next; roots in hex.
#[derive(Serialize)]
pub struct Advance {
    /// Whose.
    pub site: String,
    /// Leaves before.
    pub from_size: i64,
    /// The root before.
    pub from_root: String,
    /// Leaves since.
    pub size: i64,
    /// The root since.
    pub root: String,
    /// Time of its last leaf, microseconds since 1970.
    pub updated_at: i64,
}

const ADVANCE_POSTGRES: &str = "\
update log_head h set size = v.size, root = decode(v.root, 'hex'), updated_at = v.updated_at
from json_to_recordset($1::json) as v(site text, from_size bigint, from_root text, size bigint, root text, updated_at bigint)
where h.site = v.site and h.size = v.from_size and h.root = decode(v.from_root, 'hex')";

const ADVANCE_SQLITE: &str = "\
update log_head set size = v.value ->> 'size', root = unhex(v.value ->> 'root'), updated_at = v.value ->> 'updated_at'
from json_each(?1) v
where log_head.site = v.value ->> 'site' and log_head.size = v.value ->> 'from_size'
  and log_head.root = unhex(v.value ->> 'from_root')";

/// Moves heads; answers how many were where they move from.
pub async fn advance(db: &impl ConnectionTrait, heads: &[Advance]) -> Result<u64, Error> {
    execute(db, ADVANCE_POSTGRES, ADVANCE_SQLITE, heads).await
}

/// What was published of a log.
#[derive(Serialize)]
pub struct Publish<'a> {
    /// Whose.
    pub site: &'a str,
    /// So many leaves.
    pub published: i64,
    /// The signed note.
    pub checkpoint: &'a str,
    /// So many entries of the register.
    pub register_published: i64,
}

const PUBLISH_POSTGRES: &str = "\
update log_head h set published = v.published, checkpoint = v.checkpoint, register_published = v.register_published
from json_to_recordset($1::json) as v(site text, published bigint, checkpoint text, register_published bigint)
where h.site = v.site";

const PUBLISH_SQLITE: &str = "\
update log_head set published = v.value ->> 'published', checkpoint = v.value ->> 'checkpoint',
  register_published = v.value ->> 'register_published'
from json_each(?1) v where log_head.site = v.value ->> 'site'";

/// Notes what was published of some logs.
pub async fn publish(db: &impl ConnectionTrait, heads: &[Publish<'_>]) -> Result<u64, Error> {
    execute(db, PUBLISH_POSTGRES, PUBLISH_SQLITE, heads).await
}

async fn execute(
    db: &impl ConnectionTrait,
    postgres: &str,
    sqlite: &str,
    rows: &[impl Serialize],
) -> Result<u64, Error> {
    let backend = db.get_database_backend();
    let sql = if backend == DatabaseBackend::Postgres { postgres } else { sqlite };
    let rows = rows.iter().map(serde_json::to_value).collect::<Result<Value, _>>();
    let rows = rows.map_err(|error| Error::internal("heads as JSON", error))?;
    let statement = Statement::from_sql_and_values(backend, sql, [rows.to_string().into()]);
    Ok(db.execute_raw(statement).await?.rows_affected())
}
