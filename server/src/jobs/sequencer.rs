//! Runs the evidence log: every 250 ms the leaves that wait get their places, and what the logs
//! have become is published. Every server runs it; locked heads say who works on which site.

use super::every;
use crate::app::App;
use crate::error::Error;
use crate::evidence::sequence::{Merged, SITES, integrate};
use crate::storage::hot;
use crate::storage::log;
use futures_util::{StreamExt, stream};
use ouinon_domain::ids::SiteId;
use std::sync::Arc;
use std::time::Duration;

/// How often waiting leaves are looked for.
const TICK: Duration = Duration::from_millis(250);
/// After a failure.
const PAUSE: Duration = Duration::from_secs(1);
/// Groups of sites worked on at a time.
const PARALLEL: usize = 3;
/// A leaf that waited longer than this is an alarm, in seconds.
const LATE: f64 = 10.0;

/// Gives leaves their places until it is aborted. They do not wait for a witness that is slow.
pub async fn merging(app: Arc<App>) {
    let mut ticks = every(TICK);
    loop {
        ticks.tick().await;
        pause_after(app.storage.unless_lost(merge_all(&app)).await).await;
    }
}

/// Publishes until it is aborted.
pub async fn publishing(app: Arc<App>) {
    let mut ticks = every(TICK);
    loop {
        ticks.tick().await;
        pause_after(app.storage.unless_lost(publish_all(&app)).await).await;
    }
}

async fn pause_after(result: Result<(), Error>) {
    if let Err(error) = result {
        tracing::warn!(%error, "the evidence logs wait");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Merges and publishes until nothing waits.
pub async fn work(app: &Arc<App>) -> Result<(), Error> {
    merge_all(app).await?;
    publish_all(app).await
}

/// Those whose log is believed: no other is extended or published.
fn believed(app: &App, mut sites: Vec<SiteId>) -> Vec<SiteId> {
    sites.retain(|site| app.publisher.distrust.of(site).is_none());
    sites
}

#[expect(clippy::cast_precision_loss, reason = "a number of sites")]
async fn merge_all(app: &Arc<App>) -> Result<(), Error> {
    loop {
        let waiting = believed(app, hot::sites_with_leaves(&app.storage.db()).await?);
        metrics::gauge!("ouinon_log_waiting_sites").set(waiting.len() as f64);
        let merging = stream::iter(groups(&waiting)).map(|group| merge(Arc::clone(app), group));
        let more: Vec<bool> = merging.buffer_unordered(PARALLEL).collect().await;
        if !more.contains(&true) {
            return Ok(());
        }
    }
}

async fn publish_all(app: &Arc<App>) -> Result<(), Error> {
    let behind = believed(app, log::unpublished(&app.storage.db()).await?);
    let publishing = stream::iter(groups(&behind)).map(|group| publish(Arc::clone(app), group));
    let failed: Vec<usize> = publishing.buffer_unordered(PARALLEL).collect().await;
    match failed.into_iter().sum() {
        0 => Ok(()),
        failed => Err(Error::Unavailable(format!("{failed} logs could not be published"))),
    }
}

/// Sites in the groups that are worked on together.
fn groups(sites: &[SiteId]) -> Vec<Vec<SiteId>> {
    sites.chunks(SITES).map(<[SiteId]>::to_vec).collect()
}

/// Merges the leaves of a group of sites; answers whether some have more.
async fn merge(app: Arc<App>, sites: Vec<SiteId>) -> bool {
    let merged = match integrate(&app.storage, &sites).await {
        Ok(merged) => vec![merged],
        Err(Error::Unavailable(cause) | Error::Contended(cause)) => {
            tracing::warn!(cause, "leaves wait for their place");
            return false;
        }
        // One broken log keeps no other waiting.
        Err(_) => {
            let mut each = Vec::new();
            for site in &sites {
                match integrate(&app.storage, std::slice::from_ref(site)).await {
                    Ok(merged) => each.push(merged),
                    Err(error) => tracing::error!(%error, "leaves wait"),
                }
            }
            each
        }
    };
    for one in &merged {
        note(&app, one);
    }
    merged.iter().any(|one| one.more)
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a delay")]
fn note(app: &App, merged: &Merged) {
    metrics::counter!("ouinon_log_leaves_total").increment(merged.leaves);
    let Some(oldest) = merged.oldest else { return };
    let delay = (app.clock.now() - oldest.0) as f64 / 1e6;
    metrics::histogram!("ouinon_log_merge_delay_seconds").record(delay);
    if delay > LATE {
        tracing::error!(delay, "leaves waited too long for their place in the log");
    }
}

async fn publish(app: Arc<App>, sites: Vec<SiteId>) -> usize {
    let failed = |error: Error| tracing::error!(%error, "checkpoints wait to be published");
    match app.publisher.publish(&sites).await {
        Ok(waiting) => return waiting,
        Err(error)
            if sites.len() == 1 || matches!(error, Error::Unavailable(_) | Error::Contended(_)) =>
        {
            failed(error);
            return sites.len();
        }
        Err(_) => {}
    }
    // One broken log keeps no other waiting.
    let mut waiting = 0;
    for site in &sites {
        let one = app.publisher.publish(std::slice::from_ref(site)).await;
        waiting += one.map_err(failed).unwrap_or(1);
    }
    waiting
}
