//! What operators see and do. Listing walks over all names of the store, a batch at a time: Redis keeps no order.

use std::sync::LazyLock;

use countersign::admin::{Counts, Entry, Listing, Page, Records, note_change_by_operator};
use countersign::{EventKey, StoreError, UnixTime};

use crate::script::{CLOCK, RECORD, Script};
use crate::store::{RedisStore, corrupt, failed};
use crate::wire;

static REDRIVE: LazyLock<Script> = LazyLock::new(|| Script::new(&[CLOCK, RECORD, include_str!("lua/redrive.lua")]));

/// How many names the server looks at in one step of a walk.
const BATCH: usize = 1_000;

impl RedisStore {
    /// The keys of all records, or of one endpoint's, in order.
    async fn keys(&self, endpoint: Option<[u8; 4]>) -> Result<Vec<EventKey>, StoreError> {
        let mut connection = self.inner.connection.clone();
        let start = format!("{{{}}}:", self.inner.prefix);
        let digits = endpoint.map(|bytes| bytes.map(|byte| format!("{byte:02x}")).concat()).unwrap_or_default();
        let pattern = format!("{start}{digits}*");
        let mut keys = Vec::new();
        let mut cursor = 0u64;
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(&pattern).arg("COUNT").arg(BATCH);
            let (next, names): (u64, Vec<String>) = scan.query_async(&mut connection).await.map_err(failed)?;
            keys.extend(names.iter().filter_map(|name| name.strip_prefix(&start)?.parse::<EventKey>().ok()));
            cursor = next;
            if cursor == 0 {
                break;
            }
        }
        keys.sort_unstable();
        // A walk may meet a name twice while the server resizes its table.
        keys.dedup();
        Ok(keys)
    }

    async fn entries(&self, keys: &[EventKey]) -> Result<Vec<Entry>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut connection = self.inner.connection.clone();
        let mut get = redis::cmd("MGET");
        keys.iter().for_each(|key| {
            get.arg(self.name(key));
        });
        let values: Vec<Option<Vec<u8>>> = get.query_async(&mut connection).await.map_err(failed)?;
        let mut entries = Vec::with_capacity(keys.len());
        for (key, value) in keys.iter().zip(values) {
            // Gone since the walk met it.
            let Some(value) = value else { continue };
            let (record, _) = wire::read_record(&value).ok_or_else(|| corrupt("its header cannot be read"))?;
            entries.push(Entry { key: *key, record });
        }
        Ok(entries)
    }

    async fn now(&self) -> Result<UnixTime, StoreError> {
        let mut connection = self.inner.connection.clone();
        let (seconds, micros): (u64, u64) = redis::cmd("TIME").query_async(&mut connection).await.map_err(failed)?;
        Ok(UnixTime::from_millis(seconds.saturating_mul(1_000).saturating_add(micros / 1_000)))
    }
}

impl Records for RedisStore {
    async fn list(&self, page: &Page) -> Result<Listing, StoreError> {
        let mut keys = self.keys(page.endpoint).await?;
        keys.retain(|key| page.after.is_none_or(|after| *key > after));
        keys.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
        Ok(Listing { entries: self.entries(&keys).await?, now: self.now().await? })
    }

    async fn show(&self, key: &EventKey) -> Result<Option<Entry>, StoreError> {
        Ok(self.entries(&[*key]).await?.pop())
    }

    async fn count(&self, endpoint: Option<[u8; 4]>) -> Result<Counts, StoreError> {
        let now = self.now().await?;
        let mut counts = Counts::default();
        for batch in self.keys(endpoint).await?.chunks(BATCH) {
            for entry in self.entries(batch).await? {
                counts.add(&entry.record, now);
            }
        }
        Ok(counts)
    }

    async fn forget(&self, key: &EventKey) -> Result<bool, StoreError> {
        let mut connection = self.inner.connection.clone();
        let gone: u64 = redis::cmd("DEL").arg(self.name(key)).query_async(&mut connection).await.map_err(failed)?;
        if gone > 0 {
            note_change_by_operator("forget", key);
        }
        Ok(gone > 0)
    }

    async fn redrive(&self, key: &EventKey) -> Result<bool, StoreError> {
        let mut call = REDRIVE.call(1);
        call.arg(self.name(key));
        let redriven = self.run(&REDRIVE, &call).await? == b"D";
        if redriven {
            note_change_by_operator("redrive", key);
        }
        Ok(redriven)
    }

    /// Nothing to do: Redis removes records by itself, each a second after its time.
    async fn purge(&self, _: u32) -> Result<u64, StoreError> {
        Ok(0)
    }
}
