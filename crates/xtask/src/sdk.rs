//! The cross-check with the official Python packages: finds Python, makes a virtual environment under the target
//! directory, and runs `tests/sdk/cross_check.py` in it.

use std::path::Path;
use std::process::Command;

use crate::report::Verdict;
use crate::shell::{cargo, read, run, works};
use crate::workspace::Workspace;

/// What the packages ask for (their own floor) and what the check is written in.
const OLDEST_PYTHON: &str = "import sys; sys.exit(sys.version_info < (3, 9))";

/// Holds the built binary against the official packages.
pub(crate) fn cross_check(workspace: &Workspace) -> Result<Verdict, String> {
    let venv = workspace.target.join("sdk-venv");
    make_environment(&venv)?;
    let python = venv.join("bin").join("python");
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"])
        .args(["-r", "tests/sdk/requirements.txt"]))?;
    run(cargo().args(["build", "--package", "countersign-cli"]))?;
    let binary = workspace.target.join("debug").join("countersign");
    run(Command::new(&python).arg("tests/sdk/cross_check.py").arg("--binary").arg(binary))?;
    Verdict::passed()
}

/// Makes the virtual environment unless a working one is there. A Debian without Python or without its venv module
/// gets them, where this runs as root; elsewhere the message says what to install.
fn make_environment(venv: &Path) -> Result<(), String> {
    if works(Command::new(venv.join("bin").join("python")).args(["-m", "pip", "--version"])) {
        println!("    using the environment in {}", venv.display());
        return Ok(());
    }
    if create(venv).is_ok() {
        return Ok(());
    }
    let wanted = "Python 3.9 or later with its `venv` module";
    let is_root = read(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !works(Command::new("apt-get").arg("--version")) {
        return Err(format!("the cross-check needs {wanted}; install it, then run this again"));
    }
    if !is_root {
        return Err(format!(
            "the cross-check needs {wanted}; run `sudo apt-get install python3-venv`, then this again"
        ));
    }
    println!("    {wanted} is missing; installing python3-venv, because this is Debian and runs as root");
    let apt = || {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        apt
    };
    run(apt().args(["update", "--quiet"]))?;
    run(apt().args(["install", "--quiet", "--yes", "--no-install-recommends", "python3", "python3-venv"]))?;
    create(venv)
}

/// Makes the environment with the first Python that is new enough. `--clear` removes what a failed attempt left.
fn create(venv: &Path) -> Result<(), String> {
    let new_enough = |python: &&str| works(Command::new(python).args(["-c", OLDEST_PYTHON]));
    let python =
        ["python3", "python"].into_iter().find(new_enough).ok_or("neither `python3` nor `python` is 3.9 or later")?;
    run(Command::new(python).args(["-m", "venv", "--clear"]).arg(venv))
}
