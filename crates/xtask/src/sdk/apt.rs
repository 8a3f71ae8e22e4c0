//! Installing what is missing, where that asks nobody: on a Debian or Ubuntu, as root.

use std::process::Command;

use crate::shell::{read, run, works};

/// Installs packages. `wanted` is what they are installed for.
///
/// # Errors
///
/// This is no Debian, this is not root, or the installation failed; the message says what to install by hand.
pub(crate) fn install(wanted: &str, packages: &[&str]) -> Result<(), String> {
    let names = packages.join(" ");
    if !works(Command::new("apt-get").arg("--version")) {
        return Err(format!("the cross-check needs {wanted}; install it, then run this again"));
    }
    let is_root = read(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !is_root {
        return Err(format!("the cross-check needs {wanted}; run `sudo apt-get install {names}`, then this again"));
    }
    println!("    {wanted} is missing; installing {names}, because this is Debian and runs as root");
    let apt = || {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        apt
    };
    run(apt().args(["update", "--quiet"]))?;
    run(apt().args(["install", "--quiet", "--yes", "--no-install-recommends"]).args(packages))
}
