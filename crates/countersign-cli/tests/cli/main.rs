//! The built binary, from outside: exit statuses, what it prints, and what it never prints. One file a command.

mod common;
mod demo;
mod listen;
mod providers;
mod records;
mod send;
mod sign;
mod vectors;
mod verify;
