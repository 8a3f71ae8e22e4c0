//! What operators see and do, and the purge that runs by itself.

use std::sync::{Arc, Weak};
use std::time::Duration;

use countersign::admin::{Counts, Entry, Listing, Page, Records, note_change_by_operator};
use countersign::record::Settled;
use countersign::{EventKey, Fence, StoreError, UnixTime};

use super::pool::Pool;
use super::{Inner, PostgresStore, corrupt};
use crate::error::failed;
use crate::row::{Row, range};

/// How often expired records are looked for.
const PURGE_EVERY: Duration = Duration::from_secs(60);

/// How many go in one statement.
const PURGE_BATCH: u32 = 1_000;

type Columns = (Vec<u8>, i16, i64, i32, Option<i64>, Vec<u8>, i64, i64, i64, i32);

impl Records for PostgresStore {
    async fn list(&self, page: &Page) -> Result<Listing, StoreError> {
        let (first, last) = range(page.endpoint);
        let rows = self.inner.pool.step(|connection| {
            let select = sqlx::query_as(
                "SELECT key, state, fence, attempts, nonce, fingerprint, floor, expires, until, status \
                 FROM countersign_records WHERE key >= $1 AND key <= $2 AND ($3::bytea IS NULL OR key > $3) \
                 ORDER BY key LIMIT $4",
            )
            .bind(first.clone())
            .bind(last.clone())
            .bind(page.after.map(|after| after.as_bytes().to_vec()))
            .bind(i64::from(page.limit));
            Box::pin(select.fetch_all(connection))
        });
        let rows: Vec<Columns> = rows.await.map_err(failed)?;
        let now = now(&self.inner.pool).await?;
        Ok(Listing { entries: rows.into_iter().map(entry).collect::<Result<_, _>>()?, now })
    }

    async fn show(&self, key: &EventKey) -> Result<Option<Entry>, StoreError> {
        let row = self.inner.pool.step(|connection| {
            let select = sqlx::query_as(
                "SELECT key, state, fence, attempts, nonce, fingerprint, floor, expires, until, status \
                 FROM countersign_records WHERE key = $1",
            )
            .bind(key.as_bytes().to_vec());
            Box::pin(select.fetch_optional(connection))
        });
        row.await.map_err(failed)?.map(entry).transpose()
    }

    async fn count(&self, endpoint: Option<[u8; 4]>) -> Result<Counts, StoreError> {
        let (first, last) = range(endpoint);
        let rows = self.inner.pool.step(|connection| {
            let select = sqlx::query_as(
                "WITH now AS (SELECT countersign_now() AS ms) \
                 SELECT state, ms > expires AND NOT (state = 1 AND ms <= until) AS expired, count(*) \
                 FROM countersign_records, now WHERE key >= $1 AND key <= $2 GROUP BY 1, 2",
            )
            .bind(first.clone())
            .bind(last.clone());
            Box::pin(select.fetch_all(connection))
        });
        let rows: Vec<(i16, bool, i64)> = rows.await.map_err(failed)?;
        let mut counts = Counts::default();
        for (state, expired, count) in rows {
            let place = match (state, expired) {
                (_, true) => &mut counts.expired,
                (1, _) => &mut counts.running,
                (2, _) => &mut counts.completed,
                (3, _) => &mut counts.released,
                (4, _) => &mut counts.parked,
                _ => return Err(corrupt()),
            };
            *place = place.saturating_add(count.unsigned_abs());
        }
        Ok(counts)
    }

    async fn forget(&self, key: &EventKey) -> Result<bool, StoreError> {
        let deleted = self.inner.pool.step(|connection| {
            let delete = sqlx::query("DELETE FROM countersign_records WHERE key = $1").bind(key.as_bytes().to_vec());
            Box::pin(delete.execute(connection))
        });
        let forgotten = deleted.await.map_err(failed)?.rows_affected() > 0;
        if forgotten {
            note_change_by_operator("forget", key);
        }
        Ok(forgotten)
    }

    async fn redrive(&self, key: &EventKey) -> Result<bool, StoreError> {
        let redriven = self.settle(key, "redrive", Fence::new(0), Duration::ZERO, None).await? == Settled::Done;
        if redriven {
            note_change_by_operator("redrive", key);
        }
        Ok(redriven)
    }

    async fn purge(&self, limit: u32) -> Result<u64, StoreError> {
        purge(&self.inner.pool, limit).await.map_err(failed)
    }
}

/// Removes expired records. What another purge or a claim has in hand is passed over.
async fn purge(pool: &Pool, limit: u32) -> Result<u64, sqlx::Error> {
    let purged = pool.step(|connection| {
        let delete = sqlx::query(
            "DELETE FROM countersign_records WHERE key IN (\
                 SELECT key FROM countersign_records \
                 WHERE expires < countersign_now() AND NOT (state = 1 AND until >= countersign_now()) \
                 ORDER BY expires LIMIT $1 FOR UPDATE SKIP LOCKED)",
        )
        .bind(i64::from(limit));
        Box::pin(delete.execute(connection))
    });
    Ok(purged.await?.rows_affected())
}

/// Purges every minute for as long as the store is there.
pub(super) fn purge_while_alive(store: &Arc<Inner>) {
    let store = Arc::downgrade(store);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(PURGE_EVERY).await;
            let Some(pool) = Weak::upgrade(&store).map(|store| store.pool.clone()) else { return };
            // A purge that fails is tried again in a minute; claims say for themselves that the database is down.
            while purge(&pool, PURGE_BATCH).await.is_ok_and(|gone| gone >= u64::from(PURGE_BATCH)) {}
        }
    });
}

async fn now(pool: &Pool) -> Result<UnixTime, StoreError> {
    let asked = pool.step(|connection| Box::pin(sqlx::query_as("SELECT countersign_now()").fetch_one(connection)));
    let (now,): (i64,) = asked.await.map_err(failed)?;
    u64::try_from(now).map(UnixTime::from_millis).map_err(|_| corrupt())
}

fn entry(columns: Columns) -> Result<Entry, StoreError> {
    let (key, state, fence, attempts, nonce, fingerprint, floor, expires, until, status) = columns;
    let key = EventKey::from_bytes(key.try_into().map_err(|_| corrupt())?);
    let (state, attempts, status) = (state.into(), attempts.into(), status.into());
    let row = Row { state, fence, attempts, nonce, fingerprint, floor, expires, until, status };
    Ok(Entry { key, record: row.record()? })
}
