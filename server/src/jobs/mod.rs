//! What runs beside requests: the evidence log, counting, and watching the country database.

pub mod impressions;
pub mod rollups;
pub mod sequencer;

use crate::app::App;
use crate::config::Jobs;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How often counts are stored.
const TICK: Duration = Duration::from_secs(1);

/// Starts the jobs: those every server has, and those that servers share.
pub fn start(app: &Arc<App>) -> Vec<JoinHandle<()>> {
    let counting = Arc::clone(app);
    let count = async move {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            finish(&counting).await;
        }
    };
    let mut jobs = vec![tokio::spawn(count), tokio::spawn(Arc::clone(&app.geo).watch())];
    if app.config.jobs == Jobs::On {
        jobs.push(tokio::spawn(sequencer::run(Arc::clone(app))));
    }
    jobs
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
    finish(app).await;
    if app.config.jobs == Jobs::Off {
        return;
    }
    if let Err(error) = sequencer::work(app).await {
        tracing::warn!(%error, "the evidence logs go on at the next start");
    }
}
