//! Licences, banned crates and sources, by deny.toml. cargo-deny is no part of Rust, so nobody has to have it: where it
//! is missing the step says so. Advisories need the network and come without a change here, so they are no part of a
//! change's checks; the hosted workflow looks at them too.

use crate::report::Verdict;
use crate::shell::{cargo, run, works};

pub(crate) fn run_if_installed() -> Result<Verdict, String> {
    if !works(cargo().args(["deny", "--version"])) {
        return Ok(Verdict::Skipped("cargo-deny is not installed; `cargo install cargo-deny` brings it".into()));
    }
    run(cargo().args(["deny", "--all-features", "check", "bans", "licenses", "sources"]))?;
    Verdict::passed()
}
