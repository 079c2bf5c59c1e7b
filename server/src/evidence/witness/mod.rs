//! The witness: one or more second memories of every log and register, best on other machines.
//! What they hold is written before a checkpoint is published; a log that does not extend it is
//! not believed. This file reads and writes what one keeper holds; `compare` judges it.
//!
//! Under each target: `{site}/checkpoint`, the signed note, and `{site}/register/{segment}`, the
//! register's entries as JSON lines, 1,000 to a segment, so that a long register is not written
//! again as a whole. What a reconciliation set aside is below `{site}/superseded/{time}/`.

mod folder;
pub mod web;

use super::register::Entry;
use crate::config::Target;
use folder::Folder;
use ouinon_domain::ids::SiteId;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use web::Web;

/// Entries of a register in one segment.
pub const SEGMENT: u64 = 1_000;
/// The longest a keeper may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one that failed is left alone.
const REST: Duration = Duration::from_secs(2);

/// Everyone who remembers.
#[derive(Clone, Debug)]
pub struct Witness {
    keepers: Vec<Keeper>,
}

impl Witness {
    /// The witness of the settings.
    pub fn new(targets: &[Target]) -> Result<Self, String> {
        let keepers = targets.iter().map(Keeper::new).collect::<Result<_, _>>()?;
        Ok(Self { keepers })
    }

    /// Each of them.
    pub fn keepers(&self) -> &[Keeper] {
        &self.keepers
    }

    /// Where those are that could not be asked when they were asked last.
    pub fn unreachable(&self) -> Vec<String> {
        let failed = self.keepers.iter().filter(|keeper| keeper.rest().is_some());
        failed.map(Keeper::to_string).collect()
    }
}

/// Why a keeper did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It cannot be asked just now; why.
    Unreachable(String),
    /// What it holds is no past of this log.
    Contradicts(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(sentence) | Self::Contradicts(sentence) => f.write_str(sentence),
        }
    }
}

/// One who remembers.
#[derive(Clone, Debug)]
pub struct Keeper {
    place: Arc<Place>,
    /// Until when it is not asked, after it failed.
    resting: Arc<Mutex<Option<Instant>>>,
}

#[derive(Debug)]
enum Place {
    Folder(Folder),
    Web(Web),
}

impl fmt::Display for Keeper {
    /// Where it is, without passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.place {
            Place::Folder(folder) => folder.fmt(f),
            Place::Web(web) => web.fmt(f),
        }
    }
}

impl Keeper {
    fn new(target: &Target) -> Result<Self, String> {
        let place = match target {
            Target::Folder(path) => Place::Folder(Folder::new(path)),
            Target::Web(url) => Place::Web(Web::new(url, PATIENCE)?),
        };
        Ok(Self { place: Arc::new(place), resting: Arc::default() })
    }

    /// The checkpoint it holds for a site, a signed note; `None` where it holds nothing.
    pub async fn checkpoint(&self, site: &SiteId) -> Result<Option<String>, Trouble> {
        self.read(format!("{site}/checkpoint")).await
    }

    /// A segment of the register it holds, from 0; shorter than [`SEGMENT`] at the end, empty past
    /// it.
    pub async fn segment(&self, site: &SiteId, segment: u64) -> Result<Vec<Entry>, Trouble> {
        let text = self.read(segment_path(site, segment)).await?.unwrap_or_default();
        let read = |line| {
            serde_json::from_str(line).map_err(|error| {
                let what = format!("segment {segment} of its register cannot be read: {error}");
                Trouble::Contradicts(what)
            })
        };
        text.lines().map(read).collect()
    }

    /// Replaces the checkpoint it holds.
    pub async fn keep_checkpoint(&self, site: &SiteId, note: &str) -> Result<(), Trouble> {
        self.write(format!("{site}/checkpoint"), note.to_owned()).await
    }

    /// Replaces a segment of the register it holds.
    pub async fn keep_segment(
        &self,
        site: &SiteId,
        segment: u64,
        entries: &[Entry],
    ) -> Result<(), Trouble> {
        let line = |entry| serde_json::to_string(entry).map(|line| line + "\n");
        let text = entries.iter().map(line).collect::<Result<String, _>>();
        let text = text.map_err(|error| Trouble::Unreachable(error.to_string()))?;
        self.write(segment_path(site, segment), text).await
    }

    /// Copies all it holds for a site below `superseded/{name}`, and empties the register there is.
    pub async fn set_aside(&self, site: &SiteId, name: &str) -> Result<(), Trouble> {
        let aside = format!("{site}/superseded/{name}");
        if let Some(note) = self.checkpoint(site).await? {
            self.write(format!("{aside}/checkpoint"), note).await?;
        }
        let mut segments = 0;
        while let Some(text) = self.read(segment_path(site, segments)).await? {
            self.write(format!("{aside}/register/{segments}"), text).await?;
            segments += 1;
        }
        // From the end, so that what is left of an interrupted move is still a register. Emptied,
        // not removed: a store need only know GET and PUT.
        for segment in (0..segments).rev() {
            self.write(segment_path(site, segment), String::new()).await?;
        }
        Ok(())
    }

    async fn read(&self, path: String) -> Result<Option<String>, Trouble> {
        let bytes = self.ask(move |place| match place {
            Place::Folder(folder) => folder.read(&path),
            Place::Web(web) => web.read(&path),
        });
        let unreadable = |_| Trouble::Contradicts("what it holds is not text".into());
        bytes.await?.map(|bytes| String::from_utf8(bytes).map_err(unreadable)).transpose()
    }

    async fn write(&self, path: String, text: String) -> Result<(), Trouble> {
        self.ask(move |place| match place {
            Place::Folder(folder) => folder.write(&path, text.as_bytes()),
            Place::Web(web) => web.write(&path, text.as_bytes()),
        })
        .await
    }

    /// Asks it, with patience; one that failed just now is not asked again at once, so that a
    /// thousand sites do not wait for it one after the other.
    async fn ask<T: Send + 'static>(
        &self,
        what: impl FnOnce(&Place) -> Result<T, String> + Send + 'static,
    ) -> Result<T, Trouble> {
        let unreachable = |error: &dyn fmt::Display| Trouble::Unreachable(error.to_string());
        let before = *self.rest();
        if before.is_some_and(|until| Instant::now() < until) {
            return Err(unreachable(&"it failed a moment ago and is asked again soon"));
        }
        let place = Arc::clone(&self.place);
        let asked = tokio::task::spawn_blocking(move || what(&place));
        let answer = match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(answer)) => answer.map_err(|error| unreachable(&error)),
            Ok(Err(stopped)) => Err(unreachable(&stopped)),
            Err(_) => Err(unreachable(&"no answer within 5 s")),
        };
        match &answer {
            Err(trouble) if before.is_none() => {
                tracing::warn!(%trouble, witness = %self, "a witness cannot be asked");
            }
            Ok(_) if before.is_some() => tracing::warn!(witness = %self, "a witness answers again"),
            _ => {}
        }
        *self.rest() = answer.is_err().then(|| Instant::now() + REST);
        let missing = metrics::gauge!("ouinon_witness_missing", "witness" => self.to_string());
        missing.set(if answer.is_ok() { 0.0 } else { 1.0 });
        answer
    }

    /// Until when it is left alone.
    fn rest(&self) -> MutexGuard<'_, Option<Instant>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn segment_path(site: &SiteId, segment: u64) -> String {
    format!("{site}/register/{segment}")
}
