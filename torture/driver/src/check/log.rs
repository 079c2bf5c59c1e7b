//! I3 and I8, by the verifier: every record is one leaf within ten seconds, and `ouinon verify`
//! finds nothing: the log, each receipt, each state.

use crate::journal::Broken;
use crate::world::{DATABASE, World};
use std::time::{Duration, Instant};

/// How long a leaf may wait.
const DELAY: Duration = Duration::from_secs(10);

/// Waits until all leaves have their place; how long that took.
pub fn settle(world: &World) -> (Duration, Option<Broken>) {
    let (start, database) = (Instant::now(), world.database());
    let sql = "select count(*) from leaf_queue";
    loop {
        let waiting = database.psql(DATABASE, sql);
        if waiting == "0" {
            return (start.elapsed(), None);
        }
        if start.elapsed() > DELAY {
            let how = format!("{waiting} leaves wait for their place for more than {DELAY:?}");
            return (start.elapsed(), Some(Broken::new("I3", how)));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Verifies both sites.
pub fn verify(world: &World) -> Vec<Broken> {
    let mut broken = Vec::new();
    for site in &world.target.sites {
        let how = match world.command(&["verify", "--site", &site.id, "--json"]) {
            Ok(done) if done.status.code() == Some(0) => continue,
            Ok(done) => {
                let said: String =
                    String::from_utf8_lossy(&done.stdout).chars().take(2_000).collect();
                format!("`ouinon verify` {}: {said}", done.status)
            }
            Err(why) => format!("`ouinon verify` could not be run: {why}"),
        };
        broken.push(Broken::new("I3/I8", how));
    }
    broken
}
