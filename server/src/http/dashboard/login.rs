//! `/dashboard/login` and `/dashboard/logout`.

use super::form::{Form, value};
use super::session;
use crate::app::App;
use crate::error::Error;
use crate::http::extract::client;
use crate::http::html;
use crate::storage::entity::user_account;
use crate::storage::users;
use actix_web::cookie::time::Duration;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use argon2::{Argon2, PasswordVerifier};
use ouinon_dashboard::Query;
use ouinon_dashboard::pages::{Login, LoginError};
use ouinon_domain::canonical::base64url;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Longest password that is looked at.
const LONGEST: usize = 1_024;
/// Compared with where there is no such user, so that the answer takes as long.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$b3Vpbm9ub3Vpbm9ubw$\
                      4rmWbNXoB0wFTE3c1rqMEZ3SXw2ZSGDTkH8Lm7yJk8U";

/// `GET`: the form. Somebody signed in is led on.
pub async fn show(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let query = Query::parse(request.query_string());
    let next = inside(query.get("next").unwrap_or_default());
    if session::of(&app, &request).await.is_ok() {
        return Ok(html::see_other(&app, next));
    }
    let page = Login { next: next.to_owned(), ..Login::default() };
    render(&app, &request, StatusCode::OK, &page)
}

/// `POST`: signs in.
pub async fn sign_in(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
    form: Form,
) -> Result<HttpResponse, Error> {
    let email = value(&form, "email").trim().to_lowercase();
    let next = inside(value(&form, "next")).to_owned();
    let again = |status, error| {
        let page = Login {
            email: email.clone(),
            next: next.clone(),
            code_needed: false,
            error: Some(error),
        };
        render(&app, &request, status, &page)
    };
    let token = request.cookie(form_cookie(&app));
    let known = token.as_ref().map_or("", |cookie| cookie.value());
    if session::same_site(&app, &request).is_err()
        || session::same_token(value(&form, "csrf"), known).is_err()
    {
        return again(StatusCode::FORBIDDEN, LoginError::Expired);
    }
    let from = client::address(&app, &request);
    if let Some(seconds) = app.sign_ins.attempt(&email, from) {
        let mut answer = again(StatusCode::TOO_MANY_REQUESTS, LoginError::TooMany)?;
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        return Ok(answer);
    }
    let Some(user) = verified(&app, &email, value(&form, "password")).await? else {
        return again(StatusCode::UNPROCESSABLE_ENTITY, LoginError::Credentials);
    };
    app.sign_ins.succeeded(&email, from);
    let cookie = session::start(&app, &user).await?;
    let mut answer = html::see_other(&app, &next);
    answer.add_cookie(&cookie).map_err(|error| Error::internal("cookie", error))?;
    Ok(answer)
}

/// `POST /dashboard/logout`
pub async fn sign_out(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
    form: Form,
) -> Result<HttpResponse, Error> {
    let session = session::of(&app, &request).await?;
    session.confirm(&app, &request, value(&form, "csrf"))?;
    session.end(&app).await?;
    let mut answer = html::see_other(&app, "/dashboard/login");
    answer.add_cookie(&session::gone(&app)).map_err(|error| Error::internal("cookie", error))?;
    Ok(answer)
}

/// Passwords hashed at the same time.
static HASHING: Semaphore = Semaphore::const_new(2);

/// The user, if the password is theirs.
async fn verified(
    app: &App,
    email: &str,
    password: &str,
) -> Result<Option<user_account::Model>, Error> {
    if password.len() > LONGEST {
        return Ok(None);
    }
    let user = users::by_email(&app.storage.db(), email).await?;
    let user = user.filter(|user| user.disabled_at.is_none());
    let hash = user.as_ref().map_or(NOBODY, |user| user.password_hash.as_str()).to_owned();
    let password = password.to_owned();
    // Argon2 is slow and large on purpose: not on a thread that answers others, and few at a time.
    let turn = HASHING.acquire().await.map_err(|error| Error::internal("argon2", error))?;
    let fits = tokio::task::spawn_blocking(move || {
        Argon2::default().verify_password(password.as_bytes(), hash.as_str()).is_ok()
    });
    let fits = fits.await.map_err(|error| Error::internal("argon2", error))?;
    drop(turn);
    Ok(user.filter(|_| fits))
}

/// The form, with a token that a cookie repeats.
fn render(
    app: &App,
    request: &HttpRequest,
    status: StatusCode,
    page: &Login,
) -> Result<HttpResponse, Error> {
    let known = request.cookie(form_cookie(app)).map(|cookie| cookie.value().to_owned());
    let token = match known.filter(|token| token.len() == 43) {
        Some(token) => token,
        None => base64url(&session::random::<32>()?),
    };
    let mut chrome = html::chrome(app, request, None);
    chrome.path = "/dashboard/login".to_owned();
    chrome.csrf.clone_from(&token);
    let mut answer = html::answer(app, request, &chrome, status, page)?;
    let cookie = session::cookie(app, form_cookie(app), token, Some(Duration::hours(1)));
    answer.add_cookie(&cookie).map_err(|error| Error::internal("cookie", error))?;
    Ok(answer)
}

/// Binds the form to the browser it was shown in, before there is a session.
fn form_cookie(app: &App) -> &'static str {
    if app.public.is_https() { "__Host-ouinon_form" } else { "ouinon_form" }
}

/// Where to go afterwards: a page of the dashboard and nothing else.
fn inside(next: &str) -> &str {
    let path = next.split(['?', '#']).next().unwrap_or_default();
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let ours = path == "/dashboard" || path.starts_with("/dashboard/sites/");
    if plain && ours && !path.contains("//") && next.is_ascii() && !next.contains(['\r', '\n']) {
        next
    } else {
        "/dashboard"
    }
}

#[cfg(test)]
mod tests {
    use super::{NOBODY, inside};
    use argon2::{Argon2, PasswordVerifier, password_hash::Error};

    #[test]
    fn only_our_own_pages_come_next() {
        assert_eq!(inside("/dashboard/sites/a?period=7d"), "/dashboard/sites/a?period=7d");
        for foreign in [
            "",
            "//evil.example",
            "/dashboard//evil",
            "https://evil.example",
            "/\\evil",
            "/dashboard/sites/\\evil",
            "/dashboardx",
            "/v1/x",
            "/dashboard/sites/a\r\nx: y",
        ] {
            assert_eq!(inside(foreign), "/dashboard", "{foreign}");
        }
    }

    #[test]
    fn nobody_takes_as_long_as_somebody() {
        // A hash that cannot be read would be refused at once.
        let refused = Argon2::default().verify_password(b"x", NOBODY);
        assert!(matches!(refused, Err(Error::PasswordInvalid)), "{refused:?}");
    }
}
