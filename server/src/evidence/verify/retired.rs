//! Records that were retired: as far as the register says, and never sooner than a command would
//! have let them go.

use super::notices::Notices;
use super::register::Register;
use super::report::{Finding, Findings};
use crate::error::Error;
use crate::storage::entity::retention;
use crate::storage::snapshot;
use ouinon_domain::ids::SiteId;
use ouinon_domain::time::Timestamp;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

/// An entry of the register that retired records.
#[derive(Debug)]
pub struct Retirement {
    /// Which entry.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The days that records were kept; entries of old may not say it.
    pub days: Option<u32>,
    /// How many publications the register has before it.
    pub published: usize,
}

/// The database lets records go up to the time that the register says, and no further.
pub async fn horizon(
    db: &impl ConnectionTrait,
    site: &SiteId,
    said: Timestamp,
    findings: &mut Findings,
) -> Result<(), Error> {
    let query = retention::Entity::find().filter(retention::Column::Site.eq(site.as_str()));
    let row = findings.only("retention", snapshot::rows(db, query).await?).0;
    if row.is_none_or(|row| row.records_before != said.0) {
        let detail =
            format!("records may be deleted up to another time than {said}, which is signed");
        findings.add(Finding::new("retention", detail).at("records_before"));
    }
    Ok(())
}

/// Records are kept as long at least as choices hold under the notice: under one that was in force
/// on the day before, for what is due is looked for once, and removed for hours.
pub fn floors(register: &Register, notices: &Notices, findings: &mut Findings) {
    for entry in &register.retirements {
        let Some(days) = entry.days else { continue };
        let past = register.publications.get(..entry.published).unwrap_or_default();
        let since = entry.at.minus_days(1);
        let first = past.iter().rposition(|it| it.at <= since).unwrap_or(0);
        let in_force = past[first..].iter().filter_map(|it| notices.get(&it.notice));
        if let Some(floor) = in_force.min().filter(|floor| days < **floor) {
            let detail = format!(
                "entry {} of the register retires records after {days} days, while choices held \
                 for {floor}: no command allows that",
                entry.seq
            );
            findings.add(Finding::new("register", detail).at("body"));
        }
    }
}
