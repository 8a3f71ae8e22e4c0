//! Structured fields (RFC 9651), parsed by `sfv` and kept in the order sent. A key that stands twice is refused, where
//! the RFC lets the last one count: what one reader drops, another may obey.

use core::fmt;

use sfv::visitor::{DictionaryVisitor, EntryVisitor, InnerListVisitor, ItemVisitor, ListVisitor, ParameterVisitor};
use sfv::{BareItemFromInput, KeyRef, ListSerializer, Parser};

use crate::rejection::Reason;

/// The longest field that is looked at, its lines joined, in bytes. It holds the longest byte sequence that a parser
/// must support (16,384 bytes); a shorter one could refuse what RFC 9651 allows.
pub(super) const MAX_FIELD: usize = 65_536;

/// The most members of a list or dictionary, and of an inner list or a set of parameters: what RFC 9651, section 3,
/// asks every parser to support. Keys are compared with each other, so the cost grows with the square.
const MAX_MEMBERS: usize = 1024;
const MAX_INNER: usize = 256;

/// The members of a list, which have no keys, or of a dictionary, which all have one.
#[derive(Default)]
pub(super) struct Members<'f>(Vec<(Option<&'f KeyRef>, Entry<'f>)>);

pub(super) enum Entry<'f> {
    Item(Item<'f>),
    List(InnerList<'f>),
}

pub(super) struct Item<'f> {
    pub(super) bare: BareItemFromInput<'f>,
    pub(super) params: Params<'f>,
}

#[derive(Default)]
pub(super) struct InnerList<'f> {
    pub(super) items: Vec<Item<'f>>,
    pub(super) params: Params<'f>,
}

#[derive(Default)]
pub(super) struct Params<'f>(Vec<(&'f KeyRef, BareItemFromInput<'f>)>);

/// The lines of a header, stripped and joined (RFC 9421, section 2.1), or `None` where there are none.
///
/// # Errors
///
/// A line is folded or holds another control character than a tab, or a byte beyond ASCII; the field is too long.
pub(super) fn joined(headers: &[(&str, &[u8])], name: &str) -> Result<Option<Vec<u8>>, Reason> {
    let mut joined: Option<Vec<u8>> = None;
    for value in lines(headers, name) {
        if !is_clean(value) {
            return Err(Reason::SignedHeaderMalformed);
        }
        match &mut joined {
            None => joined = Some(value.to_vec()),
            Some(joined) => {
                joined.extend_from_slice(b", ");
                joined.extend_from_slice(value);
            }
        }
        if joined.as_ref().is_some_and(|joined| joined.len() > MAX_FIELD) {
            return Err(Reason::HeaderTooLong);
        }
    }
    Ok(joined)
}

/// The lines of a header, stripped of spaces and tabs.
pub(super) fn lines<'h>(headers: &'h [(&str, &'h [u8])], name: &str) -> impl Iterator<Item = &'h [u8]> {
    headers.iter().filter(move |(header, _)| *header == name).map(|(_, value)| stripped(value))
}

/// Not `trim_ascii`: it would drop the line breaks that are to be refused.
fn stripped(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// Whether bytes may enter a signature base: printable ASCII, spaces and tabs.
pub(super) fn is_clean(value: &[u8]) -> bool {
    value.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
}

impl<'f> Members<'f> {
    pub(super) fn dictionary(field: &'f [u8]) -> Option<Self> {
        Parser::new(field).parse_dictionary_with_visitor(Self::default()).ok()
    }

    /// A field of which nobody says whether it is a list, a dictionary or an item. Where a text reads as several, they
    /// are written alike.
    pub(super) fn any(field: &'f [u8]) -> Option<Self> {
        let list = Parser::new(field).parse_list_with_visitor(Self::default()).ok();
        list.or_else(|| Self::dictionary(field))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn get(&self, key: &str) -> Option<&Entry<'f>> {
        self.iter().find(|(name, _)| *name == key).map(|(_, entry)| entry)
    }

    /// The members that have a key.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Entry<'f>)> {
        self.0.iter().filter_map(|(key, entry)| Some(((*key)?.as_str(), entry)))
    }

    /// The strict serialisation (RFC 9651, section 4.1). Empty for a field without members.
    pub(super) fn serialise(&self) -> String {
        let member = |(key, entry): &(Option<&KeyRef>, Entry<'_>)| match (key, entry.serialise()) {
            (None, value) => value,
            // A member that is true is written as its key alone.
            (Some(key), value) => match value.strip_prefix("?1") {
                Some(params) => format!("{key}{params}"),
                None => format!("{key}={value}"),
            },
        };
        self.0.iter().map(member).collect::<Vec<_>>().join(", ")
    }
}

impl Entry<'_> {
    /// The strict serialisation, without a key.
    pub(super) fn serialise(&self) -> String {
        match self {
            Self::Item(item) => item.serialise(),
            Self::List(list) => list.serialise(),
        }
    }
}

impl Item<'_> {
    pub(super) fn serialise(&self) -> String {
        let mut list = ListSerializer::new();
        list.bare_item(&self.bare).parameters(self.params.iter());
        list.finish().unwrap_or_default()
    }
}

