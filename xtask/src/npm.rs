//! Packages from npm, exactly as the lock file beside `package.json` says.

use std::path::Path;
use std::process::Command;

use crate::step::{Outcome, read, step};

/// Installs a folder's packages with `npm ci`, unless they are what the lock says already.
/// Gives whether anything was installed.
pub fn install(folder: &Path) -> Outcome<bool> {
    let lock = folder.join("package-lock.json");
    let stamp = folder.join("node_modules/.installed-lock.json");
    let wanted =
        std::fs::read(&lock).map_err(|why| format!("{} cannot be read: {why}.", lock.display()))?;
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(false);
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    step(&format!("npm packages for {name}"), || {
        let options = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
        read(Command::new("npm").args(options).current_dir(folder))?;
        Ok(std::fs::write(&stamp, &wanted)?)
    })?;
    Ok(true)
}
