//! How long sites keep what, what is due, and removing it.

use super::dialect::{in_slots, one_of};
use super::entity::{
    counter, forgotten_subject, log_index, record, record_key, record_personal, retention, site,
    state, subject,
};
use super::forget;
use super::rows::{Slot, fixed};
use crate::error::Error;
use ouinon_domain::ids::{RecordId, SiteId, Subject, VisitorId};
use ouinon_domain::time::Timestamp;
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::{HashMap, HashSet};

/// Days a site keeps things, with the reasons for the defaults in docs/SETTINGS.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Periods {
    /// Who a visitor is, after its last record.
    pub visitors: u32,
    /// A record, after it was given.
    pub records: u32,
    /// Counters, after the hour they count.
    pub counters: u32,
    /// Who asked, after the answer.
    pub decisions: u32,
}

impl Default for Periods {
    /// 13 months, 5 years, 25 months, half a year.
    fn default() -> Self {
        Self { visitors: 395, records: 1_827, counters: 760, decisions: 180 }
    }
}

impl Periods {
    /// Why a site whose notice lets a choice hold for so many days cannot keep things this long.
    pub fn check(&self, expires_after_days: u32) -> Result<(), String> {
        if self.visitors < expires_after_days {
            return Err(format!(
                "visitors cannot be forgotten after {} days while the notice lets their choices \
                 hold for {expires_after_days}",
                self.visitors
            ));
        }
        if self.records < self.visitors {
            return Err(format!(
                "records cannot be kept for {} days and visitors for {}: a visitor's state is \
                 what its records amount to",
                self.records, self.visitors
            ));
        }
        match [("counters", self.counters), ("decisions", self.decisions)] {
            [(what, 0), _] | [_, (what, 0)] => {
                Err(format!("{what} must be kept for a day at least"))
            }
            _ => Ok(()),
        }
    }
}

/// The row of a new site: the defaults, and nothing retired.
pub fn new(site: &site::Model) -> retention::Model {
    let periods = Periods::default();
    retention::Model {
        site: site.id.clone(),
        visitors_days: periods.visitors.into(),
        records_days: periods.records.into(),
        counters_days: periods.counters.into(),
        records_before: 0,
        decisions_days: periods.decisions.into(),
    }
}

/// How long a site keeps what, and the horizon: records given before it may have been retired.
/// `None` where the site is gone.
pub async fn of_site(
    db: &impl ConnectionTrait,
    site: &SiteId,
) -> Result<Option<(Periods, Timestamp)>, Error> {
    let row = retention::Entity::find_by_id(site.as_str()).one(db).await?;
    let days = |days: i64| {
        u32::try_from(days).map_err(|_| Error::Internal("a retention that is no number".into()))
    };
    let read = |row: retention::Model| {
        let periods = Periods {
            visitors: days(row.visitors_days)?,
            records: days(row.records_days)?,
            counters: days(row.counters_days)?,
            decisions: days(row.decisions_days)?,
        };
        Ok((periods, Timestamp(row.records_before)))
    };
    row.map(read).transpose()
}

/// Sets how long a site keeps what.
pub async fn set(db: &impl ConnectionTrait, site: &SiteId, to: Periods) -> Result<(), Error> {
    use retention::Column as C;
    retention::Entity::update_many()
        .filter(C::Site.eq(site.as_str()))
        .col_expr(C::VisitorsDays, Expr::value(i64::from(to.visitors)))
        .col_expr(C::RecordsDays, Expr::value(i64::from(to.records)))
        .col_expr(C::CountersDays, Expr::value(i64::from(to.counters)))
        .col_expr(C::DecisionsDays, Expr::value(i64::from(to.decisions)))
        .exec(db)
        .await?;
    Ok(())
}

/// Raises the horizon of a site's records; never lowers it.
pub async fn raise(
    db: &impl ConnectionTrait,
    site: &SiteId,
    before: Timestamp,
) -> Result<(), Error> {
    use retention::Column as C;
    retention::Entity::update_many()
        .filter(C::Site.eq(site.as_str()))
        .filter(C::RecordsBefore.lt(before.0))
        .col_expr(C::RecordsBefore, Expr::value(before.0))
        .exec(db)
        .await?;
    Ok(())
}

/// Records given before a moment, oldest first, after a slot, with their subjects.
pub async fn records_before(
    db: &impl ConnectionTrait,
    site: &SiteId,
    before: Timestamp,
    after: Option<Slot>,
    most: u64,
) -> Result<Vec<(Slot, Subject)>, Error> {
    use record::Column as R;
    let mut query = record::Entity::find()
        .select_only()
        .columns([R::GivenAt, R::Id, R::Subject])
        .filter(R::Site.eq(site.as_str()))
        .filter(R::GivenAt.lt(before.0))
        .order_by_asc(R::GivenAt)
        .order_by_asc(R::Id)
        .limit(most);
    if let Some((time, id)) = after {
        let same = R::GivenAt.eq(time.0).and(R::Id.gt(id));
        query = query.filter(R::GivenAt.gte(time.0)).filter(R::GivenAt.gt(time.0).or(same));
    }
    let rows: Vec<(i64, RecordId, Subject)> = query.into_tuple().all(db).await?;
    Ok(rows.into_iter().map(|(at, id, subject)| ((Timestamp(at), id), subject)).collect())
}

