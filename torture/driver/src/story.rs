//! A story: a world under load, faults one after the other with calm in between, and all checks.

use crate::body::{Body, Kind, Target};
use crate::caller::Caller;
use crate::check::decisions::Sent;
use crate::check::{asked, log, receipts, records};
use crate::crowd::Crowd;
use crate::dice::Dice;
use crate::fault::Fault;
use crate::journal::{Broken, Journal, Weather, Write};
use crate::load::{Load, Weight};
use crate::report::{Recovery, Report, say};
use crate::world::{Outcome, Plan, World};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use uuid::Builder as Ids;

/// How often it is said how far it has come.
const SAID: Duration = Duration::from_secs(5);
/// Longer than anything takes to become as before.
const CALM: Duration = Duration::from_secs(3);
/// Serving again later than this is a failure; 3 s is what is aimed at.
const LATEST: Duration = Duration::from_secs(10);

/// One story.
pub struct Story {
    /// What is tortured.
    pub world: World,
    /// What is known.
    pub journal: Arc<Journal>,
    /// What it amounts to.
    pub report: Report,
    dice: Dice,
    runtime: Runtime,
    load: Option<Load>,
    checked: usize,
    said: Instant,
}

impl Story {
    /// Builds the world and begins the load.
    pub fn begin(name: &'static str, plan: Plan, weight: Weight) -> Outcome<Self> {
        let dice = Dice::new(plan.seed, 0);
        let world = World::start(plan)?;
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let journal = Arc::new(Journal::open());
        let load = Some(Load::start(runtime.handle(), &world.target, &journal, weight));
        let report = Report { story: name, ..Report::default() };
        let said = Instant::now();
        Ok(Self { world, journal, report, dice, runtime, load, checked: 0, said })
    }

