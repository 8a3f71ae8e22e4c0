//! Time as an argument: points in Unix time, the grammar of timestamps from the wire, and the freshness window.

mod rfc3339;

use core::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

/// A point in Unix time, in milliseconds, at or after 1970.
///
/// The core never reads a clock: adapters pass the current time in, and tests pass any time they like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(u64);

impl UnixTime {
    /// The time `seconds` after 1970-01-01T00:00:00Z. Saturates beyond the year 584 million.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    /// The time `millis` milliseconds after 1970-01-01T00:00:00Z.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// The system's clock, or `None` where it stands before 1970 and so cannot judge freshness.
    pub fn now() -> Option<Self> {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        Some(Self(millis(since_epoch)))
    }

    /// Whole seconds since 1970.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000
    }

    /// Milliseconds since 1970.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// This time moved later, or the last representable time.
    #[must_use]
    pub fn saturating_add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(millis(span)))
    }

    /// This time moved earlier, or 1970.
    #[must_use]
    pub fn saturating_sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(millis(span)))
    }

    /// How long after `earlier` this time is, or zero.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// A span in whole milliseconds, saturating.
pub(crate) fn millis(span: Duration) -> u64 {
    span.as_secs().saturating_mul(1_000).saturating_add(u64::from(span.subsec_millis()))
}

/// Where an adapter gets the current time: the system's clock unless a test brings its own.
///
/// Returns `None` when the clock cannot be trusted (it stands before 1970); the delivery is then answered 503 and
/// stays with its sender.
pub trait Clock: Send + Sync + 'static {
    /// The current time.
    fn now(&self) -> Option<UnixTime>;
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Option<UnixTime> {
        UnixTime::now()
    }
}

/// The unit in which a scheme writes its timestamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize))]
#[non_exhaustive]
pub enum TimestampUnit {
    /// Unix seconds, at most 11 digits.
    #[cfg_attr(feature = "toml", serde(rename = "s"))]
    Seconds,
    /// Unix milliseconds, at most 14 digits.
    #[cfg_attr(feature = "toml", serde(rename = "ms"))]
    Milliseconds,
    /// Unix microseconds, at most 17 digits.
    #[cfg_attr(feature = "toml", serde(rename = "us"))]
    Microseconds,
    /// Unix nanoseconds, at most 19 digits.
    #[cfg_attr(feature = "toml", serde(rename = "ns"))]
    Nanoseconds,
    /// A date and time by RFC 3339, with any offset and any fraction of a second.
    #[cfg_attr(feature = "toml", serde(rename = "rfc3339"))]
    Rfc3339,
    /// The same without an offset: the time is in UTC.
    #[cfg_attr(feature = "toml", serde(rename = "utc"))]
    Utc,
}

impl TimestampUnit {
    /// The most digits a timestamp in this unit may have: enough for the year 5138.
    pub const fn max_digits(self) -> usize {
        match self {
            Self::Seconds => 11,
            Self::Milliseconds => 14,
            Self::Microseconds => 17,
            Self::Nanoseconds => 19,
            Self::Rfc3339 | Self::Utc => 35,
        }
    }

    /// Whether times are written in digits only.
    pub(crate) const fn is_number(self) -> bool {
        !matches!(self, Self::Rfc3339 | Self::Utc)
    }

    /// A number of units as a time; parts of a millisecond are cut off.
    #[inline]
    const fn time(self, number: u64) -> UnixTime {
        match self {
            Self::Seconds => UnixTime::from_secs(number),
            Self::Microseconds => UnixTime(number / 1_000),
            Self::Nanoseconds => UnixTime(number / 1_000_000),
            Self::Milliseconds | Self::Rfc3339 | Self::Utc => UnixTime(number),
        }
    }

    /// Writes `time` as a sender would: decimal, no leading zero, no fraction; or a date in UTC.
    pub fn write(self, time: UnixTime) -> String {
        match self {
            Self::Rfc3339 => rfc3339::write(time.0),
            Self::Utc => rfc3339::write(time.0).trim_end_matches('Z').to_owned(),
            Self::Seconds => time.as_secs().to_string(),
            Self::Milliseconds => time.0.to_string(),
            Self::Microseconds => time.0.saturating_mul(1_000).to_string(),
            Self::Nanoseconds => time.0.saturating_mul(1_000_000).to_string(),
        }
    }