/// The visitors that subjects are, locked as a write would; those forgotten are left out.
pub async fn lock_owners(
    db: &impl ConnectionTrait,
    site: &SiteId,
    subjects: &HashSet<Subject>,
) -> Result<HashMap<Subject, VisitorId>, Error> {
    let these = subjects.iter().copied();
    let these = one_of(db.get_database_backend(), subject::Column::Subject, these);
    let rows = forget::lock_where(db, site, these).await?.into_iter();
    rows.map(|row| Ok((row.subject, VisitorId(fixed(row.visitor, "visitor")?)))).collect()
}

/// Removes records with all that goes with them: personal parts, keys, places in the log. The
/// leaves stay. The database allows it below the horizon only.
pub async fn remove_records(
    db: &impl ConnectionTrait,
    site: &SiteId,
    slots: &[Slot],
) -> Result<(), Error> {
    let backend = db.get_database_backend();
    let of_site = || slots.iter().map(|slot| (site, *slot));
    let ids = || slots.iter().map(|(_, id)| *id);
    record_personal::Entity::delete_many()
        .filter({
            use record_personal::Column as P;
            in_slots(backend, [P::Site, P::GivenAt, P::Record], of_site())
        })
        .exec(db)
        .await?;
    let records = record::Entity::delete_many()
        .filter({
            use record::Column as R;
            in_slots(backend, [R::Site, R::GivenAt, R::Id], of_site())
        })
        .exec(db)
        .await?;
    let keys = record_key::Entity::delete_many()
        .filter(record_key::Column::Site.eq(site.as_str()))
        .filter(one_of(backend, record_key::Column::Id, ids()))
        .exec(db)
        .await?;
    let indices = log_index::Entity::delete_many()
        .filter({
            use log_index::Column as I;
            in_slots(backend, [I::Site, I::GivenAt, I::Record], of_site())
        })
        .exec(db)
        .await?;
    let gone = [records, keys, indices].map(|done| done.rows_affected);
    match gone == [slots.len() as u64; 3] {
        true => Ok(()),
        false => Err(Error::Unavailable(format!("records of {site} changed while they retired"))),
    }
}

/// Which of these subjects were forgotten before their records went.
pub async fn forgotten(
    db: &impl ConnectionTrait,
    site: &SiteId,
    subjects: &HashSet<Subject>,
) -> Result<HashSet<Subject>, Error> {
    use forgotten_subject::Column as F;
    let query = forgotten_subject::Entity::find()
        .select_only()
        .column(F::Subject)
        .filter(F::Site.eq(site.as_str()))
        .filter(one_of(db.get_database_backend(), F::Subject, subjects.iter().copied()));
    let found: Vec<Subject> = query.into_tuple().all(db).await?;
    Ok(found.into_iter().collect())
}

/// A visitor of a page, and when its last record was given.
pub type LastSeen = (VisitorId, Timestamp);

/// A page of a site's visitors in the order of their ids, after one of them. Every visitor is
/// looked at: an index on the time of its last record would cost each write more than this does.
pub async fn last_seen(
    db: &impl ConnectionTrait,
    site: &SiteId,
    after: Option<VisitorId>,
    most: u64,
) -> Result<Vec<LastSeen>, Error> {
    use state::Column as S;
    let mut query = state::Entity::find()
        .select_only()
        .columns([S::Visitor, S::GivenAt])
        .filter(S::Site.eq(site.as_str()))
        .order_by_asc(S::Visitor)
        .limit(most);
    if let Some(after) = after {
        query = query.filter(S::Visitor.gt(after.0.to_vec()));
    }
    let rows: Vec<(Vec<u8>, i64)> = query.into_tuple().all(db).await?;
    let read = |(visitor, at)| Ok((VisitorId(fixed(visitor, "visitor")?), Timestamp(at)));
    rows.into_iter().map(read).collect()
}

/// Removes the counters of a site's oldest hour, if it is before this one; answers how many.
pub async fn remove_oldest_hour(
    db: &impl ConnectionTrait,
    site: &SiteId,
    before: i64,
) -> Result<u64, Error> {
    use counter::Column as C;
    let due = || Condition::all().add(C::Site.eq(site.as_str())).add(C::Hour.lt(before));
    let oldest = counter::Entity::find()
        .select_only()
        .column(C::Hour)
        .filter(due())
        .order_by_asc(C::Hour)
        .limit(1);
    let Some(hour): Option<i64> = oldest.into_tuple().one(db).await? else { return Ok(0) };
    let gone = counter::Entity::delete_many().filter(due()).filter(C::Hour.eq(hour));
    Ok(gone.exec(db).await?.rows_affected)
}
