//! What each task needs on the machine: found, installed where we may, or named.
//!
//! Debian packages are installed only as root; nothing else outside the folder is touched but
//! the Rust target, which rustup keeps.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::{Outcome, read, run, say, step, succeeds};

/// A program, the Debian package it comes in, and what to call it in a sentence.
struct Need {
    title: &'static str,
    package: &'static str,
    found: fn() -> bool,
}

const NODE: Need = Need { title: "Node.js", package: "nodejs", found: || on_path("node") };
const NPM: Need = Need { title: "npm", package: "npm", found: || on_path("npm") };
const REDIS: Need =
    Need { title: "Redis", package: "redis-server", found: || on_path("redis-server") };
const POSTGRES: Need =
    Need { title: "PostgreSQL", package: "postgresql", found: || postgres_programs().is_some() };
const FAKETIME: Need =
    Need { title: "libfaketime", package: "libfaketime", found: || faketime_library().is_some() };
const CHROMIUM: Need =
    Need { title: "Chromium", package: "chromium", found: || chromium().is_file() };
const WRK: Need = Need { title: "wrk", package: "wrk", found: || on_path("wrk") };

/// Node.js, npm and the Rust target of the widget.
pub fn for_build() -> Outcome {
    install(&[NODE, NPM])?;
    let version = read(Command::new("node").arg("--version"))?;
    let major = version.trim_start_matches('v').split('.').next().unwrap_or_default();
    if major.parse::<u32>().is_ok_and(|major| major < 20) {
        return Err(format!("Node.js 20 or newer is needed; found {version}.").into());
    }
    wasm_target()
}

/// What the build needs, and real databases and a real browser.
pub fn for_test() -> Outcome {
    install(&[NODE, NPM, POSTGRES, REDIS, FAKETIME, CHROMIUM])?;
    for_build()
}

/// What the build needs, and real databases.
pub fn for_torture() -> Outcome {
    install(&[NODE, NPM, POSTGRES, REDIS, FAKETIME])?;
    for_build()
}

/// What the tests need, and the load driver.
pub fn for_bench() -> Outcome {
    install(&[NODE, NPM, POSTGRES, REDIS, CHROMIUM, WRK])?;
    for_build()
}

/// Where Chromium is: `CHROMIUM` says so, else Debian's place.
pub fn chromium() -> PathBuf {
    std::env::var_os("CHROMIUM").map_or_else(|| PathBuf::from("/usr/bin/chromium"), PathBuf::from)
}

/// The folder with `initdb`, `pg_ctl` and `pgbench`: the newest version installed.
pub fn postgres_programs() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> = folders
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|folder| folder.join("initdb").is_file())
        .collect();
    found.sort();
    found.pop()
}

/// Where Debian keeps the library that gives a program a wrong clock, for each kind of processor.
fn faketime_library() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?;
    let mut libraries =
        folders.filter_map(|entry| Some(entry.ok()?.path().join("faketime/libfaketimeMT.so.1")));
    libraries.find(|library| library.is_file())
}

fn install(needs: &[Need]) -> Outcome {
    let missing: Vec<&Need> = needs.iter().filter(|need| !(need.found)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    let titles: Vec<&str> = missing.iter().map(|need| need.title).collect();
    if !nix::unistd::geteuid().is_root() || !on_path("apt-get") {
        return Err(format!(
            "Missing: {}. Install it (on Debian: sudo apt-get install {}) and run this again.",
            titles.join(", "),
            packages.join(" ")
        )
        .into());
    }
    step(&format!("Debian packages: {}", packages.join(" ")), || {
        run(apt().args(["update", "-qq"]))?;
        run(apt().args(["install", "-y", "-qq", "--no-install-recommends"]).args(&packages))
    })?;
    match missing.iter().find(|need| !(need.found)()) {
        None => Ok(()),
        Some(need) => Err(format!(
            "{} is still missing after installing the package {}.",
            need.title, need.package
        )
        .into()),
    }
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").stdout(std::process::Stdio::null());
    command
}

fn wasm_target() -> Outcome {
    const TARGET: &str = "wasm32-unknown-unknown";
    let sysroot = read(Command::new("rustc").args(["--print", "sysroot"]))?;
    if Path::new(&sysroot).join("lib/rustlib").join(TARGET).is_dir() {
        return Ok(());
    }
    say(&format!("▸ Rust target {TARGET}"));
    run(Command::new("rustup").args(["target", "add", TARGET])).map_err(|_| {
        format!("The Rust target {TARGET} is missing: `rustup target add {TARGET}` adds it.").into()
    })
}

fn on_path(program: &str) -> bool {
    succeeds(Command::new("sh").args(["-c", &format!("command -v {program}")]))
}
