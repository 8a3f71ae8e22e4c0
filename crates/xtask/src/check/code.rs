//! What the toolchain says of the code. Warnings are errors here and nowhere in the sources: a later compiler that
//! warns of more must not break anyone's build.

use crate::report::Verdict;
use crate::shell::{cargo, run};
use crate::workspace::Workspace;

/// Workspaces of their own, with the features that every machine can build.
const APART: [(&str, &str); 2] = [("fuzz/Cargo.toml", ""), ("benches/Cargo.toml", "stores")];

/// Crates to copy from, which nobody publishes.
const EXAMPLES: &str = "countersign-examples";

const DENY_WARNINGS: [&str; 3] = ["--", "-D", "warnings"];

pub(crate) fn format() -> Result<Verdict, String> {
    run(cargo().args(["fmt", "--all", "--check"]))?;
    for (manifest, _) in APART {
        run(cargo().args(["fmt", "--manifest-path", manifest, "--check"]))?;
    }
    Verdict::passed()
}

/// `clippy::incompatible_msrv` is among the lints: it finds standard library items that are newer than the declared
/// Rust version.
pub(crate) fn lints() -> Result<Verdict, String> {
    run(cargo().args(["clippy", "--workspace", "--all-targets", "--all-features"]).args(DENY_WARNINGS))?;
    for (manifest, features) in APART {
        let what = ["--all-targets", "--features", features];
        run(cargo().args(["clippy", "--manifest-path", manifest]).args(what).args(DENY_WARNINGS))?;
    }
    Verdict::passed()
}

/// Features add up in a user's build in any combination; one that only builds beside another breaks the user who picks
/// it alone. Each alone, and none, finds nearly all of these. A crate built on its own gets no feature that another
/// member of the workspace asked for; so the examples are among them, which are run that way.
pub(crate) fn features(workspace: &Workspace) -> Result<Verdict, String> {
    let mut builds = 0;
    for package in workspace.members() {
        // What begins with an underscore is no user's to pick.
        let each =
            package.features.iter().map(String::as_str).filter(|name| *name != "default" && !name.starts_with('_'));
        let alone = each.map(|feature| vec!["--no-default-features", "--features", feature]);
        let choices: Vec<Vec<&str>> = match package.name.as_str() {
            EXAMPLES => vec![vec!["--all-targets"]],
            _ if package.is_published => std::iter::once(vec!["--no-default-features"]).chain(alone).collect(),
            _ => continue,
        };
        for choice in choices {
            run(cargo().args(["clippy", "--package", &package.name]).args(choice).args(DENY_WARNINGS))?;
            builds += 1;
        }
    }
    Ok(Verdict::Passed(format!("{builds} builds")))
}

/// A broken link or an unclosed bracket in documentation is invisible until someone reads it.
pub(crate) fn documentation() -> Result<Verdict, String> {
    let doc = ["doc", "--workspace", "--no-deps", "--all-features"];
    run(cargo().args(doc).env("RUSTDOCFLAGS", "-D warnings"))?;
    Verdict::passed()
}
