//! Every crate forbids unsafe code. The lint is set once for the workspace, and a crate that forgets to inherit it is
//! free of it without anyone noticing.

use std::fs;

use crate::report::Verdict;
use crate::workspace::Workspace;

pub(crate) fn forbidden(workspace: &Workspace) -> Result<Verdict, String> {
    let manifest = |path: &std::path::Path| {
        fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
    };
    if !has(&manifest("Cargo.toml".as_ref())?, "workspace.lints.rust", "unsafe_code=\"forbid\"") {
        return Err("Cargo.toml lacks `unsafe_code = \"forbid\"` under [workspace.lints.rust]".into());
    }
    if !has(&manifest("fuzz/Cargo.toml".as_ref())?, "lints.rust", "unsafe_code=\"forbid\"") {
        return Err("fuzz/Cargo.toml lacks `unsafe_code = \"forbid\"` under [lints.rust]".into());
    }
    let mut crates = 0;
    for package in workspace.members() {
        if !has(&manifest(&package.manifest)?, "lints", "workspace=true") {
            return Err(format!("{} does not inherit the lints: add `workspace = true` under [lints]", package.name));
        }
        crates += 1;
    }
    Ok(Verdict::Passed(format!("{crates} crates and the fuzz targets")))
}

/// Whether a manifest has `line` (written without spaces) in `section`.
fn has(manifest: &str, section: &str, line: &str) -> bool {
    let mut inside = false;
    manifest.lines().map(str::trim).any(|found| {
        if let Some(name) = found.strip_prefix('[').and_then(|found| found.strip_suffix(']')) {
            inside = name == section;
        }
        inside && found.replace(' ', "") == line
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_crate_that_does_not_inherit_the_lints() {
        assert!(has("[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n", "lints", "workspace=true"));
        let loose = [
            "[package]\nname = \"a\"\n",
            "[lints]\n\n[dependencies]\nworkspace = true\n",
            "[lints]\n# workspace = true\n",
            "[lints]\nworkspace = false\n",
            "[package.lints]\nworkspace = true\n",
        ];
        for manifest in loose {
            assert!(!has(manifest, "lints", "workspace=true"), "{manifest}");
        }
    }

    #[test]
    fn a_lint_that_only_warns_does_not_count() {
        let forbids = |level: &str| {
            let manifest = format!("[workspace.lints.rust]\nunsafe_code = \"{level}\"\n");
            has(&manifest, "workspace.lints.rust", "unsafe_code=\"forbid\"")
        };
        assert!(forbids("forbid"));
        assert!(!forbids("warn") && !forbids("deny"));
    }
}
