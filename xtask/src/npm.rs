//! Installs a folder's npm packages, exactly as its lock file says, when they are not there yet.

use std::fs;
use std::path::Path;
use std::process::Command;

/// `npm ci`, skipped where the installed packages are those of the lock file.
pub fn install(folder: &Path) -> Result<(), String> {
    let lock = folder.join("package-lock.json");
    let wanted = fs::read(&lock).map_err(|error| format!("{}: {error}", lock.display()))?;
    let mark = folder.join("node_modules/.ouinon-lock");
    if fs::read(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let status = Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(folder)
        .status()
        .map_err(|error| format!("npm: {error} (Node.js 20 or later is needed)"))?;
    if !status.success() {
        return Err(format!("npm ci failed in {}", folder.display()));
    }
    fs::write(&mark, wanted).map_err(|error| format!("{}: {error}", mark.display()))
}
