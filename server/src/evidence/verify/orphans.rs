//! Rows that belong to nothing: looked for where a table has more rows than were met.

use super::record::Seen;
use super::report::{Finding, Findings};
use crate::error::Error;
use crate::storage::entity::{
    count_queue, forgotten_subject, leaf_queue, log_index, record, record_personal, state, subject,
};
use crate::storage::snapshot;
use ouinon_domain::ids::SiteId;
use sea_orm::{ConnectionTrait, EntityTrait, ModelTrait, Value};
use std::collections::HashSet;

/// Rows looked through at once.
const PAGE: u64 = 1_000;

/// A table of a site: its entity's site column, and the column that names something else.
struct Side<E: EntityTrait> {
    site: E::Column,
    key: E::Column,
}

fn side<E: EntityTrait>(site: E::Column, key: E::Column) -> Side<E> {
    Side { site, key }
}

/// Compares the number of rows in each table with those that were met with records.
pub async fn check(
    db: &impl ConnectionTrait,
    site: &SiteId,
    seen: &Seen,
    findings: &mut Findings,
) -> Result<(), Error> {
    use {
        count_queue::Column as C, forgotten_subject::Column as F, leaf_queue::Column as Q,
        log_index::Column as I, record::Column as R, record_personal::Column as P,
        state::Column as T, subject::Column as S,
    };
    let ids = || side::<record::Entity>(R::Site, R::Id);
    let subjects = || side::<record::Entity>(R::Site, R::Subject);
    let visitors = side::<subject::Entity>(S::Site, S::Visitor);
    let records = snapshot::count::<record::Entity>(db, (R::Site, site)).await?;
    if records != seen.records {
        let detail = format!("{records} records are stored, {} can be read in order", seen.records);
        findings.add(Finding::new("record", detail));
    }
    let personal = side::<record_personal::Entity>(P::Site, P::Record);
    strays(db, site, (personal, ids()), Some(seen.personal), findings).await?;
    let places = side::<log_index::Entity>(I::Site, I::Record);
    strays(db, site, (places, ids()), Some(seen.places), findings).await?;
    let queued = side::<leaf_queue::Entity>(Q::Site, Q::Record);
    strays(db, site, (queued, ids()), Some(seen.queued), findings).await?;
    let counted = side::<count_queue::Entity>(C::Site, C::Record);
    strays(db, site, (counted, ids()), None, findings).await?;
    let links = side::<subject::Entity>(S::Site, S::Subject);
    strays(db, site, (links, subjects()), Some(seen.links), findings).await?;
    let forgotten = side::<forgotten_subject::Entity>(F::Site, F::Subject);
    strays(db, site, (forgotten, subjects()), Some(seen.forgotten), findings).await?;
    let states = side::<state::Entity>(T::Site, T::Visitor);
    strays(db, site, (states, visitors), Some(seen.states), findings).await
}

/// Finds rows of the one table whose key stands nowhere in the other, where there are more rows
/// than were met.
async fn strays<A, B>(
    db: &impl ConnectionTrait,
    site: &SiteId,
    (rows, others): (Side<A>, Side<B>),
    met: Option<u64>,
    findings: &mut Findings,
) -> Result<(), Error>
where
    A: EntityTrait<Model: Sync>,
    B: EntityTrait,
{
    let stored = snapshot::count::<A>(db, (rows.site, site)).await?;
    if met == Some(stored) {
        return Ok(());
    }
    let table = A::default();
    let table = table.table_name();
    let (mut last, mut strays): (Option<Value>, u64) = (None, 0);
    loop {
        let page = snapshot::after::<A, Value>(db, (rows.site, site), rows.key, last, PAGE).await?;
        let page: Vec<Value> =
            findings.readable(page).iter().map(|row| row.get(rows.key)).collect();
        last = page.last().cloned();
        if last.is_none() {
            break;
        }
        let known =
            snapshot::among::<B, Value>(db, (others.site, site), others.key, page.clone()).await?;
        let known: HashSet<Value> = known.read.iter().map(|row| row.get(others.key)).collect();
        for key in page.into_iter().filter(|key| !known.contains(key)) {
            strays += 1;
            findings.add(stray(table, &key));
        }
    }
    if let Some(met) = met.filter(|_| strays == 0) {
        let detail = format!("{table} has {stored} rows, of which {met} belong to something");
        findings.add(Finding::new(table, detail));
    }
    Ok(())
}

fn stray(table: &str, key: &Value) -> Finding {
    match key {
        Value::Uuid(Some(id)) if ["subject", "forgotten_subject"].contains(&table) => {
            Finding::new(table, format!("the subject {id} has no records"))
        }
        Value::Uuid(Some(id)) => {
            let detail = format!("a row of {table} is of a record that is gone");
            Finding::new(table, detail).of(*id)
        }
        _ => Finding::new(table, format!("a row of {table} is of a visitor that is not known")),
    }
}
