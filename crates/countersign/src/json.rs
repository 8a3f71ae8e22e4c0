//! One value out of a JSON body, found strictly: ambiguity is an error, never a choice.

use core::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The type that a value must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Integer,
}

impl From<bool> for Kind {
    fn from(integer: bool) -> Self {
        if integer { Self::Integer } else { Self::Text }
    }
}

/// A value that may serve as an id or a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scalar {
    Text(String),
    Integer(u64),
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => write!(f, "{number}"),
        }
    }
}

/// Why a value cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// The body is not JSON.
    NotJson,
    /// The pointer's path is there, but ambiguous (a repeated key) or holds a value of another type.
    Malformed,
}

/// Finds the string or the unsigned integer at `pointer` (RFC 6901), whichever `kind` asks for.
///
/// `Ok(None)` where the path leads nowhere. A key that stands twice in an object on the path is refused, however its
/// two spellings are escaped: parsers disagree on which counts, so an attacker could show one id here and another to
/// the handler. Values beside the path are skipped without recursion, and not built.
pub(crate) fn find(body: &[u8], pointer: &str, kind: Kind) -> Result<Option<Scalar>, Unusable> {
    let mut malformed = false;
    let mut json = serde_json::Deserializer::from_slice(body);
    let path = pointer.strip_prefix('/').unwrap_or(pointer);
    let found = Seek { path: Some(path), malformed: &mut malformed }.deserialize(&mut json);
    let found = found.and_then(|found| json.end().map(|()| found));
    match found {
        Ok(Some(Scalar::Text(_))) if kind == Kind::Integer => Err(Unusable::Malformed),
        Ok(Some(Scalar::Integer(_))) if kind == Kind::Text => Err(Unusable::Malformed),
        Ok(found) => Ok(found),
        Err(_) if malformed => Err(Unusable::Malformed),
        Err(_) => Err(Unusable::NotJson),
    }
}

/// Finds the text of the value at `pointer`, exactly as it stands in the body; the empty pointer is all of it.
///
/// As strict as [`find`] about keys on the path. A `null` is found like any other value.
pub(crate) fn raw<'b>(body: &'b [u8], pointer: &str) -> Result<Option<&'b [u8]>, Unusable> {
    let mut text = core::str::from_utf8(body).map_err(|_| Unusable::NotJson)?;
    for key in pointer.split('/').skip(1) {
        let key = key.replace("~1", "/").replace("~0", "~");
        let mut malformed = false;
        let mut json = serde_json::Deserializer::from_str(text);
        let found = Step { key: &key, malformed: &mut malformed }.deserialize(&mut json);
        match found.and_then(|found| json.end().map(|()| found)) {
            Ok(Some(value)) => text = value.get(),
            Ok(None) => return Ok(None),
            Err(_) if malformed => return Err(Unusable::Malformed),
            Err(_) => return Err(Unusable::NotJson),
        }
    }
    Ok(Some(text.trim_ascii().as_bytes()))
}

/// The texts of all items of the array at `pointer`, or of the arrays that a `*` in it stands for. What follows a `*` must
/// be in every item of its array.
pub(crate) fn items<'b>(body: &'b [u8], pointer: &str) -> Result<Vec<&'b [u8]>, Unusable> {
    Ok(items_at(body, pointer)?.unwrap_or_default())
}

/// The same, or `None` where the path leads nowhere.
fn items_at<'b>(body: &'b [u8], pointer: &str) -> Result<Option<Vec<&'b [u8]>>, Unusable> {
    let Some((before, after)) = pointer.split_once("/*") else {
        return Ok(raw(body, pointer)?.map(|item| vec![item]));
    };
    let Some(array) = raw(body, before)? else { return Ok(None) };
    let array: Vec<&RawValue> = serde_json::from_slice(array).map_err(|_| Unusable::Malformed)?;
    let mut found = Vec::new();
    for item in array {
        found.extend(items_at(item.get().as_bytes(), after)?.ok_or(Unusable::Malformed)?);
    }
    Ok(Some(found))
}

/// Whether a text is JSON in which no object has a name twice, however its two spellings are escaped.
#[cfg(feature = "jcs")]
pub(crate) fn has_unique_names(text: &[u8]) -> bool {
    serde_json::from_slice::<UniqueNames>(text).is_ok()
}

