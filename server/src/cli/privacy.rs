//! `ouinon erase` and `ouinon export`: a person's rights from the command line.

use super::plural::counted;
use super::{Context, Failure, known, print, site_id};
use crate::error::Error;
use crate::privacy::erase::{self, Requester};
use crate::privacy::export::export;
use clap::Args;
use ouinon_domain::ids::{SiteId, VisitorId};
use ouinon_domain::time::Timestamp;
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Erasures between two lines of progress.
const STEP: usize = 100;

/// Forget visitors. This cannot be undone.
#[derive(Args)]
pub struct Erase {
    /// The site's id.
    #[arg(long, value_parser = site_id)]
    site: SiteId,
    /// A visitor's id.
    // An id may begin with a hyphen.
    #[arg(long, value_parser = visitor_id, allow_hyphen_values = true)]
    #[arg(required_unless_present = "file")]
    visitor: Option<VisitorId>,
    /// A file with one visitor's id a line.
    #[arg(long, conflicts_with = "visitor")]
    file: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Print all that is kept about a visitor, as JSON.
#[derive(Args)]
pub struct Export {
    /// The site's id.
    #[arg(long, value_parser = site_id)]
    site: SiteId,
    /// The visitor's id.
    #[arg(long, value_parser = visitor_id, allow_hyphen_values = true)]
    visitor: VisitorId,
    /// Print it on one line.
    #[arg(long)]
    json: bool,
}

fn visitor_id(text: &str) -> Result<VisitorId, String> {
    VisitorId::parse(text)
        .ok_or_else(|| "is not a visitor id: 22 characters of base64url".to_owned())
}

/// The visitors of a file, one at least; nobody is forgotten where one line cannot be read.
fn read(file: &Path) -> Result<Vec<VisitorId>, Failure> {
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure(format!("{shown} cannot be read: {error}")))?;
    let lines = text.lines().map(str::trim).zip(1..).filter(|(line, _)| !line.is_empty());
    let visitor = |(line, number): (&str, u32)| {
        visitor_id(line)
            .map_err(|why| Failure(format!("{shown}, line {number}: {why}; nobody was erased")))
    };
    let visitors = lines.map(visitor).collect::<Result<Vec<_>, _>>()?;
    match visitors.is_empty() {
        true => Err(Failure(format!("{shown} names nobody; nobody was erased"))),
        false => Ok(visitors),
    }
}

impl Erase {
    /// Does it, one visitor a transaction: what is said to be done stays done, and a command that
    /// was stopped is run again.
    pub async fn run(self, context: Context) -> Result<(), Failure> {
        let visitors = match &self.file {
            Some(file) => read(file)?,
            None => self.visitor.into_iter().collect(),
        };
        let site = known(&context, &self.site).await?;
        let (storage, keys) = (&context.storage, &context.keys);
        let all = visitors.len();
        let mut repeated = 0;
        for (visitor, done) in visitors.into_iter().zip(1..) {
            let now = Timestamp(context.clock.now());
            let erased = erase::erase(storage, keys, &site, visitor, &Requester::Operator, now);
            repeated += usize::from(erased.await?.repeated);
            if done % STEP == 0 && done < all {
                // Progress that nobody reads is no failure.
                let _ = writeln!(std::io::stderr(), "{done} of {all}");
            }
        }
        // The visitors are erased; where this does not work now, the server or the next end does it.
        let _ = storage.empty_log().await;
        let erased = all - repeated;
        match self.json {
            true => print(json!({ "site": self.site, "erased": erased, "repeated": repeated })),
            false => {
                let visitors = counted(erased as u64, "visitor", "visitors");
                print(format!("erased {visitors}; {repeated} had been erased before"))
            }
        }
    }
}

impl Export {
    /// Does it.
    pub async fn run(self, context: Context) -> Result<(), Failure> {
        let site = known(&context, &self.site).await?;
        let now = Timestamp(context.clock.now());
        let found = export(&context.storage, &site, self.visitor, now).await;
        let found = found.map_err(|error| match error {
            Error::NothingKept => Failure("this visitor was erased; nothing is kept".to_owned()),
            other => other.into(),
        })?;
        match self.json {
            true => print(found),
            false => print(format!("{found:#}")),
        }
    }
}
