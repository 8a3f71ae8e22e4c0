//! What the headers claim, untrusted: one pass over the head, then the grammar of the signature header.

use crate::codec::{SignatureBytes, decode_signature};
use crate::head::RequestHead;
use crate::plan::{Field, MAX_COLUMNS, Part, Plan, SchemePlan, SyntaxPlan, length_bit};
use crate::rejection::Reason;

/// The most header lines that are looked at. Servers cap them too; this holds where a server does not.
const MAX_HEADERS: usize = 128;

/// The most entries of a signature header that are looked at. Rotation needs two.
pub(crate) const MAX_SIGNATURES: usize = 16;

/// The longest signed header value, in bytes. Ids are digests, UUIDs or counters.
pub(crate) const MAX_SIGNED_HEADER: usize = 255;

/// The security headers of one request, borrowed from it.
pub(crate) struct Envelope<'h> {
    values: [Option<&'h [u8]>; MAX_COLUMNS],
    /// Which header set the request uses.
    set: usize,
    pub(crate) content_length: Option<u64>,
}

impl<'h> Envelope<'h> {
    /// Reads the head once and refuses what is ambiguous.
    ///
    /// 1. More than 128 header lines are refused.
    /// 2. A security header on two lines is refused, even with equal values: proxies and libraries disagree on which
    ///    one counts.
    /// 3. Where a provider has two header sets, a request must use one; the other must be absent or say the same.
    /// 4. A security header that `Connection` names as removable is refused: the next hop may see another request.
    pub(crate) fn read(plan: &Plan, head: &'h impl RequestHead) -> Result<Self, Reason> {
        let mut envelope = Self { values: [None; MAX_COLUMNS], set: 0, content_length: None };
        let connection = plan.connection();
        let mut lines = 0usize;
        let mut repeated = false;
        head.each_header(&mut |name, value| {
            lines = lines.saturating_add(1);
            if length_bit(name.len()) & plan.lengths != 0
                && let Some(column) = plan.columns.iter().position(|wanted| **wanted == *name.as_bytes())
                && let Some(slot) = envelope.values.get_mut(column)
            {
                repeated |= slot.is_some() && column != connection;
                *slot = Some(value.trim_ascii());
            } else if name == "content-length" {
                envelope.content_length = core::str::from_utf8(value).ok().and_then(|text| text.trim().parse().ok());
            }
        });
        if lines > MAX_HEADERS {
            return Err(Reason::TooManyHeaders);
        }
        if repeated {
            return Err(Reason::AmbiguousHeaders);
        }
        if let Some(options) = envelope.values.get(connection).copied().flatten() {
            envelope.check_connection(plan, options)?;
        }
        if plan.sets > 1 {
            envelope.choose_set(plan)?;
        }
        Ok(envelope)
    }

