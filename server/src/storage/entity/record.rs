//! A record's immutable part.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub site: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub subject: Uuid,
    pub version: i64,
    pub base_version: i64,
    pub action: String,
    pub asked: String,
    pub asked_vendors: String,
    pub choices: String,
    pub vendors: String,
    pub notice: Vec<u8>,
    pub method: String,
    pub gpc: bool,
    pub assurance: String,
    pub given_at: i64,
    pub expires_at: i64,
    pub body_hash: Vec<u8>,
    pub commitment: Vec<u8>,
    pub key_id: String,
    pub signature: Vec<u8>,
}

/// No relations: every query starts from a site.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
