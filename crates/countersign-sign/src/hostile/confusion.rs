//! Signatures of another algorithm or version than the scheme's.

use countersign::{Algorithm, Scheme, Syntax, jws_algorithm};

use crate::choice::Choice;
use crate::draft::Draft;
use crate::entry::{Entry, encoding, label};
use crate::hostile::HostileDelivery;
use crate::hostile::signature::{Honest, Made};
use crate::signed::SignedDelivery;

/// What a verifier that picks its algorithm by the request could be led to.
const OTHERS: [Algorithm; 5] =
    [Algorithm::HmacSha1, Algorithm::HmacSha256, Algorithm::HmacSha512, Algorithm::HashSha1, Algorithm::HashSha256];

pub(super) fn algorithm_confusion(draft: &Draft, choice: &Choice) -> Made {
    let honest = Honest::new(choice)?;
    let provider = &draft.signer.provider;
    let mut made = Vec::new();
    let is_known = |algorithm: Algorithm| provider.schemes.iter().any(|scheme| scheme.algorithm == algorithm);
    for algorithm in OTHERS.into_iter().filter(|algorithm| !is_known(*algorithm)) {
        let alg = jws_algorithm(algorithm);
        let entries = choice.entries_with(|_, key, message| key.confused(algorithm, message), alg)?;
        let what = format!("{} in its place", algorithm.name());
        made.push(HostileDelivery::refused(what, choice.assemble(&entries)));
        let named = algorithm.name().trim_start_matches("hmac-").trim_start_matches("hash-");
        if let Some(changed) = relabelled(&honest, draft, &entries, |label| swap_name(label, named)) {
            made.push(HostileDelivery::refused(format!("{} under its own name", algorithm.name()), changed));
        }
    }
    for (what, version) in [("the version before", '0'), ("a version to come", '9')] {
        if let Some(changed) = relabelled(&honest, draft, &honest.entries, |label| swap_version(label, version)) {
            made.push(HostileDelivery::refused(format!("the right signature under {what}"), changed));
        }
    }
    if let Some(changed) = relabelled(&honest, draft, &honest.entries, |label| Some(label.to_ascii_uppercase())) {
        made.push(HostileDelivery::refused("the right signature under its label in upper case", changed));
    }
    for other in provider.schemes.iter() {
        if let Some(changed) = under_the_label_of(&honest, other) {
            let what = format!("the right signature under the label of {}", other.algorithm.name());
            made.push(HostileDelivery::refused(what, changed));
        }
    }
    made.extend(of_jws(choice)?);
    Ok(made)
}

/// A JWS that says that it is not signed, or not as the scheme has it.
fn of_jws(choice: &Choice) -> Made {
    let mut made = Vec::new();
    let is_jws = choice.lead().is_some_and(|scheme| matches!(scheme.scheme.signature.syntax, Syntax::Jws { .. }));
    if !is_jws {
        return Ok(made);
    }
    for (alg, what) in [("none", "`alg` none, without a signature"), ("None", "`alg` None, without a signature")] {
        let entries = choice.entries_with(|_, _, _| Some(Vec::new()), Some(alg))?;
        made.push(HostileDelivery::refused(what, choice.assemble(&entries)));
    }
    let entries = choice.entries_with(|_, key, message| Some(key.sign(message)), Some(""))?;
    made.push(HostileDelivery::refused("an empty `alg`, rightly signed", choice.assemble(&entries)));
    Ok(made)
}

/// The right signature under the label of another scheme of the same place, where the two have different ones.
fn under_the_label_of(honest: &Honest<'_>, other: &Scheme) -> Option<SignedDelivery> {
    let theirs = label(&other.signature.syntax);
    let differs = honest.choice.schemes.iter().all(|scheme| {
        let mine = &scheme.scheme;
        mine.algorithm != other.algorithm
            && mine.signature.at == other.signature.at
            && encoding(mine) == encoding(other)
            && label(&mine.signature.syntax) != theirs
    });
    if theirs.is_empty() || !differs {
        return None;
    }
    let entries: Vec<Entry> =
        honest.entries.iter().map(|entry| Entry { label: theirs.to_owned(), ..entry.clone() }).collect();
    Some(honest.choice.assemble(&entries))
}

/// The delivery with other labels, or `None` where a label stays as it is or is one that the provider also takes.
fn relabelled(
    honest: &Honest<'_>,
    draft: &Draft,
    entries: &[Entry],
    relabel: impl Fn(&str) -> Option<String>,
) -> Option<SignedDelivery> {
    // The name of a key is no label, and of a JWS nothing but its prefix is one.
    let has_label = |entry: &Entry| {
        let syntax = honest.scheme_of(entry).map(|scheme| &scheme.scheme.signature.syntax);
        syntax.is_some_and(|syntax| !label(syntax).is_empty())
    };
    let known: Vec<&str> = draft.signer.provider.schemes.iter().map(|scheme| label(&scheme.signature.syntax)).collect();
    let changed = entries.iter().map(|entry| {
        let label = relabel(&entry.label).filter(|label| !known.contains(&label.as_str()) && has_label(entry))?;
        Some(Entry { label, ..entry.clone() })
    });
    let changed = changed.collect::<Option<Vec<_>>>().filter(|changed| !changed.is_empty())?;
    Some(honest.choice.assemble(&changed))
}

/// `sha256=` with another algorithm's name in it.
fn swap_name(label: &str, name: &str) -> Option<String> {
    let own = ["sha512", "sha384", "sha256", "sha1"].into_iter().find(|own| label.contains(own))?;
    Some(label.replace(own, name))
}

/// `v1,` with another version in it. A label that names an algorithm has no version.
fn swap_version(label: &str, version: char) -> Option<String> {
    let rest = label.strip_prefix(['v', 'h']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))?;
    let (letter, _) = label.split_at_checked(1)?;
    Some(format!("{letter}{version}{}", rest.get(1..)?))
}
