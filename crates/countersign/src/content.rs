//! What tokens stand for in one request whose body is there. No rule about signatures lives here.

use std::borrow::Cow;

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Digest;

use crate::scheme::Text;
use crate::template::{DigestHash, DigestWriting, Token};

/// One request as tokens see it: received, or about to be sent.
#[derive(Clone, Copy)]
pub struct Content<'r> {
    /// The method, as sent.
    pub method: &'r str,
    /// Path and query, as sent.
    pub target: &'r str,
    /// The signed URL, where it is known.
    pub url: Option<&'r str>,
    /// One entry for each header line: its name in lower case, and its value.
    pub headers: &'r [(&'r str, &'r [u8])],
    /// Which of the alternative header names is used.
    pub header_set: usize,
    /// The endpoint's own values for `{cfg:NAME}`.
    pub config: &'r [(Text, Text)],
    /// The body.
    pub body: &'r [u8],
    /// Where JSON pointers begin: the body, or one item of it.
    pub json: &'r [u8],
    /// What stands beside the signature.
    pub params: &'r Params<'r>,
}

/// What stands beside a signature: parameters, and the claims of a JWT.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Params<'p> {
    /// Named values.
    pub named: Vec<(Cow<'p, str>, Cow<'p, [u8]>)>,
    /// A JSON object whose members are parameters too.
    pub object: Option<Vec<u8>>,
    /// The payload of a JWT.
    pub claims: Option<Vec<u8>>,
}

/// Why a token stands for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// It is not there.
    Missing,
    /// It is there more than once, of another type, or not readable.
    Malformed,
}

