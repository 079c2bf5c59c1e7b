//! What runs beside requests: the lease, the evidence log, who asked, what the registers say, counting, retention,
//! watching the country database, and emptying SQLite's write-ahead log.

pub mod decisions;
pub mod impressions;
pub mod lease;
pub mod register;
pub mod retention;
pub mod rollups;
pub mod sequencer;

use crate::app::App;
use crate::config::Jobs;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior};

/// How often counts are stored.
const TICK: Duration = Duration::from_secs(1);

/// How often SQLite's write-ahead log is emptied.
const EMPTIED: Duration = Duration::from_secs(5);

/// Starts the jobs: those every server has, and those that servers share.
pub fn start(app: &Arc<App>) -> Vec<JoinHandle<()>> {
    let mut jobs = vec![
        tokio::spawn(figures(app.metrics.clone())),
        tokio::spawn(count(Arc::clone(app))),
        tokio::spawn(decisions::run(Arc::clone(app))),
        tokio::spawn(empty_log(Arc::clone(app))),
        tokio::spawn(Arc::clone(&app.watch).run()),
        tokio::spawn(Arc::clone(&app.geo).watch()),
    ];
    if app.config.jobs == Jobs::On {
        jobs.push(tokio::spawn(sequencer::merging(Arc::clone(app))));
        jobs.push(tokio::spawn(sequencer::publishing(Arc::clone(app))));
        jobs.push(tokio::spawn(register::run(Arc::clone(app))));
        jobs.push(tokio::spawn(retention::run(Arc::clone(app))));
    }
    jobs
}

async fn count(app: Arc<App>) {
    let mut ticks = every(TICK);
    loop {
        ticks.tick().await;
        let stored = async {
            finish(&app).await;
            Ok(())
        };
        if let Err(error) = app.storage.unless_lost(stored).await {
            tracing::warn!(%error, "counts wait to be stored");
        }
    }
}

/// Adds up what was measured, whether anybody asks for it or not.
async fn figures(metrics: PrometheusHandle) {
    let mut ticks = every(TICK);
    loop {
        ticks.tick().await;
        metrics.run_upkeep();
    }
}

/// What was deleted, by a request or a command, does not stay in SQLite's write-ahead log.
async fn empty_log(app: Arc<App>) {
    let mut ticks = every(EMPTIED);
    while app.storage.is_sqlite() {
        ticks.tick().await;
        if let Err(error) = app.storage.empty_log().await {
            tracing::warn!(%error, "the write-ahead log is emptied later");
        }
    }
}

fn every(period: Duration) -> Interval {
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Stores what is counted and not yet stored.
pub async fn finish(app: &App) {
    app.impressions.store(&app.storage).await;
    if app.config.jobs == Jobs::Off {
        return;
    }
    if let Err(error) = rollups::run(app).await {
        tracing::warn!(%error, "records wait to be counted");
    }
}

/// Ends what can be ended when the server stops: nothing that waits needs the next start.
pub async fn end(app: &Arc<App>) {
    decisions::end(app).await;
    finish(app).await;
    if app.config.jobs == Jobs::On
        && let Err(error) = sequencer::work(app).await
    {
        tracing::warn!(%error, "the evidence logs go on at the next start");
    }
    if let Some(traces) = &app.traces {
        traces.finish().await;
    }
}
