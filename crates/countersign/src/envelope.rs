//! What the headers claim, untrusted: one pass over the head, then the grammar of the signature header.

use crate::codec::{SignatureBytes, decode_signature};
use crate::head::RequestHead;
use crate::plan::{CONTENT_LENGTH, Field, MAX_COLUMNS, Part, Place, Plan, SchemePlan, SyntaxPlan};
use crate::rejection::Reason;

/// The most header lines that are looked at. Servers cap them too; this holds where a server does not.
const MAX_HEADERS: usize = 128;

/// The most entries of a signature header that are looked at. Rotation needs two.
pub(crate) const MAX_SIGNATURES: usize = 16;

/// The longest id or time in a header, in bytes. Ids are digests, UUIDs or counters.
const MAX_WORD: usize = 255;

/// The longest signed header or parameter, in bytes.
const MAX_SIGNED_TEXT: usize = 8 * 1024;

/// The security headers of one request, borrowed from it.
pub(crate) struct Envelope<'h> {
    values: [Option<&'h [u8]>; MAX_COLUMNS],
    /// Which header set the request uses.
    set: usize,
    pub(crate) content_length: Option<u64>,
}

impl<'h> Envelope<'h> {
    /// An envelope that nothing was read into.
    pub(crate) const EMPTY: Self = Self { values: [None; MAX_COLUMNS], set: 0, content_length: None };

    /// Reads the head once and refuses what is ambiguous.
    ///
    /// 1. More than 128 header lines are refused.
    /// 2. A security header on two lines is refused, even with equal values: proxies and libraries disagree on which
    ///    one counts.
    /// 3. Where a provider has two header sets, a request must use one; the other must be absent or say the same.
    /// 4. A security header that `Connection` names as removable is refused: the next hop may see another request.
    #[inline]
    pub(crate) fn read(&mut self, plan: &Plan, head: &'h impl RequestHead) -> Result<(), Reason> {
        let mut reading = Reading { envelope: self, plan, repeated: false, removable: false };
        let mut lines = 0usize;
        head.each_header(|name, value| {
            lines = lines.wrapping_add(1);
            if let Some(place) = plan.place_of(name.as_bytes()) {
                reading.keep(place, name.as_bytes(), value);
            }
        });
        if lines > MAX_HEADERS {
            return Err(Reason::TooManyHeaders);
        }
        if reading.repeated || reading.removable {
            return Err(Reason::AmbiguousHeaders);
        }
        if plan.alternates.iter().any(|column| self.values.get(*column).is_some_and(Option::is_some)) {
            self.choose_set(plan)?;
        }
        Ok(())
    }

    #[inline(never)]
    fn keep_length(&mut self, value: &[u8]) {
        self.content_length = self.content_length.max(read_length(value));
    }

