//! Who asked: the log of answered decisions.

use super::Storage;
use super::dialect::{one_of, turns};
use super::entity::{decision, subject};
use super::hot::{self, Inquiry};
use super::sites;
use crate::error::Error;
use ouinon_domain::ids::{SiteId, Subject, VisitorId};
use ouinon_domain::time::Timestamp;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::BTreeSet;

/// Logs what was asked and answered; answers for which sites. Where somebody is being forgotten just now,
/// it has to wait, and keeps no other site waiting.
pub async fn log(storage: &Storage, inquiries: &[Inquiry]) -> Result<BTreeSet<SiteId>, Error> {
    let tx = storage.write_by_key().await?;
    let sites = turns::hold_visitors(&tx, inquiries.iter().map(|one| &one.site)).await?;
    hot::tell(&tx, inquiries.iter().filter(|one| sites.contains(&one.site))).await?;
    tx.commit().await?;
    Ok(sites)
}

/// Removes what was asked about these subjects, in the transaction that forgets their visitors: what
/// is on its way into the log has arrived before, or finds that somebody was forgotten afterwards.
pub async fn forget(
    db: &impl ConnectionTrait,
    site: &SiteId,
    subjects: impl IntoIterator<Item = Subject>,
) -> Result<(), Error> {
    turns::take_visitors(db, site).await?;
    sites::raise_forgettings(db, site).await?;
    decision::Entity::delete_many()
        .filter(decision::Column::Site.eq(site.as_str()))
        .filter(one_of(db.get_database_backend(), decision::Column::Subject, subjects))
        .exec(db)
        .await?;
    Ok(())
}

/// What was asked about a visitor last, the newest first.
pub async fn about(
    db: &impl ConnectionTrait,
    site: &SiteId,
    visitor: VisitorId,
    most: u64,
) -> Result<Vec<decision::Model>, Error> {
    use decision::Column as D;
    let key = (site.as_str().to_owned(), visitor.0.to_vec());
    let Some(known) = subject::Entity::find_by_id(key).one(db).await? else {
        return Ok(Vec::new());
    };
    let query = decision::Entity::find()
        .filter(D::Site.eq(site.as_str()))
        .filter(D::Subject.eq(known.subject))
        .order_by_desc(D::DecidedAt)
        .order_by_desc(D::Id)
        .limit(most);
    Ok(query.all(db).await?)
}

/// Removes the oldest of a site's decisions that were answered before a moment, about so many of
/// them; answers how many.
pub async fn remove_oldest(
    db: &impl ConnectionTrait,
    site: &SiteId,
    before: Timestamp,
    about: u64,
) -> Result<u64, Error> {
    use decision::Column as D;
    let due = || D::Site.eq(site.as_str()).and(D::DecidedAt.lt(before.0));
    let last = decision::Entity::find()
        .select_only()
        .column(D::DecidedAt)
        .filter(due())
        .order_by_asc(D::DecidedAt)
        .offset(about)
        .limit(1);
    let last: Option<i64> = last.into_tuple().one(db).await?;
    // Those of one request have one time, and go together.
    let gone = decision::Entity::delete_many()
        .filter(due())
        .filter(D::DecidedAt.lte(last.unwrap_or(i64::MAX)));
    Ok(gone.exec(db).await?.rows_affected)
}
