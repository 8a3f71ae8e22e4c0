#![doc = include_str!("../README.md")]

mod clock;
pub mod contract;
mod sender;

pub use clock::FixedClock;
pub use sender::{FromDelivery, HostileRequest, TestSender};
