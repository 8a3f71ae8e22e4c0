//! What cargo knows of the workspace: its packages, their features, and every dependency.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::shell::{cargo, read};

/// The workspace and everything in its lock file.
pub(crate) struct Workspace {
    /// Where cargo builds.
    pub(crate) target: PathBuf,
    /// Members and dependencies.
    pub(crate) packages: Vec<Package>,
}

/// A member of the workspace, or a dependency.
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) manifest: PathBuf,
    pub(crate) features: Vec<String>,
    pub(crate) rust_version: Option<String>,
    pub(crate) is_member: bool,
    pub(crate) is_published: bool,
    /// What a registry would miss in its manifest.
    pub(crate) missing: Vec<&'static str>,
}

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What every published manifest must say. Cargo only warns.
const EXPECTED: [&str; 4] = ["description", "license", "readme", "repository"];

impl Workspace {
    /// Asks cargo.
    pub(crate) fn read() -> Result<Self, String> {
        Self::parse(&read(cargo().args(["metadata", "--format-version", "1"]))?)
            .ok_or_else(|| "cargo metadata did not answer in format version 1".into())
    }

    fn parse(metadata: &str) -> Option<Self> {
        let metadata: Value = serde_json::from_str(metadata).ok()?;
        let packages = metadata["packages"].as_array()?.iter().map(Package::parse).collect::<Option<_>>()?;
        Some(Self { target: metadata["target_directory"].as_str()?.into(), packages })
    }

    /// The crates that live here.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.is_member)
    }
}

impl Package {
    fn parse(package: &Value) -> Option<Self> {
        let text = |key: &str| package[key].as_str().map(str::to_owned);
        Some(Self {
            name: text("name")?,
            version: text("version")?,
            manifest: text("manifest_path")?.into(),
            features: package["features"].as_object()?.keys().cloned().collect(),
            rust_version: text("rust_version"),
            // A package without a source is a directory, and every directory here is a member.
            is_member: package["source"].is_null(),
            // `publish = false` reads as an empty list of registries.
            is_published: package["publish"].as_array().is_none_or(|registries| !registries.is_empty()),
            missing: EXPECTED.into_iter().filter(|field| package[field].is_null()).collect(),
        })
    }

    /// A published member that declares nothing but its name.
    #[cfg(test)]
    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            version: "0.1.0".into(),
            manifest: PathBuf::new(),
            features: Vec::new(),
            rust_version: None,
            is_member: true,
            is_published: true,
            missing: EXPECTED.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_members_from_dependencies_and_published_from_private() {
        let metadata = r#"{"target_directory":"/t","packages":[
            {"name":"a","version":"0.1.0","manifest_path":"/a/Cargo.toml","features":{"x":[],"default":["x"]},
             "rust_version":"1.95","source":null,"publish":null,
             "description":"d","license":"MIT","readme":"README.md","repository":null},
            {"name":"b","version":"0.1.0","manifest_path":"/b/Cargo.toml","features":{},
             "rust_version":null,"source":null,"publish":[]},
            {"name":"c","version":"2.0.0","manifest_path":"/c/Cargo.toml","features":{},
             "rust_version":null,"source":"registry+https://example.com","publish":null}]}"#;
        let workspace = Workspace::parse(metadata).unwrap();
        let [a, b, c] = workspace.packages.as_slice() else { panic!("three packages") };
        assert!(a.is_member && a.is_published && a.features == ["default", "x"]);
        assert_eq!(a.missing, ["repository"]);
        assert!(b.is_member && !b.is_published);
        assert!(!c.is_member);
        assert_eq!(workspace.members().count(), 2);
        assert!(Workspace::parse("{}").is_none());
    }
}
