//! What all records of a visitor amount to.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "state")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub site: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub visitor: Vec<u8>,
    pub version: i64,
    pub record: Uuid,
    pub action: String,
    pub method: String,
    pub gpc: bool,
    pub notice: Vec<u8>,
    pub choices: String,
    pub vendors: String,
    pub taken_back: String,
    pub given_at: i64,
    pub expires_at: i64,
    pub personal: String,
    /// Where the record of this version stands in the log, once that was noted here too:
    pub position: Option<i64>,
    /// a note on another version means nothing.
    pub position_of: Option<i64>,
    /// The visitor's subject, noted with the place.
    pub noted_subject: Option<Uuid>,
}

/// No relations: every query starts from a site.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
