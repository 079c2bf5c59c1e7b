//! Compares what a keeper holds with the log and the register of the database, and hands over what
//! it lacks. The database is read after the keeper: whatever a keeper holds was committed before.

use super::log_keys::LogKey;
use super::proof::extends;
use super::register::{Entry, Kind};
use super::witness::{Keeper, SEGMENT, Trouble};
use crate::error::Error;
use crate::storage::log::{self, Head};
use crate::storage::{Storage, erasures, register};
use ouinon_domain::canonical::from_hex;
use ouinon_domain::checkpoint;
use ouinon_domain::ids::SiteId;
use std::collections::HashSet;

/// The log of one site, as the database has it.
#[derive(Clone, Copy)]
pub struct Log<'a> {
    /// The database.
    pub storage: &'a Storage,
    /// Signed what a keeper may hold.
    pub key: &'a LogKey,
    /// Whose.
    pub site: &'a SiteId,
}

/// What a keeper holds of a log.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The log's head, read after what is held.
    pub head: Head,
    /// The checkpoint held, as it is.
    pub note: Option<String>,
    /// Its size, where it is one.
    pub size: Option<u64>,
    /// How many entries of the register are held.
    pub entries: u64,
    /// The signature of the last of them, where it stands in the last segment.
    pub last: Option<String>,
    /// Erasures among them that the database knows nothing of.
    pub lost: Vec<Entry>,
    /// Why the log does not extend what is held; a sentence.
    pub contradiction: Option<String>,
}

impl From<Error> for Trouble {
    /// A database that cannot be asked says nothing; one that cannot be read is not believed.
    fn from(error: Error) -> Self {
        match error {
            Error::Unavailable(cause) | Error::Contended(cause) => Self::Unreachable(cause),
            other => Self::Contradicts(other.to_string()),
        }
    }
}

