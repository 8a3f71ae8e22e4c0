//! The pool, as steps use it. A network that drops a connection need not say so: what was asked on it then waits for ever.
//! So each step has a deadline here, and a connection that owes an answer is closed, whether its time was up or its caller
//! went away.

use std::io;
use std::pin::Pin;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, PgConnection, PgPool, Postgres};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// The connections of a store.
#[derive(Clone)]
pub(super) struct Pool(PgPool);

/// A question that is under way.
pub(super) type Asked<'c, T> = Pin<Box<dyn Future<Output = Result<T, sqlx::Error>> + Send + 'c>>;

/// How long a step may take, with the wait for its connection. More than `statement_timeout`: what the server can still
/// end, it ends and says so. Less than an endpoint's store deadline of two seconds: a step whose answer was lost can be
/// asked for again within it, on another connection.
const STEP: Duration = Duration::from_millis(1_000);

/// How long a connection may take to show that it is alive.
const LOOK: Duration = Duration::from_millis(400);

/// How often a step is tried that the server ended for the sake of another (40001, 40P01).
const TRIES: u32 = 3;

impl Pool {
    pub(super) fn new(pool: PgPool) -> Self {
        Self(pool)
    }

    /// Runs a step that is one question.
    pub(super) async fn step<T>(
        &self,
        question: impl Fn(&mut PgConnection) -> Asked<'_, T> + Send,
    ) -> Result<T, sqlx::Error> {
        in_time(async { self.lend().await?.ask(question).await }).await
    }

    /// Lends a connection that is alive.
    pub(super) async fn lend(&self) -> Result<Lent, sqlx::Error> {
        if let Some(idle) = self.0.try_acquire() {
            let mut idle = Lent::new(idle);
            let look = idle.ask(|connection| Box::pin(connection.ping()));
            if matches!(timeout(LOOK, look).await, Ok(Ok(()))) {
                return Ok(idle);
            }
            // Whatever took this one from its server took the others that were idle, too. To look at each would take too
            // long where none of them answers.
            while let Some(other) = self.0.try_acquire() {
                drop(other.detach());
            }
        }
        self.0.acquire().await.map(Lent::new)
    }

    /// For what is no step and may take its time.
    pub(super) fn as_sqlx(&self) -> &PgPool {
        &self.0
    }
}

/// A connection in the hands of a step. It goes back to the pool if everything that was asked on it was answered, and is
/// closed otherwise.
pub(super) struct Lent {
    connection: PoolConnection<Postgres>,
    owes: bool,
}

impl Lent {
    fn new(connection: PoolConnection<Postgres>) -> Self {
        Self { connection, owes: false }
    }

    /// Asks the server, and again where it ended the question for the sake of another's.
    pub(super) async fn ask<T>(
        &mut self,
        question: impl Fn(&mut PgConnection) -> Asked<'_, T> + Send,
    ) -> Result<T, sqlx::Error> {
        let mut tries = 1;
        loop {
            self.owes = true;
            let answer = question(&mut self.connection).await;
            // An error of the server's own is an answer, too.
            self.owes = !matches!(answer, Ok(_) | Err(sqlx::Error::Database(_)));
            match answer {
                Err(error) if tries < TRIES && is_conflict(&error) => tries = tries.saturating_add(1),
                answer => return answer,
            }
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // What the pool does where one of its connections is dropped: it asks once more whether it is alive. By itself it
        // would wait for that for ever, and a silent connection keep its place. Where this future ends too early or never
        // runs, the connection is closed and its place is free.
        let back = self.connection.return_to_pool();
        match Handle::try_current() {
            Ok(runtime) if !self.owes => drop(runtime.spawn(async move { timeout(LOOK, back).await })),
            _ => drop(back),
        }
    }
}

/// Drops a step that takes too long, and closes the connection that was lent to it: whether it was done is unknown.
pub(super) async fn in_time<T>(step: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    let late = |_| Err(io::Error::from(io::ErrorKind::TimedOut).into());
    timeout(STEP, step).await.unwrap_or_else(late)
}

/// Whether the server ended the step for the sake of another: a serialization failure or a deadlock.
fn is_conflict(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| matches!(code.as_ref(), "40001" | "40P01"))
}
