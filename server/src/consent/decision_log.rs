//! Who asked: what decisions answered, kept in memory for a moment and written in bulk, so that no
//! answer waits for it. What is not written yet is lost with the process; what is too much is lost,
//! counted and said (docs/adr/0016).

use super::decide::{Ask, Decided};
use crate::config;
use crate::error::Error;
use crate::known_bad::{self, Design};
use crate::storage::hot::{Inquiry, Told};
use crate::storage::{Storage, decisions};
use ouinon_domain::decision::Reason;
use ouinon_domain::ids::SiteId;
use ouinon_domain::time::Timestamp;
use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// What is kept until it is written, in bytes: 65,000 single answers or 300,000 of batches, some
/// seconds of what a server can answer and more than a key may ask at once.
const MOST: usize = 20 << 20;
/// About what an inquiry takes beside its answers, and what an answer takes.
const INQUIRY: usize = size_of::<Inquiry>() + 96;
const ANSWER: usize = size_of::<Told>();
/// About how many are written in one transaction.
const CHUNK: usize = 2_500;

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub enum Who<'a> {
    /// A program, with the API key of this id.
    Key(&'a str),
    /// A person in the dashboard.
    User(Uuid),
}

impl fmt::Display for Who<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => write!(f, "api:{id}"),
            Self::User(id) => write!(f, "user:{id}"),
        }
    }
}

/// What is not in the database yet.
#[derive(Debug)]
pub struct DecisionLog {
    logged: config::DecisionLog,
    waiting: Mutex<Vec<Inquiry>>,
    /// Taken off `waiting`; stays here until it is committed, whatever becomes of the writing.
    writing: tokio::sync::Mutex<VecDeque<Inquiry>>,
    /// Bytes in both.
    held: AtomicUsize,
    /// Answers there was no room for, not said yet.
    lost: AtomicUsize,
}

impl DecisionLog {
    /// A log of these answers.
    pub fn new(logged: config::DecisionLog) -> Self {
        Self {
            logged,
            waiting: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
            held: AtomicUsize::new(0),
            lost: AtomicUsize::new(0),
        }
    }

    /// Notes what a request was told. Never waits and never fails.
    pub fn note(
        &self,
        site: &SiteId,
        ask: &Ask,
        decided: &[Decided],
        (who, request): (Who<'_>, Uuid),
        now: Timestamp,
    ) {
        let kept = decided.iter().filter(|one| self.keeps(one.reason));
        let told: Vec<Told> = kept.map(Decided::told).collect();
        let Some(as_of) = decided.first().map(|one| one.as_of).filter(|_| !told.is_empty()) else {
            return;
        };
        if !self.has_room(told.len()) {
            return;
        }
        let inquiry = Inquiry {
            site: site.clone(),
            asked_by: who.to_string(),
            purpose: ask.purpose.clone(),
            vendor: ask.vendor.clone(),
            as_of,
            decided_at: now,
            request,
            told,
        };
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(inquiry);
    }

    fn keeps(&self, reason: Reason) -> bool {
        match self.logged {
            config::DecisionLog::Yes => reason.allows(),
            config::DecisionLog::All => true,
            config::DecisionLog::Off => false,
        }
    }

    /// Takes room for so many answers, or counts them as lost.
    fn has_room(&self, answers: usize) -> bool {
        let bytes = size(answers);
        if self.held.fetch_add(bytes, Ordering::Relaxed) + bytes <= MOST {
            return true;
        }
        self.held.fetch_sub(bytes, Ordering::Relaxed);
        self.lost.fetch_add(answers, Ordering::Relaxed);
        metrics::counter!("ouinon_decision_log_lost_total").increment(answers as u64);
        false
    }

    /// How many answers were lost since this was asked last.
    pub fn lost(&self) -> usize {
        self.lost.swap(0, Ordering::Relaxed)
    }

    /// Writes what waits; what cannot be written waits on. Answers how many requests of sites that are
    /// forgetting somebody just now.
    pub async fn write(&self, storage: &Storage) -> Result<usize, Error> {
        let mut writing = self.writing.lock().await;
        writing.extend(std::mem::take(
            &mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner),
        ));
        // They go to the end, and in front of what comes next time.
        let mut later = 0;
        while later < writing.len() {
            let due = writing.len() - later;
            let inquiries = chunk(writing.iter().take(due).map(|one| one.told.len()));
            let logged = decisions::log(storage, &writing.make_contiguous()[..inquiries]).await;
            if logged.is_err() && known_bad::is(Design::ForgetfulLog) {
                writing.clear();
            }
            let sites = logged?;
            let mut written = 0;
            for _ in 0..inquiries {
                match writing.pop_front() {
                    Some(inquiry) if !sites.contains(&inquiry.site) => {
                        writing.push_back(inquiry);
                        later += 1;
                    }
                    Some(inquiry) => {
                        self.held.fetch_sub(size(inquiry.told.len()), Ordering::Relaxed);
                        written += inquiry.told.len();
                    }
                    None => {}
                }
            }
            metrics::counter!("ouinon_decision_log_written_total").increment(written as u64);
        }
        Ok(later)
    }
}

/// About the bytes of an inquiry with so many answers.
fn size(answers: usize) -> usize {
    INQUIRY + answers * ANSWER
}

/// How many inquiries, of these sizes, make a transaction; one at least.
fn chunk(sizes: impl Iterator<Item = usize>) -> usize {
    let mut answers = 0;
    let fits = |size| {
        let fits = answers < CHUNK;
        answers += size;
        fits
    };
    sizes.map(fits).take_while(|fits| *fits).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_lost_and_counted() {
        let log = DecisionLog::new(config::DecisionLog::All);
        let batches = (0..1_000).take_while(|_| log.has_room(10_000)).count();
        assert!((20..100).contains(&batches), "{batches}: more than a key may ask at once");
        assert_eq!((log.lost(), log.lost()), (10_000, 0), "said once");
        assert!(log.has_room(1), "a smaller one may fit");
        let alone = DecisionLog::new(config::DecisionLog::All);
        let singles = (0..1_000_000).take_while(|_| alone.has_room(1)).count();
        assert!((50_000..100_000).contains(&singles), "{singles}");
    }
}
