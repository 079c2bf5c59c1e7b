//! Who waits for the sequencer.

use crate::error::Error;
use ouinon_domain::ids::SiteId;
use sea_orm::{ConnectionTrait, Statement};

/// The sites with leaves that wait for their index, found without reading the whole queue: each
/// step asks for the next site after the last.
pub async fn sites_with_leaves(db: &impl ConnectionTrait) -> Result<Vec<SiteId>, Error> {
    let sql = "with recursive next(site) as (select min(site) from leaf_queue union all \
               select (select min(q.site) from leaf_queue q where q.site > next.site) from next \
               where next.site is not null) select site from next where site is not null";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    let mut sites = Vec::with_capacity(rows.len());
    for row in rows {
        sites.extend(SiteId::parse(&row.try_get::<String>("", "site")?));
    }
    Ok(sites)
}
