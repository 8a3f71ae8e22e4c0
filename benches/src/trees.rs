//! What a receiver brings into a build: crates in its tree, and the time of a cold build, each in a package made for it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use serde_json::{Value, json};

use crate::Effort;
use crate::report::Table;
use crate::timing::median;

const AXUM: &str = "axum = { version = \"0.8\", default-features = false, features = [\"http1\", \"tokio\"] }\n\
                    tokio = { version = \"1\", features = [\"macros\", \"net\", \"rt-multi-thread\"] }\n";

pub(crate) fn measure(effort: Effort) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository").to_owned();
    let folder = std::env::temp_dir().join(format!("countersign-trees-{}", std::process::id()));
    let local = |name: &str, rest: &str| {
        format!("{name} = {{ path = \"{}\"{rest} }}\n", root.join("crates").join(name).display())
    };
    let lean = |features: &str| {
        let tower = local("countersign-tower", ", default-features = false, features = [\"axum\"]");
        let core = local("countersign", &format!(", default-features = false{features}"));
        format!("{AXUM}{tower}{core}")
    };
    let receiver = lean(", features = [\"memory\"]");
    let whole = format!("{AXUM}{}{}", local("countersign-tower", ""), local("countersign", ""));
    let packages = [
        ("countersign, verification only", local("countersign", ", default-features = false")),
        ("countersign, default features", local("countersign", "")),
        ("standardwebhooks", "standardwebhooks = \"1\"\n".to_owned()),
        ("webhook-verify", "webhook-verify = { version = \"0.1\", features = [\"http\"] }\n".to_owned()),
        ("svix", "svix = \"2\"\n".to_owned()),
        ("bare axum", AXUM.to_owned()),
        ("axum and countersign-tower, verifying", lean("")),
        ("axum and countersign-tower, claims in memory", receiver.clone()),
        ("axum and countersign-tower, default features", whole),
    ];
    let mut rows = Vec::new();
    let mut bare = BTreeSet::new();
    for (name, dependencies) in &packages {
        let package = package(&folder, dependencies);
        let tree = tree(&package);
        if *name == "bare axum" {
            bare = tree.clone();
        }
        let beyond = name.starts_with("axum and").then(|| tree.difference(&bare).count());
        rows.push(json!({ "what": name, "crates": tree.len(), "beyond_axum": beyond }));
    }
    let mut table = Table::new(&["depends on", "crates", "beyond axum's own"]);
    for row in &rows {
        let beyond = row["beyond_axum"].as_u64().map_or("–".to_owned(), |count| count.to_string());
        table.row([row["what"].as_str().unwrap_or_default().to_owned(), row["crates"].to_string(), beyond]);
    }
    println!("{table}");
    let builds = if effort == Effort::Quick { Value::Null } else { builds(&folder, &receiver) };
    let _ = std::fs::remove_dir_all(&folder);
    json!({ "trees": rows, "cold_builds": builds })
}

/// Cold builds in turn, bare axum first: wall time, and processor time of the compilers.
fn builds(folder: &Path, receiver: &str) -> Value {
    let mut samples = [Vec::new(), Vec::new()];
    let [mut wall_ratios, mut cpu_ratios] = [Vec::new(), Vec::new()];
    for _ in 0..3 {
        let [bare, with] = [AXUM, receiver].map(|dependencies| build(&package(folder, dependencies)));
        wall_ratios.push(with.0 / bare.0);
        cpu_ratios.push(with.1 / bare.1);
        samples[0].push(bare);
        samples[1].push(with);
    }
    let of = |samples: &[(f64, f64)]| {
        let wall = median(samples.iter().map(|sample| sample.0).collect());
        let cpu = median(samples.iter().map(|sample| sample.1).collect());
        json!({ "wall_seconds": wall.round(), "cpu_seconds": cpu.round() })
    };
    let ratio = |ratios: Vec<f64>| (median(ratios) * 100.0).round() / 100.0;
    let builds = json!({
        "bare": of(&samples[0]),
        "receiver": of(&samples[1]),
        "wall_ratio": ratio(wall_ratios),
        "cpu_ratio": ratio(cpu_ratios),
    });
    println!("cold release build, axum with countersign-tower beside bare axum: {builds}\n");
    builds
}

fn build(package: &Path) -> (f64, f64) {
    let target = package.join("target");
    let _ = std::fs::remove_dir_all(&target);
    let cpu = || {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("usage");
        let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
        seconds(usage.user_time()) + seconds(usage.system_time())
    };
    let (start, before) = (Instant::now(), cpu());
    let mut cargo = cargo(package, &["build", "--release", "--quiet", "--offline"]);
    let status = cargo.env("CARGO_TARGET_DIR", &target).stdin(Stdio::null()).status().expect("cargo");
    assert!(status.success(), "a cold build failed");
    (start.elapsed().as_secs_f64(), cpu() - before)
}

fn package(folder: &Path, dependencies: &str) -> PathBuf {
    let source = folder.join("src");
    std::fs::create_dir_all(&source).expect("a folder");
    let manifest = format!(
        "[package]\nname = \"tree\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{dependencies}"
    );
    std::fs::write(folder.join("Cargo.toml"), manifest).expect("a manifest");
    std::fs::write(source.join("main.rs"), "fn main() {}\n").expect("a program");
    let _ = std::fs::remove_file(folder.join("Cargo.lock"));
    folder.to_owned()
}

/// The names and versions of a package's dependencies, itself left out.
fn tree(package: &Path) -> BTreeSet<String> {
    let words = ["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}"];
    let output = cargo(package, &words).output().expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let entry = |line: &str| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    text.lines().map(entry).filter(|entry| !entry.is_empty() && !entry.starts_with("tree ")).collect()
}

fn cargo(package: &Path, words: &[&str]) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(words).current_dir(package);
    cargo
}
