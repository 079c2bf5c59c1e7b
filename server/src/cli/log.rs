//! `ouinon log status|reconcile`. `status` answers 0: every witness agrees, 1: one contradicts the
//! database, 2: one could not be asked (or the command failed).

use super::plural::counted;
use super::{Context, Failure, known, print, site_id};
use crate::evidence::compare::Log;
use crate::evidence::publish::Publisher;
use crate::evidence::reconcile::{Decision, reconcile};
use crate::evidence::witness::{Keeper, Trouble};
use crate::sites::Site;
use crate::storage::{log, sites};
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use ouinon_domain::ids::SiteId;
use serde_json::{Value, json};
use std::process::ExitCode;

/// The exit code of a witness that contradicts the database.
const CONTRADICTED: u8 = 1;
/// The exit code of a witness that cannot be asked.
const UNREACHABLE: u8 = 2;

/// Evidence logs and their witness.
#[derive(Args)]
pub struct LogCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Say what the database and each witness hold, and whether they agree: exit code 0, or 1 where a
    /// witness contradicts the database, or 2 where one could not be asked.
    Status {
        /// One site only.
        #[arg(long, value_parser = site_id)]
        site: Option<SiteId>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Accept a log as the database has it, though its witness remembers another: after a restore or
    /// a failover, once it is known what was lost. Enters the register under a name.
    Reconcile {
        /// The site's id.
        #[arg(long, value_parser = site_id)]
        site: SiteId,
        /// Who decides.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        who: String,
        /// Why, for whoever reads the register.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        why: String,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

impl LogCommand {
    /// Does it.
    pub async fn run(self, context: Context) -> Result<ExitCode, Failure> {
        match self.action {
            Action::Status { site, json } => statuses(&context, site, json).await,
            Action::Reconcile { site, who, why, json } => {
                let decision = Decision { who: &who, why: &why };
                accept(&context, &site, decision, json).await?;
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

async fn statuses(
    context: &Context,
    site: Option<SiteId>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let publisher = context.publisher()?;
    let sites = match site {
        Some(site) => vec![site],
        None => all(context).await?,
    };
    let mut items = Vec::with_capacity(sites.len());
    for site in sites {
        items.push(status(&publisher, &*known(context, &site).await?).await?);
    }
    let answers = items.iter().filter_map(|item| item["witnesses"].as_array()).flatten();
    let answers: Vec<_> = answers.map(|witness| witness["agrees"].as_bool()).collect();
    match json {
        true => print(json!({ "items": items }))?,
        false => items.iter().try_for_each(tell)?,
    }
    Ok(match (answers.contains(&Some(false)), answers.contains(&None)) {
        (true, _) => ExitCode::from(CONTRADICTED),
        (_, true) => ExitCode::from(UNREACHABLE),
        _ => ExitCode::SUCCESS,
    })
}

async fn accept(
    context: &Context,
    site: &SiteId,
    decision: Decision<'_>,
    json: bool,
) -> Result<(), Failure> {
    let (publisher, site) = (context.publisher()?, known(context, site).await?);
    let done = reconcile(&publisher, &site, decision, &context.clock).await?;
    if json {
        let aside = done.set_aside.iter();
        let aside: Vec<_> =
            aside.map(|(keeper, why)| json!({ "witness": keeper, "why": why })).collect();
        return print(json!({
            "site": site.id, "accepted": done.accepted, "set_aside": aside,
            "erasures": done.erasures,
        }));
    }
    for (keeper, why) in &done.set_aside {
        print(format!("{keeper}: set aside ({why})"))?;
    }
    print(format!(
        "site {}: the log is accepted as it is; erasures applied again: {}; servers with a witness \
         of their own are reconciled on their own machine",
        site.id, done.erasures
    ))
}

async fn all(context: &Context) -> Result<Vec<SiteId>, Failure> {
    let rows = sites::list(&context.storage.db()).await?;
    Ok(rows.iter().filter_map(|row| SiteId::parse(&row.id)).collect())
}

async fn status(publisher: &Publisher, site: &Site) -> Result<Value, Failure> {
    let key = publisher.keys.of(&site.log_origin)?;
    let log = Log { storage: &publisher.storage, key: &key, site: &site.id };
    let mut witnesses = Vec::new();
    for keeper in publisher.witness.keepers() {
        witnesses.push(held(log, keeper).await);
    }
    let head = log::head(&publisher.storage.db(), &site.id).await?;
    Ok(json!({
        "site": site.id,
        "size": head.as_ref().map(|head| head.size),
        "published": head.as_ref().and_then(|head| head.published),
        "register": head.as_ref().map(|head| head.register_size),
        "witnesses": witnesses,
    }))
}

async fn held(log: Log<'_>, keeper: &Keeper) -> Value {
    let name = keeper.to_string();
    match log.compare(keeper, 0).await {
        Ok(held) => json!({
            "witness": name, "size": held.size, "register": held.entries,
            "agrees": held.contradiction.is_none(), "problem": held.contradiction,
        }),
        Err(Trouble::Contradicts(why)) => json!({
            "witness": name, "size": null, "register": null, "agrees": false, "problem": why,
        }),
        Err(Trouble::Unreachable(why)) => json!({
            "witness": name, "size": null, "register": null, "agrees": null,
            "problem": format!("cannot be asked: {why}"),
        }),
    }
}

/// One line a site, and one for each of its witnesses.
fn tell(item: &Value) -> Result<(), Failure> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let leaves = |number: &Value| counted(number.as_u64().unwrap_or(0), "leaf", "leaves");
    let entries = counted(item["register"].as_u64().unwrap_or(0), "entry", "entries");
    let (site, size) = (text(&item["site"]), leaves(&item["size"]));
    print(format!("{site}  {size}, {entries} in the register"))?;
    for witness in item["witnesses"].as_array().into_iter().flatten() {
        let name = text(&witness["witness"]);
        match witness["problem"].as_str() {
            Some(problem) => print(format!("  {name}: {problem}"))?,
            None if witness["size"].is_null() => print(format!("  {name}: holds nothing yet"))?,
            None => print(format!("  {name}: agrees, holds {}", leaves(&witness["size"])))?,
        }
    }
    Ok(())
}