    /// The value of a header in the chosen set.
    pub(crate) fn header(&self, field: Field) -> Option<&'h [u8]> {
        self.values.get(field.column(self.set)).copied().flatten()
    }

    fn check_connection(&self, plan: &Plan, options: &[u8]) -> Result<(), Reason> {
        let names_one_of_ours = |option: &[u8]| {
            let option = option.trim_ascii();
            plan.columns.iter().any(|name| name.eq_ignore_ascii_case(option) && **name != *b"connection")
        };
        match options.split(|byte| *byte == b',').any(names_one_of_ours) {
            true => Err(Reason::AmbiguousHeaders),
            false => Ok(()),
        }
    }

    /// Settles on the first header set that carries a signature, if no other set contradicts it.
    fn choose_set(&mut self, plan: &Plan) -> Result<(), Reason> {
        let value = |field: Field, set| self.values.get(field.column(set)).copied().flatten();
        let signed = |set: &usize| plan.schemes.iter().any(|scheme| value(scheme.signature, *set).is_some());
        let Some(chosen) = (0..plan.sets).find(signed) else { return Ok(()) };
        let fields = plan.schemes.iter().flat_map(|scheme| {
            let content = scheme.before_body.iter().chain(&scheme.after_body).filter_map(|part| match part {
                Part::Header { field, .. } => Some(*field),
                _ => None,
            });
            core::iter::once(scheme.signature).chain(content)
        });
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
    pub(crate) fn signed_part<'a>(&'a self, scheme: &SchemePlan, part: &'a Part) -> Result<&'a [u8], Reason> {
        match part {
            Part::Literal(text) => Ok(text),
            Part::Header { field, delimiters } => {
                let value = self.header(*field).ok_or(Reason::SignedHeaderMissing)?;
                let forbidden = |byte: &u8| !byte.is_ascii_graphic() || delimiters.contains(&Some(*byte));
                if value.is_empty() || value.len() > MAX_SIGNED_HEADER || value.iter().any(forbidden) {
                    return Err(Reason::SignedHeaderMalformed);
                }
                Ok(value)
            }
            Part::Param(name) => {
                let header = self.header(scheme.signature).ok_or(Reason::SignatureMissing)?;
                let mut found = pairs(&scheme.syntax, header).filter(|(key, _)| *key == &**name);
                let value = found.next().ok_or(Reason::SignatureMalformed)?.1;
                match found.next() {
                    None if !value.is_empty() => Ok(value),
                    _ => Err(Reason::SignatureMalformed),
                }
            }
            Part::Json { .. } | Part::Content => Err(Reason::SignedHeaderMissing),
        }
    }

    /// The first well-formed signature of the scheme.
    pub(crate) fn first_signature(&self, scheme: &SchemePlan) -> Result<SignatureBytes, Reason> {
        let header = self.header(scheme.signature).ok_or(Reason::SignatureMissing)?;
        if entry_count(&scheme.syntax, header) > MAX_SIGNATURES {
            return Err(Reason::TooManySignatures);
        }
        self.signatures(scheme).next().ok_or(Reason::SignatureMalformed)
    }

    /// Every well-formed signature of the scheme, decoded. Entries of other versions, of a wrong length or not in
    /// canonical form are passed over: they can never match.
    pub(crate) fn signatures<'s>(&'s self, scheme: &'s SchemePlan) -> impl Iterator<Item = SignatureBytes> + 's {
        let header = self.header(scheme.signature).unwrap_or_default();
        let length = scheme.algorithm.signature_len();
        entries(&scheme.syntax, header)
            .take(MAX_SIGNATURES)
            .filter_map(move |text| decode_signature(text, scheme.encoding, length))
    }
}

/// The texts in a signature header that stand where the scheme puts signatures.
fn entries<'v>(syntax: &'v SyntaxPlan, header: &'v [u8]) -> impl Iterator<Item = &'v [u8]> {
    let separator = separator(syntax);
    header.split(move |byte| separator == Some(*byte)).filter_map(move |entry| match syntax {
        SyntaxPlan::Prefix(prefix) | SyntaxPlan::List { prefix, .. } => entry.strip_prefix(&**prefix),
        SyntaxPlan::Pairs { assign, pick, .. } => {
            pair(entry, *assign).filter(|(name, _)| *name == &**pick).map(|(_, value)| value)
        }
    })
}

fn entry_count(syntax: &SyntaxPlan, header: &[u8]) -> usize {
    match separator(syntax) {
        None => 1,
        Some(separator) => header.split(|byte| *byte == separator).count(),
    }
}

fn separator(syntax: &SyntaxPlan) -> Option<u8> {
    match syntax {
        SyntaxPlan::Prefix(_) => None,
        SyntaxPlan::List { separator, .. } | SyntaxPlan::Pairs { separator, .. } => Some(*separator),
    }
}

/// The named values of a [`SyntaxPlan::Pairs`] header; none for the other kinds.
fn pairs<'v>(syntax: &SyntaxPlan, header: &'v [u8]) -> impl Iterator<Item = (&'v [u8], &'v [u8])> {
    let (separator, assign) = match syntax {
        SyntaxPlan::Pairs { separator, assign, .. } => (Some(*separator), *assign),
        _ => (None, 0),
    };
    header.split(move |byte| separator == Some(*byte)).filter_map(move |entry| pair(entry, assign))
}

/// Splits a named value. Some senders write a space after the separator.
fn pair(entry: &[u8], assign: u8) -> Option<(&[u8], &[u8])> {
    let entry = entry.trim_ascii_start();
    let at = entry.iter().position(|byte| *byte == assign)?;
    let (name, value) = entry.split_at_checked(at)?;
    Some((name, value.get(1..)?))
}
