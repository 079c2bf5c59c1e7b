//! Limits that all servers share, counted by Redis on its own clock.

use std::sync::LazyLock;

use ouinon_domain::ids::SiteId;
use redis::Script;

use super::{Demand, Lane, RetryAfter};
use crate::cache::keys::Key;
use crate::cache::link::{Down, Link};

static GCRA: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("gcra.lua")));

/// The shared counts' answer, or [`Down`] where there is none.
pub(in crate::cache) async fn redis_check(
    link: &Link,
    site: &SiteId,
    lane: Lane,
    demands: &[Demand<'_>],
) -> Result<Result<(), RetryAfter>, Down> {
    let mut call = GCRA.prepare_invoke();
    for Demand { subject, quota } in demands {
        call.key(Key::limit(site, lane, *subject).as_str());
        call.arg(quota.interval_micros).arg(quota.tolerance_micros);
    }
    let wait: Option<i64> =
        link.ask(|mut connection| async move { call.invoke_async(&mut connection).await }).await?;
    match wait.ok_or(Down)? {
        0 => Ok(Ok(())),
        wait => Ok(Err(RetryAfter::micros(wait))),
    }
}
