//! Dates and times by RFC 3339, from 1970 on, in milliseconds. Written here because it is one more grammar of signed
//! times: exact, without allocation, and the same on every build.

/// Milliseconds of a day.
const DAY: u64 = 86_400_000;

/// Reads `2026-11-03T09:26:10.344Z` or the same with an offset, in either case of its letters. A leap second counts as
/// the second before it. Dates before 1970 and offsets that lead there are refused.
pub(super) fn parse(text: &[u8]) -> Option<u64> {
    let (local, zone) = date_time(text)?;
    match *zone {
        [b'Z' | b'z'] => Some(local),
        [sign @ (b'+' | b'-'), h1, h2, b':', n1, n2] => {
            let (hours, minutes) = (number(&[h1, h2])?, number(&[n1, n2])?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let offset = hours.saturating_mul(60).saturating_add(minutes).saturating_mul(60_000);
            if sign == b'+' { local.checked_sub(offset) } else { Some(local.saturating_add(offset)) }
        }
        _ => None,
    }
}

/// Reads the same without an offset, as a time in UTC.
pub(super) fn parse_utc(text: &[u8]) -> Option<u64> {
    date_time(text).filter(|(_, zone)| zone.is_empty()).map(|(time, _)| time)
}

/// A date and time of no zone yet, and what follows it.
fn date_time(text: &[u8]) -> Option<(u64, &[u8])> {
    let (date_time, rest) = text.split_at_checked(19)?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T' | b't' | b' ', h1, h2, b':', n1, n2, b':', s1, s2] =
        *date_time
    else {
        return None;
    };
    let year = number(&[y1, y2, y3, y4])?;
    let (month, day) = (number(&[m1, m2])?, number(&[d1, d2])?);
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[n1, n2])?, number(&[s1, s2])?);
    let in_range = (1..=12).contains(&month) && (1..=month_length(year, month)).contains(&day);
    if !in_range || year < 1970 || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (millis, zone) = fraction(rest)?;
    let seconds = hour.saturating_mul(3_600).saturating_add(minute.saturating_mul(60)).saturating_add(second.min(59));
    let local =
        days(year, month, day).saturating_mul(DAY).saturating_add(seconds.saturating_mul(1_000)).saturating_add(millis);
    Some((local, zone))
}

/// Writes a time in UTC, with milliseconds where it has them.
pub(super) fn write(millis: u64) -> String {
    let (mut year, mut days) = (1970, millis / DAY);
    while let Some(left) = days.checked_sub(year_length(year)) {
        (year, days) = (year.saturating_add(1), left);
    }
    let mut month = 1;
    while let Some(left) = days.checked_sub(month_length(year, month)) {
        (month, days) = (month.saturating_add(1), left);
    }
    let of_day = millis % DAY;
    let (hour, minute, second) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1_000 % 60);
    let day = days.saturating_add(1);
    let date = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    match of_day % 1_000 {
        0 => format!("{date}Z"),
        fraction => format!("{date}.{fraction:03}Z"),
    }
}

/// The milliseconds of a fraction of any length, and what follows it.
fn fraction(rest: &[u8]) -> Option<(u64, &[u8])> {
    let Some(digits) = rest.strip_prefix(b".") else { return Some((0, rest)) };
    let len = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, zone) = digits.split_at_checked(len)?;
    let millis = digits
        .iter()
        .copied()
        .chain(*b"00")
        .take(3)
        .fold(0u64, |millis, digit| millis.saturating_mul(10).saturating_add(u64::from(digit.wrapping_sub(b'0'))));
    if digits.is_empty() { None } else { Some((millis, zone)) }
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0u64, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit <= 9).then(|| number.saturating_mul(10).saturating_add(u64::from(digit)))
    })
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn year_length(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn month_length(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let years: u64 = (1970..year).map(year_length).sum();
    let months: u64 = (1..month).map(|month| month_length(year, month)).sum();
    years.saturating_add(months).saturating_add(day).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;

    use super::*;

    fn read(text: &str) -> Option<u64> {
        parse(text.as_bytes())
    }

    #[test]
    fn reads_dates_with_any_offset_and_fraction() {
        assert_eq!(read("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(read("2025-06-15T15:06:40Z"), Some(1_750_000_000_000));
        assert_eq!(read("2025-06-15T15:06:40.123456789Z"), Some(1_750_000_000_123));
        assert_eq!(read("2025-06-15T15:06:40.5z"), Some(1_750_000_000_500));
        assert_eq!(read("2020-01-01T00:00:00-07:00"), Some(1_577_862_000_000));
        assert_eq!(read("2016-12-31T23:59:60Z"), read("2016-12-31T23:59:59Z"));
        assert_eq!(read("9999-12-31T23:59:59Z"), Some(253_402_300_799_000));
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in [
            "",
            "1750000000",
            "2025-06-15",
            "2025-06-15T15:06:40",
            "2025-06-15T15:06:40.Z",
            "2025-06-15T15:06Z",
            "2025-13-01T00:00:00Z",
            "2025-02-29T00:00:00Z",
            "2025-00-10T00:00:00Z",
            "2025-01-00T00:00:00Z",
            "2025-01-01T24:00:00Z",
            "2025-01-01T00:60:00Z",
            "2025-01-01T00:00:61Z",
            "2025-01-01T00:00:00+24:00",
            "2025-01-01T00:00:00+0100",
            "2025-01-01T00:00:00ZZ",
            " 2025-01-01T00:00:00Z",
            "+025-01-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+01:00",
            "2025-0\u{661}-01T00:00:00Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    /// A date for every day of two centuries, and what is written of it, agrees with another library.
    #[test]
    fn agrees_with_the_time_crate() {
        for day in 0..73_000u64 {
            let millis = day * DAY + day * 7_919 % DAY;
            let text = write(millis);
            let theirs = OffsetDateTime::parse(&text, &Rfc3339).unwrap();
            assert_eq!(theirs.unix_timestamp_nanos(), i128::from(millis) * 1_000_000, "{text}");
            assert_eq!(read(&text), Some(millis), "{text}");
        }
    }
}
