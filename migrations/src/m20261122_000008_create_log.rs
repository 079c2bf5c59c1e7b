//! The evidence log itself: tiles, the index of each record, and what of it was published.

use crate::columns::*;
use sea_orm_migration::prelude::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // C2SP tlog-tiles: up to 256 hashes of 32 bytes; at level 0 also the leaves they are of.
        let tile = vec![
            text("site"),
            number("level"),
            number("position"),
            bytes("hashes"),
            bytes_or_null("leaves"),
        ];
        create(manager, "log_tile", tile, &["site", "level", "position"]).await?;
        let entry = vec![text("site"), id("record"), number("position")];
        create(manager, "log_index", entry, &["site", "record"]).await?;
        let by_position = &["site", "position"];
        index(manager, "log_index_by_position", "log_index", by_position, true).await?;
        // The order of the log: by time, so that a visitor's records keep theirs.
        let by_time = &["site", "queued_at", "record"];
        index(manager, "leaf_queue_by_time", "leaf_queue", by_time, false).await?;
        // Size of the last published checkpoint, -1 before the first, and the signed note itself.
        add_column(manager, "log_head", number("published").default(-1).take()).await?;
        add_column(manager, "log_head", text_or_null("checkpoint")).await?;
        // The register: its length, the hash of its last entry, and how much the witness has.
        add_column(manager, "log_head", number("register_size").default(0).take()).await?;
        add_column(manager, "log_head", bytes_or_null("register_hash")).await?;
        add_column(manager, "log_head", number("register_published").default(0).take()).await?;
        let db = manager.get_connection();
        db.execute_unprepared(
            "create index log_head_unpublished on log_head (site) \
             where published <> size or register_published <> register_size",
        )
        .await?;
        let add_heads = Query::insert()
            .into_table("log_head")
            .columns(["site", "size", "root", "updated_at"])
            .select_from(
                Query::select()
                    .column("id")
                    .expr(Expr::value(0))
                    .expr(Expr::value(EMPTY_ROOT.to_vec()))
                    .column("created_at")
                    .from("site")
                    .take(),
            )
            .map_err(|error| DbErr::Custom(error.to_string()))?
            .take();
        db.execute(&add_heads).await?;
        // Statements about a site that are not records (erasures, publications, retention), each
        // signed by the log's key over the hash of the one before.
        let register = vec![
            text("site"),
            number("seq"),
            bytes("previous"),
            text("kind"),
            number("at"),
            text("body"),
            bytes("signature"),
        ];
        create(manager, "register", register, &["site", "seq"]).await?;
        // Subjects that were forgotten while their records stay: a signed hash of what stayed.
        let forgotten = vec![text("site"), id("subject"), bytes("residue"), bytes("signature")];
        create(manager, "forgotten_subject", forgotten, &["site", "subject"]).await?;
        // `receipt` or `log`; certified by the log's key.
        add_column(manager, "signing_key", text("purpose").default("receipt").take()).await?;
        add_column(manager, "signing_key", bytes_or_null("certificate")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        drop_columns(manager, "signing_key", &["certificate", "purpose"]).await?;
        drop(manager, &["forgotten_subject", "register"]).await?;
        db.execute_unprepared("drop index log_head_unpublished").await?;
        let head =
            ["register_published", "register_hash", "register_size", "checkpoint", "published"];
        drop_columns(manager, "log_head", &head).await?;
        db.execute_unprepared("delete from log_head").await?;
        db.execute_unprepared("drop index leaf_queue_by_time").await?;
        drop(manager, &["log_index", "log_tile"]).await
    }
}

/// SHA-256 of nothing: the root of an empty tree (RFC 9162 section 2.1.1).
const EMPTY_ROOT: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];
