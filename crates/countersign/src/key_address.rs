//! Where a scheme's keys may be fetched from: patterns of addresses, and whether an address is at one. Nothing is fetched
//! here, and no key is read.

/// Whether an address is one of those that [`Scheme::keys_at`](crate::Scheme::keys_at) stands for.
///
/// The address is compared as it is written, character by character: no escapes, no ports or users that the pattern does
/// not have, no other writing of the host.
///
/// ```
/// let keys_at = "https://sns.{region}.amazonaws.com/SimpleNotificationService-*.pem";
/// assert!(countersign::is_key_address(keys_at, "https://sns.eu-north-1.amazonaws.com/SimpleNotificationService-9c64.pem"));
/// // A bucket of anyone's.
/// assert!(!countersign::is_key_address(keys_at, "https://sns.s3-us-west-2.amazonaws.com/SimpleNotificationService-9c64.pem"));
/// ```
pub fn is_key_address(keys_at: &str, address: &str) -> bool {
    patterns(keys_at).any(|pattern| is_at(pattern, address))
}

/// What is wrong with where a scheme has its keys.
pub(crate) fn problem_with(keys_at: &str) -> Option<&'static str> {
    patterns(keys_at).find_map(|pattern| {
        let Some(rest) = pattern.strip_prefix("https://") else { return Some("it must begin with `https://`") };
        let Some((host, _)) = rest.split_once('/') else { return Some("it must have a path") };
        let is_host = |part: &str| {
            !part.is_empty() && part.chars().all(|one| one.is_ascii_alphanumeric() || "-.:*{}".contains(one))
        };
        if !is_host(host) || host.rsplit('.').take(2).any(|label| label.contains(['*', '{'])) {
            return Some("its host must be a name whose last two labels are fixed");
        }
        let mut wildcards = parts(pattern).1.peekable();
        while let Some((_, text)) = wildcards.next() {
            if text.starts_with(is_in_label) || text.is_empty() && wildcards.peek().is_some() {
                return Some("after a wildcard there must be a character that no label has");
            }
        }
        None
    })
}

/// The patterns in a scheme's `keys_at`.
fn patterns(keys_at: &str) -> impl Iterator<Item = &str> {
    keys_at.split(' ').filter(|pattern| !pattern.is_empty())
}

fn is_at(pattern: &str, address: &str) -> bool {
    let (start, mut wildcards) = parts(pattern);
    let Some(rest) = address.strip_prefix(start).filter(|_| start.starts_with("https://")) else { return false };
    let rest = wildcards.try_fold(rest, |rest, (wildcard, text)| {
        // A label goes as far as it can; a plan has made sure that no text of the pattern begins like one.
        let end = rest.find(|character| !is_in_label(character)).unwrap_or(rest.len());
        let (label, after) = rest.split_at_checked(end)?;
        after.strip_prefix(text).filter(|_| wildcard.fits(label))
    });
    rest == Some("")
}

/// The text of a pattern before its first wildcard, and each wildcard with the text that follows it.
fn parts(pattern: &str) -> (&str, impl Iterator<Item = (Wildcard, &str)>) {
    let (start, mut next) = cut(pattern);
    let wildcards = core::iter::from_fn(move || {
        let (wildcard, rest) = next?;
        let (text, following) = cut(rest);
        next = following;
        Some((wildcard, text))
    });
    (start, wildcards)
}

/// The text of a pattern before its first wildcard, that wildcard, and the rest.
fn cut(pattern: &str) -> (&str, Option<(Wildcard, &str)>) {
    let found = [("*", Wildcard::Label), ("{region}", Wildcard::Region)].into_iter();
    let found = found.filter_map(|(text, wildcard)| Some((pattern.split_once(text)?, wildcard)));
    match found.min_by_key(|((before, _), _)| before.len()) {
        Some(((before, after), wildcard)) => (before, Some((wildcard, after))),
        None => (pattern, None),
    }
}

/// What stands for many texts in a pattern.
#[derive(Clone, Copy)]
enum Wildcard {
    /// `*`: letters, digits, `-` and `_`.
    Label,
    /// `{region}`: a region of AWS, such as `us-east-1`. Its hosts lie beside those of S3, where anyone may have a bucket
    /// `sns`: `sns.s3.amazonaws.com`, `sns.s3-us-west-2.amazonaws.com`.
    Region,
}

impl Wildcard {
    fn fits(self, label: &str) -> bool {
        match self {
            Self::Label => !label.is_empty(),
            Self::Region => is_region(label),
        }
    }
}

fn is_in_label(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-' || character == '_'
}

/// Whether a label is a partition, places and a number, a `-` between them.
fn is_region(label: &str) -> bool {
    let letters = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let Some((partition, rest)) = label.split_once('-') else { return false };
    let Some((places, number)) = rest.rsplit_once('-') else { return false };
    letters(partition)
        && (2..=4).contains(&partition.len())
        && places.split('-').all(letters)
        && (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_fetched_from_where_the_provider_has_them_only() {
        let pattern = "https://sns.{region}.amazonaws.com/SimpleNotificationService-*.pem \
                       https://sns.{region}.amazonaws.com.cn/SimpleNotificationService-*.pem";
        assert_eq!(problem_with(pattern), None);
        for region in ["us-east-1", "us-gov-west-1", "ap-southeast-12", "eusc-de-east-1", "mx-central-1"] {
            let genuine = format!("https://sns.{region}.amazonaws.com/SimpleNotificationService-0a1b.pem");
            assert!(is_key_address(pattern, &genuine), "{genuine}");
        }
        let china = "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0a1b.pem";
        assert!(is_key_address(pattern, china));
        for hostile in [
            "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "HTTPS://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https:/sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-0a1b.pem",
            "https://sns.evil.example/.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://evil.example/?sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://sns.us-east-1.amazonaws.com@evil.example/SimpleNotificationService-0a1b.pem",
            "https://u@sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://sns.us-east-1.amazonaws.com:8443/SimpleNotificationService-0a1b.pem",
            "https://sns.us-east-1.amazonaws.com/x/SimpleNotificationService-0a1b.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem?x=.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem#.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-../evil.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-%2e.pem",
            "https://sns..amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://bucket.s3.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://sns.s3.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://sns.s3-us-west-2.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://sns.s3-external-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://sns.us-east-1.elb.amazonaws.com/SimpleNotificationService-0a1b.pem",
        ] {
            assert!(!is_key_address(pattern, hostile), "{hostile}");
        }
        assert!(is_key_address("https://a.example/keys", "https://a.example/keys"));
        assert!(!is_key_address("https://a.example/keys", "https://a.example/keys/"));
        assert!(!is_key_address("", "https://a.example/keys"));
    }

    #[test]
    fn a_pattern_leaves_the_host_to_nobody_else() {
        for broken in [
            "http://a.example/keys",
            "https://a.example",
            "https:///keys",
            "https://u@a.example/keys",
            "https://*.example/keys",
            "https://a.*/keys",
            "https://*/keys",
            "https://a.example/keys-*abc",
            "https://a.example/keys-**",
            "https://a.example/keys https://*.example/keys",
        ] {
            assert!(problem_with(broken).is_some(), "{broken}");
        }
        assert_eq!(problem_with("https://keys.*.a.example/v1/key-*.pem"), None);
    }
}
