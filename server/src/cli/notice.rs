//! `ouinon notice publish`

use super::{Context, FAILED, Failure, print, site_id, tell};
use crate::sites::admin;
use crate::storage::sites;
use clap::{Args, Subcommand};
use ouinon_domain::ids::SiteId;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// What visitors are shown.
#[derive(Args)]
pub struct Notice {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Publish a notice; what GDPR art. 13 asks for and is missing is reported.
    Publish {
        /// The site's id.
        #[arg(long, value_parser = site_id)]
        site: SiteId,
        /// The notice as JSON.
        #[arg(long)]
        file: PathBuf,
        /// Refuse a notice with findings.
        #[arg(long)]
        strict: bool,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

impl Notice {
    /// Does it.
    pub async fn run(self, context: Context) -> Result<ExitCode, Failure> {
        let Action::Publish { site, file, strict, json } = self.action;
        let shown = file.display();
        let text = std::fs::read_to_string(&file)
            .map_err(|error| Failure(format!("{shown} cannot be read: {error}")))?;
        let notice = serde_json::from_str(&text)
            .map_err(|error| Failure(format!("{shown} is not a notice: {error}")))?;
        if sites::find(&context.storage.db(), &site).await?.is_none() {
            return Err(Failure(format!("there is no site {site}")));
        }
        let done = admin::publish(context.admin(), &site, notice, strict).await?;
        if json {
            print(json!({ "notice": done.notice, "findings": done.findings }))?;
        } else {
            for finding in &done.findings {
                print(format!("{}: {}", finding.pointer, finding.detail))?;
            }
            done.notice.map(|hash| print(format!("published {hash}"))).transpose()?;
        }
        if done.notice.is_some() {
            return Ok(ExitCode::SUCCESS);
        }
        // Answered already, with the findings.
        let found = done.findings.len();
        tell(&format!("{shown} was not published: {found} findings, listed above"));
        Ok(ExitCode::from(FAILED))
    }
}
