//! What was sent, asked and answered, and when, on one steady clock: compact rows in memory, which
//! the checkers read. It judges nothing.

use crate::body::Body;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use uuid::Uuid;

/// Microseconds since the journal was opened.
pub type Micros = u64;

/// A record that was sent, as often as it took.
#[derive(Clone, Debug)]
pub struct Write {
    /// What.
    pub body: Body,
    /// When it was sent first.
    pub sent: Micros,
    /// What became of it.
    pub outcome: Outcome,
    /// How long the attempt took that was acknowledged.
    pub took: Micros,
    /// Whether that attempt was made under this condition of the weather.
    pub weather: Weather,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nobody knows (yet).
    Unknown,
    /// A 2xx.
    Acked {
        /// When it was received first.
        at: Micros,
        /// The record's version.
        version: u32,
        /// SHA-256 of the answer.
        answer: [u8; 32],
    },
    /// A clear no, with this status.
    Refused(u16),
}

impl Write {
    /// When it was acknowledged, and its version.
    pub fn acked(&self) -> Option<(Micros, u32)> {
        match self.outcome {
            Outcome::Acked { at, version, .. } => Some((at, version)),
            _ => None,
        }
    }
}

/// An answer to a question.
#[derive(Clone, Copy, Debug)]
pub struct Decision {
    /// Index of the site.
    pub site: u8,
    /// Index of the server.
    pub server: u8,
    /// Number of the visitor.
    pub visitor: u32,
    /// When the question was sent.
    pub asked: Micros,
    /// When the answer was there.
    pub answered: Micros,
    /// Yes or no.
    pub allowed: bool,
    /// A no that says nothing of the visitor: the server cannot trust its log yet, or its clock is wrong.
    pub excused: bool,
    /// Version of the record the answer stands on; 0 for none.
    pub version: u32,
    /// The answer's own.
    pub id: Uuid,
    /// What it answers: a row of the questions.
    pub question: u32,
}

/// A question about one visitor or several.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// Its id.
    pub id: Uuid,
    /// How it ended.
    pub ended: Ended,
}

/// How a question ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was answered.
    Answered,
    /// It was refused, with this status.
    Refused(u16),
    /// Nobody knows.
    Unanswered,
}

/// The sudden end of a server.
#[derive(Clone, Copy, Debug)]
pub struct Kill {
    /// Index of the server.
    pub server: u8,
    /// It lived,
    pub before: Micros,
    /// and was dead.
    pub after: Micros,
}

/// What is going on around a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Nothing.
    Calm,
    /// Redis is dead, and nothing else.
    RedisDead,
    /// Crowds of slow clients, and nothing else.
    SlowClients,
    /// Something else.
    Storm,
}

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which.
    pub invariant: &'static str,
    /// How it shows.
    pub how: String,
}

impl Broken {
    /// A finding.
    pub fn new(invariant: &'static str, how: impl Into<String>) -> Self {
        Self { invariant, how: how.into() }
    }
}

/// The journal of one world.
#[derive(Debug)]
pub struct Journal {
    start: Instant,
    writes: Mutex<Vec<Write>>,
    decisions: Mutex<Vec<Decision>>,
    questions: Mutex<Vec<Question>>,
    kills: Mutex<Vec<Kill>>,
    broken: Mutex<Vec<Broken>>,
    statuses: Mutex<BTreeMap<u16, u64>>,
    weather: Mutex<Weather>,
    /// Requests without an answer.
    pub unanswered: AtomicU64,
    /// The load comes to its end.
    pub over: AtomicBool,
    /// Servers have wrong clocks: to some of them a choice is too old to rely on.
    pub wrong_clocks: AtomicBool,
}

/// A lock whose holder panicked is still a lock.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Journal {
    /// An empty one.
    pub fn open() -> Self {
        Self {
            start: Instant::now(),
            writes: Mutex::default(),
            decisions: Mutex::default(),
            questions: Mutex::default(),
            kills: Mutex::default(),
            broken: Mutex::default(),
            statuses: Mutex::default(),
            weather: Mutex::new(Weather::Storm),
            unanswered: AtomicU64::new(0),
            over: AtomicBool::new(false),
            wrong_clocks: AtomicBool::new(false),
        }
    }

    /// The one clock.
    pub fn now(&self) -> Micros {
        self.start.elapsed().as_micros() as Micros
    }

    /// Whether the load is to end.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    /// Says what is going on from now on.
    pub fn set_weather(&self, weather: Weather) {
        *lock(&self.weather) = weather;
    }

    /// What is going on.
    pub fn weather(&self) -> Weather {
        *lock(&self.weather)
    }

    /// Notes a record that is about to be sent; answers its row.
    pub fn sends(&self, body: Body) -> usize {
        let write = Write {
            body,
            sent: self.now(),
            outcome: Outcome::Unknown,
            took: 0,
            weather: Weather::Storm,
        };
        let mut writes = lock(&self.writes);
        writes.push(write);
        writes.len() - 1
    }

    /// Changes a row.
    pub fn with<T>(&self, row: usize, change: impl FnOnce(&mut Write) -> T) -> T {
        change(&mut lock(&self.writes)[row])
    }

    /// Notes a question that has ended; answers its row.
    pub fn asked(&self, question: Question) -> u32 {
        let mut questions = lock(&self.questions);
        questions.push(question);
        (questions.len() - 1) as u32
    }

    /// Notes that a server was killed just now, having lived at that time.
    pub fn killed(&self, server: usize, before: Micros) {
        lock(&self.kills).push(Kill { server: server as u8, before, after: self.now() });
    }

    /// Notes answers.
    pub fn decided(&self, answers: impl IntoIterator<Item = Decision>) {
        lock(&self.decisions).extend(answers);
    }

    /// Notes the status of an answer.
    pub fn status(&self, status: u16) {
        *lock(&self.statuses).entry(status).or_default() += 1;
    }

    /// Notes what is wrong in itself.
    pub fn breaks(&self, invariant: &'static str, how: impl Into<String>) {
        lock(&self.broken).push(Broken::new(invariant, how));
    }

    /// The newest record of a site.
    pub fn last_at(&self, site: u8) -> Option<Uuid> {
        let writes = lock(&self.writes);
        writes.iter().rev().find(|write| write.body.site == site).map(|write| write.body.id)
    }

    /// All rows so far.
    pub fn writes(&self) -> Vec<Write> {
        lock(&self.writes).clone()
    }

    /// All answers from this row on.
    pub fn decisions(&self, from: usize) -> Vec<Decision> {
        lock(&self.decisions)[from..].to_vec()
    }

    /// All questions so far.
    pub fn questions(&self) -> Vec<Question> {
        lock(&self.questions).clone()
    }

    /// All sudden ends so far.
    pub fn kills(&self) -> Vec<Kill> {
        lock(&self.kills).clone()
    }

    /// What was wrong in itself.
    pub fn broken(&self) -> Vec<Broken> {
        lock(&self.broken).clone()
    }

    /// Answers by status.
    pub fn statuses(&self) -> BTreeMap<u16, u64> {
        lock(&self.statuses).clone()
    }

    /// Rows and answers so far.
    pub fn size(&self) -> (usize, usize) {
        (lock(&self.writes).len(), lock(&self.decisions).len())
    }
}
