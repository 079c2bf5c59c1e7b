//! Designs known to be wrong, each served until the checkers find what is wrong with it: a checker
//! that has never gone red proves nothing.

use crate::fault::Fault;
use crate::journal::Broken;
use crate::report::say;
use crate::run::Options;
use crate::story::Story;
use crate::world::{Ground, Outcome, Plan};
use crate::{clocks, power, promotion};
use std::time::{Duration, Instant};

/// How long it may take to be caught.
const BOUND: Duration = Duration::from_secs(60);

/// What hurts a wrong design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hurt {
    /// The load alone.
    Load,
    /// PostgreSQL, stopped in the middle.
    Stops,
    /// A primary that was replaced.
    Promotion,
    /// Time: what waits for ever.
    End,
    /// PostgreSQL, stopped in the middle, and then what is logged.
    Logged,
    /// Clocks that jump.
    Clocks,
    /// PostgreSQL loses its power, and does not care for it: the design is PostgreSQL's.
    Power,
}

/// A design, what hurts it, and what it is found by.
struct Wrong {
    design: &'static str,
    hurt: Hurt,
    found_by: &'static [&'static str],
}

const WRONG: [Wrong; 10] = [
    Wrong { design: "cached-yes", hurt: Hurt::Load, found_by: &["I2"] },
    Wrong { design: "ack-before-commit", hurt: Hurt::Stops, found_by: &["I1"] },
    Wrong { design: "no-version-check", hurt: Hurt::Load, found_by: &["I2"] },
    Wrong { design: "replayed-ack", hurt: Hurt::Stops, found_by: &["I1"] },
    Wrong { design: "dropped-site", hurt: Hurt::Load, found_by: &["I5"] },
    Wrong { design: "no-lease", hurt: Hurt::Promotion, found_by: &["I2"] },
    Wrong { design: "follows-last", hurt: Hurt::End, found_by: &["I3"] },
    Wrong { design: "order-of-clocks", hurt: Hurt::Clocks, found_by: &["order"] },
    Wrong { design: "forgetful-log", hurt: Hurt::Logged, found_by: &["asked"] },
    Wrong { design: "no-fsync", hurt: Hurt::Power, found_by: &["I1"] },
];

/// Serves each, or only one; whether all were caught.
pub fn run(options: &Options, only: Option<&str>) -> Outcome<bool> {
    let Some(binary) = &options.known_bad_server else {
        return Err("--known-bad-server is missing: `cargo xtask torture` builds it.".into());
    };
    let mut chosen = WRONG.iter().filter(|wrong| only.is_none_or(|name| name == wrong.design));
    let mut chosen = chosen.by_ref().peekable();
    if chosen.peek().is_none() {
        let known = WRONG.map(|wrong| wrong.design).join(", ");
        return Err(format!("There is no such design; there are {known}.").into());
    }
    let mut all = true;
    for wrong in chosen {
        let ground = match wrong.hurt {
            Hurt::Promotion => Ground::Pair,
            Hurt::Power => Ground::Power,
            _ => Ground::Alone,
        };
        let (design, clocks) = (Some(wrong.design), wrong.hurt == Hurt::Clocks);
        let plan = Plan { binary: binary.clone(), design, clocks, ..options.plan(ground) };
        let mut story = Story::begin(wrong.design, plan, options.weight())?;
        let start = Instant::now();
        let found = until_found(&mut story, wrong);
        let took = start.elapsed().as_secs_f64();
        match &found {
            Some(Broken { invariant, how }) => {
                say(&format!("{}: caught by {invariant} after {took:.1} s: {how}", wrong.design));
            }
            None => say(&format!("{}: NOT CAUGHT in {took:.1} s", wrong.design)),
        }
        all &= found.is_some();
    }
    Ok(all)
}

fn until_found(story: &mut Story, wrong: &Wrong) -> Option<Broken> {
    let start = Instant::now();
    while start.elapsed() < BOUND {
        story.pass(Duration::from_secs(2));
        match wrong.hurt {
            Hurt::Load => {}
            Hurt::Stops => story.suffer(Fault::PostgresStop, Duration::from_millis(300)),
            Hurt::Promotion => promotion::promote(story),
            Hurt::End => {
                story.pass(Duration::from_secs(3));
                story.end(0);
            }
            Hurt::Logged => {
                story.suffer(Fault::PostgresStop, Duration::from_millis(300));
                story.end(0);
            }
            Hurt::Clocks => {
                clocks::jump(story);
                story.end(0);
            }
            Hurt::Power if story.world.disk.is_none() => return None,
            Hurt::Power => {
                // Promised at the start, and broken afterwards.
                story.world.primary.set("fsync", "off");
                power::cut(story);
            }
        }
        story.check();
        let found = story.all_broken();
        let expected = found.into_iter().find(|one| wrong.found_by.contains(&one.invariant));
        if expected.is_some() || !matches!(wrong.hurt, Hurt::Load | Hurt::Stops) {
            return expected;
        }
    }
    None
}
