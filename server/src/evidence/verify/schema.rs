//! The schema and what belongs to no site: a table, column, key or trigger that the migrations made
//! and somebody took away, and rows of sites that do not exist.

use super::report::{Finding, Findings};
use crate::error::Error;
use crate::storage::dialect::schema::strays;
use crate::storage::schema::{Flaw, flaws, of_sites};
use ouinon_domain::ids::SiteId;
use sea_orm::ConnectionTrait;

/// Checks what all sites share. Answers whether rows of this site are left though `site` has none.
pub async fn check(
    db: &impl ConnectionTrait,
    site: &SiteId,
    findings: &mut Findings,
) -> Result<bool, Error> {
    let flaws = flaws(db).await?;
    let mut left = false;
    for Flaw { table, column, detail } in &flaws {
        findings.add(Finding { field: column.clone(), ..Finding::new(table, detail) });
    }
    // What is not what it should be may not be there to be asked.
    let whole = |table: &&str| flaws.iter().all(|flaw| flaw.table != *table);
    for table in of_sites().into_iter().filter(whole) {
        for stray in strays(db, table).await? {
            left |= stray == site.as_str();
            let detail = format!("{table} has rows of the site {stray}, which does not exist");
            findings.add(Finding::new(table, detail).at("site"));
        }
    }
    Ok(left)
}
