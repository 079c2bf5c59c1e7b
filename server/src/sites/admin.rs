//! Changing sites: create, publish a notice, mint and revoke keys. The command line and the
//! dashboard both come here; each change raises the site's epoch in its own transaction.

use super::default_notice::default_notice;
use super::key::{Scope, mint};
use super::origin::Origin;
use crate::assets;
use crate::clock::Clock;
use crate::error::Error;
use crate::evidence::log_keys::LogKeys;
use crate::evidence::register::{self, Kind};
use crate::random::random_bytes;
use crate::storage::entity::{api_key, site};
use crate::storage::{Storage, keys, notices, sites};
use ipnet::IpNet;
use ouinon_domain::canonical::{hex, sha256};
use ouinon_domain::ids::{NoticeHash, SiteId};
use ouinon_domain::lint;
use ouinon_domain::notice::{Finding, Notice};
use ouinon_domain::time::Timestamp;
use sea_orm::DatabaseTransaction;
use serde_json::json;

fn random<const N: usize>() -> Result<[u8; N], Error> {
    random_bytes().map_err(|error| Error::internal("no randomness", error))
}

/// What changing sites works with.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The database.
    pub storage: &'a Storage,
    /// Tells the time.
    pub clock: &'a Clock,
    /// Sign what changes in the site's register.
    pub keys: &'a LogKeys,
}

/// Creates a site with the default notice in force, in `languages` (none: French and English).
pub async fn create(
    context: Context<'_>,
    name: &str,
    origins: &[Origin],
    cookie_domain: Option<String>,
    languages: &[String],
) -> Result<(SiteId, NoticeHash), Error> {
    let id = SiteId::from_random(random()?);
    let now = context.clock.now();
    let row = site::Model {
        id: id.as_str().into(),
        name: name.into(),
        enabled: true,
        epoch: 1,
        log_origin: format!("ouinon.example/log/{id}"),
        secret: random::<32>()?.to_vec(),
        cookie_domain,
        created_at: now,
        forgettings: 0,
    };
    let (hash, body) = seal(&default_notice(name, languages)?)?;
    let tx = context.storage.write_briefly().await?;
    let origins: Vec<String> = origins.iter().map(|origin| origin.as_str().into()).collect();
    sites::insert(&tx, row.clone(), &origins).await?;
    put_in_force(&tx, context.keys, &row, (hash, body), now).await?;
    tx.commit().await?;
    Ok((id, hash))
}

/// What publishing found; with `notice` where it was published.
#[derive(Debug)]
pub struct Publishing {
    /// The notice now in force.
    pub notice: Option<NoticeHash>,
    /// Structural errors (nothing was published), or what art. 13 asks for and is missing.
    pub findings: Vec<Finding>,
}

/// Publishes a notice. Structural errors refuse; missing content refuses only if `strict`.
pub async fn publish(
    context: Context<'_>,
    id: &SiteId,
    mut notice: Notice,
    strict: bool,
) -> Result<Publishing, Error> {
    let errors = notice.errors();
    if !errors.is_empty() {
        return Ok(Publishing { notice: None, findings: errors });
    }
    let defaults = assets::defaults()?;
    notice.complete(defaults);
    let mut findings = lint::findings(&notice);
    findings.extend(notice.silent(defaults));
    if strict && !findings.is_empty() {
        return Ok(Publishing { notice: None, findings });
    }
    let (hash, body) = seal(&notice)?;
    let tx = context.storage.write_briefly().await?;
    let site = sites::find(&tx, id).await?.ok_or(Error::NotFound("no such site"))?;
    put_in_force(&tx, context.keys, &site, (hash, body), context.clock.now()).await?;
    tx.commit().await?;
    Ok(Publishing { notice: Some(hash), findings })
}

