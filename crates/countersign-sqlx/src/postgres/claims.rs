//! Claims: new events by one plain insert, those that have a record by the function that knows the whole protocol.

use std::collections::HashMap;

use countersign::record::{ClaimRequest, Claimed};
use countersign::{ClaimReply, EventKey, Fence, Outcome, StoreError, UnixTime};
use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::QueryAs;

use super::pool::{Lent, Pool, in_time};
use super::{corrupt, millis};
use crate::error::failed;
use crate::gather::Batch;
use crate::row::nonce;

/// Claims that go to the server together.
pub(super) struct Claims {
    pub(super) pool: Pool,
}

pub(super) struct Asking {
    pub(super) key: EventKey,
    pub(super) request: ClaimRequest,
}

/// The key and the fence of a new event.
type NewRow = (Vec<u8>, i64);

/// A row of `countersign_claim`.
type KnownRow = (Vec<u8>, String, i64, i32, i64, i32, Option<Vec<u8>>);

/// Claims of new events, which are the rule: plain statements, several times as cheap as the function that knows the
/// whole protocol. It is asked about those that are not new.
const INSERT_ONE: &str = "INSERT INTO countersign_records AS r \
     VALUES ($1, 1, nextval('countersign_fences'), 1, $2, $3, countersign_now() + $4, countersign_now() + $5, \
         countersign_now() + $6, 0, NULL) \
     ON CONFLICT (key) DO NOTHING RETURNING r.key, r.fence";
const INSERT_MANY: &str = "INSERT INTO countersign_records AS r \
     SELECT a.key, 1, nextval('countersign_fences'), 1, a.nonce, a.fingerprint, now.ms + $4, now.ms + $5, now.ms + $6, \
         0, NULL \
     FROM (SELECT countersign_now() AS ms) now, unnest($1, $2, $3) AS a(key, nonce, fingerprint) ORDER BY a.key \
     ON CONFLICT (key) DO NOTHING RETURNING r.key, r.fence";
const CLAIM: &str = "SELECT * FROM countersign_claim($1, $2, $3, $4, $5, $6, $7, $8)";

impl Batch for Claims {
    type Asking = Asking;
    type Answer = ClaimReply;

    /// A connection that the pool need not look at between two steps.
    type Session = Option<Lent>;

    /// A caller that goes away half-way costs a connection: seldom, and less than a hop for each of the others.
    const ALONE_ON_CALLER: bool = true;

    /// The claims of one call are of different events and by the same rules; those of an endpoint are.
    fn collide(a: &Asking, b: &Asking) -> bool {
        a.key == b.key || !have_same_rules(&a.request, &b.request)
    }

    async fn run(&self, askings: Vec<Asking>, session: &mut Self::Session) -> Vec<Result<ClaimReply, StoreError>> {
        in_time(self.claim(&askings, session)).await.unwrap_or_else(|error| {
            let error = failed(error);
            askings.iter().map(|_| Err(error.clone())).collect()
        })
    }
}

impl Claims {
    /// Claims new events first, then the others.
    async fn claim(
        &self,
        askings: &[Asking],
        session: &mut Option<Lent>,
    ) -> Result<Vec<Result<ClaimReply, StoreError>>, sqlx::Error> {
        let Some(all) = Columns::of(askings.iter()) else { return Ok(Vec::new()) };
        // Taken out: it comes back if all goes well, and else the pool has it, or nobody.
        let mut connection = match session.take() {
            Some(connection) => connection,
            None => self.pool.lend().await?,
        };
        let new = connection.ask(|connection| Box::pin(all.insert().fetch_all(connection))).await?;
        let new: HashMap<&[u8], i64> = new.iter().map(|(key, fence)| (key.as_slice(), *fence)).collect();
        let is_known = |asking: &&Asking| !new.contains_key(asking.key.as_bytes().as_slice());
        let known = match Columns::of(askings.iter().filter(is_known)) {
            Some(known) => connection.ask(|connection| Box::pin(known.claim().fetch_all(connection))).await,
            None => Ok(Vec::new()),
        };
        // New events are claimed, whatever became of the others.
        let (known, error) = match known {
            Ok(known) => {
                *session = Some(connection);
                (known, None)
            }
            Err(error) => (Vec::new(), Some(failed(error))),
        };
        let known: HashMap<&[u8], &KnownRow> = known.iter().map(|row| (row.0.as_slice(), row)).collect();
        let answered = |asking: &Asking| {
            let key = asking.key.as_bytes().as_slice();
            match (new.get(key), known.get(key)) {
                (Some(fence), _) => Ok(ClaimReply { claimed: granted(*fence, 1, false)?, outcome: None }),
                (_, Some(row)) => reply(row),
                _ => Err(error.clone().unwrap_or_else(corrupt)),
            }
        };
        Ok(askings.iter().map(answered).collect())
    }
}

