//! The writer: many steps in one transaction. The records are read together, the protocol's own functions decide, and
//! what changed is written together.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use countersign::record::{self, ClaimRequest, Claimed, Record, Settled};
use countersign::{ClaimReply, EventKey, Fence, Outcome, StoreError, UnixTime};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, SqliteConnection};
use tokio::sync::Mutex;

use crate::error::failed;
use crate::gather::Batch;
use crate::row::{Row, whole};

/// Writes to the file, a transaction at a time.
pub(super) struct Writer {
    /// Gone after a transaction whose end is unknown: the next one begins on a connection of its own.
    connection: Mutex<Option<SqliteConnection>>,
    options: SqliteConnectOptions,
    clock: Arc<dyn countersign::Clock>,
}

/// One step of the protocol.
pub(super) struct Asking {
    pub(super) key: EventKey,
    pub(super) step: Step,
}

pub(super) enum Step {
    Claim(ClaimRequest),
    Renew { fence: Fence, lease: Duration },
    Complete { fence: Fence, outcome: Outcome, retention: Duration },
    Release { fence: Fence, wait: Duration },
    Redrive,
}

pub(super) enum Answer {
    Claimed(ClaimReply),
    Settled(Settled),
    Redriven(bool),
}

/// The store's clock and its last fence, as the file has them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    fence: u64,
    time: UnixTime,
}

/// Records with the bytes of their outcomes.
pub(super) type Known = HashMap<EventKey, (Record, Option<Vec<u8>>)>;

/// A record to be written, and its outcome where it is completed.
pub(super) type Changed = (EventKey, Row, Option<Vec<u8>>);

type Columns = (Vec<u8>, i64, i64, i64, Option<i64>, Vec<u8>, i64, i64, i64, i64, Option<Vec<u8>>);

impl Clock {
    /// The time by `now`, never earlier than any process saw it: a step back of the machine's clock shortens no lease.
    pub(super) fn tick(&mut self, now: Option<UnixTime>) -> UnixTime {
        self.time = self.time.max(now.unwrap_or(self.time));
        self.time
    }
}

impl Writer {
    pub(super) fn new(
        connection: SqliteConnection,
        options: SqliteConnectOptions,
        clock: Arc<dyn countersign::Clock>,
    ) -> Self {
        Self { connection: Mutex::new(Some(connection)), options, clock }
    }

    async fn transact(&self, askings: &[Asking]) -> Result<Vec<Result<Answer, StoreError>>, StoreError> {
        let mut place = self.connection.lock().await;
        let mut connection = match place.take() {
            Some(connection) => connection,
            None => self.options.connect().await.map_err(failed)?,
        };
        let result = transact(&mut connection, askings, self.clock.as_ref()).await;
        // Kept only after a transaction that surely ended. Else it is dropped, and with it whatever it had begun; it is
        // rolled back before, because a dropped connection closes when its thread comes to it.
        let ended = match result {
            Ok(_) => true,
            Err(_) => sqlx::query("ROLLBACK").execute(&mut connection).await.is_ok(),
        };
        *place = ended.then_some(connection);
        result
    }
}

impl Batch for Writer {
    type Asking = Asking;
    type Answer = Answer;
    type Session = ();

    /// Half a transaction costs its connection.
    const ALONE_ON_CALLER: bool = false;

    /// Steps at one event may go in one transaction: they are taken one after the other.
    fn collide(_: &Asking, _: &Asking) -> bool {
        false
    }

    async fn run(&self, askings: Vec<Asking>, (): &mut ()) -> Vec<Result<Answer, StoreError>> {
        match self.transact(&askings).await {
            Ok(answers) => answers,
            // A record that cannot be read must not fail its neighbours: each step is tried alone.
            Err(error) if askings.len() > 1 && error.kind() == countersign::StoreErrorKind::Corrupt => {
                let mut answers = Vec::with_capacity(askings.len());
                for asking in askings {
                    let alone = self.transact(std::slice::from_ref(&asking)).await;
                    answers.push(alone.and_then(|mut answers| answers.pop().unwrap_or_else(|| Err(nothing()))));
                }
                answers
            }
            Err(error) => askings.iter().map(|_| Err(error.clone())).collect(),
        }
    }
}

fn nothing() -> StoreError {
    StoreError::unavailable("the step ended without an answer")
}

async fn transact(
    connection: &mut SqliteConnection,
    askings: &[Asking],
    machine: &dyn countersign::Clock,
) -> Result<Vec<Result<Answer, StoreError>>, StoreError> {
    let mut keys: Vec<EventKey> = askings.iter().map(|asking| asking.key).collect();
    keys.sort_unstable();
    keys.dedup();
    let (mut clock, mut known) = read(connection, "BEGIN IMMEDIATE; ", &keys).await?;
    let now = clock.tick(machine.now());
    let mut changed: HashMap<EventKey, ()> = HashMap::new();
    let mut answers = Vec::with_capacity(askings.len());
    for asking in askings {
        let (record, answer) = decide(asking, known.get(&asking.key), &mut clock, now);
        if let Some(changed_to) = record {
            known.insert(asking.key, changed_to);
            changed.insert(asking.key, ());
        }
        answers.push(answer);
    }
    let rows = known.into_iter().filter(|(key, _)| changed.contains_key(key));
    let mut rows: Vec<Changed> = rows.map(|(key, (record, outcome))| (key, Row::of(&record), outcome)).collect();
    // In the order of the tree that they go into.
    rows.sort_unstable_by_key(|(key, ..)| *key);
    if rows.is_empty() {
        sqlx::query("ROLLBACK").execute(&mut *connection).await.map_err(failed)?;
    } else {
        write(connection, &clock, &rows, "; COMMIT").await.map_err(failed)?;
    }
    Ok(answers)
}

