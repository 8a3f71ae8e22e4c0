//! How flag values are read where several commands share them, and what is said of one that cannot be.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use countersign::{Provider, UnixTime, providers};
use http::Uri;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::failure::Failure;
use crate::output;

/// Reads a provider's name, or the description of one in a file whose name ends in `.toml`.
pub(crate) fn provider(name: &str) -> Result<&'static Provider, String> {
    provider_beside(Path::new(""), name)
}

/// The same, where a path is from where another file lies.
pub(crate) fn provider_beside(file: &Path, name: &str) -> Result<&'static Provider, String> {
    if Path::new(name).extension().is_some_and(|end| end == "toml") {
        let text = fs::read_to_string(file.with_file_name(name)).map_err(|error| format!("{error}; check the path"))?;
        let provider = Provider::from_toml(&text).map_err(|error| output::on_one_line(&error.to_string()))?;
        // As long as the program, like those of the catalogue.
        return Ok(Box::leak(Box::new(provider)));
    }
    providers::by_name(name).ok_or_else(|| {
        let known = providers::all().map(|provider| provider.name.as_ref());
        let hint = nearest(name, known).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        format!("there is no provider of that name; {hint}`countersign providers` lists all")
    })
}

/// Reads Unix seconds.
pub(crate) fn unix_seconds(text: &str) -> Result<UnixTime, String> {
    let seconds = text.parse().map_err(|_| "it must be Unix time in whole seconds, such as 1790000000".to_owned())?;
    Ok(UnixTime::from_secs(seconds))
}

/// Reads an absolute URL of HTTP.
pub(crate) fn url(text: &str) -> Result<Uri, String> {
    let wanted = || "it must be a whole URL, such as http://127.0.0.1:8080/hooks".to_owned();
    let url: Uri = text.parse().map_err(|_| wanted())?;
    match (url.scheme_str(), url.authority()) {
        (Some("http" | "https"), Some(_)) => Ok(url),
        _ => Err(wanted()),
    }
}

/// Reads the URL of a receiver that this program can reach itself.
pub(crate) fn plain_url(text: &str) -> Result<Uri, String> {
    match url(text)? {
        url if url.scheme_str() == Some("https") => Err("this build speaks plain HTTP alone; \
            `countersign sign --format curl` prints a command that reaches an https receiver"
            .to_owned()),
        url => Ok(url),
    }
}

/// The time that was asked for, or the system's.
pub(crate) fn time_or_now(at: Option<UnixTime>) -> Result<UnixTime, Failure> {
    let now = at.or_else(UnixTime::now);
    now.ok_or_else(|| Failure::set_up("the system's clock stands before 1970; set the time with --at"))
}

/// The whole of a file, or of standard input for `-`.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    if path.as_os_str() != "-" {
        return fs::read(path);
    }
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
}

/// The word among `known` that `word` was most likely meant to be, if one is near.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let distance = |candidate: &&str| strsim::damerau_levenshtein(word, candidate);
    // Half of a short word may be wrong, and no more than three letters of a long one.
    let near = |candidate: &&str| distance(candidate) <= (candidate.len() / 2).min(3);
    known.into_iter().filter(near).min_by_key(distance)
}

/// A time as people read it.
pub(crate) fn written(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).ok();
    let date = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    date.and_then(|date| date.format(&Rfc3339).ok()).unwrap_or_else(|| format!("Unix time {}", time.as_secs()))
}

/// A span in the largest unit that it is a whole number of, or in two units.
pub(crate) fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let [days, hours, minutes] = [seconds / 86_400, seconds % 86_400 / 3_600, seconds % 3_600 / 60];
    let units = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds % 60, "s")];
    let parts = units.iter().skip_while(|(count, _)| *count == 0).take(2).filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, unit)| format!("{count} {unit}")).collect();
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

pub(crate) fn named_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it must be NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_provider_is_answered_with_the_nearest() {
        assert!(provider("stripe").is_ok());
        assert!(provider("strpie").unwrap_err().contains("did you mean `stripe`?"));
        assert!(!provider("zzzzzzzz").unwrap_err().contains("did you mean"));
    }

    #[test]
    fn spans_are_written_in_two_units_at_most() {
        let written = |seconds| span(Duration::from_secs(seconds));
        assert_eq!([0, 5, 300, 259_200].map(written), ["0 s", "5 s", "5 min", "3 d"]);
        assert_eq!([272_105, 99_305, 7_201].map(written), ["3 d 3 h", "1 d 3 h", "2 h"]);
    }
}