/// What is asked for in one call, in columns. Their order is the statements' own: rows are locked in that of their keys.
struct Columns {
    keys: Vec<[u8; 32]>,
    nonces: Vec<Option<i64>>,
    fingerprints: Vec<[u8; 32]>,
    rules: ClaimRequest,
}

impl Columns {
    /// `None` where nothing is asked for.
    fn of<'a>(askings: impl Iterator<Item = &'a Asking> + Clone) -> Option<Self> {
        Some(Self {
            rules: askings.clone().next()?.request,
            keys: askings.clone().map(|asking| *asking.key.as_bytes()).collect(),
            nonces: askings.clone().map(|asking| asking.request.nonce.map(nonce)).collect(),
            fingerprints: askings.map(|asking| *asking.request.fingerprint.as_bytes()).collect(),
        })
    }

    /// Inserts the records of new events.
    fn insert(&self) -> QueryAs<'static, Postgres, NewRow, PgArguments> {
        let insert = match (self.keys.as_slice(), self.nonces.as_slice(), self.fingerprints.as_slice()) {
            ([key], [nonce], [fingerprint]) => sqlx::query_as(INSERT_ONE).bind(*key).bind(*nonce).bind(*fingerprint),
            _ => {
                let insert = sqlx::query_as(INSERT_MANY);
                insert.bind(self.keys.clone()).bind(self.nonces.clone()).bind(self.fingerprints.clone())
            }
        };
        insert
            .bind(millis(self.rules.floor))
            .bind(millis(self.rules.retention.max(self.rules.floor)))
            .bind(millis(self.rules.lease))
    }

    /// Claims events that have a record.
    fn claim(&self) -> QueryAs<'static, Postgres, KnownRow, PgArguments> {
        sqlx::query_as(CLAIM)
            .bind(self.keys.clone())
            .bind(self.nonces.clone())
            .bind(self.fingerprints.clone())
            .bind(self.rules.compare_fingerprint)
            .bind(millis(self.rules.lease))
            .bind(millis(self.rules.retention))
            .bind(millis(self.rules.floor))
            .bind(i64::from(self.rules.max_attempts))
    }
}

/// Whether two requests differ in nothing but what is each event's own.
fn have_same_rules(a: &ClaimRequest, b: &ClaimRequest) -> bool {
    let rules = |request: &ClaimRequest| {
        let ClaimRequest { fingerprint: _, compare_fingerprint, lease, retention, floor, max_attempts, nonce: _ } =
            *request;
        (compare_fingerprint, lease, retention, floor, max_attempts)
    };
    rules(a) == rules(b)
}

fn granted(fence: i64, attempts: i32, takeover: bool) -> Result<Claimed, StoreError> {
    Ok(Claimed::Granted {
        fence: Fence::new(u64::try_from(fence).map_err(|_| corrupt())?),
        attempt: u32::try_from(attempts).map_err(|_| corrupt())?,
        takeover,
    })
}

fn reply((_, answer, fence, attempts, until, status, outcome): &KnownRow) -> Result<ClaimReply, StoreError> {
    let until = u64::try_from(*until).map(UnixTime::from_millis).map_err(|_| corrupt());
    let claimed = match answer.as_str() {
        "G" | "T" => granted(*fence, *attempts, answer == "T")?,
        "R" => Claimed::Running { lease_until: until? },
        "W" => Claimed::Waiting { claimable_from: until? },
        "C" => Claimed::Completed { status: u16::try_from(*status).map_err(|_| corrupt())? },
        "D" => Claimed::Differs,
        "P" => Claimed::Parked,
        _ => return Err(corrupt()),
    };
    let outcome = match claimed {
        Claimed::Completed { status } => {
            let written = outcome.as_deref().ok_or_else(corrupt)?;
            Some(Outcome::decode(status, written).ok_or_else(corrupt)?)
        }
        _ => None,
    };
    Ok(ClaimReply { claimed, outcome })
}