impl<'r> Content<'r> {
    /// The bytes that `token` stands for.
    ///
    /// # Errors
    ///
    /// It is not there, or ambiguous. [`Token::Secret`] and [`Token::Content`] stand for nothing here.
    pub fn value(&self, token: &Token) -> Result<Cow<'r, [u8]>, Absent> {
        Ok(match token {
            Token::Literal(text) => Cow::Owned(text.as_bytes().to_vec()),
            Token::Body => Cow::Borrowed(self.body),
            Token::Header(names) => Cow::Borrowed(self.header(names.get(self.header_set).or(names.first()))?),
            Token::Param(name) => self.param(name)?,
            Token::Claim(pointer) => scalar(self.params.claims.as_deref().ok_or(Absent::Missing)?, pointer, Type::Any)?,
            Token::Json(pointer) => scalar(self.json, pointer, Type::Text)?,
            Token::Number(pointer) => scalar(self.json, pointer, Type::Integer)?,
            Token::Scalar(pointer) => scalar(self.json, pointer, Type::Any)?,
            Token::RawJson(pointer) => Cow::Borrowed(raw(self.json, pointer)?),
            Token::Lines(names) => Cow::Owned(self.lines(names)?),
            Token::Field(name) => self.field(self.form()?, name)?,
            Token::Query(name) => self.field(self.query(), name)?,
            Token::Method => Cow::Borrowed(self.method.as_bytes()),
            Token::Path => Cow::Borrowed(self.target.split('?').next().unwrap_or_default().as_bytes()),
            Token::Target => Cow::Borrowed(self.target.as_bytes()),
            Token::TargetEscaped => Cow::Owned(escaped_target(self.target).into_bytes()),
            Token::Url | Token::UrlPorts => Cow::Borrowed(self.url.ok_or(Absent::Missing)?.as_bytes()),
            Token::UrlDecoded => Cow::Owned(decode_listed(self.url.ok_or(Absent::Missing)?).into_bytes()),
            Token::UrlBase => {
                let url = self.url.ok_or(Absent::Missing)?;
                Cow::Borrowed(url.split('?').next().unwrap_or_default().as_bytes())
            }
            Token::UrlSortedForm => Cow::Owned(self.sorted_url_and_form()?.into_bytes()),
            Token::FormSorted => {
                let mut fields = self.form_or_nothing()?;
                fields.sort();
                fields.dedup();
                Cow::Owned(joined(&fields).into_bytes())
            }
            Token::QuerySorted => Cow::Owned(sorted_query(self.query()).into_bytes()),
            Token::HeadersJoined(list) => Cow::Owned(self.listed_headers(list, false)?),
            Token::HeadersLines(list) => Cow::Owned(self.listed_headers(list, true)?),
            Token::Config(name) => {
                let found = self.config.iter().find(|(known, _)| known == name);
                Cow::Borrowed(found.ok_or(Absent::Missing)?.1.as_bytes())
            }
            Token::Digest { hash, writing, of } => Cow::Owned(digest(*hash, *writing, &self.value(of)?)),
            Token::Base64url(of) => Cow::Owned(BASE64URL_NOPAD.encode(&self.value(of)?).into_bytes()),
            Token::JsonString(of) => Cow::Owned(json_string(&self.value(of)?)?),
            Token::Group(tokens) => Cow::Owned(self.text(tokens)?),
            Token::CanonicalJson => Cow::Owned(canonical_json(self.body)?),
            Token::Optional(of) => match &**of {
                // A digest of nothing is nothing: `{sha256.hex?:body}` of an empty body.
                Token::Digest { of: inner, .. } if self.value(inner).is_ok_and(|value| value.is_empty()) => {
                    Cow::default()
                }
                of => match self.value(of) {
                    Err(Absent::Missing) => Cow::default(),
                    found => found?,
                },
            },
            Token::AnyHeader(_) | Token::Secret | Token::Content | Token::Challenge | Token::Mac { .. } => {
                return Err(Absent::Missing);
            }
        })
    }

    /// The bytes that a template stands for.
    ///
    /// # Errors
    ///
    /// As [`value`](Self::value), for the first token that stands for nothing.
    pub fn text(&self, template: &[Token]) -> Result<Vec<u8>, Absent> {
        let mut text = Vec::new();
        for token in template {
            text.extend_from_slice(&self.value(token)?);
        }
        Ok(text)
    }

    /// A header's value, if it stands on exactly one line.
    fn header(&self, name: Option<&String>) -> Result<&'r [u8], Absent> {
        let name = name.ok_or(Absent::Missing)?;
        let mut lines = self.headers.iter().filter(|(known, _)| known == name);
        match (lines.next(), lines.next()) {
            (Some((_, value)), None) => Ok(value.trim_ascii()),
            (Some(_), Some(_)) => Err(Absent::Malformed),
            (None, _) => Err(Absent::Missing),
        }
    }

    fn param(&self, name: &str) -> Result<Cow<'r, [u8]>, Absent> {
        let mut named = self.params.named.iter().filter(|(known, _)| known == name);
        match (named.next(), named.next(), &self.params.object) {
            (Some((_, value)), None, _) => Ok(value.clone()),
            (Some(_), Some(_), _) => Err(Absent::Malformed),
            (None, _, Some(object)) => scalar(object, &format!("/{}", name.trim_start_matches('/')), Type::Any),
            (None, _, None) => Err(Absent::Missing),
        }
    }

    /// `name` and its text, a line each, for each member of the body that is there.
    fn lines(&self, names: &[String]) -> Result<Vec<u8>, Absent> {
        let mut lines = Vec::new();
        for name in names {
            match scalar(self.json, &format!("/{name}"), Type::Text) {
                Ok(text) => lines.extend_from_slice(&[name.as_bytes(), b"\n", &text, b"\n"].concat()),
                Err(Absent::Missing) => {}
                Err(bad) => return Err(bad),
            }
        }
        Ok(lines)
    }

    fn query(&self) -> Vec<(String, String)> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        fields(query.as_bytes())
    }

    /// The fields of a form body: URL-encoded, as its type says.
    fn form(&self) -> Result<Vec<(String, String)>, Absent> {
        if self.is_form() { Ok(fields(self.body)) } else { Err(Absent::Missing) }
    }

    /// The same, and none where there is no body.
    fn form_or_nothing(&self) -> Result<Vec<(String, String)>, Absent> {
        if self.body.is_empty() { Ok(Vec::new()) } else { self.form() }
    }

    fn is_form(&self) -> bool {
        let name = "content-type".to_owned();
        self.header(Some(&name)).is_ok_and(|value| {
            let kind = value.split(|byte| *byte == b';').next().unwrap_or_default();
            kind.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
        })
    }

    fn field(&self, fields: Vec<(String, String)>, name: &str) -> Result<Cow<'r, [u8]>, Absent> {
        let mut found = fields.into_iter().filter(|(known, _)| known == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Ok(Cow::Owned(value.into_bytes())),
            (Some(_), Some(_)) => Err(Absent::Malformed),
            (None, _) => Err(Absent::Missing),
        }
    }

    /// `URL?query.form`: the `?` where there is a query or a form, the `.` where there are both.
    fn sorted_url_and_form(&self) -> Result<String, Absent> {
        let url = self.url.ok_or(Absent::Missing)?;
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut query, mut form) = (fields(query.as_bytes()), self.form_or_nothing()?);
        query.sort();
        form.sort();
        let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (query, form) = (query.join("&"), joined(&form));
        Ok(match (query.is_empty(), form.is_empty()) {
            (true, true) => base.to_owned(),
            (false, false) => format!("{base}?{query}.{form}"),
            _ => format!("{base}?{query}{form}"),
        })
    }

    /// The headers that a list names, in its order and as it writes them. A name stands in it once.
    fn listed_headers(&self, list: &Token, as_lines: bool) -> Result<Vec<u8>, Absent> {
        let mut written: Vec<Vec<u8>> = Vec::new();
        for (name, lower) in self.header_list(list, as_lines)? {
            let value = self.header(Some(&lower))?;
            written.push(if as_lines {
                [name.as_bytes(), b": ", value, b"\n"].concat()
            } else {
                [lower.as_bytes(), b":", value].concat()
            });
        }
        Ok(written.join(if as_lines { &b""[..] } else { b";" }))
    }

    /// Whether a list names a header, and itself where it stands in a header: else what it names could be changed.
    pub(crate) fn is_listed(&self, header: &Token, list: &Token) -> bool {
        let (Token::HeadersJoined(source) | Token::HeadersLines(source)) = list else { return false };
        let Ok(names) = self.header_list(source, false) else { return false };
        let holds = |token: &Token| match token {
            Token::Header(wanted) => wanted.first().is_some_and(|wanted| names.iter().any(|(_, name)| name == wanted)),
            _ => true,
        };
        holds(header) && holds(source)
    }

    /// The names in a list: as it writes them, and in lower case.
    fn header_list(&self, list: &Token, may_lack: bool) -> Result<Vec<(String, String)>, Absent> {
        let list = match self.value(list) {
            Ok(list) => list,
            Err(Absent::Missing) if may_lack => return Ok(Vec::new()),
            Err(absent) => return Err(absent),
        };
        let list = core::str::from_utf8(&list).map_err(|_| Absent::Malformed)?;
        let mut names: Vec<(String, String)> = Vec::new();
        for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let lower = name.to_ascii_lowercase();
            if names.iter().any(|(_, known)| *known == lower) {
                return Err(Absent::Malformed);
            }
            names.push((name.to_owned(), lower));
        }
        Ok(names)
    }
}

