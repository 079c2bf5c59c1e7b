//! Disks that fail, where this process may mount them: one that is soon full, and one that loses its power.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::daemon::{fresh_folder, wait_until};

/// Takes what room there is.
const FILLER: &str = "filler";
/// FS_IOC_SHUTDOWN without flushing the log: from this moment on nothing reaches the disk, and what is
/// in the kernel's memory only is gone, as when the power goes.
const SHUTDOWN: &str = r#"
open(my $folder, "<", $ARGV[0]) or die "$ARGV[0]: $!";
my $without_flushing = pack("L", 2);
ioctl($folder, 0x8004587d, $without_flushing) or die "FS_IOC_SHUTDOWN: $!";
"#;
const PATIENCE: Duration = Duration::from_secs(10);

/// A disk of its own; it goes when this is dropped, whoever uses it. A process that was killed leaves it:
/// `cargo xtask torture` gives its driver mounts of its own, so that only an empty folder stays.
pub struct Disk {
    /// Where it is.
    pub folder: PathBuf,
    /// What is on it, where it can lose its power.
    image: Option<PathBuf>,
}

impl Disk {
    /// One of so many megabytes; `None` where mounting is not allowed.
    pub fn small(megabytes: u32) -> Option<Self> {
        let disk = Self { folder: fresh_folder("disk"), image: None };
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "ouinon"]);
        succeeds(mount.arg(&disk.folder)).then_some(disk)
    }

    /// One that can lose its power: ext4 in a file.
    pub fn with_power(megabytes: u32) -> Option<Self> {
        let folder = fresh_folder("disk");
        let image = folder.with_extension("image");
        File::create(&image).unwrap().set_len(u64::from(megabytes) << 20).unwrap();
        let made = succeeds(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&image));
        let disk = Self { folder, image: Some(image) };
        (made && disk.mount()).then_some(disk)
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

    /// All that was written so far reaches it.
    pub fn sync(&self) {
        assert!(succeeds(Command::new("sync").arg("--file-system").arg(&self.folder)));
    }

    /// The power goes.
    pub fn cut(&self) {
        let cut = Command::new("perl").args(["-e", SHUTDOWN]).arg(&self.folder).output().unwrap();
        assert!(cut.status.success(), "{}", String::from_utf8_lossy(&cut.stderr));
    }

    /// The power is back: what had reached the disk is there. Nobody may use it meanwhile.
    pub fn mend(&self) {
        let unmount = || succeeds(Command::new("umount").arg(&self.folder));
        assert!(wait_until(PATIENCE, unmount), "{} is in use", self.folder.display());
        assert!(self.mount(), "{} cannot be mounted again", self.folder.display());
    }

    fn mount(&self) -> bool {
        let image = self.image.as_deref().unwrap_or(Path::new(""));
        succeeds(
            Command::new("mount").args(["-t", "ext4", "-o", "loop"]).arg(image).arg(&self.folder),
        )
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        succeeds(Command::new("umount").arg("--lazy").arg(&self.folder));
        let _ = std::fs::remove_dir(&self.folder);
        self.image.iter().for_each(|image| drop(std::fs::remove_file(image)));
    }
}

fn succeeds(command: &mut Command) -> bool {
    let done = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    done.is_ok_and(|status| status.success())
}
