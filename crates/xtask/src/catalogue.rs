//! The catalogue as source text: what a provider costs in lines, and that no code outside it knows any provider.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use countersign::providers;

/// Where the entries are, one file a trade.
const FOLDER: &str = "crates/countersign/src/providers";

/// Where code may not depend on which provider it is.
const ENGINE: [&str; 8] = [
    "crates/countersign/src",
    "crates/countersign-sign/src",
    "crates/countersign-tower/src",
    "crates/countersign-actix/src",
    "crates/countersign-cli/src",
    "crates/countersign-redis/src",
    "crates/countersign-sqlx/src",
    "crates/countersign-testkit/src",
];

/// The entries of the catalogue.
pub(crate) struct Catalogue {
    entries: BTreeMap<String, Entry>,
}

struct Entry {
    constant: String,
    lines: usize,
}

/// What the catalogue costs.
pub(crate) struct Figures {
    pub(crate) providers: usize,
    /// Lines of Rust in the entry in the middle.
    pub(crate) median: usize,
    pub(crate) most: usize,
    /// Lines of the files that read every scheme.
    pub(crate) engine: usize,
}

impl Catalogue {
    /// Reads the entries' heads, `    STRIPE: "stripe", "Stripe";`, and counts the lines up to the next.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let folder = root.join(FOLDER);
        let mut entries = BTreeMap::new();
        let listing = fs::read_dir(&folder).map_err(|error| format!("{FOLDER} cannot be read: {error}"))?;
        for file in listing.flatten() {
            let path = file.path();
            let text =
                fs::read_to_string(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
            let mut name = None;
            for line in text.lines() {
                if let Some((constant, found)) = head(line) {
                    entries.insert(found.to_owned(), Entry { constant: constant.to_owned(), lines: 0 });
                    name = Some(found.to_owned());
                }
                if line == "}" {
                    name = None;
                }
                if let Some(entry) =
                    name.as_ref().filter(|_| !line.trim().is_empty()).and_then(|name| entries.get_mut(name))
                {
                    entry.lines += 1;
                }
            }
        }
        Ok(Self { entries })
    }

    /// The name of a provider's constant.
    pub(crate) fn constant(&self, provider: &str) -> Result<&str, String> {
        let entry = self.entries.get(provider);
        entry.map(|entry| entry.constant.as_str()).ok_or_else(|| format!("{FOLDER} has no entry `{provider}`"))
    }

