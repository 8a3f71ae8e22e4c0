//! The repository's own commands, `cargo xtask test`, `ci`, `pages` and `bench`. Which steps they take is here; what a step
//! does is in the module it is named after.

mod catalogue;
mod check;
mod pages;
mod report;
mod sdk;
mod shell;
mod vectors;
mod workspace;

use std::process::ExitCode;

use catalogue::Catalogue;
use pages::Pages;
use report::{Report, Verdict};
use shell::{cargo, run};
use workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask <command>

  test   every test: the workspace and its doctests, the fuzz bodies, the cross-check with official packages
  ci     every check that a change must pass, then every test
  pages  writes what is generated from the catalogue: docs/providers, and the tables in README.md and tests/vectors
  bench  measures everything beside its peers; tables here, JSON and plots in benches/results. With --quick, few rounds
         and no large bodies, and the results stay as they are
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let steps: fn(&Workspace, &mut Report) = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["test"] => test,
        ["bench"] => |_, report| report.step("bench", "beside the peers and the bare hash", || bench(&[])),
        ["bench", "--quick"] => {
            |_, report| report.step("bench", "beside the peers and the bare hash, in short", || bench(&["--quick"]))
        }
        ["pages"] => |_, report| report.step("pages", "what is generated from the catalogue", write_pages),
        ["ci"] => |workspace, report| {
            ci(workspace, report);
            test(workspace, report);
        },
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let workspace = match Workspace::read() {
        Ok(workspace) => workspace,
        Err(problem) => {
            eprintln!("error: {problem}");
            return ExitCode::from(2);
        }
    };
    let mut report = Report::default();
    steps(&workspace, &mut report);
    report.print();
    if report.failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn bench(flags: &[&str]) -> Result<Verdict, String> {
    // Both programs: one counts allocations, the other reads clocks.
    run(cargo().args(["build", "--release", "--manifest-path", "benches/Cargo.toml"]))?;
    run(cargo().args(["run", "--release", "--manifest-path", "benches/Cargo.toml", "--"]).args(flags))?;
    Verdict::passed()
}

fn write_pages() -> Result<Verdict, String> {
    let written = Pages::render(&workspace::root())?.write()?;
    Ok(Verdict::Passed(format!("{written} files written; {}", figures()?)))
}

/// What a provider costs, once no code outside the catalogue asks which one it is.
fn figures() -> Result<catalogue::Figures, String> {
    let root = workspace::root();
    match catalogue::special_cases(&root)?.as_slice() {
        [] => Catalogue::read(&root)?.figures(&root),
        found => Err(format!("code outside the catalogue asks which provider it is: {}", found.join(", "))),
    }
}

/// Every test, with nothing installed by hand but Rust.
fn test(workspace: &Workspace, report: &mut Report) {
    report.step("test servers", "Redis, Valkey and PostgreSQL are there, or are installed now", || {
        run(cargo().args(["run", "--quiet", "--package", "countersign-test-servers"]))?;
        Verdict::passed()
    });
    report.step("workspace tests", "unit, integration and doc tests of every crate", || {
        run(cargo().args(["test", "--workspace", "--all-features", "--no-fail-fast"]))?;
        Verdict::passed()
    });
    report.step("cost", "instructions and allocations of one verification, within their bounds", || {
        run(cargo().args(["test", "--release", "--package", "countersign-cost"]))?;
        Verdict::passed()
    });
    report.step("fuzz bodies", "every fuzz target over its corpus and over seeded random input", || {
        run(cargo().args(["test", "--manifest-path", "fuzz/Cargo.toml", "--no-fail-fast"]))?;
        Verdict::passed()
    });
    report.step("sdk cross-check", "the binary against two official packages, delivery for delivery", || {
        sdk::cross_check(workspace)
    });
    report.step("sdk packages", "the binary against the official packages of many providers, both ways", || {
        sdk::every_package(workspace)
    });
}

/// Every check but the tests, the quick ones first.
fn ci(workspace: &Workspace, report: &mut Report) {
    report.step("lock files", "Cargo.lock says what the manifests ask for", check::lock::up_to_date);
    report.step("places", "no file names a directory of the machine it was written on", check::places::none);
    report.step("unsafe code", "every crate forbids it", || check::unsafety::forbidden(workspace));
    report.step("rust version", "the declared one suffices for every dependency", || {
        check::rust_version::suffices(workspace)
    });
    report.step("core tree", "the core depends on no runtime and no web framework", check::tree::core_is_sans_io);
    report.step("crate counts", "what a receiver adds to a build", check::tree::count);
    report.step("catalogue", "what a provider costs in lines, and that no other code knows one", || {
        Ok(Verdict::Passed(figures()?.to_string()))
    });
    report.step("licences and sources", "deny.toml, where cargo-deny is installed", check::deny::run_if_installed);
    report.step("format", "rustfmt", check::code::format);
    report.step("lints", "clippy on every target", check::code::lints);
    report.step(
        "features",
        "every published crate with none and with each of its features alone, and the examples",
        || check::code::features(workspace),
    );
    report.step("documentation", "rustdoc without a warning", check::code::documentation);
    report.step("packages", "every published crate can be packed", || check::package::all(workspace));
}
