//! Who is signed in: a random cookie whose hash is stored, a token for forms, and what each role
//! may see. A form is accepted only from our own pages.

use crate::app::App;
use crate::error::Error;
use crate::random::random_bytes;
use crate::storage::entity::{session, user_account};
use crate::storage::users;
use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header;
use ouinon_dashboard::Role;
use ouinon_domain::canonical::{base64url, sha256};
use ouinon_domain::time::HOUR;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// How long one sign-in lasts, in hours: a working day.
const HOURS: i64 = 12;

/// Somebody signed in.
#[derive(Clone, Debug)]
pub struct Session {
    /// Their id.
    pub user: Uuid,
    /// Their address.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// What their forms carry.
    pub csrf: String,
    hash: [u8; 32],
}

/// Parts of the dashboard that not every role may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// Figures, notices, installation.
    Figures,
    /// Decisions and records of single visitors.
    Visitors,
    /// Keys and users.
    Settings,
}

impl Session {
    /// Refuses what the role does not include.
    pub fn may(&self, area: Area) -> Result<(), Error> {
        let allowed = match area {
            Area::Figures => true,
            Area::Visitors => self.role != Role::Viewer,
            Area::Settings => self.role == Role::Admin,
        };
        if allowed { Ok(()) } else { Err(Error::MissingScope("another role")) }
    }

    /// Refuses a form that was not sent from one of our own pages of this session.
    pub fn confirm(&self, app: &App, request: &HttpRequest, token: &str) -> Result<(), Error> {
        same_site(app, request)?;
        same_token(token, &self.csrf)
    }

    /// Signs out.
    pub async fn end(&self, app: &App) -> Result<(), Error> {
        users::end_session(&app.storage.db(), &self.hash).await
    }
}

/// Refuses a request that another site made the browser send.
pub fn same_site(app: &App, request: &HttpRequest) -> Result<(), Error> {
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let fetched = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let origin = text(header::ORIGIN.as_str()).is_none_or(|origin| origin == app.public.origin());
    if fetched && origin { Ok(()) } else { Err(Error::ForeignOrigin) }
}

/// Compares tokens in constant time; an empty one never fits.
pub fn same_token(given: &str, expected: &str) -> Result<(), Error> {
    let equal = bool::from(given.as_bytes().ct_eq(expected.as_bytes()));
    if equal && !expected.is_empty() { Ok(()) } else { Err(Error::ForeignOrigin) }
}

/// The session of a request.
pub async fn of(app: &App, request: &HttpRequest) -> Result<Session, Error> {
    let none = || Error::Unauthorized("sign in at /dashboard/login");
    let cookie = request.cookie(cookie_name(app)).ok_or_else(none)?;
    let hash = sha256(cookie.value().as_bytes());
    let db = &app.storage.db();
    let row = users::session(db, &hash, app.clock.now()).await?.ok_or_else(none)?;
    let user = users::by_id(db, row.user).await?.filter(|user| user.disabled_at.is_none());
    let user = user.ok_or_else(none)?;
    Ok(Session { user: user.id, role: role(&user)?, email: user.email, csrf: row.csrf, hash })
}

/// Starts a session; its cookie.
pub async fn start(app: &App, user: &user_account::Model) -> Result<Cookie<'static>, Error> {
    let token = base64url(&random::<32>()?);
    let now = app.clock.now();
    let row = session::Model {
        hash: sha256(token.as_bytes()).to_vec(),
        user: user.id,
        csrf: base64url(&random::<32>()?),
        created_at: now,
        expires_at: now + HOURS * HOUR,
    };
    users::insert_session(&app.storage.db(), row).await?;
    Ok(cookie(app, cookie_name(app), token, Some(Duration::hours(HOURS))))
}

/// Takes the cookie away.
pub fn gone(app: &App) -> Cookie<'static> {
    cookie(app, cookie_name(app), String::new(), Some(Duration::ZERO))
}

/// A cookie of the dashboard, for this host alone.
pub fn cookie(
    app: &App,
    name: &'static str,
    value: String,
    age: Option<Duration>,
) -> Cookie<'static> {
    let mut cookie = Cookie::build(name, value)
        .path("/")
        .secure(app.public.is_https())
        .http_only(true)
        .same_site(SameSite::Lax)
        .finish();
    if let Some(age) = age {
        cookie.set_max_age(age);
    }
    cookie
}

/// `__Host-` needs https; plain http is for loopback alone.
fn cookie_name(app: &App) -> &'static str {
    if app.public.is_https() { "__Host-ouinon_session" } else { "ouinon_session" }
}

/// A user's role.
pub fn role(user: &user_account::Model) -> Result<Role, Error> {
    match user.role.as_str() {
        "admin" => Ok(Role::Admin),
        "dpo" => Ok(Role::Dpo),
        "marketer" => Ok(Role::Marketer),
        "viewer" => Ok(Role::Viewer),
        _ => Err(Error::Internal("the stored value of `role` cannot be read".into())),
    }
}

/// Random bytes for tokens.
pub fn random<const N: usize>() -> Result<[u8; N], Error> {
    random_bytes().map_err(|error| Error::internal("no randomness", error))
}
