//! The scripts: each verb of a store is one of them, called by its digest in one round trip.

use redis::aio::ConnectionLike as _;
use redis::{Cmd, ErrorKind, Pipeline, RedisError, ServerErrorKind, Value};

use crate::line::Line;

/// The parts that scripts have in common.
pub(crate) const CLOCK: &str = include_str!("lua/clock.lua");
pub(crate) const RECORD: &str = include_str!("lua/record.lua");

/// A script and the digest that the server knows it by.
pub(crate) struct Script {
    code: String,
    digest: String,
}

/// What waits for replicas after a step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Replicas {
    pub(crate) count: u32,
    pub(crate) millis: u64,
}

/// What a step came to.
pub(crate) enum Answer {
    Value(Value),
    /// The step was done, and fewer replicas than asked for said that they have it.
    TooFewReplicas(u32),
}

impl Script {
    /// A script of parts that share their locals, one after the other.
    pub(crate) fn new(parts: &[&str]) -> Self {
        let code = parts.join("\n");
        let digest = redis::Script::new(&code).get_hash().to_owned();
        Self { code, digest }
    }

    /// A call of the script, to be given its keys and arguments.
    pub(crate) fn call(&self, keys: usize) -> Cmd {
        let mut call = redis::cmd("EVALSHA");
        call.arg(&self.digest).arg(keys);
        call
    }

    /// Runs a call in one round trip. A server that does not have the script is given it first, once.
    pub(crate) async fn run(
        &self,
        connection: &Line,
        call: &Cmd,
        replicas: Option<Replicas>,
    ) -> Result<Answer, RedisError> {
        let mut connection = connection.clone();
        match ask(&mut connection, call, replicas).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                redis::cmd("SCRIPT").arg("LOAD").arg(&self.code).exec_async(&mut connection).await?;
                ask(&mut connection, call, replicas).await
            }
            answered => answered,
        }
    }
}

async fn ask(connection: &mut Line, call: &Cmd, replicas: Option<Replicas>) -> Result<Answer, RedisError> {
    let Some(Replicas { count, millis }) = replicas else {
        return connection.req_packed_command(call).await.and_then(Value::extract_error).map(Answer::Value);
    };
    // Both commands go out together; the second counts the replicas that have what the first wrote.
    let mut both = Pipeline::with_capacity(2);
    both.add_command(call.clone());
    both.cmd("WAIT").arg(count).arg(millis);
    let (value, acknowledged): (Value, u32) = both.query_async(connection).await?;
    Ok(if acknowledged < count { Answer::TooFewReplicas(acknowledged) } else { Answer::Value(value) })
}