type Decided = (Option<(Record, Option<Vec<u8>>)>, Result<Answer, StoreError>);

/// One step, by the protocol.
fn decide(asking: &Asking, known: Option<&(Record, Option<Vec<u8>>)>, clock: &mut Clock, now: UnixTime) -> Decided {
    let record = known.map(|(record, _)| record);
    let kept = known.and_then(|(_, outcome)| outcome.clone());
    match &asking.step {
        Step::Claim(request) => {
            let fence = Fence::new(clock.fence.saturating_add(1));
            let (changed, claimed) = record::claim(record, request, now, fence);
            if matches!(claimed, Claimed::Granted { fence: given, .. } if given == fence) {
                clock.fence = fence.get();
            }
            let outcome = match claimed {
                Claimed::Completed { status } => {
                    match kept.as_deref().and_then(|written| Outcome::decode(status, written)) {
                        Some(outcome) => Some(outcome),
                        None => {
                            return (None, Err(StoreError::corrupt("the outcome of a completed event cannot be read")));
                        }
                    }
                }
                _ => None,
            };
            (changed.map(|record| (record, None)), Ok(Answer::Claimed(ClaimReply { claimed, outcome })))
        }
        Step::Renew { fence, lease } => {
            let (changed, settled) = record::renew(record, *fence, *lease, now);
            (changed.map(|record| (record, kept)), Ok(Answer::Settled(settled)))
        }
        Step::Complete { fence, outcome, retention } => {
            let (changed, settled) = record::complete(record, *fence, outcome.status, *retention, now);
            (changed.map(|record| (record, Some(outcome.encode()))), Ok(Answer::Settled(settled)))
        }
        Step::Release { fence, wait } => {
            let (changed, settled) = record::release(record, *fence, *wait, now);
            (changed.map(|record| (record, kept)), Ok(Answer::Settled(settled)))
        }
        Step::Redrive => {
            let changed =
                record.filter(|record| !record.is_expired(now)).and_then(|record| record::redrive(record, now));
            let redriven = changed.is_some();
            (changed.map(|record| (record, kept)), Ok(Answer::Redriven(redriven)))
        }
    }
}

/// Reads the clock and the records of `keys`, after `before`: each round to the thread that runs SQLite is a wait.
pub(super) async fn read(
    connection: &mut SqliteConnection,
    before: &'static str,
    keys: &[EventKey],
) -> Result<(Clock, Known), StoreError> {
    // The clock comes as a row of its own, under an empty key.
    let mut select = format!(
        "{before}SELECT x'' AS key, 0, fence, 0, NULL, x'', time, 0, 0, 0, NULL FROM countersign_clock UNION ALL \
         SELECT key, state, fence, attempts, nonce, fingerprint, floor, expires, until, status, outcome \
         FROM countersign_records WHERE key IN (",
    );
    select.push_str(&vec!["?"; keys.len()].join(","));
    select.push(')');
    // Nothing but question marks was put together.
    let mut query = sqlx::query_as::<_, Columns>(AssertSqlSafe(select));
    for key in keys {
        query = query.bind(key.as_bytes().to_vec());
    }
    let mut clock = None;
    let mut known = Known::new();
    for columns in query.fetch_all(connection).await.map_err(failed)? {
        let (key, state, fence, attempts, nonce, fingerprint, floor, expires, until, status, outcome) = columns;
        if key.is_empty() {
            let time = u64::try_from(floor).map(UnixTime::from_millis);
            clock = u64::try_from(fence).ok().zip(time.ok()).map(|(fence, time)| Clock { fence, time });
            continue;
        }
        let row = Row { state, fence, attempts, nonce, fingerprint, floor, expires, until, status };
        let key = key.try_into().map_err(|_| StoreError::corrupt("a key is not of 32 bytes"))?;
        known.insert(EventKey::from_bytes(key), (row.record()?, outcome));
    }
    let clock = clock.ok_or_else(|| StoreError::corrupt("the table countersign_clock has lost its row"))?;
    Ok((clock, known))
}

/// Writes the clock and the records that changed, and then does what `after` says.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    clock: &Clock,
    changed: &[Changed],
    after: &'static str,
) -> Result<(), sqlx::Error> {
    let mut upsert =
        String::from("UPDATE countersign_clock SET fence = ?, time = ?; REPLACE INTO countersign_records VALUES ");
    upsert.push_str(&vec!["(?,?,?,?,?,?,?,?,?,?,?)"; changed.len()].join(","));
    upsert.push_str(after);
    // Nothing but question marks was put together.
    let mut query = sqlx::query(AssertSqlSafe(upsert)).bind(whole(clock.fence)).bind(whole(clock.time.as_millis()));
    for (key, row, outcome) in changed {
        query = query
            .bind(key.as_bytes().to_vec())
            .bind(row.state)
            .bind(row.fence)
            .bind(row.attempts)
            .bind(row.nonce)
            .bind(row.fingerprint.clone())
            .bind(row.floor)
            .bind(row.expires)
            .bind(row.until)
            .bind(row.status)
            .bind(outcome.clone());
    }
    query.execute(connection).await.map(|_| ())
}
