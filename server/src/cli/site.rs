//! `ouinon site create|list|update`

use super::{Context, Failure, print, site_id};
use crate::assets::{self, Built};
use crate::sites::Sites;
use crate::sites::admin;
use crate::sites::default_notice::default_notice;
use crate::sites::origin::Origin;
use crate::storage::retention::{self, Periods};
use crate::storage::sites::{self, Changes};
use clap::{Args, Subcommand};
use ouinon_domain::ids::SiteId;
use ouinon_domain::regime::Regimes;
use sea_orm::DatabaseTransaction;
use serde_json::json;

/// Websites.
#[derive(Args)]
pub struct Site {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Create a site with a default notice; prints the snippet to paste.
    Create {
        /// Its name.
        #[arg(long)]
        name: String,
        /// Where it may be used from: https://a.example or https://*.a.example; may be repeated.
        #[arg(long = "origin", required = true, value_parser = Origin::parse)]
        origins: Vec<Origin>,
        /// The parent domain its cookies are written for, such as .a.example.
        #[arg(long)]
        cookie_domain: Option<String>,
        /// What its notice is written in, such as de or pt-BR; may be repeated, the first is shown to
        /// whoever reads none of them. Without it: fr and en.
        #[arg(long = "language", value_parser = language)]
        languages: Vec<String>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// List all sites.
    List {
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Change a site; origins given replace all it has.
    Update {
        /// Its id.
        #[arg(long, value_parser = site_id)]
        site: SiteId,
        /// A new name.
        #[arg(long)]
        name: Option<String>,
        /// The origins it may be used from, all of them.
        #[arg(long = "origin", value_parser = Origin::parse)]
        origins: Vec<Origin>,
        /// The parent domain its cookies are written for; empty takes it away.
        #[arg(long)]
        cookie_domain: Option<String>,
        /// Switch it on or off.
        #[arg(long)]
        enabled: Option<bool>,
        #[command(flatten)]
        keep: Keep,
    },
}

/// How long a site keeps what, as far as it changes.
#[derive(Args)]
struct Keep {
    /// Days after a visitor's last record until it is forgotten.
    #[arg(long = "keep-visitors-days", value_name = "DAYS", value_parser = days)]
    #[arg(allow_negative_numbers = true)]
    visitors: Option<u32>,
    /// Days until a record is retired.
    #[arg(long = "keep-records-days", value_name = "DAYS", value_parser = days)]
    #[arg(allow_negative_numbers = true)]
    records: Option<u32>,
    /// Days until counters are removed.
    #[arg(long = "keep-counters-days", value_name = "DAYS", value_parser = days)]
    #[arg(allow_negative_numbers = true)]
    counters: Option<u32>,
    /// Days until who asked for a decision is removed.
    #[arg(long = "keep-decisions-days", value_name = "DAYS", value_parser = days)]
    #[arg(allow_negative_numbers = true)]
    decisions: Option<u32>,
}

fn days(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| "is not a number of days: a whole number such as 365".to_owned())
}

/// One of the languages with default words, however its tag is written.
fn language(tag: &str) -> Result<String, String> {
    let all = &assets::defaults().map_err(|error| error.to_string())?.0;
    let known = all.keys().find(|known| known.eq_ignore_ascii_case(tag));
    known.cloned().ok_or_else(|| {
        let all: Vec<_> = all.keys().map(String::as_str).collect();
        format!("there are default texts in {}; others with `notice publish`", all.join(", "))
    })
}

impl Site {
    /// Whether it makes a site, and may be the first command ever.
    pub fn creates(&self) -> bool {
        matches!(self.action, Action::Create { .. })
    }

