//! A wrong clock for one program: libfaketime between it and the kernel, which reads from a file how far
//! off the time of day is, so that it can jump while the program runs. The steady clock stays as it is.

use std::path::{Path, PathBuf};

/// The Debian package of the library.
const PACKAGE: &str = "libfaketime";
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// What one program takes for the time of day.
#[derive(Debug)]
pub struct WrongClock {
    library: PathBuf,
    file: PathBuf,
}

impl WrongClock {
    /// One that is right until it is set; its file is in this folder.
    pub fn in_folder(folder: &Path) -> Self {
        let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
        let mut libraries = folders.map(|entry| entry.path().join(LIBRARY));
        let library = libraries.find(|library| library.is_file());
        let missing = format!("libfaketime is not installed: apt-get install {PACKAGE}");
        let clock = Self { library: library.expect(&missing), file: folder.join("clock") };
        clock.set(0);
        clock
    }

    /// The environment of the program.
    pub fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("LD_PRELOAD", self.library.display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", self.file.display().to_string()),
            // How long it may believe what it read last, in seconds.
            ("FAKETIME_CACHE_DURATION", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("NO_FAKE_STAT", "1".to_owned()),
        ]
    }

    /// From a second later on at the latest, it is off by so many seconds.
    pub fn set(&self, seconds: i64) {
        let next = self.file.with_extension("next");
        std::fs::write(&next, format!("{seconds:+}")).unwrap();
        std::fs::rename(&next, &self.file).unwrap();
    }
}
