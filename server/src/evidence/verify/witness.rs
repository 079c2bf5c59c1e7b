//! What the witness holds of a site, asked before the database is read: whatever is held was
//! committed by then.

use super::report::{Finding, Findings};
use crate::error::Error;
use crate::evidence::register::Entry;
use crate::evidence::witness::{Keeper, SEGMENT, Trouble, Witness};
use ouinon_domain::ids::SiteId;

/// What one keeper holds.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Where.
    pub place: String,
    /// The checkpoint, a signed note.
    pub note: Option<String>,
    /// The last entry of the register: it names all those before it.
    pub last: Option<Entry>,
    /// Why it cannot be read.
    pub broken: Option<String>,
}

/// Asks all of them; one that cannot be asked is an error.
pub async fn memories(witness: &Witness, site: &SiteId) -> Result<Vec<Memory>, Error> {
    let mut memories = Vec::new();
    for keeper in witness.keepers() {
        let mut memory = Memory { place: keeper.to_string(), ..Memory::default() };
        match ask(keeper, site, &mut memory).await {
            Ok(()) => {}
            Err(Trouble::Contradicts(why)) => memory.broken = Some(why),
            Err(Trouble::Unreachable(why)) => {
                return Err(Error::Unavailable(format!("the witness {keeper}: {why}")));
            }
        }
        memories.push(memory);
    }
    Ok(memories)
}

async fn ask(keeper: &Keeper, site: &SiteId, memory: &mut Memory) -> Result<(), Trouble> {
    memory.note = keeper.checkpoint(site).await?;
    for segment in 0.. {
        let mut entries = keeper.segment(site, segment).await?;
        let full = entries.len() as u64 == SEGMENT;
        memory.last = entries.pop().or(memory.last.take());
        if !full {
            break;
        }
    }
    Ok(())
}

impl Memory {
    /// Whether anything of the site is held.
    pub fn is_of_something(&self) -> bool {
        self.last.is_some() || self.note.is_some()
    }

    /// Compares an entry of the register with the one that is held in its place.
    pub fn compare(&self, entry: &Entry, findings: &mut Findings) {
        if self.last.as_ref().is_some_and(|last| last.seq == entry.seq && last != entry) {
            let detail = format!(
                "entry {} of the register is not the one that the witness {} holds",
                entry.seq, self.place
            );
            findings.add(Finding::new("witness", detail).at("register"));
        }
    }

    /// The register must reach as far as what is held.
    pub fn reaches(&self, size: u64, findings: &mut Findings) {
        if let Some(last) = self.last.as_ref().filter(|last| last.seq >= size) {
            let detail = format!(
                "the register has {size} entries, the witness {} holds {}: it was set back to an \
                 older state",
                self.place,
                last.seq + 1
            );
            findings.add(Finding::new("witness", detail).at("register"));
        }
    }
}
