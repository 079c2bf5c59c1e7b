//! Visitors who were silent for too long. They are forgotten as on request, except that nobody
//! asked: they do not enter the register of erasures, and who comes back is new.

use super::{Context, Step};
use crate::error::Error;
use crate::privacy::forget::forget;
use crate::storage::{forget as rows, retention, write};
use ouinon_domain::ids::VisitorId;

/// Visitors looked at by one statement.
const PAGE: u64 = 2_000;
/// Most visitors forgotten in one transaction.
const BATCH: usize = 100;

/// Forgets all visitors who said nothing for `days`; answers how many.
pub async fn forget_silent(context: &Context<'_>, days: u32) -> Result<u64, Error> {
    context.all(|after| step(context, days, after)).await
}

/// Forgets those of a page of visitors, after one of them, who said nothing for `days`.
pub async fn step(
    context: &Context<'_>,
    days: u32,
    after: Option<VisitorId>,
) -> Result<Step<VisitorId>, Error> {
    let page = retention::last_seen(&context.storage.db(), context.site, after, PAGE).await?;
    let next = page.last().map(|(visitor, _)| *visitor).filter(|_| page.len() as u64 == PAGE);
    let due = context.now().minus_days(days);
    let silent = page.iter().filter(|(_, last)| *last < due).map(|(visitor, _)| *visitor);
    let silent: Vec<VisitorId> = silent.collect();
    let mut forgotten = 0;
    for some in silent.chunks(BATCH) {
        forgotten += batch(context, days, some).await?;
        context.pause().await;
    }
    Ok(Step { done: forgotten, next })
}

/// Forgets visitors, in the order of their ids, unless one of them just came back or its choice
/// holds still.
async fn batch(context: &Context<'_>, days: u32, visitors: &[VisitorId]) -> Result<u64, Error> {
    let site = context.site;
    let tx = context.storage.write_briefly().await?;
    rows::lock_all(&tx, site, visitors).await?;
    let now = context.now();
    let states = write::states(&tx, site, visitors).await?;
    let mut forgotten = 0;
    for visitor in visitors {
        let lapsed = states
            .get(visitor)
            .is_some_and(|state| state.given_at < now.minus_days(days) && !state.in_force(now));
        if lapsed && forget(&tx, context.key, site, *visitor).await? {
            forgotten += 1;
        }
    }
    tx.commit().await?;
    Ok(forgotten)
}