    pub(crate) fn figures(&self, root: &Path) -> Result<Figures, String> {
        let mut lines: Vec<usize> = self.entries.values().map(|entry| entry.lines).collect();
        lines.sort_unstable();
        let room = root.join("crates/countersign/src/whole");
        let mut files = vec![room.with_extension("rs")];
        sources(&room, &mut files).map_err(|error| format!("{} cannot be read: {error}", room.display()))?;
        let mut engine = 0;
        for path in files {
            let text =
                fs::read_to_string(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
            engine += text.lines().count();
        }
        Ok(Figures {
            providers: lines.len(),
            median: lines.get(lines.len() / 2).copied().unwrap_or_default(),
            most: lines.last().copied().unwrap_or_default(),
            engine,
        })
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { providers, median, most, engine } = self;
        write!(
            f,
            "{providers} providers; lines of Rust of one: median {median}, at most {most}; the engine that reads their \
             schemes: whole.rs and its folder, {engine} lines; places outside the catalogue that ask which \
             provider it is: none"
        )
    }
}

/// The constant and the name in the first line of an entry.
fn head(line: &str) -> Option<(&str, &str)> {
    let (constant, rest) = line.strip_prefix("    ")?.split_once(": \"")?;
    let is_constant = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let (name, rest) = rest.split_once("\", \"")?;
    (constant.starts_with(|c: char| c.is_ascii_uppercase())
        && constant.chars().all(is_constant)
        && rest.ends_with("\";"))
    .then_some((constant, name))
}

/// The places in the engine where code depends on which provider it is: a name of one in a comparison or as the pattern
/// of a match. Entries, comments, documentation and tests do not count.
pub(crate) fn special_cases(root: &Path) -> Result<Vec<String>, String> {
    let mut files = Vec::new();
    for folder in ENGINE {
        sources(&root.join(folder), &mut files).map_err(|error| format!("{folder} cannot be read: {error}"))?;
    }
    let catalogue = root.join(FOLDER);
    let mut found = Vec::new();
    for path in files.iter().filter(|path| !path.starts_with(&catalogue) && !is_test(path)) {
        let text = fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        let shown = path.strip_prefix(root).unwrap_or(path).display();
        found.extend(special_cases_in(&text).into_iter().map(|(line, text)| format!("{shown}:{line}: {text}")));
    }
    Ok(found)
}

fn special_cases_in(text: &str) -> Vec<(usize, &str)> {
    let code = text.lines().enumerate().take_while(|(_, line)| line.trim() != "mod tests {");
    let code = code.filter(|(_, line)| !line.trim_start().starts_with("//"));
    code.filter(|(_, line)| asks_for_a_provider(line)).map(|(index, line)| (index + 1, line.trim())).collect()
}

/// Whether a provider's name stands in a line as the pattern of a match or beside a comparison.
fn asks_for_a_provider(line: &str) -> bool {
    let known = |name: &str| providers::by_name(name).is_some();
    let mut parts = line.split('"');
    let mut before = parts.next().unwrap_or_default().to_owned();
    while let (Some(name), Some(after)) = (parts.next(), parts.next()) {
        let follows = after.trim_start().trim_start_matches(')');
        let compares = ["==", "!="].iter().any(|sign| before.trim_end().ends_with(sign))
            || ["contains(&", "eq(", "starts_with(", "ends_with("].iter().any(|call| before.trim_end().ends_with(call))
            || ["==", "!="].iter().any(|sign| follows.starts_with(sign));
        let is_pattern = follows.starts_with("=>") || follows.starts_with("| \"") || follows.starts_with("if ");
        let in_matches = before.contains("matches!(");
        if known(name) && (compares || is_pattern || in_matches) {
            return true;
        }
        before.push_str(name);
        before.push_str(after);
    }
    // A constant of the catalogue beside a comparison: `provider == providers::STRIPE`.
    ["== providers::", "!= providers::", "providers::by_name(\""].iter().any(|sign| line.contains(sign))
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs")
}

fn sources(folder: &Path, files: &mut Vec<std::path::PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::root;

    #[test]
    fn no_code_outside_the_catalogue_asks_which_provider_it_is() {
        assert_eq!(special_cases(&root()).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn finds_a_planted_special_case() {
        for planted in [
            "    if provider.name == \"stripe\" {",
            "        \"github\" => other(),",
            "        \"github\" | \"gitea\" => other(),",
            "    matches!(name, \"x\" | \"slack\")",
            "    if \"stripe\" != name {",
            "    provider == providers::STRIPE",
            "    [\"a\"].contains(&\"stripe\")",
        ] {
            assert_eq!(special_cases_in(planted).len(), 1, "{planted}");
        }
        for innocent in [
            "    // `\"stripe\" => …` would be one",
            "    let stripe = by(\"stripe\");",
            "        \"hmac-sha256\" => other(),",
            "mod tests {\n    if name == \"stripe\" {",
        ] {
            assert!(special_cases_in(innocent).is_empty(), "{innocent}");
        }
    }

    #[test]
    fn every_provider_is_an_entry_of_a_few_lines() {
        let catalogue = Catalogue::read(&root()).unwrap();
        for provider in providers::all() {
            catalogue.constant(&provider.name).unwrap();
        }
        let figures = catalogue.figures(&root()).unwrap();
        println!("{figures}");
        assert_eq!(figures.providers, providers::all().count());
        assert!((8..=20).contains(&figures.median), "{figures}");
    }
}