fn fields(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// Name and value of each field, nothing between.
fn joined(fields: &[(String, String)]) -> String {
    fields.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]).collect()
}

/// The query sorted by name, the values of one name in the order they came in, encoded anew as Go and Python do.
fn sorted_query(mut fields: Vec<(String, String)>) -> String {
    const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b' ');
    let encoded = |text: &str| utf8_percent_encode(text, ESCAPED).to_string().replace(' ', "+");
    fields.sort_by(|(a, _), (b, _)| a.cmp(b));
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    pairs.join("&")
}

/// Path and query with their escapes escaped once more: all of the query's marks twice, as JavaScript's
/// `encodeURI(path + "?" + encodeURIComponent(query))` writes them. Contentful's library drops what follows a second `?`;
/// here it is kept, so that nothing can be appended there.
fn escaped_target(target: &str) -> String {
    const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'!')
        .remove(b'~')
        .remove(b'*')
        .remove(b'\'')
        .remove(b'(')
        .remove(b')');
    const URI: &AsciiSet = &COMPONENT
        .remove(b';')
        .remove(b',')
        .remove(b'/')
        .remove(b'?')
        .remove(b':')
        .remove(b'@')
        .remove(b'&')
        .remove(b'=')
        .remove(b'+')
        .remove(b'$')
        .remove(b'#');
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = utf8_percent_encode(path, URI);
    if query.is_empty() {
        return path.to_string();
    }
    let query = utf8_percent_encode(query, COMPONENT).to_string();
    format!("{path}?{}", utf8_percent_encode(&query, URI))
}

