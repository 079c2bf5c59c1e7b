//! `cargo xtask torture`: real servers, databases and links, hurt under load, and every answer checked.
//!
//! The work is done by torture/driver; this file builds what it needs: the server, and beside it the
//! one that is wrong on purpose, under a name of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::step::{Outcome, run, step, succeeds};
use crate::{build, needs};

/// Which stories to tell; without any, a minute of all faults and a failover.
#[derive(Args, Default)]
pub struct Options {
    /// Every kind of fault once, a failover, two designs known to be wrong (part of `cargo xtask test`)
    #[arg(long)]
    short: bool,
    /// Until 100,000 withdrawals and 2 million decisions, with release binaries
    #[arg(long, conflicts_with = "short")]
    long: bool,
    /// Each design known to be wrong, until it is caught
    #[arg(long)]
    known_bad: bool,
    /// Only this design known to be wrong
    #[arg(long)]
    design: Option<String>,
    /// Only this story: faults, failover, clocks, power or disk
    #[arg(long)]
    story: Option<String>,
    /// The longest that faults go on
    #[arg(long)]
    seconds: Option<u64>,
    /// Of everything random
    #[arg(long)]
    seed: Option<u64>,
}

impl Options {
    /// What is part of all checks.
    pub fn short() -> Self {
        Self { short: true, ..Self::default() }
    }
}

/// Builds and runs.
pub fn run_all(root: &Path, options: &Options) -> Outcome {
    needs::for_torture()?;
    build::embedded(root)?;
    stories(root, options)
}

/// The same where what the server embeds is built already.
pub fn stories(root: &Path, options: &Options) -> Outcome {
    let binaries = step("servers", || built(root, options))?;
    let mut driver = with_own_mounts(&binaries.join("ouinon-torture"));
    driver.arg("--server").arg(binaries.join("ouinon"));
    driver.arg("--known-bad-server").arg(binaries.join("ouinon-known-bad"));
    let flags = [("--short", options.short), ("--long", options.long)];
    for (flag, set) in flags.into_iter().chain([("--known-bad", options.known_bad)]) {
        if set {
            driver.arg(flag);
        }
    }
    for (flag, name) in [("--design", &options.design), ("--story", &options.story)] {
        if let Some(name) = name {
            driver.args([flag, name]);
        }
    }
    for (flag, number) in [("--seconds", options.seconds), ("--seed", options.seed)] {
        if let Some(number) = number {
            driver.args([flag, &number.to_string()]);
        }
    }
    step("torture", || run(driver.current_dir(root)))
}

/// A program whose mounts go when it goes, where that can be had.
fn with_own_mounts(program: &Path) -> Command {
    if !succeeds(Command::new("unshare").args(["--mount", "true"])) {
        return Command::new(program);
    }
    let mut command = Command::new("unshare");
    command.arg("--mount").arg(program);
    command
}

/// Builds the binaries that are needed; the folder they are in.
fn built(root: &Path, options: &Options) -> Outcome<PathBuf> {
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new("cargo");
        command.args(["build", "--workspace", "--locked", "--quiet"]).args(arguments);
        if options.long {
            command.arg("--release");
        }
        run(command.current_dir(root))
    };
    cargo(&["--bin", "ouinon", "--bin", "ouinon-torture"])?;
    if options.short || options.known_bad || options.design.is_some() {
        cargo(&["--features", "ouinon-server/known-bad", "--bin", "ouinon-known-bad"])?;
    }
    Ok(root.join("target").join(if options.long { "release" } else { "debug" }))
}
