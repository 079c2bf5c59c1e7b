//! The commands, one per file. Each works beside a running server and is seen by its next
//! request. Answers go to stdout (`--json`: one JSON object), failures as a sentence to stderr (with
//! `--json` also as `{"error"}` to stdout, so that a program always has its one object).

mod key;
mod log;
mod migrate;
mod notice;
mod open;
mod plural;
mod privacy;
mod serve;
mod signing_key;
mod site;
mod user;
mod verify;

use crate::clock::Clock;
use crate::config::Config;
use crate::error::Error;
use crate::evidence::distrust::Distrust;
use crate::evidence::log_keys::LogKeys;
use crate::evidence::publish::Publisher;
use crate::evidence::witness::Witness;
use crate::sites::{self, Sites, admin};
use crate::storage::Storage;
use clap::{Parser, Subcommand};
use open::{installed, prepared};
use ouinon_domain::ids::SiteId;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// Consent management you run yourself.
#[derive(Parser)]
#[command(name = "ouinon", version, about, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API, the pages and the widget.
    Serve(serve::Serve),
    /// Apply or take back database migrations.
    Migrate(migrate::Migrate),
    /// Create, list and change sites.
    Site(site::Site),
    /// Publish what visitors are shown.
    Notice(notice::Notice),
    /// Create, list and revoke API keys.
    Key(key::Key),
    /// Forget visitors who asked for it, for good.
    Erase(privacy::Erase),
    /// Print all that is kept about a visitor.
    Export(privacy::Export),
    /// Compare the evidence logs with their witness, or accept one as it is.
    Log(log::LogCommand),
    /// Rotate and list the keys that sign receipts.
    SigningKey(signing_key::SigningKey),
    /// Create people who sign in to the dashboard.
    User(user::User),
    /// Recompute the evidence log of a site, or check an exported proof.
    Verify(verify::Verify),
}

/// What a command works with.
pub struct Context {
    config: Config,
    storage: Storage,
    clock: Clock,
    keys: LogKeys,
}

impl Context {
    /// For changing sites.
    fn admin(&self) -> admin::Context<'_> {
        admin::Context { storage: &self.storage, clock: &self.clock, keys: &self.keys }
    }

    /// For comparing and publishing logs.
    fn publisher(&self) -> Result<Publisher, Failure> {
        Ok(Publisher {
            storage: self.storage.clone(),
            keys: self.keys.clone(),
            witness: Witness::new(&self.config.witness)?,
            distrust: Distrust::default(),
        })
    }
}

/// The exit code of what could not be done.
const FAILED: u8 = 2;

/// A failure, as the sentence to print.
pub struct Failure(String);

impl From<String> for Failure {
    fn from(sentence: String) -> Self {
        Self(sentence)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

/// Reads the command line, does what it says.
pub async fn run() -> ExitCode {
    // Where the command line cannot be read, nothing else says whether a program reads the answer.
    let json = std::env::args_os().any(|argument| argument == "--json");
    let sentence = match Arguments::try_parse() {
        Ok(arguments) => match dispatch(arguments.command).await {
            Ok(code) => return code,
            Err(Failure(sentence)) => {
                tell(&sentence);
                sentence
            }
        },
        Err(asked) if !asked.use_stderr() => asked.exit(),
        Err(wrong) => {
            let _ = wrong.print();
            wrong.to_string().trim_start_matches("error: ").trim_end().to_owned()
        }
    };
    if json {
        let _ = print(serde_json::json!({ "error": sentence }));
    }
    ExitCode::from(FAILED)
}

/// Says what went wrong.
fn tell(sentence: &str) {
    let _ = writeln!(std::io::stderr(), "ouinon: {sentence}");
}

async fn dispatch(command: Command) -> Result<ExitCode, Failure> {
    let config = || Config::load(Path::new(".")).map_err(|error| Failure(error.to_string()));
    match command {
        Command::Verify(verify) => return verify.run(config).await,
        Command::Notice(notice) => return notice.run(installed(config()?).await?).await,
        Command::Log(log) => return log.run(installed(config()?).await?).await,
        Command::Serve(serve) => serve.run(config()?).await,
        Command::Migrate(migrate) => migrate.run(config()?).await,
        Command::Site(site) if site.creates() => site.run(prepared(config()?).await?).await,
        Command::Site(site) => site.run(installed(config()?).await?).await,
        Command::Key(key) => key.run(installed(config()?).await?).await,
        Command::Erase(erase) => erase.run(installed(config()?).await?).await,
        Command::Export(export) => export.run(installed(config()?).await?).await,
        Command::SigningKey(key) => key.run(installed(config()?).await?).await,
        Command::User(user) => user.run(prepared(config()?).await?).await,
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Prints a line.
fn print(line: impl std::fmt::Display) -> Result<(), Failure> {
    writeln!(std::io::stdout(), "{line}")
        .map_err(|error| Failure(format!("cannot write the answer: {error}")))
}

/// A site as commands need it; a sentence where there is none.
async fn known(context: &Context, id: &SiteId) -> Result<Arc<sites::Site>, Failure> {
    Sites::new(context.storage.clone()).fresh(id).await.map_err(|error| of_site(id, error))
}

/// The failure of something that was asked about a site.
fn of_site(id: &SiteId, error: Error) -> Failure {
    match error {
        Error::NotFound(_) => Failure(format!("there is no site {id}")),
        other => other.into(),
    }
}

fn site_id(text: &str) -> Result<SiteId, String> {
    SiteId::parse(text).ok_or_else(|| "is not a site id: 12 of 2-9 and a-z".to_owned())
}
