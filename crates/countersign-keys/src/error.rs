//! What can go wrong: at start-up for the developer, and while fetching for the operator.

use core::fmt;
use core::time::Duration;
use std::error::Error;
use std::io;
use std::net::IpAddr;

/// A setting that cannot work. Found when a source is made, never while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupError {
    setting: &'static str,
    problem: String,
}

impl SetupError {
    pub(crate) fn new(setting: &'static str, problem: impl Into<String>) -> Self {
        Self { setting, problem: problem.into() }
    }

    /// The setting that does not work.
    pub fn setting(&self) -> &str {
        self.setting
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.setting, self.problem)
    }
}

impl Error for SetupError {}

/// Why a key could not be fetched. The delivery is answered 503 and the operator reads this.
#[derive(Debug)]
#[non_exhaustive]
pub enum FetchError {
    /// The address is no plain `https` URL.
    NotAUrl(&'static str),
    /// The host is at an address that is not public, so nothing was connected to.
    NotPublic(IpAddr),
    /// The host could not be found, reached, or is not the one that its certificate is for.
    Connect(io::Error),
    /// The exchange broke off, or the answer was not HTTP.
    Exchange(hyper::Error),
    /// The answer has a status that says neither that the key is here nor that there is none. Redirects are of these.
    Status(u16),
    /// The answer is longer than this many bytes.
    TooLong(usize),
    /// The answer was not there in time.
    TimedOut(Duration),
    /// The answer is not what it should be.
    Unreadable(&'static str),
    /// The last fetch failed a moment ago, or there were too many for keys never seen before.
    HeldBack,
    /// The token that the provider asks for could not be had.
    Token(countersign::ResolveError),
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAUrl(problem) => write!(f, "the address is no plain https URL: {problem}"),
            Self::NotPublic(address) => write!(f, "the host is at {address}, which is not a public address"),
            Self::Connect(_) => f.write_str("the host could not be connected to"),
            Self::Exchange(_) => f.write_str("the exchange with the host broke off"),
            Self::Status(status @ 300..=399) => write!(f, "the host answered {status}; redirects are not followed"),
            Self::Status(status) => write!(f, "the host answered {status}"),
            Self::TooLong(cap) => write!(f, "the answer is longer than {cap} bytes"),
            Self::TimedOut(deadline) => write!(f, "there was no answer within {} ms", deadline.as_millis()),
            Self::Unreadable(problem) => f.write_str(problem),
            Self::HeldBack => {
                f.write_str("held back: a fetch failed a moment ago, or too many unknown keys were asked for")
            }
            Self::Token(_) => f.write_str("the provider's token could not be had"),
        }
    }
}

impl Error for FetchError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Connect(error) => Some(error),
            Self::Exchange(error) => Some(error),
            Self::Token(error) => Some(&**error),
            _ => None,
        }
    }
}
