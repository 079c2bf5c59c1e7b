//! The story of servers whose clocks are wrong: by seconds, by ten years, and at their start. `/readyz` says
//! so, and nothing else comes of it but that choices look too old: order never comes from clocks.

use crate::fault::Fault;
use crate::http::Link;
use crate::run::{Options, finish};
use crate::story::Story;
use crate::world::{Ground, Outcome, Plan};
use ouinon_stands::clock::WrongClock;
use serde_json::Value;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const TEN_YEARS: i64 = 10 * 365 * 86_400;
/// How far off a server may be, in seconds (contract: `/readyz`).
const TOLERATED: i64 = 5;
/// How soon it is said: the library looks at its file once a second.
const SAID: Duration = Duration::from_secs(3);
/// How long it stays so.
const HOLD: Duration = Duration::from_millis(1_200);

/// Which server's clock jumps, and how far off it is then, in seconds.
const JUMPS: [(usize, i64); 8] = [
    (0, 3),
    (0, 8),
    (1, -8),
    (0, -3),
    (1, -TEN_YEARS),
    (0, TEN_YEARS),
    (1, TEN_YEARS),
    (0, -TEN_YEARS),
];

/// Tells it.
pub fn story(options: &Options) -> Outcome<bool> {
    let plan = Plan { clocks: true, ..options.plan(Ground::Alone) };
    let mut story = Story::begin("two servers whose clocks are wrong", plan, options.weight())?;
    jump(&mut story);
    Ok(finish(story, 5_000))
}

/// The clocks jump under load, servers start with wrong ones, and all is well again.
pub fn jump(story: &mut Story) {
    story.journal.wrong_clocks.store(true, Ordering::SeqCst);
    for (server, seconds) in JUMPS {
        set(story, server, seconds);
    }
    for server in 0..2 {
        // It starts in another year than the database.
        story.suffer(Fault::Kill(server), Duration::from_millis(300));
        ready(story, server, false);
        story.pass(HOLD);
    }
    for server in 0..2 {
        set(story, server, 0);
    }
    story.serving_after("the clocks are right again");
}

fn set(story: &mut Story, server: usize, seconds: i64) {
    let clocks = story.world.clocks.as_ref();
    clocks.into_iter().for_each(|clocks: &[WrongClock; 2]| clocks[server].set(seconds));
    ready(story, server, seconds.abs() <= TOLERATED);
    story.pass(HOLD);
    story.serving_after(&format!("server {server} is off by {seconds} s"));
}

/// Waits until a server says that it is ready, or that it is not for its clock's sake.
fn ready(story: &mut Story, server: usize, due: bool) {
    let mut link = Link::to(story.world.target.servers[server]);
    let begun = Instant::now();
    loop {
        let asked = link.ask("GET /readyz HTTP/1.1\r\n", "", SAID);
        let said = story.wait_for(asked).ok().map(|answer| {
            let why: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            (answer.status, why["why"].as_str().unwrap_or_default().to_owned())
        });
        let ready = said.as_ref().is_some_and(|(status, _)| *status == 200);
        let apart = said.as_ref().is_some_and(|(_, why)| why.contains("clocks"));
        if (due && ready) || (!due && apart) {
            return;
        }
        if begun.elapsed() > SAID {
            return story.wrong("ready", format!("server {server}, ready {due}: says {said:?}"));
        }
        story.pass(Duration::from_millis(100));
    }
}
