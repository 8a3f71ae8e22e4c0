//! Gathers the snippets of `docs/providers` for `tests/pages.rs`, so that what the pages show compiles: one module for
//! each distinct shape, since pages differ in little but the provider's name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let folder = Path::new("../docs/providers");
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rerun-if-changed=build.rs");
    let pages = fs::read_dir(folder).expect("the pages are written: `cargo xtask pages`").flatten();
    let mut pages: Vec<PathBuf> = pages.map(|entry| entry.path()).filter(|path| !path.ends_with("README.md")).collect();
    pages.sort();
    let mut shapes: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut constants = String::new();
    for page in &pages {
        let text = fs::read_to_string(page).unwrap();
        let snippet = text.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next());
        let snippet = snippet.unwrap_or_else(|| panic!("{} has no Rust", page.display()));
        let name = page.file_stem().unwrap().to_str().unwrap();
        let constant = snippet.split("providers::").nth(1).and_then(|rest| rest.split([',', ')']).next()).unwrap();
        constants.push_str(&format!("    (\"{name}\", countersign::providers::{constant}),\n"));
        let shape = snippet.replace(name, "NAME").replace(constant, "CONSTANT");
        let shape = shape.split_whitespace().collect::<Vec<_>>().join(" ");
        shapes.entry(shape).or_insert_with(|| (name.replace('-', "_"), snippet.to_owned()));
    }
    let modules: String = shapes
        .values()
        .map(|(name, snippet)| format!("#[allow(dead_code)]\nmod {name}_page {{\n{snippet}}}\n\n"))
        .collect();
    let list = format!("const CONSTANTS: &[(&str, countersign::Provider)] = &[\n{constants}];\n");
    let shapes = format!("const SHAPES: usize = {};\n", shapes.len());
    fs::write(Path::new(&env::var_os("OUT_DIR").unwrap()).join("pages.rs"), modules + &list + &shapes).unwrap();
}
