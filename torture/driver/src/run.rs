//! Which stories are told: the short form, the long form, and the designs known to be wrong.

use crate::fault::Fault;
use crate::journal::Weather;
use crate::known_bad;
use crate::load::Weight;
use crate::report::{p99, say};
use crate::story::Story;
use crate::world::{Ground, Outcome, Plan};
use crate::{clocks, power, promotion};
use clap::Parser;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What the long form goes on for: withdrawals and decisions.
const LONG: (usize, usize) = (100_000, 2_000_000);
/// Bodies that are sent again at the end.
const AGAIN: usize = 20_000;

/// How long withdrawals are watched with Redis alive, and dead, in turns.
const WINDOW: Duration = Duration::from_secs(4);

/// Tells a story; whether all went well.
type Tell = fn(&Options) -> Outcome<bool>;

/// What is told, one after the other.
const STORIES: [(&str, Tell); 5] = [
    ("faults", faults),
    ("failover", promotion::story),
    ("clocks", clocks::story),
    ("power", power::stories),
    ("disk", disk),
];

/// The command line.
#[derive(Parser)]
#[command(name = "ouinon-torture")]
pub struct Options {
    /// The binary of the servers
    #[arg(long)]
    pub server: PathBuf,
    /// The binary of servers that are wrong on purpose
    #[arg(long)]
    pub known_bad_server: Option<PathBuf>,
    /// Every kind of fault once, a failover, and two designs known to be wrong
    #[arg(long)]
    pub short: bool,
    /// Until 100,000 withdrawals and 2 million decisions
    #[arg(long)]
    pub long: bool,
    /// The designs known to be wrong, each until it is caught
    #[arg(long)]
    pub known_bad: bool,
    /// Only this design
    #[arg(long)]
    pub design: Option<String>,
    /// Only this story: faults, failover, clocks, power or disk
    #[arg(long)]
    pub story: Option<String>,
    /// The longest that faults go on
    #[arg(long)]
    pub seconds: Option<u64>,
    /// Of everything random
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

impl Options {
    /// A world of right servers.
    pub fn plan(&self, ground: Ground) -> Plan {
        let (design, clocks, seed) = (None, false, self.seed);
        Plan { binary: self.server.clone(), design, ground, clocks, seed }
    }

    /// How heavy the load is.
    pub fn weight(&self) -> Weight {
        match self.long {
            true => Weight { writers: 48, pollers: 6, pause: Duration::from_millis(20) },
            false => Weight { writers: 16, pollers: 4, pause: Duration::from_millis(10) },
        }
    }

