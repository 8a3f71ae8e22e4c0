//! Where a signature stands: in a header, in the body, in the query. Bodies are changed at that place alone and never
//! written anew: what stands around it may be signed byte for byte.

use core::ops::Range;

use countersign::{Content, Params, Token};

use crate::signed::{SignedDelivery, query_of};
use crate::signer::name_in;

/// Where the signatures of a scheme stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// One header, by its name in each header set.
    Header(Vec<String>),
    /// One header a signature: of these names, or numbered behind a beginning.
    Headers(Vec<String>),
    /// A member of a JSON body, by its pointer.
    Json(String),
    /// A field of a form.
    Field(String),
    /// A field of the query.
    Query(String),
    /// The whole body.
    Body,
}

/// The place of one signature in one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Spot {
    Header(String),
    Json(String),
    Field(String),
    Query(String),
    Body,
}

impl Place {
    pub(crate) fn of(token: &Token) -> Option<Self> {
        Some(match token {
            Token::Header(names) => Self::Header(names.clone()),
            // Secrets that sign side by side share one line, where the syntax has room for them.
            Token::AnyHeader(names) if token.takes_lines() => Self::Header(names.clone()),
            Token::AnyHeader(names) => Self::Headers(names.clone()),
            Token::Json(pointer) => Self::Json(pointer.clone()),
            Token::Field(name) => Self::Field(name.clone()),
            Token::Query(name) => Self::Query(name.clone()),
            Token::Body => Self::Body,
            _ => return None,
        })
    }

    pub(crate) fn sets(&self) -> usize {
        if let Self::Header(names) = self { names.len() } else { 1 }
    }

    /// The spot of the signature that the key at `index` makes for the item of the body at `item`, or `None` where
    /// there is no room for another.
    pub(crate) fn spot(&self, set: usize, index: usize, item: &str) -> Option<Spot> {
        Some(match self {
            Self::Header(names) => Spot::Header(name_in(names, set).to_owned()),
            Self::Headers(names) => match names.first().and_then(|name| name.strip_suffix('*')) {
                Some(beginning) => Spot::Header(format!("{beginning}{}", index.saturating_add(1))),
                None => Spot::Header(names.get(index)?.clone()),
            },
            Self::Json(pointer) => Spot::Json(format!("{item}{pointer}")),
            Self::Field(name) => Spot::Field(name.clone()),
            Self::Query(name) => Spot::Query(name.clone()),
            Self::Body => Spot::Body,
        })
    }
}

impl Spot {
    /// The text that stands there.
    pub(crate) fn text(&self, delivery: &SignedDelivery) -> Option<String> {
        match self {
            Self::Header(name) => delivery.header(name).map(str::to_owned),
            Self::Json(pointer) => {
                let text = delivery.body.get(json_span(&delivery.body, pointer)?)?;
                serde_json::from_slice(text).ok()
            }
            Self::Field(name) => field(core::str::from_utf8(&delivery.body).ok()?, name),
            Self::Query(name) => field(query_of(&delivery.url).1, name),
            Self::Body => String::from_utf8(delivery.body.to_vec()).ok(),
        }
    }

    /// Writes a text there. Nothing is changed where the place is not there.
    pub(crate) fn put(&self, delivery: &mut SignedDelivery, text: &str) {
        match self {
            Self::Header(name) => match delivery.headers.iter_mut().find(|(known, _)| known == name) {
                Some((_, value)) => text.clone_into(value),
                None => delivery.headers.push((name.clone(), text.to_owned())),
            },
            Self::Json(pointer) => {
                if let Some(span) = json_span(&delivery.body, pointer) {
                    splice(delivery, span, quoted(text).as_bytes());
                }
            }
            Self::Field(_) | Self::Query(_) => self.edit(delivery, |name, encoded| {
                let pair = pair(name, text);
                match pair_span(encoded, name) {
                    Some(span) => {
                        let (before, after) = around(encoded, &span);
                        format!("{before}{pair}{after}")
                    }
                    None if encoded.is_empty() => pair,
                    None => format!("{encoded}&{pair}"),
                }
            }),
            Self::Body => delivery.body = text.to_owned().into(),
        }
    }

    /// Removes what stands there; a member of a JSON body becomes `null`.
    pub(crate) fn remove(&self, delivery: &mut SignedDelivery) {
        match self {
            Self::Header(name) => delivery.headers.retain(|(known, _)| known != name),
            Self::Json(pointer) => {
                if let Some(span) = json_span(&delivery.body, pointer) {
                    splice(delivery, span, b"null");
                }
            }
            Self::Field(_) | Self::Query(_) => self.edit(delivery, |name, encoded| {
                let Some(span) = pair_span(encoded, name) else { return encoded.to_owned() };
                let (before, after) = around(encoded, &span);
                match (before.strip_suffix('&'), after.strip_prefix('&')) {
                    (Some(before), _) => format!("{before}{after}"),
                    (None, Some(after)) => format!("{before}{after}"),
                    (None, None) => String::new(),
                }
            }),
            Self::Body => delivery.body = bytes::Bytes::new(),
        }
    }

    /// Adds another text beside the one that stands there; `false` where there can be one only.
    pub(crate) fn repeat(&self, delivery: &mut SignedDelivery, text: &str) -> bool {
        match self {
            Self::Header(name) => delivery.headers.push((name.clone(), text.to_owned())),
            Self::Json(pointer) => {
                let (Some(span), Some((_, key))) = (json_span(&delivery.body, pointer), pointer.rsplit_once('/'))
                else {
                    return false;
                };
                let key = key.replace("~1", "/").replace("~0", "~");
                let member = format!(",{}:{}", quoted(&key), quoted(text));
                splice(delivery, span.end..span.end, member.as_bytes());
            }
            Self::Field(_) | Self::Query(_) => {
                self.edit(delivery, |name, encoded| format!("{encoded}&{}", pair(name, text)));
            }
            Self::Body => return false,
        }
        true
    }

