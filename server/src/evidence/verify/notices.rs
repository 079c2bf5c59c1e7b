//! The notices: each is what its id says, and came into force when the register says.

use super::register::Register;
use super::report::{Finding, Findings};
use crate::error::Error;
use crate::storage::entity::{notice, publication, site};
use crate::storage::snapshot;
use ouinon_domain::canonical::sha256;
use ouinon_domain::ids::{NoticeHash, SiteId};
use ouinon_domain::notice::Notice;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::HashMap;

/// The days a choice is kept, by notice.
pub type Notices = HashMap<NoticeHash, u32>;

/// Checks notices and publications; answers the notices a record may name.
pub async fn check(
    db: &impl ConnectionTrait,
    site: &SiteId,
    row: &site::Model,
    register: &Register,
    findings: &mut Findings,
) -> Result<Notices, Error> {
    publications(db, site, register, findings).await?;
    if register.publications.first().is_none_or(|first| first.at.0 != row.created_at) {
        let detail = "the site was not created when its first notice came into force";
        findings.add(Finding::new("site", detail).at("created_at"));
    }
    let mut first = HashMap::new();
    for publication in &register.publications {
        first.entry(publication.notice).or_insert(publication.at.0);
    }
    let query = notice::Entity::find().filter(notice::Column::Site.eq(site.as_str()));
    let mut notices = Notices::new();
    for row in findings.readable(snapshot::rows(db, query).await?) {
        match read(&row, &first) {
            Ok((hash, days)) => {
                if notices.insert(hash, days).is_some() {
                    let detail = format!("the notice {hash} is stored twice");
                    findings.add(Finding::new("notice", detail).at("hash"));
                }
            }
            Err((field, detail)) => findings.add(Finding::new("notice", detail).at(field)),
        }
    }
    for hash in first.keys().filter(|hash| !notices.contains_key(hash)) {
        findings.add(Finding::new("notice", format!("the notice {hash} was in force and is gone")));
    }
    Ok(notices)
}

fn read(
    row: &notice::Model,
    first: &HashMap<NoticeHash, i64>,
) -> Result<(NoticeHash, u32), (&'static str, String)> {
    let hash = NoticeHash(sha256(row.body.as_bytes()));
    if hash.0.as_slice() != row.hash {
        return Err(("body", "a notice does not hash to its id".into()));
    }
    match first.get(&hash) {
        Some(at) if *at == row.created_at => {}
        Some(_) => {
            let detail = format!("the notice {hash} is not of the time it first came into force");
            return Err(("created_at", detail));
        }
        None => return Err(("hash", format!("the notice {hash} never came into force"))),
    }
    let notice: Result<Notice, _> = serde_json::from_str(&row.body);
    let notice = notice.map_err(|_| ("body", format!("the notice {hash} cannot be read")))?;
    Ok((hash, notice.expires_after_days))
}

async fn publications(
    db: &impl ConnectionTrait,
    site: &SiteId,
    register: &Register,
    findings: &mut Findings,
) -> Result<(), Error> {
    use publication::Column as P;
    let query = publication::Entity::find().filter(P::Site.eq(site.as_str())).order_by_asc(P::Seq);
    let rows = findings.readable(snapshot::rows(db, query).await?);
    let mut said = register.publications.iter();
    for row in &rows {
        let field = match said.next() {
            Some(it) if it.seq != row.seq => "seq",
            Some(it) if it.notice.0.as_slice() != row.notice => "notice",
            Some(it) if it.at.0 != row.published_at => "published_at",
            Some(_) => continue,
            None => "seq",
        };
        let detail = format!("publication {} is not as the register says", row.seq);
        findings.add(Finding::new("publication", detail).at(field));
    }
    for missing in said {
        let detail = format!("publication {} stands in the register and is gone", missing.seq);
        findings.add(Finding::new("publication", detail));
    }
    Ok(())
}
