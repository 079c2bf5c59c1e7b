//! Removes what is due, once a day: visitors who were silent too long, records at the end of their
//! retention, counters, who asked, ended sessions. Every server runs it and one at a time does the work, in
//! small transactions with pauses between them.

use crate::app::App;
use crate::clock::Clock;
use crate::error::Error;
use crate::privacy::retention::{Context, records, visitors};
use crate::storage::dialect::months;
use crate::storage::dialect::turns::{Turn, TurnLock};
use crate::storage::{Storage, decisions, retention, sites, users};
use ouinon_domain::ids::SiteId;
use ouinon_domain::time::{HOUR, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// How often what is due is looked for.
const TICK: Duration = Duration::from_secs(24 * 3600);
/// The first time, after the start.
const FIRST: Duration = Duration::from_secs(60);
/// After a failure.
const SOON: Duration = Duration::from_secs(3600);
/// How far the server's clock and the database's may be apart: a clock that is years off would
/// find everything due.
const MAX_SKEW: i64 = HOUR;
/// About how many decisions are removed at once.
const DECISIONS: u64 = 5_000;
/// Days after which a month that holds nothing is dropped.
const SETTLED: u32 = 31;

/// Runs until it is aborted.
pub async fn run(app: Arc<App>) {
    let mut wait = FIRST;
    loop {
        tokio::time::sleep(wait).await;
        let done = app.storage.unless_lost(async {
            clocks_agree(&app.storage, &app.clock).await?;
            work(&app).await
        });
        wait = match done.await {
            Ok(()) => TICK,
            Err(error) => {
                tracing::warn!(%error, "what is due stays for an hour");
                SOON
            }
        };
    }
}

/// Refuses where the clock cannot be trusted with removing anything.
pub async fn clocks_agree(storage: &Storage, clock: &Clock) -> Result<(), Error> {
    let skew = (storage.now().await? - clock.now()).abs();
    match skew <= MAX_SKEW {
        true => Ok(()),
        false => Err(Error::Unavailable(format!(
            "the clocks of server and database are {} s apart; nothing is removed until they agree",
            skew / 1_000_000
        ))),
    }
}

/// Removes everything that is due now, unless another server does.
pub async fn work(app: &App) -> Result<(), Error> {
    let now = Timestamp(app.clock.now());
    months::make(&app.storage, now).await?;
    let Some(lock) = TurnLock::try_take(&app.storage, Turn::Retention).await? else {
        return Ok(());
    };
    let mut failed = 0;
    for row in sites::list(&app.storage.db()).await? {
        let Some(site) = SiteId::parse(&row.id) else { continue };
        if let Err(error) = of_site(app, &site).await {
            tracing::error!(%error, %site, "what is due at this site stays");
            failed += 1;
        }
    }
    count("sessions", users::remove_ended(&app.storage.db(), now.0).await?);
    count("months", months::drop_empty(&app.storage, now.minus_days(SETTLED)).await?);
    lock.release().await;
    match failed {
        0 => Ok(()),
        _ => Err(Error::Unavailable(format!("{failed} sites still have what is due"))),
    }
}

async fn of_site(app: &App, id: &SiteId) -> Result<(), Error> {
    let site = app.sites.cached(id).await?;
    let key = app.publisher.keys.of(&site.log_origin)?;
    let (storage, clock) = (&app.storage, &app.clock);
    let context = Context { storage, clock, site: id, key: &key };
    let found = retention::of_site(&storage.db(), id).await?;
    let (periods, _) = found.ok_or(Error::NotFound("no such site"))?;
    // Whoever can write to the database could have evidence shredded: what no command would have
    // set, nothing is removed for.
    let lapses = site.current().map_or(0, |current| current.terms.expires_after_days);
    periods.check(lapses).map_err(|why| {
        Error::Internal(format!("the periods of retention are not the command line's: {why}"))
    })?;
    let forgotten = visitors::forget_silent(&context, periods.visitors).await?;
    let retired = records::retire(&context, periods.records).await?;
    let before = |days: u32| Timestamp(clock.now()).minus_days(days);
    let hour = before(periods.counters).0.div_euclid(HOUR);
    let uncounted = context
        .empty(async || retention::remove_oldest_hour(&storage.db(), id, hour).await)
        .await?;
    let day = before(periods.decisions);
    let unasked = context
        .empty(async || decisions::remove_oldest(&storage.db(), id, day, DECISIONS).await)
        .await?;
    count("visitors", forgotten);
    count("records", retired);
    count("counters", uncounted);
    count("decisions", unasked);
    if forgotten + retired + uncounted + unasked > 0 {
        tracing::info!(site = %id, visitors = forgotten, records = retired, counters = uncounted,
            decisions = unasked, "removed at the end of their retention");
    }
    Ok(())
}

fn count(what: &'static str, removed: u64) {
    metrics::counter!("ouinon_retention_removed_total", "what" => what).increment(removed);
}