impl InnerList<'_> {
    pub(super) fn serialise(&self) -> String {
        let mut list = ListSerializer::new();
        let mut inner = list.inner_list();
        for item in &self.items {
            inner.bare_item(&item.bare).parameters(item.params.iter());
        }
        inner.finish().parameters(self.params.iter());
        list.finish().unwrap_or_default()
    }
}

impl<'f> Params<'f> {
    pub(super) fn get(&self, name: &str) -> Option<&BareItemFromInput<'f>> {
        self.0.iter().find(|(key, _)| key.as_str() == name).map(|(_, value)| value)
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&'f KeyRef, &BareItemFromInput<'f>)> {
        self.0.iter().map(|(key, value)| (*key, value))
    }
}

impl<'f> DictionaryVisitor<'f> for Members<'f> {
    type Out = Self;
    type Error = Refused;

    fn entry(&mut self, key: &'f KeyRef) -> Result<impl EntryVisitor<'f>, Refused> {
        if self.get(key.as_str()).is_some() {
            return Err(Refused);
        }
        self.push(Some(key))
    }

    fn finish(self) -> Result<Self, Refused> {
        Ok(self)
    }
}

impl<'f> ListVisitor<'f> for Members<'f> {
    type Out = Self;
    type Error = Refused;

    fn entry(&mut self) -> Result<impl EntryVisitor<'f>, Refused> {
        self.push(None)
    }

    fn finish(self) -> Result<Self, Refused> {
        Ok(self)
    }
}

impl<'f> Members<'f> {
    fn push(&mut self, key: Option<&'f KeyRef>) -> Result<&mut Entry<'f>, Refused> {
        if self.0.len() >= MAX_MEMBERS {
            return Err(Refused);
        }
        self.0.push((key, Entry::Item(Item::empty())));
        self.0.last_mut().map(|(_, entry)| entry).ok_or(Refused)
    }
}

impl<'f> EntryVisitor<'f> for &mut Entry<'f> {
    type Error = Refused;

    fn item(self) -> Result<impl ItemVisitor<'f>, Refused> {
        match self {
            Entry::Item(item) => Ok(item),
            Entry::List(_) => Err(Refused),
        }
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'f>, Refused> {
        *self = Entry::List(InnerList::default());
        match self {
            Entry::List(list) => Ok(list),
            Entry::Item(_) => Err(Refused),
        }
    }
}

impl<'f> InnerListVisitor<'f> for &mut InnerList<'f> {
    type Error = Refused;

    fn item(&mut self) -> Result<impl ItemVisitor<'f>, Refused> {
        if self.items.len() >= MAX_INNER {
            return Err(Refused);
        }
        self.items.push(Item::empty());
        self.items.last_mut().ok_or(Refused)
    }

    fn finish(self) -> Result<impl ParameterVisitor<'f>, Refused> {
        Ok(&mut self.params)
    }
}

impl Item<'_> {
    /// An item whose value is still to be read.
    fn empty() -> Self {
        Self { bare: BareItemFromInput::Boolean(true), params: Params::default() }
    }
}

impl<'f> ItemVisitor<'f> for &mut Item<'f> {
    type Out = ();
    type Error = Refused;

    fn bare_item(self, bare: BareItemFromInput<'f>) -> Result<impl ParameterVisitor<'f, Out = ()>, Refused> {
        self.bare = bare;
        Ok(&mut self.params)
    }
}

impl<'f> ParameterVisitor<'f> for &mut Params<'f> {
    type Out = ();
    type Error = Refused;

    fn parameter(&mut self, key: &'f KeyRef, value: BareItemFromInput<'f>) -> Result<(), Refused> {
        if self.0.len() >= MAX_INNER || self.get(key.as_str()).is_some() {
            return Err(Refused);
        }
        self.0.push((key, value));
        Ok(())
    }

    fn finish(self) -> Result<(), Refused> {
        Ok(())
    }
}

/// A key that stands twice, or more members than are looked at.
#[derive(Debug)]
pub(super) struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key stands twice, or there are too many members")
    }
}

impl core::error::Error for Refused {}
