//! The load: visitors who say yes, take it back, say yes again, repeat themselves and come late;
//! and programs that ask about them all the time, at both servers.

use crate::body::{Body, Kind, Target};
use crate::caller::{Caller, Said};
use crate::journal::{Journal, lock};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use uuid::Builder;

/// Visitors that pollers choose from: those who came last.
const KNOWN: usize = 256;
/// Visitors in one question of many.
const MANY: usize = 40;

/// A running load.
#[derive(Debug)]
pub struct Load {
    tasks: Vec<JoinHandle<()>>,
    shared: Arc<Shared>,
}

/// How heavy it is.
#[derive(Clone, Copy, Debug)]
pub struct Weight {
    /// Visitors at a time.
    pub writers: usize,
    /// Programs that ask.
    pub pollers: usize,
    /// What a program waits between two questions.
    pub pause: Duration,
}

#[derive(Debug)]
struct Shared {
    target: Arc<Target>,
    journal: Arc<Journal>,
    /// The number of the next visitor.
    next: AtomicU32,
    known: Mutex<Vec<u32>>,
}

impl Load {
    /// Begins.
    pub fn start(
        on: &Handle,
        target: &Arc<Target>,
        journal: &Arc<Journal>,
        weight: Weight,
    ) -> Self {
        let shared = Arc::new(Shared {
            target: Arc::clone(target),
            journal: Arc::clone(journal),
            next: AtomicU32::new(0),
            known: Mutex::default(),
        });
        let mut tasks = Vec::new();
        for number in 0..weight.writers {
            tasks.push(on.spawn(write(shared.caller(number), Arc::clone(&shared))));
        }
        for number in 0..weight.pollers {
            let caller = shared.caller(weight.writers + number);
            tasks.push(on.spawn(poll(caller, Arc::clone(&shared), weight.pause)));
        }
        Self { tasks, shared }
    }

    /// A visitor whom nobody asks about yet.
    pub fn stranger(&self) -> u32 {
        self.shared.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Ends it, in order: everybody finishes what they began, as far as servers answer.
    pub async fn stop(self) {
        self.shared.journal.over.store(true, Ordering::SeqCst);
        for task in self.tasks {
            if let Err(error) = task.await {
                self.shared.journal.breaks("driver", error.to_string());
            }
        }
    }
}

impl Shared {
    fn caller(&self, number: usize) -> Caller {
        Caller::new(&self.target, &self.journal, number as u64 + 1)
    }

    /// A new visitor; the oldest that is known gives way.
    fn arrive(&self) -> u32 {
        let visitor = self.next.fetch_add(1, Ordering::Relaxed);
        let mut known = lock(&self.known);
        let place = visitor as usize % KNOWN;
        match known.get_mut(place) {
            Some(old) => *old = visitor,
            None => known.push(visitor),
        }
        visitor
    }

