//! A folder that remembers. A file is replaced in one step and is on disk when that is said: a
//! reader, or a power cut, sees the old one or the new one.

use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The folder.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

impl Folder {
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// A file's bytes; `None` where there is none.
    pub fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        match std::fs::read(self.0.join(path)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("{path} cannot be read: {error}")),
        }
    }

    /// Replaces a file.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<(), String> {
        let path = self.0.join(path);
        replace(&path, bytes)
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))
    }
}

fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make(folder)?;
    let new = path.with_extension("new");
    let mut file = File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    File::open(folder)?.sync_all()
}

/// Makes a folder and those above it, each on disk in the one above.
fn make(folder: &Path) -> std::io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
    let above = above.unwrap_or(Path::new("."));
    make(above)?;
    match std::fs::create_dir(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => File::open(above)?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_its_folders_are_made() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::new(&root.path().join("a/b"));
        assert_eq!(folder.read("site/register/0").unwrap(), None);
        for text in ["one", "a longer second", ""] {
            folder.write("site/register/0", text.as_bytes()).unwrap();
            assert_eq!(folder.read("site/register/0").unwrap().unwrap(), text.as_bytes());
        }
        let names: Vec<_> =
            std::fs::read_dir(root.path().join("a/b/site/register")).unwrap().collect();
        assert_eq!(names.len(), 1, "nothing is left beside it");
        std::fs::write(root.path().join("file"), "").unwrap();
        let said = Folder::new(&root.path().join("file")).write("site/x", b"").unwrap_err();
        assert!(said.contains("file/site/x cannot be written"), "{said}");
    }
}
