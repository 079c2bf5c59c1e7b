//! The command line of `ouinon`.

use ouinon_server::cli;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run().await
}