    /// Does it.
    pub async fn run(self, context: Context) -> Result<(), Failure> {
        let storage = &context.storage;
        match self.action {
            Action::Create { name, origins, cookie_domain, languages, json } => {
                let admin = context.admin();
                let (id, notice) =
                    admin::create(admin, &name, &origins, cookie_domain, &languages).await?;
                let base = context.config.public_url(context.config.listen.public);
                let signals = default_notice(&name, &languages)?.signals;
                let regimes = Regimes::embedded().map_err(|error| error.to_string())?;
                let free = regimes.unasked(context.clock.now());
                let built = Built::load()?;
                let snippet = built.snippet(base.as_str(), id.as_str(), &signals, &free);
                match json {
                    true => print(json!({ "id": id, "snippet": snippet, "notice": notice })),
                    false => print(format!("{name}: site {id}\n\n{snippet}")),
                }
            }
            Action::List { json } => list(&context, json).await,
            Action::Update { site, name, origins, cookie_domain, enabled, keep } => {
                let tx = storage.write_briefly().await?;
                if sites::find(&tx, &site).await?.is_none() {
                    return Err(Failure(format!("there is no site {site}")));
                }
                // First what it keeps, then the site: as retention does.
                keep.set(&tx, &site, &context).await?;
                let cookie_domain =
                    cookie_domain.map(|text| Some(text).filter(|text| !text.is_empty()));
                sites::update(&tx, &site, Changes { name, enabled, cookie_domain }).await?;
                if !origins.is_empty() {
                    let texts: Vec<_> = origins.iter().map(|o| o.as_str().to_owned()).collect();
                    sites::replace_origins(&tx, &site, &texts).await?;
                }
                tx.commit().await.map_err(crate::error::Error::from)?;
                print(format!("site {site} is changed; every server sees it at its next request"))
            }
        }
    }
}

impl Keep {
    async fn set(
        &self,
        tx: &DatabaseTransaction,
        site: &SiteId,
        context: &Context,
    ) -> Result<(), Failure> {
        let given = [self.visitors, self.records, self.counters, self.decisions];
        if given == [None; 4] {
            return Ok(());
        }
        let Some((now, _)) = retention::of_site(tx, site).await? else { return Ok(()) };
        let periods = Periods {
            visitors: self.visitors.unwrap_or(now.visitors),
            records: self.records.unwrap_or(now.records),
            counters: self.counters.unwrap_or(now.counters),
            decisions: self.decisions.unwrap_or(now.decisions),
        };
        let published = Sites::new(context.storage.clone()).cached(site).await?;
        let holds = published.current().map_or(0, |notice| notice.terms.expires_after_days);
        periods.check(holds)?;
        Ok(retention::set(tx, site, periods).await?)
    }
}

async fn list(context: &Context, json: bool) -> Result<(), Failure> {
    let db = &context.storage.db();
    let mut items = Vec::new();
    for row in sites::list(db).await? {
        let Some(id) = SiteId::parse(&row.id) else { continue };
        let origins = sites::origins(db, &id).await?;
        let keeps = retention::of_site(db, &id).await?.map(|(days, before)| {
            json!({
                "visitors_days": days.visitors, "records_days": days.records,
                "counters_days": days.counters, "decisions_days": days.decisions,
                "records_before": before,
            })
        });
        items.push(json!({
            "id": id, "name": row.name, "enabled": row.enabled, "origins": origins,
            "retention": keeps,
        }));
    }
    if json {
        return print(json!({ "items": items }));
    }
    if items.is_empty() {
        return print("no sites yet: ouinon site create --name N --origin https://a.example");
    }
    for item in items {
        let origins = item["origins"].as_array().into_iter().flatten();
        let origins: Vec<_> = origins.filter_map(|origin| origin.as_str()).collect();
        let (id, name) = (item["id"].as_str(), item["name"].as_str());
        let off = if item["enabled"] == true { "" } else { "  (off)" };
        print(format!(
            "{}  {}  {}{off}",
            id.unwrap_or_default(),
            name.unwrap_or_default(),
            origins.join(" ")
        ))?;
    }
    Ok(())
}