    fn patience(&self, default: u64) -> Duration {
        Duration::from_secs(self.seconds.unwrap_or(default))
    }
}

/// Tells the stories that were asked for; whether all went well.
pub fn all(options: &Options) -> Outcome<bool> {
    if options.known_bad || options.design.is_some() {
        return known_bad::run(options, options.design.as_deref());
    }
    say(&format!("seed {}", options.seed));
    let chosen = |(name, _): &(&str, Tell)| options.story.as_ref().is_none_or(|only| only == name);
    if !STORIES.iter().any(chosen) {
        let known = STORIES.map(|(name, _)| name).join(", ");
        return Err(format!("There is no such story; there are {known}.").into());
    }
    let mut well = true;
    for (_, tell) in STORIES.iter().filter(|story| chosen(story)) {
        well &= tell(options)?;
    }
    if options.short && options.story.is_none() {
        for design in ["no-version-check", "replayed-ack"] {
            well &= known_bad::run(options, Some(design))?;
        }
    }
    Ok(well)
}

/// All faults, in the form that was asked for.
fn faults(options: &Options) -> Outcome<bool> {
    match (options.short, options.long) {
        (true, _) => short(options),
        (_, true) => long(options),
        _ => storm(options, options.patience(60), usize::MAX),
    }
}

/// Every kind of fault once.
fn short(options: &Options) -> Outcome<bool> {
    let mut story =
        Story::begin("two servers, one PostgreSQL", options.plan(Ground::Alone), options.weight())?;
    for fault in Fault::some() {
        let calm = story.between(300, 800);
        story.pass(calm);
        story.suffer(fault, Duration::from_secs(1));
    }
    story.logged_in_time();
    beside_slow_clients(&mut story, 1);
    Ok(finish(story, AGAIN))
}

/// Every fault, over and over, for so long.
fn storm(options: &Options, patience: Duration, withdrawals: usize) -> Outcome<bool> {
    let mut story =
        Story::begin("two servers, one PostgreSQL", options.plan(Ground::Alone), options.weight())?;
    rage(&mut story, Fault::all(false), patience, withdrawals);
    Ok(finish(story, AGAIN))
}

/// Until there were enough of both, or time is up; then Redis dead and alive in turns.
fn long(options: &Options) -> Outcome<bool> {
    let mut story =
        Story::begin("two servers, one PostgreSQL", options.plan(Ground::Alone), options.weight())?;
    rage(&mut story, Fault::all(false), options.patience(1_500), LONG.0);
    for _ in 0..5 {
        story.compare(Weather::Calm, WINDOW);
        Fault::RedisKill.begin(&mut story.world);
        story.compare(Weather::RedisDead, WINDOW);
        Fault::RedisKill.end(&mut story.world);
        story.pass(Duration::from_secs(1));
    }
    beside_slow_clients(&mut story, 5);
    let (withdrawals, decisions) = story.counts();
    // Whoever gave it less time knows why.
    if options.seconds.is_none() && (withdrawals < LONG.0 || decisions < LONG.1) {
        story.wrong("counts", format!("only {withdrawals} withdrawals, {decisions} decisions"));
    }
    Ok(finish(story, AGAIN))
}

/// Withdrawals with crowds of slow clients beside them, and without, in turns.
fn beside_slow_clients(story: &mut Story, turns: usize) {
    for _ in 0..turns {
        story.compare(Weather::Calm, WINDOW);
        Fault::SlowClients.begin(&mut story.world);
        story.compare(Weather::SlowClients, WINDOW);
        Fault::SlowClients.end(&mut story.world);
        story.pass(Duration::from_secs(1));
    }
    let writes = story.journal.writes();
    let both = p99(&writes, Weather::Calm).zip(p99(&writes, Weather::SlowClients));
    if let Some((alone, beside)) = both.filter(|(alone, beside)| *beside > 3 * alone + 100_000) {
        story
            .wrong("pace", format!("withdrawals' p99 {alone} us, {beside} us beside slow clients"));
    }
}

/// A disk that is full, and free again.
fn disk(options: &Options) -> Outcome<bool> {
    if options.short {
        return Ok(true);
    }
    let name = "two servers, one PostgreSQL on a small disk";
    let mut story = Story::begin(name, options.plan(Ground::SmallDisk), options.weight())?;
    if story.world.disk.is_none() {
        say("  left out: a small disk cannot be mounted here (root can)");
        return Ok(true);
    }
    for _ in 0..3 {
        story.pass(Duration::from_secs(1));
        story.suffer(Fault::DiskFull, Duration::from_millis(1_500));
    }
    Ok(finish(story, AGAIN))
}

/// All of these faults in rounds, each round in another order.
pub fn rage(story: &mut Story, faults: Vec<Fault>, patience: Duration, withdrawals: usize) {
    let start = Instant::now();
    loop {
        for fault in Fault::shuffled(faults.clone(), story.dice()) {
            let enough = story.counts();
            let enough = enough.0 >= withdrawals && enough.1 >= LONG.1;
            if start.elapsed() > patience || enough {
                return;
            }
            let (calm, hold) = (story.between(500, 2_000), story.between(300, 3_000));
            story.pass(calm);
            story.suffer(fault, hold);
        }
        story.logged_in_time();
        if !story.check() {
            return;
        }
    }
}

/// Checks all of it and prints what it amounts to.
pub fn finish(mut story: Story, most: usize) -> bool {
    story.end(most);
    story.report.print(&story.journal);
    story.report.broken.is_empty()
}
