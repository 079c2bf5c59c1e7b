//! `/dashboard/sites/{site}/keys`: API keys, made, replaced and revoked.

use super::enter;
use super::form::{Form, value, values};
use super::session::{Area, Session};
use crate::app::App;
use crate::error::Error;
use crate::http::html;
use crate::sites::Site;
use crate::sites::admin::{self, KeyRequest};
use crate::sites::key::Scope;
use crate::storage::entity::api_key;
use crate::storage::keys;
use actix_web::{HttpRequest, HttpResponse, web};
use ipnet::IpNet;
use ouinon_dashboard::pages::{FieldErrors, KeyForm, KeyRow, Keys, NewKey};
use ouinon_domain::time::{DAY, Timestamp};
use std::sync::Arc;

/// The list.
pub async fn list(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let (session, site) = enter(&app, &request, Area::Settings).await?;
    let page = page(&app, &site).await?;
    html::private(&app, &request, &session, &page)
}

/// Makes a key and shows it, this once.
pub async fn create(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
    form: Form,
) -> Result<HttpResponse, Error> {
    let (session, site) = confirmed(&app, &request, &form).await?;
    let given = KeyForm {
        expires: value(&form, "expires").to_owned(),
        networks: value(&form, "networks").trim().to_owned(),
        scopes: values(&form, "scope").into_iter().map(str::to_owned).collect(),
    };
    let mut errors = FieldErrors::new();
    let scopes: Result<Vec<Scope>, String> =
        given.scopes.iter().map(|scope| Scope::parse(scope)).collect();
    let scopes = scopes.unwrap_or_default();
    if scopes.is_empty() {
        errors.insert("scopes", "scopes");
    }
    let expires_at = Timestamp::parse(&format!("{}T00:00:00Z", given.expires));
    if !given.expires.is_empty() && expires_at.is_none_or(|end| end.0 <= app.clock.now()) {
        errors.insert("expires", "expires");
    }
    let cidrs: Result<Vec<IpNet>, _> = given
        .networks
        .split([' ', ',', '\n', '\r'])
        .filter(|part| !part.is_empty())
        .map(str::parse)
        .collect();
    let cidrs = cidrs.unwrap_or_else(|_| {
        errors.insert("networks", "networks");
        Vec::new()
    });
    let mut created = None;
    if errors.is_empty() {
        let wanted = KeyRequest { scopes, cidrs, expires_at };
        let (id, key) = admin::create_key(&app.storage, &app.clock, &site.id, &wanted).await?;
        created = Some(NewKey { id, key, replaced_until: None });
    }
    let form = if created.is_some() { KeyForm::default() } else { given };
    let page = Keys { created, form, errors, ..page(&app, &site).await? };
    html::private(&app, &request, &session, &page)
}

/// Makes a key in the place of another one and shows it, this once; both work for a day.
pub async fn rotate(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
    form: Form,
) -> Result<HttpResponse, Error> {
    let (session, site) = confirmed(&app, &request, &form).await?;
    let id = request.match_info().get("id").unwrap_or_default();
    let made = admin::rotate_key(&app.storage, &app.clock, &site.id, id, DAY).await?;
    let made = made.ok_or(Error::NotFound("no such key, or it works no more"))?;
    let replaced_until = Some(made.until.datetime());
    let created = Some(NewKey { id: made.id, key: made.key, replaced_until });
    let page = Keys { created, ..page(&app, &site).await? };
    html::private(&app, &request, &session, &page)
}

/// Revokes a key.
pub async fn revoke(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
    form: Form,
) -> Result<HttpResponse, Error> {
    let (_, site) = confirmed(&app, &request, &form).await?;
    let id = request.match_info().get("id").unwrap_or_default();
    if !admin::revoke_key(&app.storage, &app.clock, &site.id, id).await? {
        return Err(Error::NotFound("no such key, or it was revoked already"));
    }
    Ok(html::see_other(&app, &format!("/dashboard/sites/{}/keys", site.id)))
}

async fn confirmed(
    app: &App,
    request: &HttpRequest,
    form: &Form,
) -> Result<(Session, Arc<Site>), Error> {
    let (session, site) = enter(app, request, Area::Settings).await?;
    session.confirm(app, request, value(form, "csrf"))?;
    Ok((session, site))
}

async fn page(app: &App, site: &Site) -> Result<Keys, Error> {
    let rows = keys::list(&app.storage.db(), &site.id).await?;
    Ok(Keys {
        site: super::site_ref(site),
        items: rows.into_iter().map(|key| row(key, app.clock.now())).collect(),
        scopes: Scope::ALL.iter().map(|scope| scope.as_str().to_owned()).collect(),
        may_edit: true,
        created: None,
        form: KeyForm::default(),
        errors: FieldErrors::new(),
    })
}

fn row(row: api_key::Model, now: i64) -> KeyRow {
    KeyRow {
        id: row.id,
        scopes: row.scopes.split_whitespace().map(str::to_owned).collect(),
        networks: row.cidrs.split_whitespace().map(str::to_owned).collect(),
        created_at: Timestamp(row.created_at).datetime(),
        expired: row.expires_at.is_some_and(|end| end <= now),
        expires_at: row.expires_at.map(|at| Timestamp(at).datetime()),
        revoked_at: row.revoked_at.map(|at| Timestamp(at).datetime()),
    }
}
