//! Points in time as a configuration file writes them: TOML's own, a text of RFC 3339, or Unix seconds.

use countersign::UnixTime;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use toml::Value;

/// Reads a point in time, or says what would be one.
pub(super) fn read(value: &Value) -> Result<UnixTime, String> {
    let seconds = match value {
        Value::Integer(seconds) => Some(*seconds),
        Value::Datetime(datetime) => seconds(&datetime.to_string()),
        Value::String(text) => seconds(text),
        _ => None,
    };
    let since_epoch = seconds.and_then(|seconds| u64::try_from(seconds).ok());
    since_epoch.map(UnixTime::from_secs).ok_or_else(|| {
        "it must be a time with its offset, such as 2026-12-31T00:00:00Z, or Unix time in seconds".to_owned()
    })
}

fn seconds(text: &str) -> Option<i64> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_toml(text: &str) -> Result<u64, String> {
        let table: toml::Table = toml::from_str(&format!("at = {text}")).unwrap();
        read(&table["at"]).map(UnixTime::as_secs)
    }

    #[test]
    fn one_instant_can_be_written_in_every_form() {
        for text in ["1790000000", "2026-09-21T14:13:20Z", "2026-09-21 16:13:20+02:00", "\"2026-09-21T14:13:20Z\""] {
            assert_eq!(read_toml(text), Ok(1_790_000_000), "{text}");
        }
    }

    #[test]
    fn a_time_without_an_offset_names_no_instant() {
        for text in ["2026-09-21T14:13:20", "2026-09-21", "\"soon\"", "-1", "true"] {
            assert!(read_toml(text).unwrap_err().contains("offset"), "{text}");
        }
    }
}
