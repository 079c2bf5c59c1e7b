//! After a restore or a failover an operator decides that the database's log holds, though its
//! witness remembers another. The decision enters the register, the witness's memory is set aside,
//! and what the database has takes its place.

use super::compare::{Compared, Log};
use super::publish::Publisher;
use super::register::{self, Kind};
use super::witness::{Keeper, Trouble};
use crate::clock::Clock;
use crate::privacy::again;
use crate::sites::Site;
use crate::storage::dialect::turns::PublishTurn;
use crate::storage::sites::raise_epoch;
use ouinon_domain::time::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

/// How often the site's turn is asked for, and how long is waited in between.
const ATTEMPTS: usize = 100;
const PAUSE: Duration = Duration::from_millis(100);

/// Who decided, and why.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    /// A name.
    pub who: &'a str,
    /// In their words.
    pub why: &'a str,
}

/// What was done.
#[derive(Debug)]
pub struct Reconciled {
    /// The checkpoint that holds now.
    pub accepted: String,
    /// The keepers whose memory was set aside, and why it was not believed.
    pub set_aside: Vec<(String, String)>,
    /// Erasures that the witness remembered and the database had lost.
    pub erasures: usize,
}

/// A keeper, what it holds as far as that can be read, and why that is no past of the log.
type Asked<'a> = (&'a Keeper, Option<Compared>, Option<String>);

/// Accepts a site's log as the database has it; refuses where every keeper agrees with it, and
/// where one cannot be asked. Failures are sentences.
pub async fn reconcile(
    publisher: &Publisher,
    site: &Site,
    decision: Decision<'_>,
    clock: &Clock,
) -> Result<Reconciled, String> {
    let turn = wait_for_turn(publisher, site).await?;
    let done = accept(publisher, site, decision, clock).await;
    turn.end().await;
    done
}

async fn wait_for_turn(publisher: &Publisher, site: &Site) -> Result<PublishTurn, String> {
    for _ in 0..ATTEMPTS {
        let turn = PublishTurn::take(&publisher.storage, std::slice::from_ref(&site.id)).await;
        let turn = turn.map_err(|error| error.to_string())?;
        if !turn.sites.is_empty() {
            return Ok(turn);
        }
        turn.end().await;
        tokio::time::sleep(PAUSE).await;
    }
    Err(format!("another server is publishing the log of site {}; try again", site.id))
}

async fn accept(
    publisher: &Publisher,
    site: &Site,
    decision: Decision<'_>,
    clock: &Clock,
) -> Result<Reconciled, String> {
    let text = |error: crate::error::Error| error.to_string();
    let (storage, id) = (&publisher.storage, &site.id);
    let key = publisher.keys.of(&site.log_origin).map_err(text)?;
    let log = Log { storage, key: &key, site: id };
    let asked = ask(log, publisher.witness.keepers()).await?;
    if asked.iter().all(|(_, _, contradiction)| contradiction.is_none()) {
        return Err(format!(
            "every witness agrees with the log of site {id}: nothing to reconcile"
        ));
    }
    let mut erasures = 0;
    for lost in asked.iter().filter_map(|(_, held, _)| Some(&held.as_ref()?.lost)) {
        again::erase(storage, &key, site, lost, clock).await.map_err(text)?;
        erasures += lost.len();
    }
    let draft = publisher.draft(id).await.map_err(text)?;
    let accepted = draft.ok_or_else(|| {
        format!("the stored log does not make its root: `ouinon verify --site {id}`")
    })?;
    let now = Timestamp(clock.now());
    let body = statement(decision, &asked, &accepted);
    let tx = storage.write_briefly().await.map_err(text)?;
    register::append(&tx, &key, id, Kind::Reconciliation, now, body).await.map_err(text)?;
    tx.commit().await.map_err(|error| error.to_string())?;
    let name = now.to_string().replace(':', "-");
    let mut set_aside = Vec::new();
    for (keeper, _, contradiction) in asked {
        let Some(why) = contradiction else { continue };
        let failed = |trouble| format!("{keeper}: {trouble}");
        begin_again(log, keeper, &name, &accepted).await.map_err(failed)?;
        set_aside.push((keeper.to_string(), why));
    }
    if publisher.bring_up(std::slice::from_ref(id)).await.map_err(text)? > 0 {
        return Err(format!("the log of site {id} could not be handed over; try again"));
    }
    let tx = storage.write_briefly().await.map_err(text)?;
    raise_epoch(&tx, id).await.map_err(text)?;
    tx.commit().await.map_err(|error| error.to_string())?;
    Ok(Reconciled { accepted, set_aside, erasures })
}

/// What every keeper holds; fails where one cannot be asked, for it may know better.
async fn ask<'a>(log: Log<'_>, keepers: &'a [Keeper]) -> Result<Vec<Asked<'a>>, String> {
    let mut asked = Vec::with_capacity(keepers.len());
    for keeper in keepers {
        asked.push(match log.compare(keeper, 0).await {
            Ok(held) => {
                let contradiction = held.contradiction.clone();
                (keeper, Some(held), contradiction)
            }
            Err(Trouble::Contradicts(why)) => (keeper, None, Some(why)),
            Err(Trouble::Unreachable(why)) => {
                return Err(format!(
                    "the witness {keeper} cannot be asked: {why}; nothing was changed, for it may \
                     hold more"
                ));
            }
        });
    }
    Ok(asked)
}

/// The register's statement: the furthest checkpoint that is given up, and the one accepted.
fn statement(decision: Decision<'_>, asked: &[Asked<'_>], accepted: &str) -> Value {
    let given_up = asked.iter().filter(|(_, _, contradiction)| contradiction.is_some());
    let held = given_up.filter_map(|(_, held, _)| held.as_ref()).max_by_key(|held| held.size);
    json!({
        "who": decision.who,
        "why": decision.why,
        "held": held.and_then(|held| held.note.as_ref()),
        "accepted": accepted,
    })
}

/// Sets aside what a keeper holds and gives it what the database has.
async fn begin_again(log: Log<'_>, keeper: &Keeper, name: &str, note: &str) -> Result<(), Trouble> {
    keeper.set_aside(log.site, name).await?;
    log.keep_register(keeper, 0).await?;
    keeper.keep_checkpoint(log.site, note).await
}