    /// The value of a header in the chosen set.
    #[inline]
    pub(crate) fn header(&self, field: Field) -> Option<&'h [u8]> {
        self.values.get(field.column(self.set)).copied().flatten()
    }

    /// Which header set the request uses.
    pub(crate) fn set(&self) -> usize {
        self.set
    }

    #[inline]
    fn signature_header(&self, scheme: &SchemePlan) -> Option<&'h [u8]> {
        match scheme.place {
            Place::Header(field) => self.header(field),
            Place::Token(_) => None,
        }
    }

    /// Settles on the first header set that carries a signature, if no other set contradicts it.
    fn choose_set(&mut self, plan: &Plan) -> Result<(), Reason> {
        let value = |field: Field, set| self.values.get(field.column(set)).copied().flatten();
        let place = |scheme: &SchemePlan| match scheme.place {
            Place::Header(field) => Some(field),
            Place::Token(_) => None,
        };
        let signed = |set: &usize| plan.schemes.iter().filter_map(place).any(|field| value(field, *set).is_some());
        let Some(chosen) = (0..plan.sets).find(signed) else { return Ok(()) };
        let fields = plan
            .schemes
            .iter()
            .flat_map(|scheme| place(scheme).into_iter().chain(scheme.header_fields.iter().copied()));
        for field in fields {
            let agreed = value(field, chosen);
            let contradicts = |set| value(field, set).is_some_and(|other| Some(other) != agreed);
            if (0..plan.sets).filter(|set| *set != chosen).any(contradicts) {
                return Err(Reason::AmbiguousHeaders);
            }
        }
        self.set = chosen;
        Ok(())
    }

    /// The value of a part of the signed content, checked against its grammar.
    #[inline(always)]
    pub(crate) fn signed_part<'a>(&'a self, scheme: &SchemePlan, part: &'a Part) -> Result<&'a [u8], Reason> {
        match part {
            Part::Literal(text) => Ok(text),
            Part::Header { field, delimiters, one_word } => {
                let value = self.header(*field).ok_or(Reason::SignedHeaderMissing)?;
                match is_signed(value, *delimiters, *one_word) {
                    true => Ok(value),
                    false => Err(Reason::SignedHeaderMalformed),
                }
            }
            Part::Param { name, delimiters, one_word } => self.param(scheme, name, *delimiters, *one_word),
            Part::Json { .. } | Part::Content | Part::Token(_) => Err(Reason::SignedHeaderMissing),
        }
    }

    /// A parameter of the signature header.
    #[inline(never)]
    pub(crate) fn param(
        &self,
        scheme: &SchemePlan,
        name: &[u8],
        delimiters: [u8; 2],
        one_word: bool,
    ) -> Result<&'h [u8], Reason> {
        let header = self.signature_header(scheme).ok_or(Reason::SignatureMissing)?;
        let mut found = pairs(&scheme.syntax, header).filter(|(key, _)| *key == name);
        let value = found.next().ok_or(Reason::SignatureMalformed)?.1;
        match found.next() {
            None if is_signed(value, delimiters, one_word) => Ok(value),
            _ => Err(Reason::SignatureMalformed),
        }
    }

    /// Decodes the first well-formed signature of the scheme, and says whether others may follow.
    #[inline]
    pub(crate) fn first_signature(&self, scheme: &SchemePlan, signature: &mut SignatureBytes) -> Result<bool, Reason> {
        let header = self.signature_header(scheme).ok_or(Reason::SignatureMissing)?;
        let length = scheme.signature_len;
        let mut decode = |entry| {
            signature_in(&scheme.syntax, entry)
                .is_some_and(|text| decode_signature(text, scheme.encoding, length, signature))
        };
        // One signature is the rule. Where its text could hold a separator, the header is split in any case.
        if !scheme.may_hold_separator && decode(header) {
            return Ok(false);
        }
        let mut found = false;
        for (index, entry) in split(&scheme.syntax, header).enumerate() {
            if index >= MAX_SIGNATURES {
                return Err(Reason::TooManySignatures);
            }
            found = found || decode(entry);
        }
        if found { Ok(true) } else { Err(Reason::SignatureMalformed) }
    }

    /// Every well-formed signature of the scheme, decoded. Entries of other versions, of a wrong length or not in
    /// canonical form are passed over: they can never match.
    pub(crate) fn signatures<'s>(&'s self, scheme: &'s SchemePlan) -> impl Iterator<Item = SignatureBytes> + 's {
        let header = self.signature_header(scheme).unwrap_or_default();
        let length = scheme.signature_len;
        split(&scheme.syntax, header)
            .take(MAX_SIGNATURES)
            .filter_map(|entry| signature_in(&scheme.syntax, entry))
            .filter_map(move |text| {
                let mut signature = SignatureBytes::EMPTY;
                decode_signature(text, scheme.encoding, length, &mut signature).then_some(signature)
            })
    }
}

/// Whether a value may stand where it does in the signed content. Nearly all are one word, which is seen faster.
#[inline]
fn is_signed(value: &[u8], delimiters: [u8; 2], one_word: bool) -> bool {
    is_one_word(value, delimiters) || !one_word && is_signed_text(value, delimiters)
}

/// Whether a value is one to 255 visible ASCII characters, other than the literals that it stands between, as ids and times
/// are.
#[inline]
pub(crate) fn is_one_word(value: &[u8], [before, after]: [u8; 2]) -> bool {
    (1..=MAX_WORD).contains(&value.len()) && is_clean(value, before, after)
}

/// Whether a value may be signed: text of one line, which may have spaces inside and bytes beyond ASCII, but not the
/// literals that it stands between.
#[cold]
#[inline(never)]
pub(crate) fn is_signed_text(value: &[u8], delimiters: [u8; 2]) -> bool {
    let is_text = |byte: &u8| !byte.is_ascii_control() && !delimiters.contains(byte);
    (1..=MAX_SIGNED_TEXT).contains(&value.len()) && value.iter().all(is_text)
}

/// Whether a value is visible ASCII without two further bytes. Looked at eight bytes at a time, where it has as many; the
/// last eight may overlap those before.
#[inline]
fn is_clean(value: &[u8], before: u8, after: u8) -> bool {
    let Some(last) = value.last_chunk() else {
        return value.iter().all(|byte| byte.is_ascii_graphic() && *byte != before && *byte != after);
    };
    // Zero, like a delimiter that no clean value can hold, is none.
    let [before, after] = [before, after].map(|byte| u64::from_ne_bytes([if byte.is_ascii() { byte } else { 0 }; 8]));
    let clean = |group: &[u8; 8]| clean_bytes(u64::from_ne_bytes(*group), before, after);
    value.as_chunks().0.iter().fold(clean(last), |seen, group| seen & clean(group)) == TOP
}

/// The top bit of each byte.
const TOP: u64 = u64::from_ne_bytes([0x80; 8]);

/// Sets the top bit of each byte that is visible ASCII and neither of the other two's, which are ASCII too. No byte
/// carries into the next: the sums are of seven bits.
#[inline]
fn clean_bytes(bytes: u64, before: u64, after: u64) -> u64 {
    let spread = |byte: u8| u64::from_ne_bytes([byte; 8]);
    let low = bytes & !TOP;
    let from_exclamation_mark = low.wrapping_add(spread(0x80 - b'!'));
    let beyond_tilde = low.wrapping_add(spread(0x80 - (b'~' + 1)));
    let other_than = |byte: u64| (low ^ byte).wrapping_add(spread(0x7f));
    TOP & !bytes & from_exclamation_mark & !beyond_tilde & other_than(before) & other_than(after)
}