/// Any JSON without a name that stands twice in one object.
#[cfg(feature = "jcs")]
struct UniqueNames;

#[cfg(feature = "jcs")]
impl<'de> serde::Deserialize<'de> for UniqueNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

#[cfg(feature = "jcs")]
impl<'de> Visitor<'de> for UniqueNames {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without a name that stands twice")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut names = std::collections::HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if !names.insert(name) {
                return Err(A::Error::custom("a name stands twice"));
            }
            map.next_value::<Self>()?;
        }
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self, A::Error> {
        while seq.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E: Error>(self) -> Result<Self, E> {
        Ok(self)
    }
}

/// One step of a path: the value under a key of an object or at an index of an array.
struct Step<'p> {
    key: &'p str,
    malformed: &'p mut bool,
}

impl<'de> DeserializeSeed<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(is_key) = map.next_key_seed(IsKey(self.key))? {
            if !is_key {
                map.next_value::<IgnoredAny>()?;
            } else if found.is_some() {
                *self.malformed = true;
                return Err(A::Error::custom("a key stands twice"));
            } else {
                found = Some(map.next_value()?);
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let wanted: Option<usize> = self.key.parse().ok().filter(|number: &usize| number.to_string() == self.key);
        let mut found = None;
        let mut position = 0usize;
        while let Some(value) = seq.next_element::<&RawValue>()? {
            if Some(position) == wanted {
                found = Some(value);
            }
            position = position.saturating_add(1);
        }
        Ok(found)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// Descends along `path`; `None` means that the value itself is wanted.
struct Seek<'p> {
    path: Option<&'p str>,
    malformed: &'p mut bool,
}

