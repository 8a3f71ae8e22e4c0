//! IK-01 to IK-15 and: requests that their client names with an `Idempotency-Key`.

mod answers;
mod callers;
mod keys;
mod problems;
mod requests;

use crate::row::Row;

pub(super) use answers::{cookies, kept_headers, large_answer, streamed_answer};

pub(super) fn rows() -> Vec<Row> {
    [keys::rows(), requests::rows(), answers::rows(), callers::rows(), problems::rows()].into_iter().flatten().collect()
}
