//! Limits that all servers share, counted by Redis on its own clock.

use std::sync::LazyLock;

use ouinon_domain::ids::SiteId;
use redis::Script;

use super::{Demand, Lane, Verdict};
use crate::cache::keys::Key;
use crate::cache::link::{Down, Link};

static GCRA: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("gcra.lua")));

/// The shared counts' answer, or [`Down`] where there is none.
pub(in crate::cache) async fn redis_check(
    link: &Link,
    site: &SiteId,
    lane: Lane,
    demands: &[Demand<'_>],
) -> Result<Verdict, Down> {
    let mut call = GCRA.prepare_invoke();
    for demand in demands {
        call.key(Key::limit(site, lane, demand.subject).as_str());
        call.arg(demand.cost()).arg(demand.quota.tolerance_micros);
    }
    let said: Option<Vec<i64>> =
        link.ask(|mut connection| async move { call.invoke_async(&mut connection).await }).await?;
    match said.ok_or(Down)?.as_slice() {
        [wait, owed @ ..] if owed.len() == demands.len() => Ok(Verdict::new(*wait, owed, demands)),
        _ => Err(Down),
    }
}