    fn some(&self, caller: &mut Caller, count: usize) -> Vec<u32> {
        let known = lock(&self.known);
        match known.len() {
            0 => Vec::new(),
            len => (0..count).map(|_| known[caller.dice.below(len)]).collect(),
        }
    }
}

/// A record that this caller is about to make.
fn body(caller: &mut Caller, site: u8, visitor: u32, kind: Kind, base: u32) -> Body {
    let id = Builder::from_random_bytes(caller.dice.bytes()).into_uuid();
    Body { site, visitor, id, kind, base }
}

async fn write(mut caller: Caller, shared: Arc<Shared>) {
    while !shared.journal.is_over() {
        let visitor = shared.arrive();
        live(&mut caller, visitor).await;
    }
}

/// One visitor's life: yes, and then some rounds of no and yes again.
async fn live(caller: &mut Caller, visitor: u32) -> Option<()> {
    if visitor.is_multiple_of(8) {
        let elsewhere = body(caller, 1, visitor, Kind::Grant, 0);
        caller.persist(elsewhere).await?;
    }
    let first = body(caller, 0, visitor, Kind::Grant, 0);
    let mut version = match caller.dice.once_in(8) {
        true => at_once(caller, first).await?,
        false => caller.persist(first).await?,
    };
    look(caller, visitor).await;
    for _ in 0..=caller.dice.below(3) {
        let kind = if caller.dice.once_in(5) { Kind::Refuse } else { Kind::Withdraw };
        let no = body(caller, 0, visitor, kind, version);
        let known = version;
        let row = caller.journal.sends(no);
        version = caller.persist_row(row, no).await?;
        look(caller, visitor).await;
        if caller.dice.once_in(3) {
            let stale = body(caller, 0, visitor, Kind::Grant, known);
            caller.persist(stale).await;
            look(caller, visitor).await;
        }
        match caller.dice.below(8) {
            0 => repeat(caller, row, no).await,
            1 => misuse(caller, no).await,
            _ => {}
        }
        if caller.journal.is_over() || caller.dice.once_in(3) {
            break;
        }
        let again = body(caller, 0, visitor, Kind::Grant, version);
        version = caller.persist(again).await?;
        look(caller, visitor).await;
    }
    Some(())
}

/// Asks both servers, one after the other.
async fn look(caller: &mut Caller, visitor: u32) {
    let first = caller.dice.below(2);
    caller.decide(first, 0, visitor).await;
    caller.decide(1 - first, 0, visitor).await;
}

/// The same body several times at once, over connections of their own.
async fn at_once(caller: &mut Caller, body: Body) -> Option<u32> {
    let row = caller.journal.sends(body);
    let (text, mut copies) = (body.text(&caller.target, "en"), Vec::new());
    for copy in 0..4 {
        let mut other = Caller::new(&caller.target, &caller.journal, caller.dice.next());
        let text = text.clone();
        copies.push(tokio::spawn(async move { other.attempt(copy % 2, row, body, &text).await }));
    }
    for copy in copies {
        if copy.await.is_ok_and(|said| said == Said::No) {
            caller.journal.breaks("I4", format!("a copy of {} was refused", body.id));
        }
    }
    caller.persist_row(row, body).await
}

/// The same body again: the same answer, which `attempt` compares.
async fn repeat(caller: &mut Caller, row: usize, body: Body) {
    let text = body.text(&caller.target, "en");
    let server = caller.dice.below(2);
    if caller.attempt(server, row, body, &text).await == Said::No {
        caller.journal.breaks("I4", format!("a repetition of {} was refused", body.id));
    }
}

/// Another body under the same id: a conflict, or nobody answers.
async fn misuse(caller: &mut Caller, body: Body) {
    let text = body.text(&caller.target, "fr");
    let server = caller.dice.below(2);
    let answer = caller.post(server, body.site, &text, crate::caller::PATIENCE).await;
    if answer.is_some_and(|answer| answer.status < 300) {
        caller.journal.breaks("I4", format!("another body was recorded as {}", body.id));
    }
}

async fn poll(mut caller: Caller, shared: Arc<Shared>, pause: Duration) {
    while !shared.journal.is_over() {
        let (server, turn) = (caller.dice.below(2), caller.dice.below(20));
        // The other site is asked about visitors most of whom it never saw.
        let site = u8::from(turn < 3);
        match turn {
            4..8 => {
                for visitor in shared.some(&mut caller, 1) {
                    caller.decide(server, site, visitor).await;
                }
            }
            8 => trespass(&mut caller, server).await,
            _ => {
                let visitors = shared.some(&mut caller, MANY);
                if !visitors.is_empty() {
                    caller.decide_many(server, site, &visitors).await;
                }
            }
        }
        tokio::time::sleep(pause).await;
    }
}

/// A key of one site at the other: nothing is there for it (I5).
async fn trespass(caller: &mut Caller, server: usize) {
    let id = caller.journal.last_at(0).unwrap_or_default();
    let site = caller.dice.below(2);
    // The record is of site 0; the key is of site 1.
    let path = format!("/v1/sites/{}/consents/{id}", caller.target.sites[site].id);
    let answer = caller.get(server, 1, &path, 404).await;
    if answer.is_some_and(|answer| answer.status < 300) {
        caller.journal.breaks("I5", format!("a key of another site reads {path}"));
    }
}
