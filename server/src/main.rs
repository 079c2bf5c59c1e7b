//! The command line of `ouinon`.

use ouinon_server::cli;
use std::process::ExitCode;

/// Answers are many small pieces of memory, made and given back by several threads, which the
/// system's allocator is slow at (docs/DEPENDENCIES.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run().await
}
