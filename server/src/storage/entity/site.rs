//! A website (see migrations, create_sites).

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "site")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub name: String,
    pub enabled: bool,
    pub epoch: i64,
    pub log_origin: String,
    pub secret: Vec<u8>,
    pub cookie_domain: Option<String>,
    pub created_at: i64,
    /// Raised whenever somebody is forgotten.
    pub forgettings: i64,
}

/// No relations: every query starts from a site.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
