//! The one internal error. What a caller is told about each kind is decided in `http/problem`;
//! causes stay here and go to the log.

use ouinon_domain::choice::Choices;
use ouinon_domain::ids::NoticeHash;
use ouinon_domain::notice::Finding;
use sea_orm::sqlx::error::{DatabaseError, Error as Driver, ErrorKind};
use sea_orm::{DbErr, RuntimeErr};

/// SQLSTATEs of what came to nothing because of another transaction: serialization, a deadlock, a lock
/// that was held for too long.
const CONTENDED: [&str; 3] = ["40001", "40P01", "55P03"];

/// Everything that can go wrong between a request and its answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The body or an address is not what it claims to be.
    #[error("malformed: {0}")]
    Malformed(String),
    /// Well-formed, but fields are wrong; each with its place.
    #[error("invalid: {0:?}")]
    Invalid(Vec<Finding>),
    /// `choices` say something else than `action`.
    #[error("choices do not agree with the action")]
    ActionMismatch,
    /// No key, an unknown, revoked or expired one; or no session.
    #[error("not authenticated: {0}")]
    Unauthorized(&'static str),
    /// The key lacks this scope.
    #[error("missing scope {0}")]
    MissingScope(&'static str),
    /// The request comes from an origin that is not the site's.
    #[error("foreign origin")]
    ForeignOrigin,
    /// Nothing here, or nothing of this caller's.
    #[error("not found: {0}")]
    NotFound(&'static str),
    /// The address exists, the method does not.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// A content type the address does not read.
    #[error("unsupported media type, expected {0}")]
    UnsupportedMediaType(&'static str),
    /// More bytes than the address reads.
    #[error("body over {0} bytes")]
    TooLarge(usize),
    /// The id already names another body.
    #[error("id reused")]
    IdReused,
    /// A grant on a state that has changed since.
    #[error("stale version")]
    Stale {
        /// The version that holds.
        version: u64,
        /// What holds.
        choices: Choices,
    },
    /// A grant under a notice that has grown since.
    #[error("notice superseded")]
    Superseded(NoticeHash),
    /// The record has its place in the log only in a moment.
    #[error("not merged into the log yet")]
    NotMerged,
    /// The visitor was forgotten, and its browser asks.
    #[error("visitor erased")]
    Erased,
    /// The visitor was forgotten, and somebody asks what is kept of it.
    #[error("nothing is kept of an erased visitor")]
    NothingKept,
    /// Too many requests; try again after this many seconds.
    #[error("rate limited for {0} s")]
    RateLimited(u64),
    /// The database could not be asked, or did not say whether it did what was asked.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// Another transaction was in the way; the same again may well do.
    #[error("another transaction was in the way: {0}")]
    Contended(String),
    /// The database has not shown lately that it is still the primary (`consent/lease`).
    #[error("the database has not shown for 2 s that it is still the primary")]
    LeaseLapsed,
    /// What is stored in this column cannot be.
    #[error("the stored value of `{0}` cannot be read")]
    Unreadable(String),
    /// A bug or a broken installation.
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    /// One wrong field.
    pub fn field(pointer: &str, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![Finding { pointer: format!("#{pointer}"), detail: detail.into() }])
    }

    /// The same for the others who waited for a shared statement.
    pub fn again(&self) -> Self {
        match self {
            Self::LeaseLapsed => Self::LeaseLapsed,
            other => Self::Unavailable(other.to_string()),
        }
    }

    /// A bug or a broken installation, with its cause.
    pub fn internal(what: &str, cause: impl std::fmt::Display) -> Self {
        Self::Internal(format!("{what}: {cause}"))
    }

    /// What the database refused: a row (a constraint, or SQLSTATE class 22), which is our fault;
    /// something because of somebody else; or it cannot do anything just now.
    fn refused(by: &dyn DatabaseError) -> Self {
        let code = by.code().unwrap_or_default();
        match by.kind() {
            ErrorKind::Other if CONTENDED.contains(&&*code) => Self::Contended(by.to_string()),
            // SQLite's codes are whole numbers without a class.
            ErrorKind::Other if code.len() != 5 || !code.starts_with("22") => {
                Self::Unavailable(by.to_string())
            }
            _ => Self::internal("the database refused a row", by),
        }
    }
}

impl From<DbErr> for Error {
    /// A row that cannot be read is our fault; anything that the database did not say is taken as a
    /// database that cannot be reached just now.
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::Type(_) | DbErr::Json(_) | DbErr::TryIntoErr { .. } | DbErr::Custom(_) => {
                Self::internal("a stored value cannot be read", error)
            }
            DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => match cause.as_database_error() {
                Some(refused) => Self::refused(refused),
                None => Self::Unavailable(error.to_string()),
            },
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<Driver> for Error {
    /// What the driver says where it is asked without the ORM.
    fn from(error: Driver) -> Self {
        match error {
            Driver::ColumnDecode { .. } => Self::internal("a stored value cannot be read", error),
            Driver::Database(refused) => Self::refused(&*refused),
            error => Self::Unavailable(error.to_string()),
        }
    }
}
