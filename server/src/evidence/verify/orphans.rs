//! Rows that belong to nothing: looked for where a table has more rows than were met.

use super::record::Seen;
use super::report::{Finding, Findings};
use crate::error::Error;
use crate::storage::entity::{
    forgotten_subject, leaf_queue, log_index, record, record_key, record_personal, state, subject,
};
use crate::storage::snapshot;
use ouinon_domain::ids::SiteId;
use sea_orm::{ConnectionTrait, EntityTrait, ModelTrait, Value};

/// Rows named at most, of each table.
const NAMED: u64 = 20;

/// Compares the number of rows in each table with those that were met with records.
pub async fn check(
    db: &impl ConnectionTrait,
    site: &SiteId,
    seen: &Seen,
    findings: &mut Findings,
) -> Result<(), Error> {
    use {
        forgotten_subject::Column as F, leaf_queue::Column as Q, log_index::Column as I,
        record::Column as R, record_key::Column as K, record_personal::Column as P,
        state::Column as T, subject::Column as S,
    };
    let mut all = Orphans { db, site, findings };
    let records = snapshot::count::<record::Entity>(db, (R::Site, site)).await?;
    if records != seen.records {
        let detail = format!("{records} records are stored, {} can be read in order", seen.records);
        all.findings.add(Finding::new("record", detail));
    }
    let keys = [(K::Id, R::Id), (K::GivenAt, R::GivenAt)];
    all.of::<record_key::Entity, record::Entity>((K::Site, R::Site), &keys, seen.keys).await?;
    let personal = [(P::Record, R::Id), (P::GivenAt, R::GivenAt)];
    let met = seen.personal;
    all.of::<record_personal::Entity, record::Entity>((P::Site, R::Site), &personal, met).await?;
    let (met, places) = (seen.places, [(I::Record, R::Id), (I::GivenAt, R::GivenAt)]);
    all.of::<log_index::Entity, record::Entity>((I::Site, R::Site), &places, met).await?;
    let (met, queued) = (seen.queued, [(Q::Record, R::Id)]);
    all.of::<leaf_queue::Entity, record::Entity>((Q::Site, R::Site), &queued, met).await?;
    let (met, links) = (seen.links, [(S::Subject, R::Subject)]);
    all.of::<subject::Entity, record::Entity>((S::Site, R::Site), &links, met).await?;
    let (met, gone) = (seen.forgotten, [(F::Subject, R::Subject)]);
    all.of::<forgotten_subject::Entity, record::Entity>((F::Site, R::Site), &gone, met).await?;
    let (met, states) = (seen.states, [(T::Visitor, S::Visitor)]);
    all.of::<state::Entity, subject::Entity>((T::Site, S::Site), &states, met).await
}

struct Orphans<'a, C> {
    db: &'a C,
    site: &'a SiteId,
    findings: &'a mut Findings,
}

impl<C: ConnectionTrait> Orphans<'_, C> {
    /// Finds rows of the one table that have none in the other with the same values, where there
    /// are others than were met.
    async fn of<A, B>(
        &mut self,
        sites: (A::Column, B::Column),
        same: &[(A::Column, B::Column)],
        met: u64,
    ) -> Result<(), Error>
    where
        A: EntityTrait<Model: Sync>,
        B: EntityTrait,
    {
        let stored = snapshot::count::<A>(self.db, (sites.0, self.site)).await?;
        if met == stored {
            return Ok(());
        }
        let table = A::default();
        let table = table.table_name();
        let found = snapshot::without::<A, B>(self.db, self.site, sites, same, NAMED).await?;
        let found = self.findings.readable(found);
        for row in &found {
            self.findings.add(orphan(table, same.first().map(|(key, _)| row.get(*key))));
        }
        if found.is_empty() {
            let detail = format!("{table} has {stored} rows, of which {met} belong to something");
            self.findings.add(Finding::new(table, detail));
        }
        Ok(())
    }
}

fn orphan(table: &str, key: Option<Value>) -> Finding {
    match key {
        Some(Value::Uuid(Some(id))) if ["subject", "forgotten_subject"].contains(&table) => {
            Finding::new(table, format!("the subject {id} has no records"))
        }
        Some(Value::Uuid(Some(id))) => {
            let detail = format!("a row of {table} is of a record that is gone");
            Finding::new(table, detail).of(id)
        }
        _ => Finding::new(table, format!("a row of {table} is of a visitor that is not known")),
    }
}
