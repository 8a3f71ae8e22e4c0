//! The declared Rust version suffices. A run on that very version proves it by building; on a newer one the proof is
//! that no dependency declares a later version, and that clippy knows of no newer standard library item in use.

use std::process::Command;

use crate::report::Verdict;
use crate::shell::read;
use crate::workspace::{Package, Workspace};

/// Major, minor, patch.
type Version = [u32; 3];

pub(crate) fn suffices(workspace: &Workspace) -> Result<Verdict, String> {
    let ours = declared(workspace.members())?;
    let needs_more = needing_more_than(ours, &workspace.packages);
    if !needs_more.is_empty() {
        return Err(format!("{} needs a later Rust than the declared one", needs_more.join(", ")));
    }
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let release = read(Command::new(rustc).arg("-vV"))?;
    let running = release.lines().find_map(|line| line.strip_prefix("release: ")).and_then(parse);
    let [major, minor, _] = ours;
    Ok(Verdict::Passed(match running {
        Some([a, b, _]) if [a, b] == [major, minor] => format!("{major}.{minor}, and this run builds with it"),
        _ => format!("{major}.{minor}, by what the dependencies declare"),
    }))
}

/// The Rust version that every member declares.
fn declared<'a>(members: impl Iterator<Item = &'a Package>) -> Result<Version, String> {
    let mut ours = None;
    for package in members {
        let version = package.rust_version.as_deref().and_then(parse);
        let version = version.ok_or_else(|| format!("{} lacks `rust-version.workspace = true`", package.name))?;
        if *ours.get_or_insert(version) != version {
            return Err(format!("{} declares another rust-version than its siblings", package.name));
        }
    }
    ours.ok_or_else(|| "the workspace has no members".into())
}

/// The packages that declare a later version than `ours`.
fn needing_more_than(ours: Version, packages: &[Package]) -> Vec<String> {
    let later = |package: &&Package| package.rust_version.as_deref().and_then(parse).is_some_and(|wants| wants > ours);
    packages.iter().filter(later).map(|package| format!("{} {}", package.name, package.version)).collect()
}

/// Reads `1.95`, `1.95.0` and `1.95.0-nightly`.
fn parse(text: &str) -> Option<Version> {
    let numbers = text.split('-').next()?.split('.').map(|number| number.parse().ok());
    let mut version = [0; 3];
    for (index, number) in numbers.enumerate() {
        *version.get_mut(index)? = number?;
    }
    Some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, rust_version: Option<&str>) -> Package {
        Package { rust_version: rust_version.map(str::to_owned), ..Package::named(name) }
    }

    #[test]
    fn finds_a_dependency_that_needs_a_later_rust() {
        let packages = [
            package("old", Some("1.60")),
            package("silent", None),
            package("same", Some("1.95.0")),
            package("patch", Some("1.95.1")),
            package("later", Some("1.100")),
        ];
        assert_eq!(needing_more_than([1, 95, 0], &packages), ["patch 0.1.0", "later 0.1.0"]);
    }

    #[test]
    fn members_must_declare_one_and_the_same_version() {
        let same = [package("a", Some("1.95")), package("b", Some("1.95"))];
        assert_eq!(declared(same.iter()), Ok([1, 95, 0]));
        let differing = [package("a", Some("1.95")), package("b", Some("1.94"))];
        assert!(declared(differing.iter()).unwrap_err().starts_with("b declares another"));
        let silent = [package("a", Some("1.95")), package("b", None)];
        assert!(declared(silent.iter()).unwrap_err().starts_with("b lacks"));
    }

    #[test]
    fn reads_versions_as_cargo_and_rustc_write_them() {
        assert_eq!(parse("1.95"), Some([1, 95, 0]));
        assert_eq!(parse("1.97.0-nightly"), Some([1, 97, 0]));
        assert_eq!(parse("1.x"), None);
        assert_eq!(parse("1.2.3.4"), None);
    }
}
