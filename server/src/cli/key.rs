//! `ouinon key create|list|rotate|revoke`

use super::{Context, Failure, print, site_id};
use crate::sites::admin::{self, KeyRequest, Successor};
use crate::sites::key::Scope;
use crate::storage::entity::api_key;
use crate::storage::{keys, sites};
use clap::{Args, Subcommand};
use ipnet::IpNet;
use ouinon_domain::ids::SiteId;
use ouinon_domain::time::{HOUR, Timestamp};
use serde_json::json;

/// API keys.
#[derive(Args)]
pub struct Key {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Make a key; its text is shown once.
    Create {
        /// The site's id.
        #[arg(long, value_parser = site_id)]
        site: SiteId,
        /// What it may do; may be repeated.
        #[arg(long = "scope", required = true, value_parser = Scope::parse)]
        scopes: Vec<Scope>,
        /// A network it works from, such as 10.0.0.0/8; may be repeated; none: all.
        #[arg(long = "cidr")]
        cidrs: Vec<IpNet>,
        /// When it stops working, RFC 3339.
        #[arg(long, value_parser = time)]
        expires_at: Option<Timestamp>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// List a site's keys.
    List {
        /// The site's id.
        #[arg(long, value_parser = site_id)]
        site: SiteId,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Make a key in the place of another one; both work for a while.
    Rotate {
        /// The site's id.
        #[arg(long, value_parser = site_id)]
        site: SiteId,
        /// The old key's id.
        #[arg(long)]
        id: String,
        /// Hours the old key goes on working, unless it ends sooner.
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(..=8_760))]
        overlap_hours: u32,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key; it fails on every server from its next request on.
    Revoke {
        /// The site's id.
        #[arg(long, value_parser = site_id)]
        site: SiteId,
        /// The key's id.
        #[arg(long)]
        id: String,
    },
}

fn time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| "is not an RFC 3339 time".to_owned())
}

fn no_key(site: &SiteId, id: &str) -> Failure {
    Failure(format!("site {site} has no working key {id}"))
}

impl Key {
    /// Does it.
    pub async fn run(self, context: Context) -> Result<(), Failure> {
        match self.action {
            Action::Create { site, scopes, cidrs, expires_at, json } => {
                create(&context, &site, &KeyRequest { scopes, cidrs, expires_at }, json).await
            }
            Action::List { site, json } => list(&context, &site, json).await,
            Action::Rotate { site, id, overlap_hours, json } => {
                rotate(&context, (&site, &id), overlap_hours, json).await
            }
            Action::Revoke { site, id } => {
                match admin::revoke_key(&context.storage, &context.clock, &site, &id).await? {
                    true => print(format!("key {id} is revoked")),
                    false => Err(no_key(&site, &id)),
                }
            }
        }
    }
}

async fn create(
    context: &Context,
    site: &SiteId,
    request: &KeyRequest,
    json: bool,
) -> Result<(), Failure> {
    let storage = &context.storage;
    if sites::find(&storage.db(), site).await?.is_none() {
        return Err(Failure(format!("there is no site {site}")));
    }
    let (id, key) = admin::create_key(storage, &context.clock, site, request).await?;
    match json {
        true => print(json!({ "id": id, "key": key })),
        false => print(format!("key {id}, shown this once:\n{key}")),
    }
}

async fn list(context: &Context, site: &SiteId, json: bool) -> Result<(), Failure> {
    let shape = |row: api_key::Model| {
        json!({
            "id": row.id,
            "scopes": row.scopes.split_whitespace().collect::<Vec<_>>(),
            "cidrs": row.cidrs.split_whitespace().collect::<Vec<_>>(),
            "created_at": Timestamp(row.created_at),
            "expires_at": row.expires_at.map(Timestamp),
            "revoked_at": row.revoked_at.map(Timestamp),
        })
    };
    let items = keys::list(&context.storage.db(), site).await?.into_iter().map(shape);
    let items: Vec<_> = items.collect();
    if json {
        return print(json!({ "items": items }));
    }
    items.into_iter().try_for_each(print)
}

async fn rotate(
    context: &Context,
    (site, id): (&SiteId, &str),
    overlap_hours: u32,
    json: bool,
) -> Result<(), Failure> {
    let overlap = i64::from(overlap_hours) * HOUR;
    let made = admin::rotate_key(&context.storage, &context.clock, site, id, overlap).await?;
    let Successor { id: new, key, until } = made.ok_or_else(|| no_key(site, id))?;
    match json {
        true => print(json!({ "id": new, "key": key, "replaces": id, "replaced_until": until })),
        false => print(format!(
            "key {new}, shown this once:\n{key}\nkey {id} goes on working until {until}"
        )),
    }
}
