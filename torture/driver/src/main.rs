//! `cargo xtask torture`: real servers, databases and links, hurt under load, and every answer checked
//! against a journal (docs/TRUST.md, "The harness").

mod body;
mod caller;
mod check;
mod clocks;
mod crowd;
mod dice;
mod fault;
mod http;
mod journal;
mod known_bad;
mod load;
mod ouinon;
mod power;
mod promotion;
mod report;
mod run;
mod slow;
mod story;
mod world;

use clap::Parser;
use report::say;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run::all(&run::Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            say(&format!("\n{reason}"));
            ExitCode::FAILURE
        }
    }
}
