//! First records: all that a batch of them writes, with one statement that is a transaction of its own.
//! Nothing has to be read before, for nothing is known of their visitors; the function it calls is
//! made by a migration (PostgreSQL alone has it).

use crate::error::Error;
use crate::random::{random_bytes, rising_uuid};
use crate::seldom::Seldom;
use crate::storage::write::Appended;
use ouinon_domain::ids::{SiteId, Subject};
use ouinon_domain::leaf;
use ouinon_domain::time::Timestamp;
use sea_orm::DatabaseConnection;
use sea_orm::sqlx::encode::{Encode, IsNull};
use sea_orm::sqlx::error::{BoxDynError, Error as Driver};
use sea_orm::sqlx::postgres::types::PgRecordEncoder;
use sea_orm::sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, Postgres};
use sea_orm::sqlx::{Type, query_scalar};
use std::sync::Arc;

/// What a visitor is if it was never seen before.
#[derive(Clone, Copy, Debug)]
pub struct New {
    /// The surrogate.
    pub subject: Subject,
    /// The key of its leaves.
    pub k: [u8; 32],
    /// Since when it is known: the time of its first record.
    pub since: Timestamp,
}

impl New {
    /// Made of randomness, and of the time (docs/adr/0018).
    pub fn made(now: Timestamp) -> Result<Self, Error> {
        let failed = |error| Error::internal("no randomness", error);
        let subject = rising_uuid(now).map_err(failed)?;
        Ok(Self { subject, k: random_bytes().map_err(failed)?, since: now })
    }
}

/// A visitor's first record.
#[derive(Debug)]
pub struct First {
    /// What the visitor is.
    pub new: New,
    /// Its hash in the register of erasures.
    pub erasure_hash: [u8; 32],
    /// The record.
    pub appended: Arc<Appended>,
}

/// Writes the first records of some visitors of a site, in the order of their ids, if its epoch is this
/// one still, nobody of them was ever seen, nobody was forgotten and no id was used; else, and where there is
/// no such function to be called, writes nothing and answers `false`.
pub async fn append_first(
    db: &DatabaseConnection,
    site: &SiteId,
    epoch: i64,
    firsts: &[&First],
) -> Result<bool, Error> {
    let written = query_scalar("select append_first($1, $2, $3)")
        .bind(site.as_str())
        .bind(epoch)
        .bind(firsts)
        .fetch_one(db.get_postgres_connection_pool());
    match written.await {
        Err(error) if not_callable(&error) => {
            if SAID.due() {
                tracing::warn!(
                    %error,
                    "first choices take the longer way: the function append_first or its type \
                     first_record is gone or another; `ouinon verify` says which"
                );
            }
            Ok(false)
        }
        written => Ok(written?),
    }
}

static SAID: Seldom = Seldom::new();

/// Whether the statement itself means nothing any more: what it names is gone, not ours to use or another,
/// or was made anew since this connection learned of it.
fn not_callable(error: &Driver) -> bool {
    match error {
        Driver::TypeNotFound { .. } => true,
        Driver::Database(refused) => refused
            .code()
            .is_some_and(|code| code.starts_with("42") || ["0A000", "XX000"].contains(&&*code)),
        _ => false,
    }
}

const TYPE: &str = "first_record";

impl Type<Postgres> for First {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name(TYPE)
    }
}

impl PgHasArrayType for First {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::array_of(TYPE)
    }
}

/// In the order of the type's columns.
impl Encode<'_, Postgres> for First {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let Appended { stored, record, personal, state, .. } = self.appended.as_ref();
        let personal = personal.as_ref().ok_or("a first record without its personal part")?;
        let mut row = PgRecordEncoder::new(buffer);
        row.encode(state.visitor.as_slice())?
            .encode(self.erasure_hash.as_slice())?
            .encode(self.new.subject)?
            .encode(self.new.k.as_slice())?
            .encode(record.id)?
            .encode(record.action.as_str())?
            .encode(record.asked.as_str())?
            .encode(record.asked_vendors.as_str())?
            .encode(record.choices.as_str())?
            .encode(record.vendors.as_str())?
            .encode(record.notice.as_slice())?
            .encode(record.method.as_str())?
            .encode(record.gpc)?
            .encode(record.assurance.as_str())?
            .encode(record.given_at)?
            .encode(record.expires_at)?
            .encode(record.body_hash.as_slice())?
            .encode(record.commitment.as_slice())?
            .encode(record.key_id.as_str())?
            .encode(record.signature.as_slice())?
            .encode(leaf::leaf(&stored.commitment).as_slice())?
            .encode(state.taken_back.as_str())?
            .encode(state.personal.as_str())?
            .encode(personal.regime.as_str())?
            .encode(personal.law.as_deref())?
            .encode(personal.gpc_honoured)?
            .encode(personal.country.as_deref())?
            .encode(personal.region.as_deref())?
            .encode(personal.language.as_str())?
            .encode(personal.page.as_deref())?
            .encode(personal.device.as_str())?
            .encode(personal.bot)?
            .encode(personal.browser_key.as_deref())?
            .encode(personal.browser_signature.as_deref())?
            .encode(personal.browser_message.as_deref())?;
        row.finish();
        Ok(IsNull::No)
    }
}
