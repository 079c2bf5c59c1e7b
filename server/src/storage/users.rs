//! People who sign in, and their sessions.

use super::entity::{session, user_account};
use crate::error::Error;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use uuid::Uuid;

/// All users, by e-mail.
pub async fn list(db: &impl ConnectionTrait) -> Result<Vec<user_account::Model>, Error> {
    Ok(user_account::Entity::find().order_by_asc(user_account::Column::Email).all(db).await?)
}

/// The user with this e-mail (lower case).
pub async fn by_email(
    db: &impl ConnectionTrait,
    email: &str,
) -> Result<Option<user_account::Model>, Error> {
    let query = user_account::Entity::find().filter(user_account::Column::Email.eq(email));
    Ok(query.one(db).await?)
}

/// The user with this id.
pub async fn by_id(
    db: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<user_account::Model>, Error> {
    Ok(user_account::Entity::find_by_id(id).one(db).await?)
}

/// Stores a new user.
pub async fn insert(db: &impl ConnectionTrait, row: user_account::Model) -> Result<(), Error> {
    user_account::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Stores a new session.
pub async fn insert_session(db: &impl ConnectionTrait, row: session::Model) -> Result<(), Error> {
    session::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// The session with this cookie hash, unless it has ended.
pub async fn session(
    db: &impl ConnectionTrait,
    hash: &[u8; 32],
    now: i64,
) -> Result<Option<session::Model>, Error> {
    let query =
        session::Entity::find_by_id(hash.to_vec()).filter(session::Column::ExpiresAt.gt(now));
    Ok(query.one(db).await?)
}

/// Removes sessions that have ended; answers how many.
pub async fn remove_ended(db: &impl ConnectionTrait, now: i64) -> Result<u64, Error> {
    let ended = session::Entity::delete_many().filter(session::Column::ExpiresAt.lte(now));
    Ok(ended.exec(db).await?.rows_affected)
}

/// Ends a session.
pub async fn end_session(db: &impl ConnectionTrait, hash: &[u8; 32]) -> Result<(), Error> {
    session::Entity::delete_by_id(hash.to_vec()).exec(db).await?;
    Ok(())
}