/// Decodes the escapes that HubSpot's documentation lists, and no others.
fn decode_listed(url: &str) -> String {
    const LISTED: [(&str, &str); 11] = [
        ("%3A", ":"),
        ("%2F", "/"),
        ("%3F", "?"),
        ("%40", "@"),
        ("%21", "!"),
        ("%24", "$"),
        ("%27", "'"),
        ("%28", "("),
        ("%29", ")"),
        ("%2A", "*"),
        ("%2C", ","),
    ];
    LISTED.iter().fold(url.replace("%3B", ";"), |url, (escape, character)| url.replace(escape, character))
}

/// The digest of `bytes`, written.
pub(crate) fn digest(hash: DigestHash, writing: DigestWriting, bytes: &[u8]) -> Vec<u8> {
    let raw = match hash {
        #[cfg(feature = "md5")]
        DigestHash::Md5 => md5::Md5::digest(bytes).to_vec(),
        // A plan that needs a feature which is off is not built.
        #[cfg(not(feature = "md5"))]
        DigestHash::Md5 => Vec::new(),
        DigestHash::Sha1 => sha1::Sha1::digest(bytes).to_vec(),
        DigestHash::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
        DigestHash::Sha384 => sha2::Sha384::digest(bytes).to_vec(),
        DigestHash::Sha512 => sha2::Sha512::digest(bytes).to_vec(),
        #[cfg(feature = "crc32")]
        DigestHash::Crc32 => return crc32fast::hash(bytes).to_string().into_bytes(),
        #[cfg(not(feature = "crc32"))]
        DigestHash::Crc32 => Vec::new(),
    };
    match writing {
        DigestWriting::Hex => HEXLOWER.encode(&raw).into_bytes(),
        DigestWriting::Base64 => BASE64.encode(&raw).into_bytes(),
        DigestWriting::Base64url => BASE64URL_NOPAD.encode(&raw).into_bytes(),
        DigestWriting::Raw | DigestWriting::Decimal => raw,
    }
}

/// The type that a JSON value must have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    Integer,
    Any,
}

#[cfg(feature = "json")]
fn scalar<'r>(json: &[u8], pointer: &str, kind: Type) -> Result<Cow<'r, [u8]>, Absent> {
    use crate::json::{Kind, find};
    let found = match kind {
        Type::Text => find(json, pointer, Kind::Text),
        Type::Integer => find(json, pointer, Kind::Integer),
        Type::Any => {
            let raw = raw(json, pointer)?;
            return match raw.first() {
                Some(b'"') => match serde_json::from_slice::<String>(raw) {
                    Ok(text) => Ok(Cow::Owned(text.into_bytes())),
                    Err(_) => Err(Absent::Malformed),
                },
                Some(b'{' | b'[') | None => Err(Absent::Malformed),
                Some(_) if raw == b"null" => Err(Absent::Missing),
                Some(_) => Ok(Cow::Owned(raw.to_vec())),
            };
        }
    };
    match found {
        Ok(Some(value)) => Ok(Cow::Owned(value.to_string().into_bytes())),
        Ok(None) | Err(crate::json::Unusable::NotJson) => Err(Absent::Missing),
        Err(crate::json::Unusable::Malformed) => Err(Absent::Malformed),
    }
}

#[cfg(feature = "json")]
fn raw<'r>(json: &'r [u8], pointer: &str) -> Result<&'r [u8], Absent> {
    match crate::json::raw(json, pointer) {
        Ok(Some(raw)) => Ok(raw),
        Ok(None) | Err(crate::json::Unusable::NotJson) => Err(Absent::Missing),
        Err(crate::json::Unusable::Malformed) => Err(Absent::Malformed),
    }
}

#[cfg(feature = "json")]
fn json_string(bytes: &[u8]) -> Result<Vec<u8>, Absent> {
    let text = core::str::from_utf8(bytes).map_err(|_| Absent::Malformed)?;
    serde_json::to_vec(text).map_err(|_| Absent::Malformed)
}

#[cfg(feature = "jcs")]
fn canonical_json(body: &[u8]) -> Result<Vec<u8>, Absent> {
    // Of a name that stands twice, canonical JSON has one: which, each parser decides for itself.
    if !crate::json::has_unique_names(body) {
        return Err(Absent::Malformed);
    }
    let value: serde_json::Value = serde_json::from_slice(body).map_err(|_| Absent::Malformed)?;
    serde_json_canonicalizer::to_vec(&value).map_err(|_| Absent::Malformed)
}

