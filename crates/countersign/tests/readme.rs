//! What the repository's pages say of the code, held to the code: the names that SECURITY.md cites, the rooms that
//! ARCHITECTURE.md lists. Whether the snippets compile is for the doctests; what is written from the catalogue is held to
//! it by `cargo test -p xtask`.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_test_that_security_cites_exists() {
    let page = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let tests: String = sources(&root().join("crates")).chain(sources(&root().join("fuzz"))).collect();
    let rows: String = sources(&root().join("tests/src/rows")).collect();
    let (mut cited_tests, mut cited_rows) = (0, 0);
    for name in quoted(&page).filter(|name| is_test_name(name)) {
        assert!(tests.contains(&format!("fn {name}(")), "no test is called `{name}`");
        cited_tests += 1;
    }
    for id in row_ids(&page) {
        assert!(rows.contains(&format!("\"{id}\"")), "there is no row {id}");
        assert!(!rows.contains(&format!("left_out(\"{id}\"")), "row {id} is left out, so it holds nothing");
        cited_rows += 1;
    }
    assert!(cited_tests > 20 && cited_rows > 40, "{cited_tests} tests and {cited_rows} rows are cited: too few");
}

#[test]
fn every_dangerous_method_is_listed() {
    let page = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let listed: Vec<&str> = quoted(&page).filter(|name| name.starts_with("danger_")).collect();
    let mut found = 0;
    for source in sources(&root().join("crates")) {
        for method in source.split("pub fn ").skip(1).filter(|rest| rest.starts_with("danger_")) {
            let name = method.split(['(', '<']).next().unwrap();
            assert!(listed.contains(&name), "SECURITY.md does not list `{name}`");
            found += 1;
        }
    }
    assert!(found >= 4, "{found} found: the search is blind");
}

#[test]
fn every_room_of_the_core_is_described() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let described: Vec<&str> = quoted(&page).filter(|name| name.ends_with(".rs")).collect();
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let rooms = files.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    for room in rooms.filter(|name| name.ends_with(".rs") && name != "lib.rs") {
        assert!(described.contains(&room.as_str()), "ARCHITECTURE.md does not say what lives in {room}");
    }
}

#[test]
#[cfg(feature = "toml")]
fn descriptions_are_read_as_their_page_has_them() {
    let page = fs::read_to_string(root().join("docs/your-own-provider.md")).unwrap();
    let blocks = page.split("```toml\n").skip(1).map(|block| block.split("```").next().unwrap());
    let described: Vec<&str> = blocks.filter(|block| block.starts_with("name = ")).collect();
    assert_eq!(described.len(), 2, "the search is blind");
    for block in described {
        countersign::Provider::from_toml(block).unwrap();
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The Rust sources below a folder.
fn sources(folder: &Path) -> impl Iterator<Item = String> {
    let mut folders = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match entry.extension() {
                _ if entry.ends_with("target") => {}
                _ if entry.is_dir() => folders.push(entry),
                Some(end) if end == "rs" => files.push(entry),
                _ => {}
            }
        }
    }
    files.into_iter().map(|file| fs::read_to_string(file).unwrap())
}

/// The texts between backticks.
fn quoted(page: &str) -> impl Iterator<Item = &str> {
    page.split('`').skip(1).step_by(2)
}

/// Whether a quoted word is the name of a test: a sentence in snake case, and nothing that the API calls so.
fn is_test_name(name: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.chars().all(word) && name.matches('_').count() >= 2 && !name.starts_with("danger_")
}

/// The ids of rows: `A-001`, `EV-05`, `IK-11`.
fn row_ids(page: &str) -> impl Iterator<Item = &str> {
    let words = page.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words.filter(|word| {
        let number = ["A-", "HS-", "EV-", "IK-"].iter().find_map(|prefix| word.strip_prefix(prefix));
        number.is_some_and(|number| number.len() >= 2 && number.bytes().all(|byte| byte.is_ascii_digit()))
    })
}
