//! What a change must pass beside the tests. One file a check: why it is there, what it does, and a test in which it
//! finds what it looks for.

pub(crate) mod code;
pub(crate) mod deny;
pub(crate) mod lock;
pub(crate) mod package;
pub(crate) mod places;
pub(crate) mod rust_version;
pub(crate) mod tree;
pub(crate) mod unsafety;