// Without the features, a plan that needs these is not built.
#[cfg(not(feature = "json"))]
fn scalar<'r>(_: &[u8], _: &str, _: Type) -> Result<Cow<'r, [u8]>, Absent> {
    Err(Absent::Missing)
}

#[cfg(not(feature = "json"))]
fn raw<'r>(_: &'r [u8], _: &str) -> Result<&'r [u8], Absent> {
    Err(Absent::Missing)
}

#[cfg(not(feature = "json"))]
fn json_string(_: &[u8]) -> Result<Vec<u8>, Absent> {
    Err(Absent::Missing)
}

#[cfg(not(feature = "jcs"))]
fn canonical_json(_: &[u8]) -> Result<Vec<u8>, Absent> {
    Err(Absent::Missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::parse_template;

    const FORM: (&str, &[u8]) = ("content-type", b"application/x-www-form-urlencoded; charset=utf-8");

    fn text(template: &str, url: &str, headers: &[(&str, &[u8])], body: &[u8]) -> Result<String, Absent> {
        let params = Params::default();
        let target = url.split_once("://").map_or("/", |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
        let config = [("app".into(), "k1".into())];
        let content = Content {
            method: "POST",
            target,
            url: Some(url),
            headers,
            header_set: 0,
            config: &config,
            body,
            json: body,
            params: &params,
        };
        content.text(&parse_template(template).unwrap()).map(|text| String::from_utf8_lossy(&text).into_owned())
    }

    /// What the SDKs of the provider that signs so make of the same requests.
    #[test]
    fn a_form_is_signed_decoded_and_sorted_and_equal_pairs_once() {
        let form = |body: &str| text("{form.sorted}", "https://h/", &[FORM], body.as_bytes());
        assert_eq!(form("a=b&a=a&a=b").as_deref(), Ok("aaab"));
        assert_eq!(form("b3=1&a2=1&B=1&A4=1").as_deref(), Ok("A41B1a21b31"));
        assert_eq!(form("Digits=&To=%2B1+2").as_deref(), Ok("DigitsTo+1 2"));
        assert_eq!(form("").as_deref(), Ok(""));
        let json = &[("content-type", &b"application/json"[..])];
        assert_eq!(text("{form.sorted}", "https://h/", json, b"{}"), Err(Absent::Missing));
        assert_eq!(text("{f:a}", "https://h/", &[FORM], b"a=1&a=1"), Err(Absent::Malformed));
    }

    /// As above.
    #[test]
    fn a_sorted_url_and_form_share_their_marks() {
        let both = |url: &str, body: &str| text("{url.sorted.form}", url, &[FORM], body.as_bytes()).unwrap();
        assert_eq!(both("https://h/a/?c=d&a=b", "To=2&From=1"), "https://h/a/?a=b&c=d.From1To2");
        assert_eq!(both("https://h/a/?c=d&a=b", ""), "https://h/a/?a=b&c=d");
        assert_eq!(both("https://h/a/", "To=2&From=1"), "https://h/a/?From1To2");
        assert_eq!(both("https://h/a/", ""), "https://h/a/");
        assert_eq!(both("https://h", "A=1"), "https://h?A1");
        assert_eq!(both("https://h/a/?", "A=1"), "https://h/a/?A1");
        let twice = "https://h/a/?x=2&x=1&x=2&e=&k";
        assert_eq!(both(twice, "L=b&L=a&L=b&E="), "https://h/a/?e=&k=&x=1&x=2&x=2.ELaLbLb");
        assert_eq!(both("https://h/a/?n=a%20b+c%2Bd", "T=a+b%2Bc"), "https://h/a/?n=a b c+d.Ta b+c");
    }

    #[test]
    fn a_sorted_query_keeps_the_order_of_one_name_and_is_encoded_anew() {
        let query = |url: &str| text("{query.sorted}", url, &[], b"").unwrap();
        assert_eq!(query("https://h/?b=2&a=z&a=y&c"), "a=z&a=y&b=2&c=");
        assert_eq!(
            query("https://h/?t=2019-01-11T09%3A17%3A11%2B00%3A00&s=a%20b~*"),
            "s=a+b~%2A&t=2019-01-11T09%3A17%3A11%2B00%3A00"
        );
        assert_eq!(query("https://h/"), "");
    }

    #[test]
    fn an_escaped_target_is_that_of_the_library() {
        let target = |url: &str| text("{target.escaped}", url, &[], b"").unwrap();
        // What getNormalizedEncodedURI of @contentful/node-apps-toolkit gives for each.
        for (sent, signed) in [
            ("/hook", "/hook"),
            ("/a%20b/~(c)*'!;,:@&=+$", "/a%2520b/~(c)*'!;,:@&=+$"),
            ("/hook?", "/hook"),
            ("/hook?a=1&b=x%20y", "/hook?a%253D1%2526b%253Dx%252520y"),
            ("/hook?a=~(c)*'!-_.", "/hook?a%253D~(c)*'!-_."),
            ("/hook?q=a+b/c", "/hook?q%253Da%252Bb%252Fc"),
        ] {
            assert_eq!(target(&format!("https://h{sent}")), signed, "{sent}");
        }
        // A second mark, which it drops with all behind it, stays signed.
        assert_eq!(target("https://h/hook?a=1?b=2"), "/hook?a%253D1%253Fb%253D2");
    }

    #[test]
    fn headers_stand_in_the_order_of_their_list() {
        let headers: &[(&str, &[u8])] = &[("x-list", b"X-B, x-a"), ("x-a", b"1"), ("x-b", b" 2 ")];
        assert_eq!(text("{headers.joined:h:x-list}", "https://h/", headers, b"").as_deref(), Ok("x-b:2;x-a:1"));
        assert_eq!(text("{headers.lines:h:x-list}", "https://h/", headers, b"").as_deref(), Ok("X-B: 2\nx-a: 1\n"));
        let twice: &[(&str, &[u8])] = &[("x-list", b"x-a,X-A"), ("x-a", b"1")];
        assert_eq!(text("{headers.joined:h:x-list}", "https://h/", twice, b""), Err(Absent::Malformed));
        let gone: &[(&str, &[u8])] = &[("x-list", b"x-a")];
        assert_eq!(text("{headers.joined:h:x-list}", "https://h/", gone, b""), Err(Absent::Missing));
    }

    #[test]
    fn what_is_absent_refuses_and_what_may_be_absent_is_nothing() {
        let one = |template: &str, body: &str| text(template, "https://h/p?q=1", &[], body.as_bytes());
        assert_eq!(one("{q:q}{cfg:app}{method} {path} {target}", "").as_deref(), Ok("1k1POST /p /p?q=1"));
        for template in ["{h:x}", "{q:x}", "{j:/x}", "{cfg:x}", "{p:x}", "{c:/x}", "{f:x}"] {
            assert_eq!(one(template, "{}"), Err(Absent::Missing), "{template}");
            let optional = template.replacen(':', "?:", 1);
            assert_eq!(one(&optional, "{}").as_deref(), Ok(""), "{optional}");
        }
        assert_eq!(one("{sha256.hex?:body}", "").as_deref(), Ok(""));
        assert_eq!(one("{sha1.hex:body}", "abc").as_deref(), Ok("a9993e364706816aba3e25717850c26c9cd0d89d"));
        assert_eq!(
            one("{v:/n}|{v:/t}|{v:/b}|{v?:/z}", r#"{"n":1.50,"t":"x","b":true,"z":null}"#).as_deref(),
            Ok("1.50|x|true|")
        );
        assert_eq!(one("{v:/o}", r#"{"o":{}}"#), Err(Absent::Malformed));
        assert_eq!(one("{j:/a}", r#"{"a":"1","a":"2"}"#), Err(Absent::Malformed));
        assert_eq!(one("{raw:/o}", r#"{"o": {"b" : 1.0}}"#).as_deref(), Ok(r#"{"b" : 1.0}"#));
        assert_eq!(one("{lines:A,B,C}", r#"{"C":"z","A":"x"}"#).as_deref(), Ok("A\nx\nC\nz\n"));
        assert_eq!(one("{{{json:body}}}", "a\"\n").as_deref(), Ok(r#"{"a\"\n"}"#));
    }
}
