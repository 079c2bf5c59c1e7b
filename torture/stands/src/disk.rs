//! A disk that is soon full: a small file system in memory, where this process may mount one.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::daemon::fresh_folder;

/// Takes what room there is.
const FILLER: &str = "filler";

/// A small disk; it goes when this is dropped, whoever uses it. A process that was killed leaves it:
/// `cargo xtask torture` gives its driver mounts of its own, so that only an empty folder stays.
pub struct Disk {
    /// Where it is.
    pub folder: PathBuf,
}

impl Disk {
    /// One of so many megabytes; `None` where mounting is not allowed.
    pub fn small(megabytes: u32) -> Option<Self> {
        let disk = Self { folder: fresh_folder("disk") };
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "ouinon"]);
        let done = mount.arg(&disk.folder).stderr(Stdio::null()).status();
        done.is_ok_and(|status| status.success()).then_some(disk)
    }

    /// Leaves no byte free.
    pub fn fill(&self) {
        let mut filler = File::create(self.folder.join(FILLER)).unwrap();
        for size in [1024 * 1024, 4096, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Gives the room back.
    pub fn free(&self) {
        std::fs::remove_file(self.folder.join(FILLER)).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let mut unmount = Command::new("umount");
        let _ = unmount.arg("--lazy").arg(&self.folder).stderr(Stdio::null()).status();
        let _ = std::fs::remove_dir(&self.folder);
    }
}
