//! `cargo xtask build`: the widget, the country database, then the binaries that embed them.

use std::path::Path;
use std::process::Command;

use crate::step::{Outcome, run, say, step};
use crate::{country, needs};

/// Everything, ending with `target/release/ouinon` and the demo shop.
pub fn all(root: &Path) -> Outcome {
    needs::for_build()?;
    embedded(root)?;
    step("server and demo shop (release)", || {
        run(Command::new("cargo")
            .args(["build", "--release", "--locked", "-p", "ouinon-server", "-p", "ouinon-demo"])
            .current_dir(root))
    })?;
    say("  target/release/ouinon is ready.");
    Ok(())
}

/// The files that the server embeds: without them it does not compile.
pub fn embedded(root: &Path) -> Outcome {
    step("country database", || country::fetch(root))?;
    step("widget", || Ok(()))
}
