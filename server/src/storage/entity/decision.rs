//! An answered decision: who asked, and what the answer said.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "decision")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub site: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub decided_at: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub subject: Option<Uuid>,
    pub asked_by: String,
    pub purpose: String,
    pub vendor: Option<String>,
    pub allowed: bool,
    pub reason: String,
    pub record: Option<Uuid>,
    pub as_of: i64,
    pub request: Uuid,
}

/// No relations: every query starts from a site.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
