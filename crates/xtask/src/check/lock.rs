//! The lock files are committed, so that every checkout builds what was tested. One that no longer fits its manifest
//! would be rewritten silently by the first build, and the checks after it would judge other versions.

use crate::report::Verdict;
use crate::shell::{cargo, read};

pub(crate) fn up_to_date() -> Result<Verdict, String> {
    for manifest in ["Cargo.toml", "fuzz/Cargo.toml", "benches/Cargo.toml"] {
        read(cargo().args(["metadata", "--locked", "--format-version", "1", "--manifest-path", manifest])).map_err(
            |error| format!("run `cargo metadata --manifest-path {manifest}` and commit Cargo.lock: {error}"),
        )?;
    }
    Verdict::passed()
}
