//! The story of a primary that was cut off and replaced: one server is left with it, the other goes
//! to the new one. Nothing acknowledged is lost, and the old one says no more yes.

use crate::crowd::Crowd;
use crate::fault::Fault;
use crate::run::{Options, finish, rage};
use crate::story::Story;
use crate::world::{Ground, Outcome};
use ouinon_stands::proxy::Way;
use std::time::{Duration, Instant};

/// A standby is promoted so long after its primary's last commit at the earliest (docs/TRUST.md).
const TERM: Duration = Duration::from_millis(2_100);
/// How long both primaries answer, before and after the old one's crash.
const BOTH: Duration = Duration::from_secs(2);
/// Those who take their yes back at the new primary.
const CROWD: usize = 24;

/// Tells it.
pub fn story(options: &Options) -> Outcome<bool> {
    let name = "a primary with a standby, cut off and replaced";
    let mut story = Story::begin(name, options.plan(Ground::Pair), options.weight())?;
    match options.long {
        true => rage(&mut story, Fault::all(true), Duration::from_secs(60), usize::MAX),
        false => {
            story.pass(Duration::from_secs(1));
            for fault in [Fault::Standby(Way::Hole), Fault::PostgresKill, Fault::Standby(Way::Cut)]
            {
                story.suffer(fault, Duration::from_secs(1));
            }
        }
    }
    story.pass(Duration::from_secs(1));
    promote(&mut story);
    heal(&mut story);
    story.pass(Duration::from_secs(1));
    Ok(finish(story, 5_000))
}

/// Cuts the primary off, with the first server, and promotes the standby, for the second.
pub fn promote(story: &mut Story) {
    let mut crowd = story.gather(CROWD);
    let world = &story.world;
    let Some(standby) = &world.standby else { return };
    standby.way.set(Way::Hole);
    world.to_postgres[1].set(Way::Cut);
    world.to_postgres[1].lead_to(standby.cluster.port);
    story.pass(TERM);
    if let Some(standby) = &mut story.world.standby {
        standby.cluster.psql("postgres", "select pg_promote()");
        standby.promoted = true;
    }
    story.world.to_postgres[1].set(Way::Pass);
    story.wait_for(crowd.withdraw(1));
    ask_the_old(story, &mut crowd);
    // What waited for the standby shows on the old primary then, confirmed by nobody.
    story.world.primary.crash();
    ask_the_old(story, &mut crowd);
}

/// Asks the server that was left with the old primary about those who took their yes back.
fn ask_the_old(story: &mut Story, crowd: &mut Crowd) {
    let start = Instant::now();
    while start.elapsed() < BOTH {
        story.wait_for(crowd.ask(0));
        story.pass(Duration::from_millis(50));
    }
}

/// The old primary is gone, and its server is led to the new one.
fn heal(story: &mut Story) {
    let world = &mut story.world;
    let Some(standby) = &world.standby else { return };
    let port = standby.cluster.port;
    world.to_postgres[0].set(Way::Cut);
    world.primary.stop("QUIT");
    world.to_postgres[0].lead_to(port);
    world.to_postgres[0].set(Way::Pass);
    story.serving_after("the failover");
}