impl Seek<'_> {
    fn refuse<E: Error>(self) -> E {
        *self.malformed = true;
        E::custom("ambiguous or of the wrong type")
    }

    fn scalar<E: Error>(self, scalar: Scalar) -> Result<Option<Scalar>, E> {
        // A scalar in the middle of the path: the path leads nowhere.
        if self.path.is_some() { Ok(None) } else { Ok(Some(scalar)) }
    }

    fn other<E: Error>(self) -> Result<Option<Scalar>, E> {
        if self.path.is_some() { Ok(None) } else { Err(self.refuse()) }
    }
}

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = Option<Scalar>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = Option<Scalar>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some(path) = self.path else { return Err(self.refuse()) };
        let (key, rest) = match path.split_once('/') {
            Some((key, rest)) => (key, Some(rest)),
            None => (path, None),
        };
        let key = key.replace("~1", "/").replace("~0", "~");
        let mut found = None;
        let mut seen = false;
        while let Some(is_key) = map.next_key_seed(IsKey(&key))? {
            if !is_key {
                map.next_value::<IgnoredAny>()?;
            } else if seen {
                return Err(self.refuse());
            } else {
                seen = true;
                found = map.next_value_seed(Seek { path: rest, malformed: &mut *self.malformed })?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let Some(path) = self.path else { return Err(self.refuse()) };
        let (index, rest) = match path.split_once('/') {
            Some((index, rest)) => (index, Some(rest)),
            None => (path, None),
        };
        let wanted: Option<usize> = index.parse().ok().filter(|number: &usize| number.to_string() == index);
        let mut found = None;
        let mut position = 0usize;
        loop {
            if Some(position) == wanted {
                match seq.next_element_seed(Seek { path: rest, malformed: &mut *self.malformed })? {
                    Some(value) => found = value,
                    None => return Ok(found),
                }
            } else if seq.next_element::<IgnoredAny>()?.is_none() {
                return Ok(found);
            }
            position = position.saturating_add(1);
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        self.scalar(Scalar::Text(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        self.scalar(Scalar::Integer(number))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        self.other()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        self.other()
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        self.other()
    }

    /// `null` counts as absent.
    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// Compares an object's key without keeping it.
struct IsKey<'k>(&'k str);

impl<'de> DeserializeSeed<'de> for IsKey<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for IsKey<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object's key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &str, pointer: &str) -> Result<Option<String>, Unusable> {
        find(body.as_bytes(), pointer, Kind::Text).map(|found| found.map(|scalar| scalar.to_string()))
    }

    fn integer(body: &str, pointer: &str) -> Result<Option<Scalar>, Unusable> {
        find(body.as_bytes(), pointer, Kind::Integer)
    }

    #[test]
    fn finds_strings_and_integers() {
        assert_eq!(text(r#"{"id":"evt_1"}"#, "/id"), Ok(Some("evt_1".into())));
        assert_eq!(integer(r#"{"a":{"b":[0,{"c":7}]},"z":1}"#, "/a/b/1/c"), Ok(Some(Scalar::Integer(7))));
        assert_eq!(integer(r#"{"id":"7"}"#, "/id"), Err(Unusable::Malformed));
        assert_eq!(text(r#"{"id":7}"#, "/id"), Err(Unusable::Malformed));
        assert_eq!(text(r#"{"a/b":{"~":"x"}}"#, "/a~1b/~0"), Ok(Some("x".into())));
        assert_eq!(text(r#"{"\u0069d":"evt_1"}"#, "/id"), Ok(Some("evt_1".into())));
    }

    #[test]
    fn finds_texts_as_they_stand() {
        let body = br#" {"a": {"b" : [1, {"c":1.50}]}, "d":null} "#;
        let text = |pointer| raw(body, pointer).map(|found| found.map(|text| core::str::from_utf8(text).unwrap()));
        assert_eq!(text("/a/b/1"), Ok(Some(r#"{"c":1.50}"#)));
        assert_eq!(text("/a/b/1/c"), Ok(Some("1.50")));
        assert_eq!(text("/d"), Ok(Some("null")));
        assert_eq!(text("/a/x"), Ok(None));
        assert_eq!(raw(br#"{"a":1,"\u0061":2}"#, "/a"), Err(Unusable::Malformed));
        assert_eq!(raw(br#"{"a":1} x"#, "/a"), Err(Unusable::NotJson));
        let body = br#"{"items":[{"x":[1,2]},{"x":[3]}]}"#;
        let all = |pointer| items(body, pointer).map(|found| found.concat());
        assert_eq!(all("/items/*/x/*"), Ok(b"123".to_vec()));
        assert_eq!(all("/items/*/y"), Err(Unusable::Malformed));
        assert_eq!(all("/others/*/y"), Ok(Vec::new()));
        assert_eq!(all("/none/*"), Ok(Vec::new()));
        assert_eq!(all("/items/*/x/0"), Ok(b"13".to_vec()));
    }

    #[test]
    fn what_is_not_there_is_not_an_error() {
        for body in ["{}", "[]", r#""text""#, r#"{"id":null}"#, r#"{"other":{"id":1}}"#, "1"] {
            assert_eq!(text(body, "/id"), Ok(None), "{body}");
        }
        assert_eq!(text(r#"{"id":"evt"}"#, "/id/deeper"), Ok(None));
    }

    #[test]
    fn refuses_an_ambiguous_or_mistyped_id() {
        for body in [
            r#"{"id":"a","id":"b"}"#,
            r#"{"id":"a","\u0069d":"a"}"#,
            r#"{"id":1.5}"#,
            r#"{"id":1e3}"#,
            r#"{"id":-1}"#,
            r#"{"id":99999999999999999999}"#,
            r#"{"id":true}"#,
            r#"{"id":[]}"#,
            r#"{"id":{}}"#,
        ] {
            assert_eq!(text(body, "/id"), Err(Unusable::Malformed), "{body}");
        }
    }

    #[test]
    fn depth_beside_the_path_costs_no_stack() {
        let deep = format!("{}1{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(text(&deep, "/id"), Ok(None));
        assert_eq!(text(&format!(r#"{{"x":{deep},"id":"a"}}"#), "/id"), Ok(Some("a".into())));
    }

    #[test]
    fn refuses_what_is_not_json() {
        for body in ["", "id=1", r#"{"id":"a"} trailing"#, "\u{feff}{}", r#"{"id":"a""#] {
            assert_eq!(text(body, "/id"), Err(Unusable::NotJson), "{:.20}", body);
        }
        assert_eq!(find(b"{\"id\":\"\xff\"}", "/id", Kind::Text), Err(Unusable::NotJson));
        assert_eq!(find(b"{\"x\":\"\xff\",\"id\":\"a\"}", "/id", Kind::Text).unwrap(), Some(Scalar::Text("a".into())));
    }
}
