//! The connection that all steps share. The `redis` crate connects anew where a connection was closed; one that only went
//! silent stays open, and every step on it would wait in vain. That is decided here.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, Pipeline, RedisError, RedisFuture, RedisResult, Value};
use tokio::time::timeout;

/// A way to the server. Clones share it.
#[derive(Clone)]
pub(crate) struct Line {
    shared: Arc<Shared>,
}

struct Shared {
    client: Client,
    config: ConnectionManagerConfig,
    step: Duration,
    current: Mutex<Current>,
}

#[derive(Clone)]
struct Current {
    manager: ConnectionManager,
    /// Which one it is: of all steps that a silent one fails, the first to notice replaces it.
    turn: u64,
}

/// How long connecting may take.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(1);

/// How often a lost connection is tried anew before the steps that wait for it fail; the next step tries again.
const RECONNECTS: usize = 6;

impl Line {
    /// Connects. A server may take `response_timeout` to answer.
    pub(crate) async fn connect(client: Client, response_timeout: Duration) -> RedisResult<Self> {
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(response_timeout))
            .set_connection_timeout(Some(CONNECTION_TIMEOUT))
            .set_number_of_retries(RECONNECTS)
            .set_min_delay(Duration::from_millis(10))
            .set_max_delay(Duration::from_millis(250));
        let manager = ConnectionManager::new_with_config(client.clone(), config.clone()).await?;
        let current = Mutex::new(Current { manager, turn: 0 });
        let step = response_timeout.saturating_add(CONNECTION_TIMEOUT);
        Ok(Self { shared: Arc::new(Shared { client, config, step, current }) })
    }

    async fn ask<T, F>(&self, question: impl FnOnce(ConnectionManager) -> F) -> RedisResult<T>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let Current { manager, turn } = self.shared.current();
        // While a connection is being made, steps wait for it: that, too, must end.
        let Ok(answer) = timeout(self.shared.step, question(manager)).await else {
            return Err(RedisError::from(io::Error::from(io::ErrorKind::TimedOut)));
        };
        if answer.as_ref().is_err_and(RedisError::is_timeout) {
            self.shared.replace(turn);
        }
        answer
    }
}

impl Shared {
    fn current(&self) -> Current {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gives up the connection of `turn`. The next step makes another.
    fn replace(&self, turn: u64) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.turn != turn {
            return;
        }
        if let Ok(manager) = ConnectionManager::new_lazy_with_config(self.client.clone(), self.config.clone()) {
            *current = Current { manager, turn: turn.wrapping_add(1) };
        }
    }
}

impl ConnectionLike for Line {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(self.ask(move |mut manager| async move { manager.send_packed_command(command).await }))
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        commands: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(
            self.ask(move |mut manager| async move { manager.send_packed_commands(commands, offset, count).await }),
        )
    }

    fn get_db(&self) -> i64 {
        self.shared.client.get_connection_info().redis_settings().db()
    }
}
