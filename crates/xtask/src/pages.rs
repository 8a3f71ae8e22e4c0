//! `cargo xtask pages`: what the repository's pages say of the catalogue, written from the catalogue. One page a
//! provider, their index, the table in README.md, and the counts in the vectors' README.md; nothing else.

mod page;
mod snippet;
mod tables;
mod text;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use countersign::providers;

use crate::catalogue::Catalogue;
use crate::vectors::Pack;

/// Where the pages are.
const FOLDER: &str = "docs/providers";

/// Every generated file, as it should be.
pub(crate) struct Pages {
    root: PathBuf,
    files: Vec<(PathBuf, String)>,
}

impl Pages {
    /// Renders everything, and writes nothing.
    pub(crate) fn render(root: &Path) -> Result<Self, String> {
        let catalogue = Catalogue::read(root)?;
        let pack = Pack::read(root)?;
        let folder = Path::new(FOLDER);
        let mut files = Vec::new();
        for provider in providers::all() {
            let page = page::render(provider, catalogue.constant(&provider.name)?, &pack);
            files.push((folder.join(format!("{}.md", provider.name)), page));
        }
        files.push((folder.join("README.md"), tables::index()));
        files.push(("README.md".into(), between(root, "README.md", "providers", &tables::readme())?));
        let vectors = "tests/vectors/README.md";
        files.push((vectors.into(), between(root, vectors, "counts", &tables::counts(&pack))?));
        Ok(Self { root: root.to_owned(), files })
    }

    /// What is not as it should be: files that differ or lack, and pages of no provider.
    #[cfg(test)]
    fn out_of_date(&self) -> Vec<String> {
        let differs = |(path, wanted): &&(PathBuf, String)| {
            fs::read_to_string(self.root.join(path)).map_or(true, |found| found != *wanted)
        };
        let differing = self.files.iter().filter(differs).map(|(path, _)| path.display().to_string());
        differing.chain(self.strays().iter().map(|path| path.display().to_string())).collect()
    }

    /// Writes what differs and removes the pages of no provider.
    pub(crate) fn write(&self) -> Result<usize, String> {
        let failed = |path: &Path, error| format!("{} cannot be written: {error}", path.display());
        fs::create_dir_all(self.root.join(FOLDER)).map_err(|error| failed(FOLDER.as_ref(), error))?;
        let mut written = 0;
        for (path, text) in &self.files {
            let at = self.root.join(path);
            if fs::read_to_string(&at).is_ok_and(|found| found == *text) {
                continue;
            }
            fs::write(&at, text).map_err(|error| failed(path, error))?;
            written += 1;
        }
        for path in self.strays() {
            fs::remove_file(self.root.join(&path)).map_err(|error| failed(&path, error))?;
            written += 1;
        }
        Ok(written)
    }

    fn strays(&self) -> Vec<PathBuf> {
        let known: BTreeSet<&Path> = self.files.iter().map(|(path, _)| path.as_path()).collect();
        let entries = fs::read_dir(self.root.join(FOLDER)).into_iter().flatten().flatten();
        let paths = entries.map(|entry| Path::new(FOLDER).join(entry.file_name()));
        paths.filter(|path| !known.contains(path.as_path())).collect()
    }
}

/// A file with another text between the markers of `name`.
fn between(root: &Path, path: &str, name: &str, text: &str) -> Result<String, String> {
    let page = fs::read_to_string(root.join(path)).map_err(|error| format!("{path} cannot be read: {error}"))?;
    let (begin, end) = (format!("<!-- {name}:begin -->"), format!("<!-- {name}:end -->"));
    let lacks = |marker: &str| format!("{path} has no marker `{marker}`");
    let (before, rest) = page.split_once(&begin).ok_or_else(|| lacks(&begin))?;
    let (_, after) = rest.split_once(&end).ok_or_else(|| lacks(&end))?;
    Ok(format!("{before}{begin}\n{text}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::root;

    #[test]
    fn the_pages_are_those_of_the_catalogue() {
        let stale = Pages::render(&root()).unwrap().out_of_date();
        assert!(stale.is_empty(), "run `cargo xtask pages` and commit what it wrote: {}", stale.join(", "));
    }

    #[test]
    fn no_line_of_prose_is_too_long() {
        let mut lines = 0;
        for (path, page) in Pages::render(&root()).unwrap().files.iter().filter(|(path, _)| path.starts_with(FOLDER)) {
            let mut in_code = false;
            for line in page.lines() {
                in_code ^= line.starts_with("```");
                // A link is one word, and no word is broken.
                let is_free = in_code || line.starts_with(['|', '#', '<']) || line.starts_with("- source: <");
                assert!(is_free || line.chars().count() <= 120, "{}: {line}", path.display());
                lines += 1;
            }
        }
        assert!(lines > 5_000, "{lines} lines: the search is blind");
    }

    #[test]
    fn a_changed_page_is_noticed() {
        let mut pages = Pages::render(&root()).unwrap();
        let before = pages.out_of_date().len();
        pages.files[0].1.push_str("changed\n");
        let last = pages.files.len() - 1;
        pages.files[last].1.push_str("changed\n");
        assert_eq!(pages.out_of_date().len(), before + 2);
    }
}
