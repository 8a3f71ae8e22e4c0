//! What operators see and do, and the purge that runs by itself.

use std::sync::{Arc, Weak};
use std::time::Duration;

use countersign::admin::{Counts, Entry, Listing, Page, Records, note_change_by_operator};
use countersign::{Clock, EventKey, StoreError, UnixTime};
use sqlx::SqlitePool;

use super::writer::{Answer, Step};
use super::{Inner, SqliteStore};
use crate::error::failed;
use crate::row::{Row, range, whole};

/// How often expired records are looked for.
const PURGE_EVERY: Duration = Duration::from_secs(60);

/// How many go in one statement.
const PURGE_BATCH: u32 = 500;

type Columns = (Vec<u8>, i64, i64, i64, Option<i64>, Vec<u8>, i64, i64, i64, i64);

impl SqliteStore {
    /// The records of a range of keys, in their order.
    async fn entries(
        &self,
        first: Vec<u8>,
        last: Vec<u8>,
        after: Vec<u8>,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let rows: Vec<Columns> = sqlx::query_as(
            "SELECT key, state, fence, attempts, nonce, fingerprint, floor, expires, until, status \
             FROM countersign_records WHERE key >= ? AND key <= ? AND key > ? ORDER BY key LIMIT ?",
        )
        .bind(first)
        .bind(last)
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(&self.inner.pool)
        .await
        .map_err(failed)?;
        rows.into_iter().map(entry).collect()
    }

    async fn now(&self) -> Result<UnixTime, StoreError> {
        now(&self.inner.pool, self.inner.clock.as_ref()).await.map_err(failed)
    }
}

impl Records for SqliteStore {
    async fn list(&self, page: &Page) -> Result<Listing, StoreError> {
        let (first, last) = range(page.endpoint);
        let after = page.after.map_or_else(Vec::new, |after| after.as_bytes().to_vec());
        Ok(Listing { entries: self.entries(first, last, after, page.limit).await?, now: self.now().await? })
    }

    async fn show(&self, key: &EventKey) -> Result<Option<Entry>, StoreError> {
        let key = key.as_bytes().to_vec();
        Ok(self.entries(key.clone(), key, Vec::new(), 1).await?.pop())
    }

    async fn count(&self, endpoint: Option<[u8; 4]>) -> Result<Counts, StoreError> {
        let now = self.now().await?;
        let (first, last) = range(endpoint);
        let mut counts = Counts::default();
        let mut after = Vec::new();
        loop {
            let batch = self.entries(first.clone(), last.clone(), after, 10_000).await?;
            let Some(last_entry) = batch.last() else { return Ok(counts) };
            after = last_entry.key.as_bytes().to_vec();
            batch.iter().for_each(|entry| counts.add(&entry.record, now));
        }
    }

    async fn forget(&self, key: &EventKey) -> Result<bool, StoreError> {
        let deleted = sqlx::query("DELETE FROM countersign_records WHERE key = ?")
            .bind(key.as_bytes().to_vec())
            .execute(&self.inner.pool)
            .await
            .map_err(failed)?;
        if deleted.rows_affected() > 0 {
            note_change_by_operator("forget", key);
        }
        Ok(deleted.rows_affected() > 0)
    }

    async fn redrive(&self, key: &EventKey) -> Result<bool, StoreError> {
        let redriven = matches!(self.step(key, Step::Redrive).await?, Answer::Redriven(true));
        if redriven {
            note_change_by_operator("redrive", key);
        }
        Ok(redriven)
    }

    async fn purge(&self, limit: u32) -> Result<u64, StoreError> {
        purge(&self.inner.pool, self.inner.clock.as_ref(), limit).await.map_err(failed)
    }
}

/// Removes expired records.
async fn purge(pool: &SqlitePool, clock: &dyn Clock, limit: u32) -> Result<u64, sqlx::Error> {
    let now = whole(now(pool, clock).await?.as_millis());
    let purged = sqlx::query(
        "DELETE FROM countersign_records WHERE key IN (\
             SELECT key FROM countersign_records WHERE expires < ? AND NOT (state = 1 AND until >= ?) \
             ORDER BY expires LIMIT ?)",
    )
    .bind(now)
    .bind(now)
    .bind(i64::from(limit))
    .execute(pool)
    .await?;
    Ok(purged.rows_affected())
}

/// Purges every minute for as long as the store is there.
pub(super) fn purge_while_alive(store: &Arc<Inner>) {
    let store = Arc::downgrade(store);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(PURGE_EVERY).await;
            let Some((pool, clock)) = Weak::upgrade(&store).map(|store| (store.pool.clone(), Arc::clone(&store.clock)))
            else {
                return;
            };
            // A purge that fails is tried again in a minute; claims say for themselves that the file is in trouble.
            while purge(&pool, clock.as_ref(), PURGE_BATCH).await.is_ok_and(|gone| gone >= u64::from(PURGE_BATCH)) {}
        }
    });
}

/// The store's time: never earlier than any process saw it.
async fn now(pool: &SqlitePool, clock: &dyn Clock) -> Result<UnixTime, sqlx::Error> {
    let (seen,): (i64,) = sqlx::query_as("SELECT time FROM countersign_clock").fetch_one(pool).await?;
    let seen = UnixTime::from_millis(u64::try_from(seen).unwrap_or(0));
    Ok(seen.max(clock.now().unwrap_or(seen)))
}

fn entry(columns: Columns) -> Result<Entry, StoreError> {
    let (key, state, fence, attempts, nonce, fingerprint, floor, expires, until, status) = columns;
    let key = key.try_into().map_err(|_| StoreError::corrupt("a key is not of 32 bytes"))?;
    let row = Row { state, fence, attempts, nonce, fingerprint, floor, expires, until, status };
    Ok(Entry { key: EventKey::from_bytes(key), record: row.record()? })
}
