//! Writes who asked, several times a second: so much is lost at most when the process dies. Where
//! the database does not take it, it waits; where too much waits, that is said once a minute.

use super::every;
use crate::app::App;
use crate::seldom::Seldom;
use std::sync::Arc;
use std::time::Duration;

/// How often what waits is written.
const TICK: Duration = Duration::from_millis(250);
/// After a failure.
const LATER: Duration = Duration::from_secs(1);

/// Runs until it is aborted.
pub async fn run(app: Arc<App>) {
    let mut ticks = every(TICK);
    let (mut lost, said) = (0, Seldom::new());
    loop {
        ticks.tick().await;
        let written = app.storage.unless_lost(app.decision_log.write(&app.storage));
        if let Err(error) = written.await {
            tracing::warn!(%error, "who asked waits to be logged");
            tokio::time::sleep(LATER).await;
        }
        lost += app.decision_log.lost();
        if lost > 0 && said.due() {
            tracing::warn!(
                answers = lost,
                "answers of decisions are missing in the decision log: the database takes them \
                 slower than they are given; OUINON_DECISION_LOG=yes logs less than `all`"
            );
            lost = 0;
        }
    }
}

/// Writes what waits when the server stops, for as long as it may take.
pub async fn end(app: &App) {
    loop {
        match app.decision_log.write(&app.storage).await {
            Ok(0) => return,
            Ok(_) => tokio::time::sleep(TICK / 5).await,
            Err(error) => return tracing::warn!(%error, "who asked last is not logged"),
        }
    }
}
