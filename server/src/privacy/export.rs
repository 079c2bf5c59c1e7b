//! All that is kept about a visitor, for the visitor (GDPR art. 15 and 20): as JSON in the words of
//! the API, without the surrogate, which means nothing outside.

use crate::error::Error;
use crate::evidence::receipts;
use crate::sites::Site;
use crate::storage::entity::decision;
use crate::storage::{Storage, decisions, hot, records};
use ouinon_domain::ids::VisitorId;
use ouinon_domain::time::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Most decisions in an export, the last ones.
const DECISIONS: u64 = 10_000;

/// The export of a visitor; of one never seen it is empty, of one forgotten there is none.
pub async fn export(
    storage: &Storage,
    site: &Site,
    visitor: VisitorId,
    now: Timestamp,
) -> Result<Value, Error> {
    let db = &storage.db();
    let asked = [(visitor, site.erasure_hash(visitor))];
    let standing = hot::standings(db, &site.id, &asked, None).await?;
    let standing = standing.and_then(|mut found| found.standings.pop());
    let standing = standing.ok_or_else(|| Error::Unavailable("not the primary".into()))?;
    if standing.erased() {
        return Err(Error::NothingKept);
    }
    let history = records::history(db, &site.id, visitor, Timestamp(i64::MAX)).await?;
    let notices: BTreeSet<String> =
        history.iter().map(|stored| stored.record.notice.to_string()).collect();
    let decisions = decisions::about(db, &site.id, visitor, DECISIONS).await?;
    let records = history.iter().map(receipts::whole).collect::<Result<Vec<_>, _>>()?;
    Ok(json!({
        "site": site.id,
        "visitor": visitor,
        "exported_at": now,
        "state": standing.state(),
        "records": records.into_iter().map(without_subject).collect::<Vec<_>>(),
        "notices": notices,
        "decisions": decisions.into_iter().map(told).collect::<Vec<_>>(),
    }))
}

/// Who asked, and what the answer said.
fn told(row: decision::Model) -> Value {
    json!({
        "decision": row.id,
        "decided_at": Timestamp(row.decided_at),
        "asked_by": row.asked_by,
        "purpose": row.purpose,
        "vendor": row.vendor,
        "allowed": row.allowed,
        "reason": row.reason,
        "record": row.record,
        "as_of": Timestamp(row.as_of),
    })
}

fn without_subject(mut record: Value) -> Value {
    if let Some(fields) = record.as_object_mut() {
        fields.remove("subject");
    }
    record
}
