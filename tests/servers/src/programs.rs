//! Where the servers' programs are: named by a variable, on the machine, or installed now. How they are run is told
//! elsewhere.
//!
//! | server | variable | package of Debian and Ubuntu |
//! |---|---|---|
//! | Redis | `COUNTERSIGN_REDIS_SERVER`, a program | `redis-server` |
//! | Valkey | `COUNTERSIGN_VALKEY_SERVER`, a program | `valkey-server`; on Debian 12 from its backports, unpacked under `target/` |
//! | PostgreSQL | `COUNTERSIGN_POSTGRES_BIN`, the folder with `postgres`, `initdb` and `psql` | `postgresql` |
//!
//! A package is installed where this runs as root, or where `sudo` asks for no password. The package starts no service.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::Error;

const OF_POSTGRES: [&str; 3] = ["postgres", "initdb", "psql"];

/// Names the Redis server.
///
/// # Errors
///
/// It is nowhere, and its package cannot be installed.
pub fn redis() -> Result<PathBuf, Error> {
    find_or_get("COUNTERSIGN_REDIS_SERVER", &["redis-server"], folders, || install("redis-server"))
}

/// Names the Valkey server.
///
/// # Errors
///
/// As [`redis`].
pub fn valkey() -> Result<PathBuf, Error> {
    let unpacked = unpack_folder().join("usr/bin");
    let folders = || folders().into_iter().chain([unpacked.clone()]).collect();
    find_or_get("COUNTERSIGN_VALKEY_SERVER", &["valkey-server"], folders, || {
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        if !release.lines().any(|line| line == "VERSION_CODENAME=bookworm") {
            return install("valkey-server");
        }
        // The package of Redis brings the libraries that Valkey needs.
        redis()?;
        shell(
            Command::new("sh"),
            include_str!("unpack.sh"),
            &[path_text(&unpack_folder())?, "valkey-server valkey-tools"],
        )
    })
}

/// Names the folder of `postgres`, `initdb` and `psql`.
///
/// # Errors
///
/// As [`redis`].
pub fn postgres() -> Result<PathBuf, Error> {
    let found = find_or_get("COUNTERSIGN_POSTGRES_BIN", &OF_POSTGRES, postgres_folders, || install("postgresql"))?;
    found.parent().map(Path::to_owned).ok_or_else(|| Error::new("`postgres` is in no folder"))
}

/// The first program of `names`, from the first folder that has all of them.
fn find_or_get(
    variable: &str,
    names: &[&str],
    folders: impl Fn() -> Vec<PathBuf>,
    get: impl FnOnce() -> Result<(), Error>,
) -> Result<PathBuf, Error> {
    // Threads of one process wait here, processes wait in the scripts.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let has_all = |folder: &PathBuf| names.iter().all(|name| folder.join(name).is_file());
    let name = names.first().copied().unwrap_or_default();
    if let Some(named) = env::var_os(variable).map(PathBuf::from) {
        let program = if names.len() > 1 { named.join(name) } else { named };
        let folder = program.parent().map(Path::to_owned).unwrap_or_default();
        let is_there = program.is_file() && (names.len() == 1 || has_all(&folder));
        return is_there.then_some(program).ok_or_else(|| {
            Error::new(format!("{variable} names no place of {}; correct it or unset it", names.join(", ")))
        });
    }
    let find = || folders().into_iter().find(has_all).map(|folder| folder.join(name));
    if let Some(found) = find() {
        return Ok(found);
    }
    let get = || {
        let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        find().map_or_else(get, |_| Ok(()))
    };
    get().map_err(Error::doing(format!("{name} is missing; install it, or name it in {variable}")))?;
    find().ok_or_else(|| Error::new(format!("the package is installed, but {name} is nowhere; name it in {variable}")))
}

/// Where programs are, root's included.
fn folders() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).chain(["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"].map(PathBuf::from)).collect()
}

/// As [`folders`], and those that Debian makes for each version, the latest first. Debian's `psql` in `/usr/bin` looks
/// for a cluster of the system, so a link is followed to the folder in which all three are at home.
fn postgres_folders() -> Vec<PathBuf> {
    let homes = folders().into_iter().filter_map(|folder| {
        let program = folder.join("postgres").canonicalize().ok()?;
        program.parent().map(Path::to_owned)
    });
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    homes.chain(versions.into_iter().map(|(_, folder)| folder)).collect()
}

/// Installs a package with apt, as root or through a `sudo` that does not ask.
fn install(package: &str) -> Result<(), Error> {
    let root = rustix::process::geteuid().is_root();
    let sudo_works = || works(Command::new("sudo").args(["-n", "true"]));
    if !works(Command::new("apt-get").arg("--version")) {
        return Err(Error::new(format!("no apt-get here; the package of Debian and Ubuntu is {package}")));
    }
    if !root && !sudo_works() {
        return Err(Error::new(format!(
            "run `sudo apt-get install --no-install-recommends {package}`, then this again"
        )));
    }
    let shell_as_root = if root {
        Command::new("sh")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", "sh"]);
        sudo
    };
    shell(shell_as_root, include_str!("install.sh"), &[package])
}

/// Runs a script with its output among the errors, where test output is looked for.
fn shell(mut shell: Command, script: &str, arguments: &[&str]) -> Result<(), Error> {
    let shown = arguments.join(" ");
    eprintln!("test servers: getting {shown}");
    shell.args(["-c", script, "sh"]).args(arguments).stdin(Stdio::null());
    let status = shell.status().map_err(Error::doing("starting sh"))?;
    if status.success() { Ok(()) } else { Err(Error::new(format!("getting {shown} ended with {status}"))) }
}

fn works(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Under the build directory of the workspace: what is there is found by every test, and goes with `cargo clean`.
fn unpack_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-servers")
}

fn path_text(path: &Path) -> Result<&str, Error> {
    path.to_str().ok_or_else(|| Error::new("the path of this checkout is not UTF-8"))
}
