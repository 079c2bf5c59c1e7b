//! Records that count alike and wait to be counted.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "count_group")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub site: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub hour: i64,
    pub notice: Vec<u8>,
    pub action: String,
    pub choices: String,
    pub vendors: String,
    pub language: String,
    pub country: Option<String>,
    pub device: String,
    pub records: i64,
}

/// No relations: every query starts from a site.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