/// Puts a notice in force and says so in the register: which words held when must be provable. The
/// entry also names the site's secret, so that it cannot be replaced unnoticed: by its plain hash,
/// for it is 32 random bytes.
async fn put_in_force(
    tx: &DatabaseTransaction,
    keys: &LogKeys,
    site: &site::Model,
    (hash, body): (NoticeHash, String),
    now: i64,
) -> Result<(), Error> {
    let id = SiteId::parse(&site.id).ok_or_else(|| Error::Unreadable("id".into()))?;
    if let Some((seq, at)) = notices::publish(tx, &id, hash, body, now).await? {
        let secret = hex(&sha256(&site.secret));
        let body = json!({ "seq": seq, "notice": hash, "secret_sha256": secret });
        let key = keys.of(&site.log_origin)?;
        register::append(tx, &key, &id, Kind::Publication, Timestamp(at), body).await?;
    }
    Ok(())
}

fn seal(notice: &Notice) -> Result<(NoticeHash, String), Error> {
    let (hash, bytes) = notice.seal().map_err(|error| Error::internal("notice", error.0))?;
    let body = String::from_utf8(bytes).map_err(|error| Error::internal("notice", error))?;
    Ok((hash, body))
}

/// What a new key may do.
#[derive(Clone, Debug, Default)]
pub struct KeyRequest {
    /// Its scopes.
    pub scopes: Vec<Scope>,
    /// The networks it works from; none: all.
    pub cidrs: Vec<IpNet>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

/// Makes a key; its text is returned once and stored nowhere.
pub async fn create_key(
    storage: &Storage,
    clock: &Clock,
    site: &SiteId,
    request: &KeyRequest,
) -> Result<(String, String), Error> {
    let (id, text, hash) = mint(site, random()?, random()?);
    let scopes: Vec<_> = request.scopes.iter().map(|scope| scope.as_str()).collect();
    let cidrs: Vec<_> = request.cidrs.iter().map(IpNet::to_string).collect();
    let row = api_key::Model {
        site: site.as_str().into(),
        id: id.clone(),
        hash: hash.to_vec(),
        scopes: scopes.join(" "),
        cidrs: cidrs.join(" "),
        created_at: clock.now(),
        expires_at: request.expires_at.map(|time| time.0),
        revoked_at: None,
    };
    let tx = storage.write_briefly().await?;
    keys::insert(&tx, site, row).await?;
    tx.commit().await?;
    Ok((id, text))
}

/// A key in the place of another one.
#[derive(Clone, Debug)]
pub struct Successor {
    /// Its id.
    pub id: String,
    /// Its text, shown once and stored nowhere.
    pub key: String,
    /// Until when the other one works beside it.
    pub until: Timestamp,
}

/// Makes a key that may do what another one may, from the same networks and for as long as that one
/// was made for; both work for `overlap` µs, unless the old one ends sooner. `None` where there is
/// none that still works.
pub async fn rotate_key(
    storage: &Storage,
    clock: &Clock,
    site: &SiteId,
    id: &str,
    overlap: i64,
) -> Result<Option<Successor>, Error> {
    let tx = storage.write_briefly().await?;
    let (now, found) = (clock.now(), keys::find(&tx, site, id).await?);
    let working = |row: &api_key::Model| row.expires_at.is_none_or(|end| end > now);
    let Some(old) = found.filter(working) else { return Ok(None) };
    let until = old.expires_at.map_or(now + overlap, |end| end.min(now + overlap));
    if !keys::end(&tx, site, id, until).await? {
        return Ok(None);
    }
    let (id, key, hash) = mint(site, random()?, random()?);
    let row = api_key::Model {
        id: id.clone(),
        hash: hash.to_vec(),
        created_at: now,
        expires_at: old.expires_at.map(|end| now + (end - old.created_at)),
        ..old
    };
    keys::insert(&tx, site, row).await?;
    tx.commit().await?;
    Ok(Some(Successor { id, key, until: Timestamp(until) }))
}

/// Revokes a key; `false` where there was none that still worked.
pub async fn revoke_key(
    storage: &Storage,
    clock: &Clock,
    site: &SiteId,
    id: &str,
) -> Result<bool, Error> {
    let tx = storage.write_briefly().await?;
    let done = keys::revoke(&tx, site, id, clock.now()).await?;
    tx.commit().await?;
    Ok(done)
}
