//! The header `Date` (RFC 9110, section 5.6.7).

use countersign::{TimestampUnit, UnixTime};

/// A time as HTTP writes it: `Tue, 03 Nov 2026 09:26:10 GMT`.
pub(super) fn http_date(time: UnixTime) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    // 1970 began on a Thursday.
    let day = usize::try_from((time.as_secs() / 86_400) % 7).ok().and_then(|day| DAYS.get(day)).unwrap_or(&"Thu");
    // `2026-11-03T09:26:10Z`
    let text = TimestampUnit::Rfc3339.write(time);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let month = part(5, 7).parse::<usize>().ok().and_then(|month| MONTHS.get(month.checked_sub(1)?)).unwrap_or(&"Jan");
    format!("{day}, {} {month} {} {} GMT", part(8, 10), part(0, 4), part(11, 19))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_a_date_as_http_does() {
        // RFC 9110, section 5.6.7.
        assert_eq!(http_date(UnixTime::from_secs(784_111_777)), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(http_date(UnixTime::from_secs(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