    /// `time` cut down to a whole number of units, as a sender of this unit would see it.
    fn floor(self, time: UnixTime) -> UnixTime {
        if matches!(self, Self::Seconds) { UnixTime::from_secs(time.as_secs()) } else { time }
    }
}

/// Why a timestamp's text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadTimestamp {
    /// Not digits only, or with a leading zero.
    Grammar,
    /// Digits only, but more of them than the unit has: most likely a finer unit.
    TooManyDigits,
}

/// Reads a timestamp as a scheme writes it: ASCII digits only, no sign, no leading zero, no more digits than the
/// unit has.
///
/// Anything a general integer parser takes besides (`+5`, `005`, a space) would let one signed instant be written in
/// several ways, and unbounded digits let arithmetic overflow.
#[inline]
pub(crate) fn parse_timestamp(text: &[u8], unit: TimestampUnit) -> Result<UnixTime, BadTimestamp> {
    match unit {
        TimestampUnit::Rfc3339 => return rfc3339::parse(text).map(UnixTime).ok_or(BadTimestamp::Grammar),
        TimestampUnit::Utc => return rfc3339::parse_utc(text).map(UnixTime).ok_or(BadTimestamp::Grammar),
        _ => {}
    }
    let leading_zero = text.len() > 1 && text.first() == Some(&b'0');
    if text.is_empty() || leading_zero {
        return Err(BadTimestamp::Grammar);
    }
    if text.len() > unit.max_digits() {
        let digits_only = text.iter().all(u8::is_ascii_digit);
        return Err(if digits_only { BadTimestamp::TooManyDigits } else { BadTimestamp::Grammar });
    }
    // No more than 19 digits, which cannot overflow: the last eight, then those before, one by one.
    let (before, last) =
        text.split_last_chunk().map_or((text, Some(0)), |(before, last)| (before, eight_digits(*last)));
    let scale = if before.len() == text.len() { 1 } else { 100_000_000 };
    let mut number = 0u64;
    for byte in before {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return Err(BadTimestamp::Grammar);
        }
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
    }
    let last = last.ok_or(BadTimestamp::Grammar)?;
    Ok(unit.time(number.wrapping_mul(scale).wrapping_add(last)))
}

/// The number that eight digits make: neighbours are joined to two digits, these to four, and these to eight.
#[inline]
fn eight_digits(text: [u8; 8]) -> Option<u64> {
    let text = u64::from_le_bytes(text);
    let digits = text ^ 0x3030_3030_3030_3030;
    if (digits | digits.wrapping_add(0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    let joined =
        |digits: u64, base: u64, bits: u32, mask: u64| digits.wrapping_mul(base).wrapping_add(digits >> bits) & mask;
    let pairs = joined(digits, 10, 8, 0x00ff_00ff_00ff_00ff);
    let fours = joined(pairs, 100, 16, 0x0000_ffff_0000_ffff);
    Some(joined(fours, 10_000, 32, 0x0000_0000_ffff_ffff))
}

/// How far a delivery's signed time may lie from the receiver's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tolerance {
    /// How old a delivery may be. Too small refuses honest deliveries on slow networks and under clock error; too
    /// large keeps a captured delivery usable for longer.
    pub past: Duration,
    /// How far ahead of this clock a delivery may be stamped. It covers clock error only.
    pub future: Duration,
}

/// What the freshness rule says of a signed time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    Fresh,
    Stale,
    FromTheFuture,
}

impl Tolerance {
    /// The same number of seconds on both sides.
    pub const fn seconds(seconds: u64) -> Self {
        Self { past: Duration::from_secs(seconds), future: Duration::from_secs(seconds) }
    }

