//! The cross-checks with official packages: which are run, and on what. Where the packages come from is in the modules
//! of the two languages.

mod apt;
mod node;
mod python;

use std::path::PathBuf;
use std::process::Command;

use node::Packages;

use crate::report::Verdict;
use crate::shell::{cargo, run};
use crate::workspace::Workspace;

/// Holds the receiver and the signer against two packages, delivery for delivery.
pub(crate) fn cross_check(workspace: &Workspace) -> Result<Verdict, String> {
    let python = python::environment(workspace)?;
    let binary = binary(workspace)?;
    run(Command::new(python).arg("tests/sdk/cross_check.py").arg("--binary").arg(binary))?;
    Verdict::passed()
}

/// Holds the verifier and the signer against the packages of many providers.
pub(crate) fn every_package(workspace: &Workspace) -> Result<Verdict, String> {
    let python = python::environment(workspace)?;
    let packages = node::packages(workspace)?;
    let binary = binary(workspace)?;
    let mut check = Command::new(python);
    check.arg("tests/sdk/all_sdks.py").arg("--binary").arg(binary);
    match packages {
        Packages::In(folder) => {
            run(check.arg("--npm").arg(folder))?;
            Verdict::passed()
        }
        Packages::LeftOut(why) => {
            run(check.arg("--without-npm"))?;
            Ok(Verdict::Passed(format!("the npm packages were left out: {why}")))
        }
    }
}

fn binary(workspace: &Workspace) -> Result<PathBuf, String> {
    run(cargo().args(["build", "--package", "countersign-cli"]))?;
    Ok(workspace.target.join("debug").join("countersign"))
}
