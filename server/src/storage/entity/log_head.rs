//! The evidence log's size and root, and what of log and register was published; one row a site.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "log_head")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub site: String,
    pub size: i64,
    pub root: Vec<u8>,
    pub updated_at: i64,
    pub published: i64,
    pub checkpoint: Option<String>,
    pub register_size: i64,
    pub register_hash: Option<Vec<u8>>,
    pub register_published: i64,
}

/// No relations: every query starts from a site.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
