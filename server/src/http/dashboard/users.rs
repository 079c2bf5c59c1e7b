//! `/dashboard/users`: who may sign in.

use super::session::{self, Area};
use crate::app::App;
use crate::error::Error;
use crate::http::html;
use crate::storage::users;
use actix_web::{HttpRequest, HttpResponse, web};
use ouinon_dashboard::pages::{UserRow, Users};
use ouinon_domain::time::Timestamp;
use std::sync::Arc;

/// The list.
pub async fn list(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let session = session::of(&app, &request).await?;
    session.may(Area::Settings)?;
    let mut items = Vec::new();
    for user in users::list(&app.storage.db()).await? {
        items.push(UserRow {
            role: session::role(&user)?,
            active: user.disabled_at.is_none(),
            created_at: Timestamp(user.created_at).datetime(),
            email: user.email,
        });
    }
    html::private(&app, &request, &session, &Users { items })
}