    /// Changes the form or the query that the spot is in.
    fn edit(&self, delivery: &mut SignedDelivery, change: impl Fn(&str, &str) -> String) {
        match self {
            Self::Field(name) => {
                let form = String::from_utf8_lossy(&delivery.body).into_owned();
                delivery.body = change(name, &form).into();
            }
            Self::Query(name) => {
                let (path, query) = query_of(&delivery.url);
                let query = change(name, query);
                let mark = if query.is_empty() { "" } else { "?" };
                delivery.url = format!("{path}{mark}{query}");
            }
            _ => {}
        }
    }
}

/// Where the value at a pointer stands in a JSON text, if it is there once.
pub(crate) fn json_span(body: &[u8], pointer: &str) -> Option<Range<usize>> {
    let found = json_value(body, pointer)?;
    // The value is a part of the body, and its address says which.
    let start = (found.as_ptr() as usize).checked_sub(body.as_ptr() as usize)?;
    let span = start..start.checked_add(found.len())?;
    (body.get(span.clone()) == Some(found)).then_some(span)
}

/// The JSON text of the value at a pointer, found as the verifier finds it.
pub(crate) fn json_value<'b>(body: &'b [u8], pointer: &str) -> Option<&'b [u8]> {
    static NO_PARAMS: Params<'static> = Params { named: Vec::new(), object: None, claims: None };
    let content = Content {
        method: "",
        target: "",
        url: None,
        headers: &[],
        header_set: 0,
        config: &[],
        body,
        json: body,
        params: &NO_PARAMS,
    };
    match content.value(&Token::RawJson(pointer.to_owned())).ok()? {
        std::borrow::Cow::Borrowed(found) => Some(found),
        std::borrow::Cow::Owned(_) => None,
    }
}

/// The value of a field of a form or query.
pub(crate) fn field(encoded: &str, name: &str) -> Option<String> {
    let mut fields = form_urlencoded::parse(encoded.as_bytes());
    fields.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// Where a field stands in a form or query, name and all.
fn pair_span(encoded: &str, name: &str) -> Option<Range<usize>> {
    let mut start = 0usize;
    for pair in encoded.split('&') {
        let end = start.saturating_add(pair.len());
        if form_urlencoded::parse(pair.as_bytes()).next().is_some_and(|(known, _)| known == name) {
            return Some(start..end);
        }
        start = end.saturating_add(1);
    }
    None
}

fn around<'t>(text: &'t str, span: &Range<usize>) -> (&'t str, &'t str) {
    (text.get(..span.start).unwrap_or_default(), text.get(span.end..).unwrap_or_default())
}

fn pair(name: &str, value: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}

fn splice(delivery: &mut SignedDelivery, span: Range<usize>, text: &[u8]) {
    let body = &delivery.body;
    let parts = [body.get(..span.start), Some(text), body.get(span.end..)];
    delivery.body = parts.map(Option::unwrap_or_default).concat().into();
}

/// A text as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A text inside a JSON string.
pub(crate) fn escaped(text: &str) -> String {
    let quoted = quoted(text);
    quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(url: &str, body: &str) -> SignedDelivery {
        SignedDelivery {
            method: "POST".to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: body.to_owned().into(),
        }
    }

    #[test]
    fn a_json_body_is_changed_at_its_place_alone() {
        let body = r#" {"a" : [ {"s\u0069g":"x" , "n":1.50} ],"z":1} "#;
        let spot = Spot::Json("/a/0/sig".to_owned());
        let mut changed = delivery("/", body);
        spot.put(&mut changed, "q\"");
        assert_eq!(changed.body, body.replace("\"x\"", "\"q\\\"\""));
        assert_eq!(spot.text(&changed).as_deref(), Some("q\""));
        spot.remove(&mut changed);
        assert_eq!(changed.body, body.replace("\"x\"", "null"));
        let mut twice = delivery("/", body);
        assert!(spot.repeat(&mut twice, "y"));
        assert_eq!(twice.body, body.replace("\"x\"", "\"x\",\"sig\":\"y\""));
        assert_eq!(json_span(&twice.body, "/a/0/sig"), None);
        let mut missing = delivery("/", "{}");
        spot.put(&mut missing, "q");
        assert_eq!(missing.body, "{}");
    }

    #[test]
    fn a_form_and_a_query_keep_their_other_fields() {
        let spot = Spot::Field("s ig".to_owned());
        let mut form = delivery("/", "a=%7e&s+ig=1&b");
        spot.put(&mut form, "x/y z");
        assert_eq!(form.body, "a=%7e&s+ig=x%2Fy+z&b");
        assert_eq!(spot.text(&form).as_deref(), Some("x/y z"));
        spot.remove(&mut form);
        assert_eq!(form.body, "a=%7e&b");
        spot.put(&mut form, "1");
        assert_eq!(form.body, "a=%7e&b&s+ig=1");
        let spot = Spot::Query("k".to_owned());
        let mut url = delivery("https://a.example/x", "");
        spot.put(&mut url, "v");
        assert_eq!(url.url, "https://a.example/x?k=v");
        assert!(spot.repeat(&mut url, "w"));
        assert_eq!(url.url, "https://a.example/x?k=v&k=w");
        spot.remove(&mut url);
        spot.remove(&mut url);
        assert_eq!(url.url, "https://a.example/x");
    }
}
