//! Steps of a task: shown while they run, timed, and turned into a sentence when they fail.
//!
//! Knows nothing of what the steps do.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Instant;

/// What a step gives, or the sentence that says why not.
pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Prints one line at once. A closed output is no reason to stop the work.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

/// Runs one named step and prints how long it took.
pub fn step<T>(name: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    say(&format!("▸ {name}"));
    let begun = Instant::now();
    let value = work()?;
    say(&format!("  {name}: done in {:.1} s", begun.elapsed().as_secs_f64()));
    Ok(value)
}

/// Runs a program with our own output; anything but success is an error that names it.
pub fn run(command: &mut Command) -> Outcome {
    let status = command.status().map_err(|why| cannot_start(command, &why))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} failed ({status}).", name(command)).into())
    }
}

/// Runs a program and gives what it wrote on its standard output, trimmed.
pub fn read(command: &mut Command) -> Outcome<String> {
    let output =
        command.stderr(Stdio::piped()).output().map_err(|why| cannot_start(command, &why))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() {
        return Ok(text);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{} failed ({}): {}{}", name(command), output.status, text, said.trim()).into())
}

/// Whether a program can be started and says yes.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn cannot_start(command: &Command, why: &std::io::Error) -> String {
    format!("{} could not be started: {why}.", name(command))
}

fn name(command: &Command) -> String {
    let first = command.get_args().next().map(|first| format!(" {}", first.to_string_lossy()));
    format!("`{}{}`", command.get_program().to_string_lossy(), first.unwrap_or_default())
}
