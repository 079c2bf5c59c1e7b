//! `cargo xtask bench`: bytes and speed beside others, written to docs/BENCHMARKS.md.
//!
//! Measuring is done by the programs in bench/; this file builds what they measure.

use std::path::Path;
use std::process::Command;

use clap::Args;

use crate::step::{Outcome, run, step};
use crate::{build, needs, npm};

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// Only these parts: bytes, banner, compare, log, verify (separated by commas)
    #[arg(long, default_value = "bytes,banner,compare,log,verify")]
    only: String,
    /// How often each figure is taken
    #[arg(long, default_value_t = 5)]
    runs: u32,
}

/// Builds, measures, writes the page.
pub fn run_all(root: &Path, options: &Options) -> Outcome {
    needs::for_bench()?;
    build::all(root)?;
    npm::install(&root.join("e2e"))?;
    npm::install(&root.join("bench"))?;
    step("measuring", || {
        run(Command::new("node")
            .arg("main.mjs")
            .args(["--only", &options.only, "--runs", &options.runs.to_string()])
            .env("CHROMIUM", needs::chromium())
            .env("OUINON_BINARIES", root.join("target/release"))
            .current_dir(root.join("bench")))
    })
}
