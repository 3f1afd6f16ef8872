//! The database schema, as plain SQL in transactions. A migration that has landed is never
//! edited: a change is a new file.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbErr},
};

/// All migrations in order.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(Sql {
                name: "m0001_foundation",
                up: include_str!("m0001_foundation.sql"),
            }),
            Box::new(Sql {
                name: "m0002_backup",
                up: include_str!("m0002_backup.sql"),
            }),
            Box::new(Sql {
                name: "m0003_senders",
                up: include_str!("m0003_senders.sql"),
            }),
            Box::new(Sql {
                name: "m0004_sending",
                up: include_str!("m0004_sending.sql"),
            }),
            Box::new(Sql {
                name: "m0005_search",
                up: include_str!("m0005_search.sql"),
            }),
            Box::new(Sql {
                name: "m0006_ledger",
                up: include_str!("m0006_ledger.sql"),
            }),
            Box::new(Sql {
                name: "m0006a_checks_by_shop",
                up: include_str!("m0006a_checks_by_shop.sql"),
            }),
            Box::new(Sql {
                name: "m0007_job_ids",
                up: include_str!("m0007_job_ids.sql"),
            }),
        ]
    }
}

/// One migration: a name and the SQL that takes the schema there.
struct Sql {
    name: &'static str,
    up: &'static str,
}

impl MigrationName for Sql {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Sql {
    /// On SQLite a migration is only in a transaction when it says so; without it a crash would
    /// leave half a schema behind.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.up).await?;
        Ok(())
    }
}
