//! Visitors who were forgotten on request: their rows are what the register says, one to one.

use super::report::{Finding, Findings};
use crate::error::Error;
use crate::storage::entity::erasure;
use crate::storage::snapshot;
use ouinon_domain::canonical::hex;
use ouinon_domain::ids::SiteId;
use ouinon_domain::time::Timestamp;
use sea_orm::ConnectionTrait;
use std::collections::HashMap;

/// What the register says of erased visitors: their keyed hash, when, and who asked.
pub type Erased = HashMap<Vec<u8>, (Timestamp, String)>;

/// As many visitors are marked as erased as the register names.
pub async fn count(
    db: &impl ConnectionTrait,
    site: &SiteId,
    said: u64,
    findings: &mut Findings,
) -> Result<(), Error> {
    let stored = snapshot::count::<erasure::Entity>(db, (erasure::Column::Site, site)).await?;
    if stored != said {
        let detail = format!("{stored} visitors are marked as erased, the register names {}", said);
        findings.add(Finding::new("erasure", detail));
    }
    Ok(())
}

/// The rows of erased visitors are what the register says of them.
pub async fn compare(
    db: &impl ConnectionTrait,
    site: &SiteId,
    mut said: Erased,
    findings: &mut Findings,
) -> Result<(), Error> {
    let hashes = said.keys().cloned().collect();
    for row in findings.readable(snapshot::erasures(db, site, hashes).await?) {
        let Some((at, by)) = said.remove(&row.visitor_hmac) else { continue };
        let who = hex(&row.visitor_hmac);
        for (field, same) in
            [("erased_at", row.erased_at == at.0), ("requested_by", row.requested_by == by)]
        {
            if !same {
                let detail = format!("the erasure {who} is not as the register says");
                findings.add(Finding::new("erasure", detail).at(field));
            }
        }
    }
    for who in said.keys() {
        let detail = format!("the visitor {} was erased and is no longer marked so", hex(who));
        findings.add(Finding::new("erasure", detail).at("visitor_hmac"));
    }
    Ok(())
}
