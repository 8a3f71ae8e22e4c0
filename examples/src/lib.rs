//! Nothing but a place where the snippets of the repository's README.md are compiled and run, with every crate they use
//! at hand. The examples themselves lie beside this folder.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
