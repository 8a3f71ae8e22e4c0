//! The Python packages, in a virtual environment under the target directory.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::apt;
use crate::shell::{run, works};
use crate::workspace::Workspace;

/// What the packages ask for.
const NEW_ENOUGH: &str = "import sys; sys.exit(sys.version_info < (3, 11))";

/// The Python that has the packages of `tests/sdk/requirements.txt`.
pub(crate) fn environment(workspace: &Workspace) -> Result<PathBuf, String> {
    let venv = workspace.target.join("sdk-venv");
    make_environment(&venv)?;
    let python = venv.join("bin").join("python");
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"])
        .args(["-r", "tests/sdk/requirements.txt"]))?;
    Ok(python)
}

/// Makes the virtual environment unless a working one is there. A Debian without Python or without its venv module
/// gets them, where this runs as root; elsewhere the message says what to install.
fn make_environment(venv: &Path) -> Result<(), String> {
    let python = venv.join("bin").join("python");
    let is_new_enough = works(Command::new(&python).args(["-c", NEW_ENOUGH]));
    if is_new_enough && works(Command::new(&python).args(["-m", "pip", "--version"])) {
        println!("    using the environment in {}", venv.display());
        return Ok(());
    }
    if create(venv).is_ok() {
        return Ok(());
    }
    apt::install("Python 3.11 or later with its `venv` module", &["python3", "python3-venv"])?;
    create(venv)
}

/// Makes the environment with the first Python that is new enough. `--clear` removes what a failed attempt left.
fn create(venv: &Path) -> Result<(), String> {
    let new_enough = |python: &&str| works(Command::new(python).args(["-c", NEW_ENOUGH]));
    let python =
        ["python3", "python"].into_iter().find(new_enough).ok_or("neither `python3` nor `python` is 3.11 or later")?;
    run(Command::new(python).args(["-m", "venv", "--clear"]).arg(venv))
}
