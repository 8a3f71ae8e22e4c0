//! What the crates bring into a user's build. The core must run under any runtime and web framework, so none of them
//! may be in its tree; and what a receiver costs in crates is worth knowing before it grows.

use std::collections::BTreeSet;

use crate::report::Verdict;
use crate::shell::{cargo, read};

/// Runtimes and web frameworks. `actix-` stands for the whole family.
const NOT_IN_THE_CORE: [&str; 6] = ["tokio", "hyper", "axum", "actix-", "async-std", "smol"];

/// The core's tree holds no runtime and no framework, with every feature on. The same look at an adapter's tree must
/// find a runtime, else it would find nothing anywhere.
pub(crate) fn core_is_sans_io() -> Result<Verdict, String> {
    let found = intruders(&tree("countersign", &["--all-features"])?);
    if !found.is_empty() {
        return Err(format!("the core depends on {}", found.join(", ")));
    }
    let adapter = intruders(&tree("countersign-tower", &["--all-features"])?);
    if !adapter.contains(&"tokio".to_owned()) {
        return Err("the check did not find tokio under countersign-tower, where it is; it is blind".into());
    }
    Ok(Verdict::Passed(format!("and the same check finds {} under countersign-tower", adapter.join(", "))))
}

pub(crate) fn count() -> Result<Verdict, String> {
    let core = tree("countersign", &["--no-default-features"])?.len();
    let receiver = tree("countersign-tower", &["--features", "axum"])?.len();
    Ok(Verdict::Passed(format!("verify-only core {core}, axum receiver {receiver}, each with itself")))
}

/// The names and versions of a package and everything it depends on, each once.
fn tree(package: &str, features: &[&str]) -> Result<BTreeSet<String>, String> {
    let list = ["tree", "--package", package, "--edges", "normal", "--prefix", "none", "--format", "{p}"];
    read(cargo().args(list).args(features)).map(|tree| names(&tree))
}

/// One `name vVERSION` for each line, without paths and marks.
fn names(tree: &str) -> BTreeSet<String> {
    let words = |line: &str| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    tree.lines().map(words).filter(|name| !name.is_empty()).collect()
}

/// The crates of a tree that have no place in the core.
fn intruders(tree: &BTreeSet<String>) -> Vec<String> {
    let names = tree.iter().filter_map(|entry| entry.split(' ').next());
    let unwanted = |name: &&str| {
        NOT_IN_THE_CORE.iter().any(|unwanted| match unwanted.strip_suffix('-') {
            Some(_) => name.starts_with(unwanted),
            None => name == unwanted,
        })
    };
    names.filter(unwanted).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "\
countersign v0.1.0 (/somewhere/crates/countersign)
bytes v1.12.2
moka v0.12.16
bytes v1.12.2 (*)
serde_derive v1.0.229 (proc-macro)
tokio-util v0.7.0
";

    #[test]
    fn counts_each_crate_once() {
        assert_eq!(names(TREE).len(), 5);
        assert!(names(TREE).contains("serde_derive v1.0.229"));
    }

    #[test]
    fn finds_a_runtime_and_every_crate_of_a_family() {
        assert!(intruders(&names(TREE)).is_empty());
        for planted in ["tokio v1.48.0", "hyper v1.8.0 (*)", "actix-http v3.20.0", "smol v2.0.0"] {
            let found = intruders(&names(&format!("{TREE}{planted}\n")));
            assert_eq!(found, [planted.split(' ').next().unwrap()]);
        }
    }
}
