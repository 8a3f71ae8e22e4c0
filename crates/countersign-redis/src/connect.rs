//! Connecting: settings, and the questions that a server must answer before records are trusted to it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::{Client, RedisError};

use crate::claims::Claims;
use crate::line::Line;
use crate::script::Replicas;
use crate::store::{Inner, RedisStore};

/// A [`RedisStore`] in the making.
#[derive(Debug, Clone)]
#[must_use = "a store exists once it is connected"]
pub struct RedisStoreBuilder {
    prefix: String,
    response_timeout: Duration,
    replicas: Option<Replicas>,
    accept_eviction: bool,
}

/// How long a server may take to answer. A claim whose answer is late is asked for again under its nonce, within the
/// endpoint's store deadline of two seconds.
const RESPONSE_TIMEOUT: Duration = Duration::from_millis(600);

impl RedisStoreBuilder {
    pub(crate) fn new() -> Self {
        Self {
            prefix: "countersign".to_owned(),
            response_timeout: RESPONSE_TIMEOUT,
            replicas: None,
            accept_eviction: false,
        }
    }

    /// What the names of all records begin with. Default: `countersign`. Two stores with different prefixes share
    /// nothing.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long the server may take to answer a step. Default: 600 ms, so that a step whose answer was lost can be asked
    /// for again within the endpoint's store deadline, on another connection: one that kept silent for this long is given
    /// up.
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.response_timeout = timeout;
        self
    }

    /// Waits after each step until `count` replicas have it, `timeout` at most (rounded up to a millisecond); with fewer
    /// the step counts as not done. A fail-over can then lose a claim only together with all those replicas, or where an
    /// older replica is promoted.
    pub fn wait_for_replicas(mut self, count: u32, timeout: Duration) -> Self {
        // Zero would wait for ever.
        let millis = u64::try_from(timeout.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX).max(1);
        self.replicas = Some(Replicas { count, millis });
        self
    }

    /// Takes a server that evicts records when its memory is full, or that does not tell whether it does. Each evicted
    /// record lets its event run again.
    pub fn danger_accept_eviction(mut self) -> Self {
        self.accept_eviction = true;
        self
    }

    /// Connects to the server at `url`, and asks it for its eviction policy.
    ///
    /// # Errors
    ///
    /// The URL or a setting cannot be, the server does not answer, or it evicts records (or does not tell) and
    /// [`danger_accept_eviction`](Self::danger_accept_eviction) was not called.
    pub async fn connect(self, url: &str) -> Result<RedisStore, ConnectError> {
        if self.prefix.is_empty() || self.prefix.contains(['{', '}', '*', '?', '[', ']', '\\', '^']) {
            return Err(ConnectError::Prefix);
        }
        let client = Client::open(url).map_err(ConnectError::Url)?;
        let mut connection = Line::connect(client, self.response_timeout).await.map_err(ConnectError::Unreachable)?;
        if !self.accept_eviction {
            match policy(&mut connection).await.map_err(ConnectError::Unreachable)?.as_deref() {
                Some("noeviction") => {}
                Some(policy) => return Err(ConnectError::Evicts { policy: policy.to_owned() }),
                None => return Err(ConnectError::PolicyUnknown),
            }
        }
        let last_fence = format!("{{{}}}:last-fence", self.prefix);
        let claims = Claims::new(connection.clone(), last_fence, self.replicas);
        let inner = Inner { claims, connection, prefix: self.prefix, replicas: self.replicas };
        Ok(RedisStore { inner: Arc::new(inner) })
    }
}

/// What the server does when its memory is full. Managed servers forbid `CONFIG`; `INFO` tells too.
async fn policy(connection: &mut Line) -> Result<Option<String>, RedisError> {
    let asked = redis::cmd("CONFIG").arg("GET").arg("maxmemory-policy").query_async(connection).await;
    if let Ok((_, policy)) = asked as Result<(String, String), _> {
        return Ok(Some(policy));
    }
    let info: String = redis::cmd("INFO").arg("memory").query_async(connection).await?;
    Ok(info.lines().find_map(|line| line.trim().strip_prefix("maxmemory_policy:").map(str::to_owned)))
}

/// Why a store could not be connected.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URL is none of Redis.
    Url(RedisError),
    /// The prefix is empty or holds a character with a meaning in names or patterns.
    Prefix,
    /// The server did not answer.
    Unreachable(RedisError),
    /// The server forgets records when its memory is full.
    Evicts {
        /// Its `maxmemory-policy`.
        policy: String,
    },
    /// The server does not tell what it does when its memory is full.
    PolicyUnknown,
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(_) => f.write_str("the url is none of redis; write redis://host:port/database"),
            Self::Prefix => f.write_str("prefix: it must not be empty, nor hold braces or the characters of patterns"),
            Self::Unreachable(_) => f.write_str("the redis server did not answer; check its address and password"),
            Self::Evicts { policy } => write!(
                f,
                "maxmemory-policy is `{policy}`: the server would forget records that still guard against repeats; \
                 set it to `noeviction`, or call `danger_accept_eviction`"
            ),
            Self::PolicyUnknown => f.write_str(
                "the server does not tell its maxmemory-policy; make sure that it is `noeviction`, then call \
                 `danger_accept_eviction`",
            ),
        }
    }
}

impl std::error::Error for ConnectError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Url(error) | Self::Unreachable(error) => Some(error),
            _ => None,
        }
    }
}
