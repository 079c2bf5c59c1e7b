//! `ouinon-known-bad`: the command line of `ouinon` with one design that is known to be wrong, which
//! `OUINON_KNOWN_BAD` names. For `cargo xtask torture` alone; nothing ships it.

use std::io::Write;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let design = ouinon_server::known_bad::chosen().map_or("none", |design| design.as_str());
    let warning = "ouinon-known-bad: a build that is wrong on purpose, to test the tests; never serve with it";
    // Somebody who closed stderr is not told.
    let _ = writeln!(std::io::stderr(), "{warning}. Design: {design}.");
    ouinon_server::cli::run().await
}
