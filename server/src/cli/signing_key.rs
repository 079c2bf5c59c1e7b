//! `ouinon signing-key rotate|list`

use super::{Context, Failure, print};
use crate::evidence::key_file::Seeds;
use crate::evidence::receipts::Signer;
use crate::evidence::registry::{self, RECEIPT};
use crate::storage::keys;
use clap::{Args, Subcommand};
use ouinon_domain::time::Timestamp;
use serde_json::json;

/// The keys that sign receipts and logs.
#[derive(Args)]
pub struct SigningKey {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Make a new key for receipts in the key file. Old receipts keep verifying; running servers go
    /// on with the old key until they are restarted.
    Rotate {
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// List the registered public keys.
    List {
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

impl SigningKey {
    /// Does it.
    pub async fn run(self, context: Context) -> Result<(), Failure> {
        match self.action {
            Action::Rotate { json } => rotate(&context, json).await,
            Action::List { json } => list(&context, json).await,
        }
    }
}

/// Registered before it is in the file: no server ever starts with a key that nobody knows.
async fn rotate(context: &Context, json: bool) -> Result<(), Failure> {
    let path = &context.config.signing_key;
    let old = Seeds::load_or_make(path)?;
    let new = old.rotated()?;
    let file = new.prepare(path)?;
    let (old, signer) = (Signer::new(&old), Signer::new(&new));
    registry::add(&context.storage.db(), &context.clock, &signer, &context.keys).await?;
    file.replace()?;
    match json {
        true => print(json!({ "kid": signer.key_id(), "replaces": old.key_id() })),
        false => print(format!(
            "receipts are signed by {} from each server's next start; copy {} to all servers, then \
             restart them one by one, and back the file up",
            signer.key_id(),
            path.display()
        )),
    }
}

async fn list(context: &Context, json: bool) -> Result<(), Failure> {
    let seeds = Seeds::load_or_make(&context.config.signing_key)?;
    let (current, log) = (Signer::new(&seeds), context.keys.installation()?.id());
    let rows = keys::signing(&context.storage.db()).await?;
    if json {
        let items = rows.iter().map(|row| {
            json!({
                "kid": row.kid, "purpose": row.purpose, "created_at": Timestamp(row.created_at),
                "current": row.kid == current.key_id() || row.kid == log,
            })
        });
        return print(json!({ "items": items.collect::<Vec<_>>() }));
    }
    for row in rows {
        let own = row.kid == current.key_id() || row.kid == log;
        let of = if row.purpose == RECEIPT { "receipts" } else { "logs" };
        let mark = if own { "  (in the key file)" } else { "" };
        print(format!("{}  {of}  {}{mark}", row.kid, Timestamp(row.created_at)))?;
    }
    Ok(())
}
