//! Records (immutable), their forgettable parts, subjects, the register of erasures and the state.

use crate::columns::*;
use sea_orm_migration::prelude::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let record = vec![
            text("site"),
            id("id"),
            id("subject"),
            number("version"),
            number("base_version"),
            text("action"),
            text("asked"),
            text("asked_vendors"),
            text("choices"),
            text("vendors"),
            bytes("notice"),
            text("method"),
            flag("gpc"),
            text("assurance"),
            number("given_at"),
            number("expires_at"),
            bytes("body_hash"),
            bytes("commitment"),
            text("key_id"),
            bytes("signature"),
        ];
        create(manager, "record", record, &["site", "id"]).await?;
        let by_subject = &["site", "subject", "version"];
        index(manager, "record_by_subject", "record", by_subject, true).await?;
        index(manager, "record_by_time", "record", &["site", "given_at", "id"], false).await?;
        let personal = vec![
            text("site"),
            id("record"),
            text("regime"),
            text_or_null("law"),
            flag("gpc_honoured"),
            text_or_null("country"),
            text_or_null("region"),
            text("language"),
            text_or_null("page"),
            text("device"),
            flag("bot"),
            text_or_null("browser_key"),
            text_or_null("browser_signature"),
        ];
        create(manager, "record_personal", personal, &["site", "record"]).await?;
        let subject =
            vec![text("site"), bytes("visitor"), id("subject"), bytes("k"), number("created_at")];
        create(manager, "subject", subject, &["site", "visitor"]).await?;
        index(manager, "subject_by_surrogate", "subject", &["site", "subject"], true).await?;
        let erasure =
            vec![text("site"), bytes("visitor_hmac"), number("erased_at"), text("requested_by")];
        create(manager, "erasure", erasure, &["site", "visitor_hmac"]).await?;
        let state = vec![
            text("site"),
            bytes("visitor"),
            number("version"),
            id("record"),
            text("action"),
            text("method"),
            flag("gpc"),
            bytes("notice"),
            text("choices"),
            text("vendors"),
            text("taken_back"),
            number("given_at"),
            number("expires_at"),
            text("personal"),
        ];
        create(manager, "state", state, &["site", "visitor"]).await?;
        freeze(manager, "record").await?;
        freeze(manager, "notice").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        thaw(manager, "notice").await?;
        thaw(manager, "record").await?;
        drop(manager, &["state", "erasure", "subject", "record_personal", "record"]).await
    }
}
