//! `cargo xtask test`: every check there is, on real databases and in a real browser.
//!
//! Goes on after a failure, so that one run shows them all; ends with the counts.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::{Args, ValueEnum};

use crate::step::{Outcome, run, say, step};
use crate::tally::{CargoTests, Tally, node_failures, node_tests};
use crate::{build, needs, npm, torture, widget};

/// Which checks to run.
#[derive(Args)]
pub struct Options {
    /// Only these groups (all without it)
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Group>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Group {
    /// Formatting
    Fmt,
    /// Lints
    Clippy,
    /// Types, scripts and sizes of the widget
    Widget,
    /// Rust tests: units, properties, API on every database
    Rust,
    /// Stories in Chromium
    Browser,
    /// kill -9 under load and while sequencing; the short form of `cargo xtask torture`
    Torture,
}

const ALL: [Group; 6] =
    [Group::Fmt, Group::Clippy, Group::Widget, Group::Rust, Group::Browser, Group::Torture];

/// Runs the groups in order and prints `N passed, N failed` as the last line.
pub fn run_all(root: &Path, options: &Options) -> Outcome {
    needs::for_test()?;
    build::embedded(root)?;
    let mut rows: Vec<(String, Tally)> = Vec::new();
    let mut failures = Vec::new();
    for group in ALL {
        if options.only.is_empty() || options.only.contains(&group) {
            match group {
                Group::Fmt => rows.push(fmt(root)),
                Group::Clippy => rows.push(clippy(root)),
                Group::Widget => rows.extend(widget_checks(root, &mut failures)?),
                Group::Rust => rows.extend(rust(root, &mut failures)?),
                Group::Browser => {
                    rows.push((
                        "browser stories".into(),
                        stories(root, "browser stories", "e2e/stories", &mut failures)?,
                    ));
                }
                Group::Torture => {
                    rows.push((
                        "kills under load".into(),
                        stories(root, "kills under load", "torture", &mut failures)?,
                    ));
                    let told = passed(torture::stories(root, &torture::Options::short()));
                    rows.push(("torture, short form".into(), Tally::one(told)));
                }
            }
        }
    }
    report(&rows, &failures)
}

/// What failed, again: it was said an hour of output ago. Then the counts.
fn report(rows: &[(String, Tally)], failures: &[String]) -> Outcome {
    let mut total = Tally::default();
    say("");
    failures.iter().for_each(|line| say(line));
    for (name, tally) in rows {
        say(&format!("{name:<28}{tally}"));
        // The rows per store count tests of the programs again: shown, not added.
        if !name.starts_with("  ") {
            total.add(*tally);
        }
    }
    say("");
    say(&total.to_string());
    if total.failed == 0 { Ok(()) } else { Err("Not everything passed.".into()) }
}

fn fmt(root: &Path) -> (String, Tally) {
    let done = step("formatting", || {
        run(Command::new("cargo").args(["fmt", "--all", "--check"]).current_dir(root))
    });
    ("formatting".into(), Tally::one(passed(done)))
}

fn clippy(root: &Path) -> (String, Tally) {
    let done = step("lints", || {
        run(Command::new("cargo")
            .args(["clippy", "--workspace", "--all-targets", "--locked", "--quiet"])
            .args(["--", "-D", "warnings"])
            .current_dir(root))
    });
    ("lints".into(), Tally::one(passed(done)))
}

fn passed(done: Outcome) -> bool {
    done.inspect_err(|why| say(&why.to_string())).is_ok()
}

fn widget_checks(root: &Path, failures: &mut Vec<String>) -> Outcome<Vec<(String, Tally)>> {
    let types = step("types of the widget's scripts", || {
        let compiler = "node_modules/typescript/bin/tsc";
        run(Command::new("node").arg(compiler).current_dir(root.join("banner-wasm")))
    });
    let sizes = step("sizes of the widget", || Ok(widget::check_sizes(root)?));
    Ok(vec![
        ("widget types".into(), Tally::one(passed(types))),
        ("widget sizes".into(), Tally::one(passed(sizes))),
        ("widget scripts".into(), node(root, "widget scripts", "banner-wasm/tests", failures)?),
    ])
}

/// `cargo test`, shown as it runs and counted by program and store.
fn rust(root: &Path, failures: &mut Vec<String>) -> Outcome<Vec<(String, Tally)>> {
    let mut tests = CargoTests::default();
    let mut command = Command::new("sh");
    command
        .args(["-c", "exec cargo test --workspace --locked --no-fail-fast 2>&1"])
        .current_dir(root);
    let clean = step("Rust tests", || watch(&mut command, |line| tests.line(line)))?;
    failures.append(&mut tests.failures);
    let mut rows: Vec<(String, Tally)> = tests.programs.into_iter().collect();
    rows.retain(|(_, tally)| *tally != Tally::default());
    if !clean && rows.iter().all(|(_, tally)| tally.failed == 0) {
        rows.push(("cargo test".into(), Tally::one(false)));
    }
    let stores = tests.stores.into_iter();
    rows.extend(stores.map(|(store, tally)| (format!("  of those on {store}"), tally)));
    Ok(rows)
}

/// Stories of one folder, on the debug binaries that belong to the Rust tests.
fn stories(root: &Path, name: &str, folder: &str, failures: &mut Vec<String>) -> Outcome<Tally> {
    npm::install(&root.join("e2e"))?;
    step("binaries (debug)", || {
        // The same call as for the Rust tests, so that nothing is compiled a second time.
        run(Command::new("cargo")
            .args(["test", "--workspace", "--locked", "--no-run", "--quiet"])
            .current_dir(root))
    })?;
    node(root, name, folder, failures)
}

/// Node's tests of one folder.
fn node(root: &Path, name: &str, folder: &str, failures: &mut Vec<String>) -> Outcome<Tally> {
    let mut command = Command::new("node");
    command
        .args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
        .args(test_files(&root.join(folder))?)
        .env("CHROMIUM", needs::chromium())
        .env("OUINON_BINARIES", root.join("target/debug"))
        .current_dir(root);
    let mut text = String::new();
    let clean = step(name, || {
        watch(&mut command, |line| {
            text.push_str(line);
            text.push('\n');
        })
    })?;
    failures.extend(node_failures(&text));
    let mut tally = node_tests(&text);
    if !clean && tally.failed == 0 {
        tally.failed = 1;
    }
    Ok(tally)
}

/// Runs a program, shows each line it prints and hands it over; whether it ended well.
fn watch(command: &mut Command, mut each: impl FnMut(&str)) -> Outcome<bool> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line?;
            say(&line);
            each(&line);
        }
    }
    Ok(child.wait()?.success())
}

fn test_files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let files = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut files = files.collect::<Outcome<Vec<PathBuf>>>()?;
    files.retain(|file| file.to_string_lossy().ends_with(".test.mjs"));
    files.sort();
    Ok(files)
}
