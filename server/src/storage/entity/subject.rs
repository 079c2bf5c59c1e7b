//! Visitor, surrogate and the key of the visitor's leaves; destroyed on erasure.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subject")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub site: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub visitor: Vec<u8>,
    pub subject: Uuid,
    pub k: Vec<u8>,
    pub created_at: i64,
}

/// No relations: every query starts from a site.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
