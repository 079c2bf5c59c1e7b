//! Project tasks: `cargo xtask widget` builds the widget.

use std::path::Path;
use std::process::ExitCode;

mod npm;
mod widget;

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let task = std::env::args().nth(1).unwrap_or_default();
    let done = match task.as_str() {
        "widget" => widget::build(&root),
        "widget-test" => widget::build(&root).and_then(|()| widget::test(&root)),
        _ => Err("usage: cargo xtask widget | widget-test".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "{message}");
            ExitCode::FAILURE
        }
    }
}