/// What [`Envelope::read`] knows on its way through the head.
struct Reading<'e, 'h> {
    envelope: &'e mut Envelope<'h>,
    plan: &'e Plan,
    repeated: bool,
    removable: bool,
}

impl<'h> Reading<'_, 'h> {
    /// Keeps a header that may matter. Out of line: the loop over all headers is short then.
    #[inline(never)]
    fn keep(&mut self, place: usize, name: &[u8], value: &'h [u8]) {
        match self.plan.column_of(place, name) {
            Some(column) => {
                let Some(slot) = self.envelope.values.get_mut(column) else { return };
                // `Connection` may come on several lines (RFC 9110, section 5.3), and each of them counts.
                if column == self.plan.connection {
                    self.removable |= names_a_column(self.plan, value);
                } else {
                    self.repeated |= slot.is_some();
                }
                *slot = Some(trimmed(value));
            }
            // The larger of several, so that their order does not decide.
            None if name == CONTENT_LENGTH => self.envelope.keep_length(value),
            None => {}
        }
    }
}

/// A value without the white space around it, of which servers leave none.
#[inline]
fn trimmed(value: &[u8]) -> &[u8] {
    match value {
        [first, .., last] if *first > b' ' && *last > b' ' => value,
        _ => value.trim_ascii(),
    }
}

/// A declared length. The server has refused malformed ones; what it let through and this does not read counts as
/// undeclared, and the body is capped as it arrives.
fn read_length(value: &[u8]) -> Option<u64> {
    value.iter().try_fold(0u64, |length, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 { None } else { length.checked_mul(10)?.checked_add(u64::from(digit)) }
    })
}

/// Whether a `Connection` header names one of the plan's headers as removable.
#[inline(never)]
fn names_a_column(plan: &Plan, options: &[u8]) -> bool {
    options
        .split(|byte| *byte == b',')
        .map(<[u8]>::trim_ascii)
        .any(|option| plan.columns.iter().any(|name| name.eq_ignore_ascii_case(option) && **name != *b"connection"))
}

/// The entries of a signature header.
fn split<'v>(syntax: &SyntaxPlan, header: &'v [u8]) -> impl Iterator<Item = &'v [u8]> + use<'v> {
    let separator = syntax.separator();
    header.split(move |byte| separator == Some(*byte))
}

/// The text of the signature in an entry, or `None` where the entry is none of this scheme's.
fn signature_in<'v>(syntax: &SyntaxPlan, entry: &'v [u8]) -> Option<&'v [u8]> {
    match syntax {
        SyntaxPlan::Prefix(prefix) => entry.strip_prefix(&**prefix),
        SyntaxPlan::List { prefix, .. } => match entry {
            // As in a pair.
            [..=b' ', ..] => entry.trim_ascii_start().strip_prefix(&**prefix),
            entry => entry.strip_prefix(&**prefix),
        },
        SyntaxPlan::Pairs { assign, pick, .. } => {
            pair(entry, *assign).filter(|(name, _)| *name == &**pick).map(|(_, value)| value)
        }
        // Read in `whole/syntax.rs`.
        _ => None,
    }
}

/// The named values of a [`SyntaxPlan::Pairs`] header; none for the other kinds.
fn pairs<'v>(syntax: &SyntaxPlan, header: &'v [u8]) -> impl Iterator<Item = (&'v [u8], &'v [u8])> {
    let assign = match syntax {
        SyntaxPlan::Pairs { assign, .. } => Some(*assign),
        _ => None,
    };
    split(syntax, header).filter_map(move |entry| pair(entry, assign?))
}

/// Splits a named value. Some senders write a space after the separator.
fn pair(entry: &[u8], assign: u8) -> Option<(&[u8], &[u8])> {
    let entry = entry.trim_ascii_start();
    let at = entry.iter().position(|byte| *byte == assign)?;
    let (name, value) = entry.split_at_checked(at)?;
    Some((name, value.get(1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_value_is_visible_ascii_without_its_delimiters() {
        for length in 1..=40 {
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    let mut value = vec![b'a'; length];
                    value[place] = byte;
                    for [before, after] in [[0, 0], [0, b'.'], [b'.', b'.'], [b':', b'.']] {
                        let expected = byte.is_ascii_graphic() && byte != before && byte != after;
                        assert_eq!(is_clean(&value, before, after), expected, "{value:?} {before} {after}");
                    }
                }
            }
        }
    }

    /// A delimiter beyond ASCII stands in no value.
    #[test]
    fn a_delimiter_beyond_ascii_refuses_no_other_byte() {
        assert!(is_clean(b"abcdefghC)", 0xc3, 0xa9));
    }
}
