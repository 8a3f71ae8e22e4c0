//! The npm packages, in a folder under the target directory. Node is no part of what a developer must have, so that
//! they can be left out there; a hosted run that left them out would be green for too little, and fails.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::apt;
use crate::shell::{read, run};
use crate::workspace::Workspace;

/// Whether the npm packages can be used.
pub(crate) enum Packages {
    /// `node_modules` is in this folder.
    In(PathBuf),
    /// They cannot, for this reason.
    LeftOut(String),
}

/// What the packages ask for, major and minor.
const OLDEST_NODE: (u32, u32) = (20, 19);

const WANTED: &str = "Node 20.19 or later with npm";

/// What is copied beside `node_modules`: npm installs into the folder of the manifest.
const MANIFESTS: [&str; 2] = ["package.json", "package-lock.json"];

/// The folder with the packages of `tests/sdk/node/package-lock.json`.
pub(crate) fn packages(workspace: &Workspace) -> Result<Packages, String> {
    if let Err(problem) = find_or_install() {
        // Every hosted runner sets it.
        if env::var_os("CI").is_some_and(|value| value == "true") {
            return Err(problem);
        }
        println!("    {problem}; going on without the npm packages");
        return Ok(Packages::LeftOut(problem));
    }
    let folder = workspace.target.join("sdk-node");
    install(&folder)?;
    Ok(Packages::In(folder))
}

fn find_or_install() -> Result<(), String> {
    if check().is_ok() {
        return Ok(());
    }
    apt::install(WANTED, &["nodejs", "npm"])?;
    // A release of Debian may have an older one.
    check()
}

/// Whether both programs are there and new enough.
fn check() -> Result<(), String> {
    let needed = |found: &str| format!("the cross-check needs {WANTED}, and {found}");
    let version = read(Command::new("node").arg("--version")).map_err(|_| needed("`node` does not start"))?;
    if parse(&version).is_none_or(|version| version < OLDEST_NODE) {
        return Err(needed(&format!("`node` is {}", version.trim())));
    }
    read(Command::new("npm").arg("--version")).map(drop).map_err(|_| needed("`npm` does not start"))
}

/// Major and minor of a version that node prints, such as `v20.19.0`.
fn parse(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.trim().strip_prefix('v')?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Installs exactly what the lock file says, unless that was done already. No package's own scripts run.
fn install(folder: &Path) -> Result<(), String> {
    let at = |path: &Path, error| format!("{}: {error}", path.display());
    let sources = MANIFESTS.map(|name| Path::new("tests/sdk/node").join(name));
    let mark = folder.join("installed.json");
    let wanted = sources.iter().map(|path| fs::read(path).map_err(|error| at(path, error)));
    let wanted = wanted.collect::<Result<Vec<_>, _>>()?.concat();
    if fs::read(&mark).is_ok_and(|installed| installed == wanted) {
        println!("    using the packages in {}", folder.display());
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(|error| at(folder, error))?;
    // Until npm is done, nothing must seem to be there.
    let _ = fs::remove_file(&mark);
    for (source, name) in sources.iter().zip(MANIFESTS) {
        fs::copy(source, folder.join(name)).map_err(|error| at(source, error))?;
    }
    run(Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder))?;
    fs::write(&mark, wanted).map_err(|error| at(&mark, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_version_that_node_prints() {
        assert_eq!(parse("v20.19.0\n"), Some((20, 19)));
        assert_eq!(parse("v8.1"), Some((8, 1)));
        assert!(parse("v20.18.3").unwrap() < OLDEST_NODE && parse("v22.1.0").unwrap() >= OLDEST_NODE);
        assert_eq!([parse("20.19.0"), parse("v20"), parse("vx.1"), parse("")], [None; 4]);
    }
}
