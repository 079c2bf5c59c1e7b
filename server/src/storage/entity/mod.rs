//! One table per file, as SeaORM sees it.
#![expect(missing_docs, reason = "what the columns mean is written in the migrations")]

pub mod api_key;
pub mod asset;
pub mod count_group;
pub mod counter;
pub mod decision;
pub mod erasure;
pub mod forgotten_subject;
pub mod handover;
pub mod leaf_queue;
pub mod log_head;
pub mod log_index;
pub mod log_tile;
pub mod notice;
pub mod publication;
pub mod record;
pub mod record_key;
pub mod record_personal;
pub mod register;
pub mod retention;
pub mod session;
pub mod signing_key;
pub mod site;
pub mod site_origin;
pub mod state;
pub mod subject;
pub mod user_account;