    /// Lets time pass, and says how far it has come.
    pub fn pass(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20).min(time));
            if self.said.elapsed() > SAID {
                self.said = Instant::now();
                let (writes, decisions) = self.journal.size();
                let wrong = self.report.broken.len() + self.journal.broken().len();
                say(&format!("  {writes} writes, {decisions} decisions, {wrong} broken"));
            }
        }
    }

    /// A time between both.
    pub fn between(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.dice.below((most - least) as usize) as u64)
    }

    /// Chance of this story.
    pub fn dice(&mut self) -> &mut Dice {
        &mut self.dice
    }

    /// A fault from beginning to end, and until both servers serve again.
    pub fn suffer(&mut self, fault: Fault, hold: Duration) {
        let before = self.journal.now();
        fault.begin(&mut self.world);
        if let Fault::Kill(server) = fault {
            self.journal.killed(server, before);
        }
        self.pass(hold);
        fault.end(&mut self.world);
        self.serving_after(&fault.to_string());
    }

    /// Lets time pass in weather whose withdrawals are compared with those in other weather.
    pub fn compare(&mut self, weather: Weather, time: Duration) {
        self.journal.set_weather(weather);
        self.pass(time);
        self.journal.set_weather(Weather::Storm);
    }

    /// Measures how long it takes until both servers decide and record.
    pub fn serving_after(&mut self, what: &str) {
        let start = Instant::now();
        for server in 0..2 {
            let probe = self.probe(server);
            let done = async { tokio::time::timeout(6 * LATEST, probe).await };
            let done = self.runtime.block_on(done);
            if done.is_err() {
                let log = self.world.servers[server].log();
                let tail: Vec<&str> = log.lines().rev().take(3).collect();
                self.wrong("recovery", format!("server {server} after {what}: {tail:?}"));
            }
        }
        let took = start.elapsed();
        say(&format!("  {what}: serving after {:.2} s", took.as_secs_f64()));
        if took > LATEST {
            self.wrong("recovery", format!("{took:?} after {what}"));
        }
        self.report.recoveries.push(Recovery { fault: what.to_owned(), took });
    }

    fn caller(&mut self) -> Caller {
        Caller::new(&self.world.target, &self.journal, self.dice.next())
    }

    fn strangers(&self, count: usize) -> Vec<u32> {
        (0..count).filter_map(|_| self.load.as_ref().map(Load::stranger)).collect()
    }

    fn probe(&mut self, server: usize) -> impl Future<Output = ()> + use<> {
        let mut caller = self.caller();
        let id = Ids::from_random_bytes(self.dice.bytes()).into_uuid();
        let strangers = self.strangers(1);
        async move {
            for visitor in strangers {
                let body = Body { site: 0, visitor, id, kind: Kind::Grant, base: 0 };
                caller.insist(server, body).await;
                while !caller.decide(server, 0, visitor).await {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        }
    }

    /// Visitors who say yes now.
    pub fn gather(&mut self, count: usize) -> Crowd {
        let (caller, visitors) = (self.caller(), self.strangers(count));
        self.runtime.block_on(Crowd::gather(caller, visitors))
    }

    /// Waits for something.
    pub fn wait_for<T>(&self, deed: impl Future<Output = T>) -> T {
        self.runtime.block_on(deed)
    }

    /// Some seconds in which nothing happens; then answers of a second ago are in the log of decisions.
    pub fn logged_in_time(&mut self) {
        self.pass(CALM);
        let late = asked::late(&self.journal, self.world.database());
        self.report.broken.extend(late);
    }

    /// Withdrawals that were acknowledged, and decisions.
    pub fn counts(&self) -> (usize, usize) {
        let writes = self.journal.writes();
        let withdrawn =
            |write: &&Write| write.body.kind == Kind::Withdraw && write.acked().is_some();
        (writes.iter().filter(withdrawn).count(), self.journal.size().1)
    }

    /// All that was found so far.
    pub fn all_broken(&self) -> Vec<Broken> {
        self.report.broken.iter().cloned().chain(self.journal.broken()).collect()
    }

    /// Notes what is wrong.
    pub fn wrong(&mut self, invariant: &'static str, how: String) {
        self.report.broken.push(Broken::new(invariant, how));
    }

    /// What can be checked while the load goes on; whether nothing is wrong so far.
    pub fn check(&mut self) -> bool {
        self.check_decisions();
        let writes = self.journal.writes();
        let lost = records::lost(&writes, &self.world.target, self.world.database());
        self.report.broken.extend(lost);
        self.report.broken.is_empty() && self.journal.broken().is_empty()
    }

    /// Answers that have come since the last time. What was acknowledged before them is in the
    /// rows, which are read later.
    fn check_decisions(&mut self) {
        let decisions = self.journal.decisions(self.checked);
        self.checked += decisions.len();
        let writes = self.journal.writes();
        let sent = Sent::of(&writes);
        self.report.broken.extend(decisions.iter().filter_map(|one| sent.check(one)));
    }

    /// Ends the load and checks everything; `most` bodies are sent again.
    pub fn end(&mut self, most: usize) {
        if let Some(load) = self.load.take() {
            self.runtime.block_on(load.stop());
        }
        self.check_decisions();
        let (settled, late) = log::settle(&self.world);
        self.report.settled = settled;
        self.report.broken.extend(late);
        let (writes, target) = (self.journal.writes(), Arc::clone(&self.world.target));
        let (stored, wrong) = records::check(&writes, &target, self.world.database());
        self.report.stored = stored;
        self.report.broken.extend(wrong);
        let (redeemed, wrong) = self.runtime.block_on(receipts::redeem(&target, &self.journal));
        self.report.redeemed = redeemed;
        self.report.broken.extend(wrong);
        let repeated = self.runtime.block_on(receipts::repeat(&target, &self.journal, most));
        self.report.repeated = repeated;
        self.check_log_of_decisions(&target);
        self.report.broken.extend(log::verify(&self.world));
        self.report.broken.extend(self.journal.broken());
    }

    /// What was answered against what is logged; and whoever is forgotten is in there no more.
    fn check_log_of_decisions(&mut self, target: &Arc<Target>) {
        std::thread::sleep(Duration::from_micros(asked::LATEST));
        let database = self.world.database();
        self.report.broken.extend(asked::check(&self.journal, target, database));
        let forgotten = asked::forget(target, &self.journal, database);
        let (rows, wrong) = self.runtime.block_on(forgotten);
        self.report.forgotten = rows;
        self.report.broken.extend(wrong);
    }
}
