//! The vector pack as a whole: its counts, and that every file is as its schema says. Whether the verdicts are right is
//! for the core's tests.

#[cfg(test)]
mod schema;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use countersign::providers;
use serde_json::Value;

/// Where the pack is.
const FOLDER: &str = "tests/vectors";

/// Every file of the pack.
pub(crate) struct Pack {
    /// By the path below the pack's folder.
    files: BTreeMap<String, Value>,
}

/// How many cases there are of one provider.
#[derive(Default, Clone, Copy)]
pub(crate) struct Count {
    pub(crate) cases: usize,
    pub(crate) published: usize,
    pub(crate) derived: usize,
    pub(crate) third_party: usize,
    pub(crate) generated: usize,
    /// Run by an official package.
    pub(crate) confirmed: usize,
    /// To be accepted.
    pub(crate) accepted: usize,
    /// Made from documentation alone.
    pub(crate) unconfirmed: usize,
}

impl Pack {
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let mut files = BTreeMap::new();
        for folder in ["", "unconfirmed/"] {
            let path = root.join(FOLDER).join(folder);
            let entries = fs::read_dir(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
            for entry in entries.flatten() {
                let name = format!("{folder}{}", entry.file_name().to_string_lossy());
                if !name.ends_with(".json") || name == "schema.json" {
                    continue;
                }
                let text = fs::read(entry.path()).map_err(|error| format!("{name} cannot be read: {error}"))?;
                let value = serde_json::from_slice(&text).map_err(|error| format!("{name} is no JSON: {error}"))?;
                files.insert(name, value);
            }
        }
        Ok(Self { files })
    }

    /// The files with cases of a provider, and how many.
    pub(crate) fn files_of(&self, provider: &str) -> Vec<(&str, usize)> {
        let of = |file: &Value| file["provider"].as_str().is_some_and(|name| name_of(name) == provider);
        let found = self.files.iter().filter(|(_, file)| of(file));
        found.map(|(path, file)| (path.as_str(), cases(file).count())).collect()
    }

    /// The counts by provider.
    pub(crate) fn counts(&self) -> BTreeMap<&str, Count> {
        let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
        for (path, file) in &self.files {
            for case in cases(file) {
                let name = case["provider"].as_str().unwrap_or_default();
                counts.entry(name_of(name)).or_default().add(case, path.starts_with("unconfirmed/"));
            }
        }
        counts
    }

    /// The counts of all.
    pub(crate) fn total(&self) -> Count {
        let mut total = Count::default();
        for (path, file) in &self.files {
            cases(file).for_each(|case| total.add(case, path.starts_with("unconfirmed/")));
        }
        total
    }
}

impl Count {
    fn add(&mut self, case: &Value, is_unconfirmed: bool) {
        self.cases += 1;
        match case["origin"].as_str() {
            Some("published") => self.published += 1,
            Some("derived") => self.derived += 1,
            Some("third-party") => self.third_party += 1,
            _ => self.generated += 1,
        }
        self.confirmed += usize::from(case["sdk_confirmed"].is_array());
        self.accepted += usize::from(case["expect"] == "accept");
        self.unconfirmed += usize::from(is_unconfirmed);
    }
}

fn cases(file: &Value) -> impl Iterator<Item = &Value> {
    file["cases"].as_array().into_iter().flatten()
}

/// The name in the catalogue of what a file may call by another of its names.
fn name_of(name: &str) -> &str {
    providers::by_name(name).map_or(name, |provider| &provider.name)
}

#[cfg(test)]
mod tests {
    use super::schema::{Schema, is_base64};
    use super::*;
    use crate::workspace::root;

    #[test]
    fn every_file_is_as_the_schema_says() {
        let schema = Schema::read(&root().join(FOLDER).join("schema.json"));
        let pack = Pack::read(&root()).unwrap();
        for (path, file) in &pack.files {
            assert_eq!(schema.problems(file), Vec::<String>::new(), "{path}");
            let provider = file["provider"].as_str().unwrap();
            assert_eq!(path.trim_start_matches("unconfirmed/"), format!("{provider}.json"));
            for case in cases(file) {
                assert_eq!(case["provider"], file["provider"], "{path}: {}", case["id"]);
                assert!(is_base64(case["body_base64"].as_str().unwrap()), "{path}: {}", case["id"]);
            }
        }
        assert!(pack.files.len() > 150, "{} files: the search is blind", pack.files.len());
    }

    #[test]
    fn what_stands_outside_unconfirmed_is_confirmed() {
        let pack = Pack::read(&root()).unwrap();
        for (path, file) in pack.files.iter().filter(|(path, _)| !path.contains('/')) {
            let proves = |case: &Value| case["origin"] == "published" || case["sdk_confirmed"].is_array();
            assert!(cases(file).any(proves), "{path} rests on nothing: it belongs into unconfirmed/");
        }
        for (path, file) in pack.files.iter().filter(|(path, _)| path.contains('/')) {
            let proves = |case: &Value| case["origin"] == "published" || case["sdk_confirmed"].is_array();
            assert!(!cases(file).any(proves), "{path} is confirmed: it belongs one folder up");
        }
    }

    #[test]
    fn the_schema_finds_what_is_wrong() {
        let schema = Schema::read(&root().join(FOLDER).join("schema.json"));
        let pack = Pack::read(&root()).unwrap();
        let good = &pack.files["stripe.json"];
        assert!(schema.problems(good).is_empty());
        type Change = fn(&mut Value);
        let changes: [(&str, Change); 9] = [
            ("required", |case| drop(case.as_object_mut().unwrap().remove("now_unix"))),
            ("required", |case| drop(case.as_object_mut().unwrap().remove("secret"))),
            ("unknown", |case| case["expected"] = "accept".into()),
            ("enum", |case| case["expect"] = "maybe".into()),
            ("type", |case| case["now_unix"] = "1".into()),
            ("minimum", |case| case["now_unix"] = (-1).into()),
            ("minLength", |case| case["id"] = "".into()),
            ("maxItems", |case| case["headers"][0] = serde_json::json!(["a", "b", "c"])),
            ("reason", |case| {
                case["expect"] = "reject".into();
                case.as_object_mut().unwrap().remove("reason");
            }),
        ];
        for (named, change) in changes {
            let mut bad = good.clone();
            change(&mut bad["cases"][0]);
            let problems = schema.problems(&bad).join("; ");
            assert!(problems.contains(named), "{named}: {problems}");
        }
    }
}