impl Log<'_> {
    /// Compares with a keeper: the checkpoint, and the register from a segment on (or from an
    /// earlier one, where the keeper does not reach it).
    pub async fn compare(self, keeper: &Keeper, from: u64) -> Result<Compared, Trouble> {
        let note = keeper.checkpoint(self.site).await?;
        let mut segment = from;
        let mut held = keeper.segment(self.site, segment).await?;
        while held.is_empty() && segment > 0 {
            segment -= 1;
            held = keeper.segment(self.site, segment).await?;
        }
        let (mut contradiction, mut lost) = (None, Vec::new());
        while held.len() as u64 == SEGMENT {
            contradiction = contradiction.or(self.differs(segment, &held).await?);
            lost.extend(self.lost(&held).await?);
            segment += 1;
            held = keeper.segment(self.site, segment).await?;
        }
        contradiction = contradiction.or(self.differs(segment, &held).await?);
        lost.extend(self.lost(&held).await?);
        let entries = segment * SEGMENT + held.len() as u64;
        let last = held.pop().map(|entry| entry.signature);
        let head = log::head(&self.storage.db(), self.site).await?;
        let head = head.ok_or(Error::NotFound("no such site"))?;
        let (size, behind) = self.opens(&head, note.as_deref()).await?;
        let contradiction = behind.or(contradiction);
        Ok(Compared { head, note, size, entries, last, lost, contradiction })
    }

    /// The size of a held checkpoint, and why the log does not extend it.
    async fn opens(
        self,
        head: &Head,
        note: Option<&str>,
    ) -> Result<(Option<u64>, Option<String>), Error> {
        let Some(note) = note else { return Ok((None, None)) };
        let held = match checkpoint::open(note, self.key.verifier()) {
            Ok(held) => held,
            Err(refused) => {
                return Ok((
                    None,
                    Some(format!("the checkpoint held is not this log's: {refused}")),
                ));
            }
        };
        let (ours, theirs) = (head.size, held.size);
        let contradiction = if theirs > ours {
            Some(format!(
                "the log has {ours} leaves here, a checkpoint of {theirs} was handed to the witness: \
                 this database is older"
            ))
        } else if extends(self.storage, head, &held).await? {
            None
        } else {
            Some(format!(
                "the log of {ours} leaves here does not extend the checkpoint of {theirs} that was \
                 handed to the witness: it was forked"
            ))
        };
        Ok((Some(theirs), contradiction))
    }

    /// Why a held segment is not the beginning of the database's.
    async fn differs(self, segment: u64, held: &[Entry]) -> Result<Option<String>, Error> {
        if held.is_empty() {
            return Ok(None);
        }
        let first = segment * SEGMENT;
        let rows = register::from(&self.storage.db(), self.site, first, held.len() as u64).await?;
        for ((row, entry), seq) in rows.iter().zip(held).zip(first..) {
            if Entry::read(row).ok().as_ref() != Some(entry) {
                let what = format!("entry {seq} of the register is not the one the witness holds");
                return Ok(Some(what));
            }
        }
        let (ours, theirs) = (first + rows.len() as u64, first + held.len() as u64);
        Ok((ours < theirs)
            .then(|| format!("the register has {ours} entries here, the witness holds {theirs}")))
    }

    /// The erasures among entries, signed by this log, that the database does not have.
    pub async fn lost(self, held: &[Entry]) -> Result<Vec<Entry>, Error> {
        let mut erased = Vec::new();
        for entry in held.iter().filter(|entry| entry.kind == Kind::Erasure.as_str()) {
            if let Some(hash) = erased_hash(entry)
                && entry.site == *self.site
                && entry.is_signed(self.key)?
            {
                erased.push((hash, entry));
            }
        }
        let hashes = erased.iter().map(|(hash, _)| *hash);
        let known: HashSet<_> = erasures::known(&self.storage.db(), self.site, hashes).await?;
        let lost = erased.into_iter().filter(|(hash, _)| !known.contains(hash));
        Ok(lost.map(|(_, entry)| entry.clone()).collect())
    }

    /// Gives a keeper the checkpoint of a head, and the register's entries that it lacks first.
    /// Refuses where the log does not extend what the keeper holds: it never goes backwards.
    pub async fn keep(self, keeper: &Keeper, head: &Head, note: &str) -> Result<(), Trouble> {
        let held = keeper.checkpoint(self.site).await?;
        if held.is_some() && head.register_published == head.register_size {
            let (_, contradiction) = self.opens(head, held.as_deref()).await?;
            contradiction.map_or(Ok(()), |why| Err(Trouble::Contradicts(why)))?;
        } else if held.is_none() && keeper.segment(self.site, 0).await?.is_empty() {
            // One that holds nothing contradicts nothing.
            self.keep_register(keeper, 0).await?;
        } else {
            let held = self.compare(keeper, head.register_size / SEGMENT).await?;
            held.contradiction.map_or(Ok(()), |why| Err(Trouble::Contradicts(why)))?;
            self.keep_register(keeper, held.entries).await?;
        }
        match held.as_deref() == Some(note) {
            true => Ok(()),
            false => keeper.keep_checkpoint(self.site, note).await,
        }
    }

    /// Gives a keeper that holds so many entries of the register the others.
    pub async fn keep_register(self, keeper: &Keeper, held: u64) -> Result<(), Trouble> {
        for segment in held / SEGMENT.. {
            let first = segment * SEGMENT;
            let rows = register::from(&self.storage.db(), self.site, first, SEGMENT).await?;
            let count = rows.len() as u64;
            if first + count > held {
                let entries = rows.iter().map(Entry::read).collect::<Result<Vec<_>, _>>()?;
                keeper.keep_segment(self.site, segment, &entries).await?;
            }
            if count < SEGMENT {
                break;
            }
        }
        Ok(())
    }
}

/// The keyed hash that an erasure is about.
pub fn erased_hash(entry: &Entry) -> Option<[u8; 32]> {
    from_hex(entry.body.get("visitor_hmac")?.as_str()?)
}
