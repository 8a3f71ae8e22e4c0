//! Free loopback ports. That a port stays free until a server listens on it cannot be had; the server's start is
//! repeated instead.

use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};

use crate::Error;

/// Below the range that systems give to outgoing connections (32768 and up on Linux, 49152 and up elsewhere). In that
/// range a client could be given the port of a server that is down, and a client that keeps trying a closed port of it
/// connects to itself sooner or later.
const FIRST: u16 = 15_000;
const COUNT: u16 = 17_000;

/// Names a port of 127.0.0.1 that nobody listens on now.
pub(crate) fn free() -> Result<u16, Error> {
    for attempt in 0..200_u32 {
        let random = RandomState::new().hash_one((std::process::id(), attempt));
        let port = FIRST + u16::try_from(random % u64::from(COUNT)).unwrap_or_default();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(Error::new("200 ports of 127.0.0.1 were tried and none is free"))
}

/// Calls `start` with free ports until it succeeds, and names the port. Only a port that was taken in between is a
/// reason to try again.
pub(crate) fn first_that_starts(start: impl Fn(u16) -> Result<(), Error>) -> Result<u16, Error> {
    let mut attempts = 0;
    loop {
        let port = free()?;
        attempts += 1;
        match start(port) {
            Ok(()) => return Ok(port),
            Err(error) if attempts < 5 && error.to_string().contains("Address already in use") => {}
            Err(error) => return Err(error),
        }
    }
}