    /// Judges `sent_at` against `now`: both ends of the window belong to it, one unit beyond does not.
    ///
    /// `now` is cut to the unit of the timestamp, so that a delivery stamped in whole seconds has the full tolerance
    /// wherever in its second it was sent.
    #[inline]
    pub(crate) fn judge(self, sent_at: UnixTime, now: UnixTime, unit: TimestampUnit) -> Freshness {
        let now = unit.floor(now);
        if sent_at.saturating_add(self.past) < now {
            Freshness::Stale
        } else if sent_at > now.saturating_add(self.future) {
            Freshness::FromTheFuture
        } else {
            Freshness::Fresh
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: TimestampUnit = TimestampUnit::Seconds;

    #[test]
    fn reads_exactly_the_digits_a_sender_writes() {
        assert_eq!(parse_timestamp(b"1614265330", UNIT), Ok(UnixTime::from_secs(1_614_265_330)));
        assert_eq!(parse_timestamp(b"0", UNIT), Ok(UnixTime::from_secs(0)));
        assert_eq!(parse_timestamp(b"99999999999", UNIT), Ok(UnixTime::from_secs(99_999_999_999)));
        assert_eq!(
            parse_timestamp(b"1614265330123", TimestampUnit::Milliseconds),
            Ok(UnixTime::from_millis(1_614_265_330_123))
        );
    }

    #[test]
    fn refuses_every_other_way_to_write_a_number() {
        let refused: [&[u8]; 14] = [
            b"",
            b"-1",
            b"+1614265330",
            b"01614265330",
            b"00",
            b" 1614265330",
            b"1614265330 ",
            b"1614265330.0",
            b"1.7e9",
            b"0x65",
            b"1_000",
            b"2026-11-23T00:00:00Z",
            "１２３".as_bytes(),
            "٣".as_bytes(),
        ];
        for text in refused {
            assert_eq!(parse_timestamp(text, UNIT), Err(BadTimestamp::Grammar), "{text:?}");
        }
        for text in ["1614265330123", "18446744073709551616", &"9".repeat(400)] {
            assert_eq!(parse_timestamp(text.as_bytes(), UNIT), Err(BadTimestamp::TooManyDigits), "{text}");
        }
    }

    /// The digits are read eight at a time: a wrong one is found at every place, and so is a right one.
    #[test]
    fn every_place_of_a_number_counts() {
        let unit = TimestampUnit::Nanoseconds;
        for length in 1..=unit.max_digits() {
            let text: Vec<u8> = b"9182736450918273645".iter().copied().take(length).collect();
            let number: u64 = core::str::from_utf8(&text).unwrap().parse().unwrap();
            assert_eq!(parse_timestamp(&text, unit), Ok(UnixTime(number / 1_000_000)));
            for place in 0..length {
                for other in 0..=u8::MAX {
                    let mut changed = text.clone();
                    changed[place] = other;
                    let leading_zero = length > 1 && changed[0] == b'0';
                    let expected =
                        core::str::from_utf8(&changed).ok().filter(|_| other.is_ascii_digit() && !leading_zero);
                    let expected = expected.map(|text| UnixTime(text.parse::<u64>().unwrap() / 1_000_000));
                    assert_eq!(parse_timestamp(&changed, unit).ok(), expected, "{changed:?}");
                }
            }
        }
    }

    #[test]
    fn both_ends_of_the_window_belong_to_it() {
        let window = Tolerance { past: Duration::from_secs(300), future: Duration::from_secs(60) };
        let now = UnixTime::from_secs(1_000_000);
        let judge = |seconds| window.judge(UnixTime::from_secs(seconds), now, UNIT);
        assert_eq!(judge(999_700), Freshness::Fresh);
        assert_eq!(judge(999_699), Freshness::Stale);
        assert_eq!(judge(1_000_060), Freshness::Fresh);
        assert_eq!(judge(1_000_061), Freshness::FromTheFuture);
    }

    #[test]
    fn a_fraction_of_the_current_second_does_not_shorten_the_window() {
        let window = Tolerance::seconds(300);
        let now = UnixTime::from_millis(1_000_000_999);
        assert_eq!(window.judge(UnixTime::from_secs(999_700), now, UNIT), Freshness::Fresh);
        let millis = TimestampUnit::Milliseconds;
        assert_eq!(window.judge(UnixTime::from_secs(999_700), now, millis), Freshness::Stale);
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        let window = Tolerance::seconds(300);
        let last = UnixTime::from_millis(u64::MAX);
        assert_eq!(window.judge(last, last, UNIT), Freshness::Fresh);
        assert_eq!(window.judge(UnixTime::from_secs(0), UnixTime::from_secs(0), UNIT), Freshness::Fresh);
        assert_eq!(UnixTime::from_secs(u64::MAX), last);
    }
}
