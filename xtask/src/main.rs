//! `cargo xtask`: build, demo, test, torture and bench, one file each.
//!
//! Reads the command line and hands over; prints a failure as a sentence and ends with 1.

mod bench;
mod build;
mod country;
mod demo;
mod needs;
mod npm;
mod service;
mod setup;
mod step;
mod tally;
mod test;
mod torture;
mod widget;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use step::{Outcome, say};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Build, try, check and measure Ouinon")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Leaves target/release/ouinon, everything embedded
    Build,
    /// Builds the widget alone
    Widget,
    /// Builds all and serves the product with a demo shop to try it on
    Demo(demo::Options),
    /// Runs every check and counts them
    Test(test::Options),
    /// Hurts servers, databases and links under load and checks every answer
    Torture(torture::Options),
    /// Measures bytes and speed beside others, into docs/BENCHMARKS.md
    Bench(bench::Options),
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            say(&format!("\n{reason}"));
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Outcome {
    let root = root()?;
    match task {
        Task::Build => build::all(&root),
        Task::Widget => build::widget(&root),
        Task::Demo(options) => demo::run(&root, &options),
        Task::Test(options) => test::run_all(&root, &options),
        Task::Torture(options) => torture::run_all(&root, &options),
        Task::Bench(options) => bench::run_all(&root, &options),
    }
}

/// The workspace folder: the parent of this crate's.
fn root() -> Outcome<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .ok_or_else(|| "xtask must lie inside the workspace folder.".into())
}
