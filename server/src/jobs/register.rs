//! Once a minute what the registers say is compared with what the tables beside them hold: whoever
//! was forgotten must be marked so, or is forgotten again, and a register that is shorter than its
//! head says is compared with the witness from its beginning. Two statements about all sites; what
//! they do not see, `ouinon verify` does.

use super::every;
use crate::app::App;
use crate::error::Error;
use crate::evidence::compare::Log;
use crate::evidence::register::Entry;
use crate::privacy::again;
use crate::storage::dialect::unmarked::{self, After};
use crate::storage::{log, register};
use ouinon_domain::ids::SiteId;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How often.
const TICK: Duration = Duration::from_secs(60);
/// Entries read at once.
const PAGE: u64 = 10_000;

/// Runs until it is aborted.
pub async fn run(app: Arc<App>) {
    let mut ticks = every(TICK);
    loop {
        ticks.tick().await;
        if let Err(error) = app.storage.unless_lost(work(&app)).await {
            tracing::warn!(%error, "the registers are compared with their tables later");
        }
    }
}

/// Compares everything once.
pub async fn work(app: &App) -> Result<(), Error> {
    mark_again(app).await?;
    for site in incomplete(app).await? {
        tracing::error!(%site, "entries of the register are gone; run `ouinon verify --site {site}`");
        if let Err(error) = app.watch.compare_anew(&site).await {
            tracing::warn!(%error, %site, "the register is compared with its witness later");
        }
    }
    Ok(())
}

/// Forgets those again who the registers say were forgotten and who are no longer marked so.
async fn mark_again(app: &App) -> Result<(), Error> {
    let mut after = None;
    loop {
        let tx = app.storage.snapshot().await?;
        let rows = unmarked::erasures(&tx, after.as_ref(), PAGE).await;
        tx.rollback().await?;
        let rows = rows?;
        let full = rows.len() as u64 == PAGE;
        after = rows.last().map(|row| After { site: row.site.clone(), seq: row.seq });
        let mut by_site: BTreeMap<SiteId, Vec<Entry>> = BTreeMap::new();
        for entry in rows.iter().filter_map(|row| Entry::read(row).ok()) {
            by_site.entry(entry.site.clone()).or_default().push(entry);
        }
        for (site, entries) in by_site {
            if let Err(error) = forget(app, &site, &entries).await {
                tracing::error!(%error, %site, "erasures are applied again later");
            }
        }
        if !full {
            return Ok(());
        }
    }
}

/// Applies those of a site's entries again that its log key signed.
async fn forget(app: &App, site: &SiteId, entries: &[Entry]) -> Result<(), Error> {
    let known = app.sites.cached(site).await?;
    let key = app.publisher.keys.of(&known.log_origin)?;
    let log = Log { storage: &app.storage, key: &key, site };
    let lost = log.lost(entries).await?;
    if lost.is_empty() {
        return Ok(());
    }
    tracing::error!(
        %site, count = lost.len(),
        "somebody removed erasures from the database; run `ouinon verify --site {site}`"
    );
    again::erase(&app.storage, &key, &known, &lost, &app.clock).await
}

/// The sites whose register has another length than its head says.
async fn incomplete(app: &App) -> Result<Vec<SiteId>, Error> {
    let tx = app.storage.snapshot().await?;
    let found = async { Ok::<_, Error>((log::heads(&tx).await?, register::sizes(&tx).await?)) };
    let found = found.await;
    tx.rollback().await?;
    let (heads, sizes) = found?;
    let stored = |site: &SiteId| sizes.get(site.as_str()).copied().unwrap_or(0);
    let heads = heads.into_iter().filter(|head| stored(&head.site) != head.register_size);
    Ok(heads.map(|head| head.site).collect())
}
