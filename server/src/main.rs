//! The command line of `ouinon`.

use ouinon_server::cli;
use std::process::ExitCode;

#[cfg(feature = "known-bad")]
compile_error!(
    "`ouinon` is never built with the feature `known-bad`: add `--bin ouinon-known-bad`"
);

/// Answers are many small pieces of memory, made and given back by several threads, which the
/// system's allocator is slow at (docs/DEPENDENCIES.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run().await
}
