//! `cargo xtask build`: the widget, the country database, then the binaries that embed them.

use std::path::Path;
use std::process::Command;

use crate::step::{Outcome, run, say, step};
use crate::{country, needs, widget};

/// Everything, ending with `target/release/ouinon` and the demo shop.
pub fn all(root: &Path) -> Outcome {
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
    needs::for_build()?;
    step("country database", || country::fetch(root))?;
    step("widget", || Ok(widget::build(root)?))
}

/// The widget alone: what it needs, then its files in `banner-wasm/dist/`.
pub fn widget(root: &Path) -> Outcome {
    needs::for_build()?;
    Ok(widget::build(root)?)
}
