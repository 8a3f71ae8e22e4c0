//! Every published crate can be packed: its manifest is complete, its files are there, and its siblings are named with
//! a version. Cargo packs all of them together, so that none has to be published before the next is looked at.

use crate::report::Verdict;
use crate::shell::{cargo, run};
use crate::workspace::{Package, Workspace};

pub(crate) fn all(workspace: &Workspace) -> Result<Verdict, String> {
    let (published, private): (Vec<&Package>, Vec<&Package>) =
        workspace.members().partition(|package| package.is_published);
    let incomplete: Vec<String> = published.iter().filter_map(|package| incomplete(package)).collect();
    if !incomplete.is_empty() {
        return Err(incomplete.join("; "));
    }
    // The tests build every crate; `--no-verify` spares building them again from the archives.
    let mut pack = cargo();
    pack.args(["package", "--workspace", "--no-verify", "--allow-dirty", "--quiet"]);
    for package in private {
        pack.args(["--exclude", &package.name]);
    }
    run(&mut pack)?;
    Ok(Verdict::Passed(format!("{} crates", published.len())))
}

fn incomplete(package: &Package) -> Option<String> {
    let missing = package.missing.join(", no ");
    (!missing.is_empty()).then(|| format!("{} has no {missing}", package.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_a_manifest_lacks() {
        let bare = Package::named("bare");
        assert_eq!(incomplete(&bare).unwrap(), "bare has no description, no license, no readme, no repository");
        assert_eq!(incomplete(&Package { missing: Vec::new(), ..bare }), None);
    }
}
