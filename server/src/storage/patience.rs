//! How long anybody waits for the database (docs/adr/0017). The driver has no deadlines of its own: a
//! database that vanishes without a word, or hangs, is waited for until the kernel gives up, a
//! quarter of an hour. So whoever waits gives up in time; the connection that was waited for goes
//! back to its pool when it has answered, or is closed, and what it was told to commit stays unknown.

use super::Storage;
use super::pools::PLAN_LIFE;
use crate::error::Error;
use sea_orm::DbErr;
use sea_orm::sqlx::postgres::{PgConnection, PgPoolOptions};
use sea_orm::sqlx::{self, Connection};
use std::io::ErrorKind;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// How long callers wait for a PostgreSQL that says nothing: they have their answer after two
/// seconds, whatever has happened to it.
const SILENT: Duration = Duration::from_millis(1_800);
/// How long they wait for one that is alive and slow, and for their turn in SQLite.
pub const SLOW: Duration = Duration::from_secs(6);
/// How long after its last word it is taken for alive: two marks (`jobs/lease`).
const ALIVE: Duration = Duration::from_secs(1);
/// How often that is looked at, by those who wait longer than [`SILENT`].
const LOOK: Duration = Duration::from_millis(100);
/// Longest wait for a free connection, or a new one.
pub(super) const ACQUIRE: Duration = Duration::from_secs(4);
/// Longest wait for a new connection that nothing else waits for.
const CONNECT: Duration = Duration::from_secs(1);
/// Longest wait for what a connection still has to say when nobody waits for it any more.
const ABANDONED: Duration = Duration::from_secs(120);
/// The same for one that died alone: in a database that goes on committing, no statement runs longer
/// (`SESSION`), and no commit waits for a standby that confirms later ones.
const ALONE: Duration = Duration::from_secs(5);

/// What every session asks of PostgreSQL: that each statement sees what was committed when it began,
/// whatever the database's default is (docs/adr/0020), and that it notices within seconds when this server
/// is gone, for the locks of a session that nobody ends hold up whoever comes after it.
pub(super) const SESSION: [(&str, &str); 6] = [
    ("default_transaction_isolation", "read committed"),
    ("statement_timeout", "5000"),
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "10000"),
];
/// How long a transaction that locks what others want may say nothing, in milliseconds.
pub(super) const IDLE: (&str, &str) = ("idle_in_transaction_session_timeout", "2500");
/// The same on the two paths that must be fast, whose transactions take milliseconds.
pub(super) const BRIEF: [(&str, &str); 2] = [("lock_timeout", "1500"), IDLE];

/// The moment since when PostgreSQL's connections are good: older ones may lead nowhere, or to a
/// database that is not the primary any more.
#[derive(Clone, Debug)]
pub(super) struct Since {
    since: Arc<watch::Sender<Instant>>,
    /// Its last word, where there is a lease that listens to it.
    heard: Arc<Mutex<Option<Instant>>>,
}

impl Since {
    pub(super) fn now() -> Self {
        Self { since: Arc::new(watch::Sender::new(Instant::now())), heard: Arc::default() }
    }

    pub(super) fn good(&self, age: Duration) -> bool {
        age <= self.since.borrow().elapsed()
    }

    /// Waits until a connection that was left in the middle of something now is known to lead nowhere.
    async fn dead(&self) {
        let left = Instant::now();
        loop {
            sleep(ALONE / 10).await;
            let went_on = self.heard().is_some_and(|heard| heard > left + ALONE);
            if went_on || left.elapsed() > ABANDONED {
                return;
            }
        }
    }

    /// When PostgreSQL committed something last, where somebody listens.
    fn heard(&self) -> Option<Instant> {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it said something lately. Where nobody listens, it is not known to be silent.
    fn alive(&self) -> bool {
        self.heard().is_none_or(|heard| heard.elapsed() < ALIVE)
    }
}

impl Storage {
    /// Waits for the database as long as callers do; where it was lost and is found again, only for what is
    /// on its way already.
    pub async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let (begun, mut since) = (Instant::now(), self.since.since.subscribe());
        let found = async {
            // There is a sender as long as there is a storage.
            let _ = since.changed().await;
            sleep(LOOK).await;
        };
        let (mut work, mut found) = (pin!(work), pin!(found));
        let mut patience = SILENT;
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = &mut found => return Err(found_again()),
                () = sleep(patience) => {}
            }
            if begun.elapsed() >= SLOW || !self.since.alive() {
                return Err(Error::Unavailable(format!("no answer within {:?}", begun.elapsed())));
            }
            patience = LOOK;
        }
    }

    /// Notes that PostgreSQL has just committed something: then no statement takes long, so that connections
    /// may be replaced without leaving ever more sessions behind.
    pub async fn heard(&self) -> Result<(), DbErr> {
        *self.since.heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.replace_older(PLAN_LIFE).await
    }

    /// Gives up PostgreSQL's connections: those that are free or come back, those that nobody waits for
    /// any more and that say nothing, and whatever waits in
    /// [`Storage::unless_lost`]: the database may have moved, and the old one may answer still.
    pub async fn reconnect(&self) -> Result<(), DbErr> {
        self.since.since.send_replace(Instant::now());
        self.replace_older(Duration::ZERO).await
    }

    /// Waits for work that may take long, but not for a database that was lost and found again
    /// meanwhile: its connections may never say anything any more.
    pub async fn unless_lost<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let mut since = self.since.since.subscribe();
        tokio::select! {
            done = work => done,
            Ok(()) = since.changed() => Err(found_again()),
        }
    }
}

fn found_again() -> Error {
    Error::Unavailable("the database was lost and found again meanwhile".into())
}

/// Waits for a connection that is opened beside the pools.
pub(super) async fn connected(
    connecting: impl Future<Output = Result<PgConnection, sqlx::Error>>,
) -> Result<PgConnection, sqlx::Error> {
    let late = |_| sqlx::Error::Io(ErrorKind::TimedOut.into());
    timeout(CONNECT, connecting).await.map_err(late)?
}

/// What the connections of a pool are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Transactions, and statements that are one each.
    Transactions,
    /// Such statements alone.
    Statements,
}

/// Has a pool close the connections that come back in the middle of something and do not come to
/// its end. Where commits wait for a standby they do, once it is there; to close them earlier would
/// open others, and each leaves a session behind that waits in PostgreSQL.
pub(super) fn closing_abandoned(
    pool: PgPoolOptions,
    for_what: Use,
    since: &Since,
) -> PgPoolOptions {
    let since = since.clone();
    pool.after_release(move |connection, its| {
        let (since, mut lost) = (since.clone(), since.since.subscribe());
        let opened = Instant::now().checked_sub(its.age);
        Box::pin(async move {
            tokio::select! {
                settled = settle(connection, for_what) => settled.map(|()| true),
                _ = lost.wait_for(|since| opened < Some(*since)) => Err(sqlx::Error::Io(ErrorKind::NotConnected.into())),
                () = since.dead() => Err(sqlx::Error::Io(ErrorKind::TimedOut.into())),
            }
        })
    })
}

/// Waits for what was left unread, which takes no time where nothing was, and ends what was left begun:
/// the driver forgets a BEGIN that its caller stopped waiting for, and whatever was written next over that
/// connection would be acknowledged and never committed (invariant I7).
async fn settle(connection: &mut PgConnection, for_what: Use) -> Result<(), sqlx::Error> {
    match for_what {
        Use::Statements => connection.flush().await,
        Use::Transactions => {
            sqlx::raw_sql("begin; rollback").execute(connection).await?;
            Ok(())
        }
    }
}
