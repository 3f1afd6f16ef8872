//! Plain SQL with bound values, for lists and for writes that an entity would only blur.

use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, TryGetable, Value};

use crate::error::{Error, Result};

/// A statement with its values: `Sql::new("SELECT … WHERE id = ?").bind(7)`.
#[must_use]
pub struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// A statement; every `?` wants one [`Sql::bind`].
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            values: Vec::new(),
        }
    }

    /// The value for the next `?`.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Adds more SQL, for filters that are only sometimes there.
    pub fn push(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    fn statement(self) -> Statement {
        Statement::from_sql_and_values(DbBackend::Sqlite, self.text, self.values)
    }
}

/// Running [`Sql`] on a connection or a transaction.
#[allow(async_fn_in_trait)]
pub trait SqlExt: ConnectionTrait {
    /// All rows.
    fn all<T: FromQueryResult + Send>(
        &self,
        sql: Sql,
    ) -> impl Future<Output = Result<Vec<T>>> + Send;
    /// The first row, if there is one.
    fn maybe<T: FromQueryResult + Send>(
        &self,
        sql: Sql,
    ) -> impl Future<Output = Result<Option<T>>> + Send;
    /// The first row, else [`Error::NotFound`].
    fn one<T: FromQueryResult + Send>(&self, sql: Sql) -> impl Future<Output = Result<T>> + Send;
    /// The first column of the first row, if there is a row.
    fn scalar<T: TryGetable + Send>(
        &self,
        sql: Sql,
    ) -> impl Future<Output = Result<Option<T>>> + Send;
    /// The first column of every row.
    fn scalars<T: TryGetable + Send>(
        &self,
        sql: Sql,
    ) -> impl Future<Output = Result<Vec<T>>> + Send;
    /// Runs a write; returns how many rows it changed.
    fn run(&self, sql: Sql) -> impl Future<Output = Result<u64>> + Send;
    /// Runs an INSERT; returns the new row's id.
    fn insert(&self, sql: Sql) -> impl Future<Output = Result<i64>> + Send;
}

impl<C: ConnectionTrait + Sync> SqlExt for C {
    async fn all<T: FromQueryResult + Send>(&self, sql: Sql) -> Result<Vec<T>> {
        Ok(T::find_by_statement(sql.statement()).all(self).await?)
    }

    async fn maybe<T: FromQueryResult + Send>(&self, sql: Sql) -> Result<Option<T>> {
        Ok(T::find_by_statement(sql.statement()).one(self).await?)
    }

    async fn one<T: FromQueryResult + Send>(&self, sql: Sql) -> Result<T> {
        self.maybe(sql).await?.ok_or(Error::NotFound)
    }

    async fn scalar<T: TryGetable + Send>(&self, sql: Sql) -> Result<Option<T>> {
        match self.query_one_raw(sql.statement()).await? {
            Some(row) => Ok(Some(row.try_get_by_index(0)?)),
            None => Ok(None),
        }
    }

    async fn scalars<T: TryGetable + Send>(&self, sql: Sql) -> Result<Vec<T>> {
        let rows = self.query_all_raw(sql.statement()).await?;
        Ok(rows
            .iter()
            .map(|row| row.try_get_by_index(0))
            .collect::<Result<_, _>>()?)
    }

    async fn run(&self, sql: Sql) -> Result<u64> {
        Ok(self.execute_raw(sql.statement()).await?.rows_affected())
    }

    async fn insert(&self, sql: Sql) -> Result<i64> {
        let done = self.execute_raw(sql.statement()).await?;
        i64::try_from(done.last_insert_id()).map_err(|_| Error::internal("row id out of range"))
    }
}
