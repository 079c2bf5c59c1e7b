//! A record's forgettable part.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_personal")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub site: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Uuid,
    pub regime: String,
    pub law: Option<String>,
    pub gpc_honoured: bool,
    pub country: Option<String>,
    pub region: Option<String>,
    pub language: String,
    pub page: Option<String>,
    pub device: String,
    pub bot: bool,
    pub browser_key: Option<String>,
    pub browser_signature: Option<String>,
    pub given_at: i64,
    pub browser_message: Option<String>,
}

/// No relations: every query starts from a site.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
