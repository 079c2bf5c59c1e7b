//! The command line of `ouinon`.

use ouinon_server::cli;
use std::process::ExitCode;

/// An answer is some fifty small allocations.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run().await
}
