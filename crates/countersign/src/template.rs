//! The token language of schemes: text in, parts out. What the parts mean is decided where they are used.

use crate::scheme::Text;

/// One part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Token {
    /// Text that stands for itself.
    Literal(Text),
    /// `{body}`
    Body,
    /// `{h:NAME}`, or `{h:A|B}` with one name for each header set.
    Header(Vec<String>),
    /// `{any:A,B}`, where a name may end in `*`; or `{any:A}`, each line of one header.
    AnyHeader(Vec<String>),
    /// `{p:NAME}`
    Param(String),
    /// `{c:/a/b}`
    Claim(String),
    /// `{j:/a/b}`
    Json(String),
    /// `{n:/a/b}`
    Number(String),
    /// `{v:/a/b}`
    Scalar(String),
    /// `{raw:/a/b}`
    RawJson(String),
    /// `{lines:A,B}`
    Lines(Vec<String>),
    /// `{f:NAME}`
    Field(String),
    /// `{q:NAME}`
    Query(String),
    /// `{method}`
    Method,
    /// `{path}`
    Path,
    /// `{target}`
    Target,
    /// `{target.escaped}`
    TargetEscaped,
    /// `{url}`
    Url,
    /// `{url.ports}`
    UrlPorts,
    /// `{url.decoded}`
    UrlDecoded,
    /// `{url.base}`
    UrlBase,
    /// `{url.sorted.form}`
    UrlSortedForm,
    /// `{form.sorted}`
    FormSorted,
    /// `{query.sorted}`
    QuerySorted,
    /// `{headers.joined:TOKEN}`
    HeadersJoined(Box<Token>),
    /// `{headers.lines:TOKEN}`
    HeadersLines(Box<Token>),
    /// `{cfg:NAME}`
    Config(String),
    /// `{secret}`
    Secret,
    /// `{sha256.hex:TOKEN}`
    Digest {
        /// The hash.
        hash: DigestHash,
        /// How it is written.
        writing: DigestWriting,
        /// What is hashed.
        of: Box<Token>,
    },
    /// `{base64url:TOKEN}`
    Base64url(Box<Token>),
    /// `{jcs:body}`
    CanonicalJson,
    /// `{json:TOKEN}`
    JsonString(Box<Token>),
    /// `{sha256.raw:{p:t}.{body}}`: several tokens where one is expected.
    Group(Vec<Token>),
    /// `{content}`
    Content,
    /// `{challenge}`, in replies to [handshakes](crate::Handshake) only.
    Challenge,
    /// `{mac.hex:TOKEN}`, in replies to [handshakes](crate::Handshake) only.
    Mac {
        /// How it is written: in hex or base64.
        writing: DigestWriting,
        /// What it is made of.
        of: Box<Token>,
    },
    /// Any other token, written with a question mark behind its kind: nothing where it is absent.
    Optional(Box<Token>),
}

/// The hash of a [`Token::Digest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum DigestHash {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
    Crc32,
}

/// How a [`Token::Digest`] is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestWriting {
    /// Lower-case hexadecimal digits.
    Hex,
    /// The bytes.
    Raw,
    /// Base64 with padding.
    Base64,
    /// URL-safe base64 without padding.
    Base64url,
    /// A decimal number, of CRC-32 only.
    Decimal,
}

/// Whether a header is one of those that [`Token::AnyHeader`] names, where a name that ends in `*` stands for all that begin
/// like it and go on.
pub(crate) fn is_any_of(names: &[String], name: &str) -> bool {
    names.iter().any(|wanted| match wanted.strip_suffix('*') {
        Some(beginning) => name.len() > beginning.len() && name.starts_with(beginning),
        None => name == wanted,
    })
}

impl Token {
    /// The token inside, where it is optional.
    pub fn required(&self) -> &Self {
        match self {
            Self::Optional(token) => token,
            token => token,
        }
    }

    /// Whether it is `other`, or is made of it.
    pub fn holds(&self, other: &Self) -> bool {
        match self {
            token if token == other => true,
            Self::Digest { of, .. } | Self::Base64url(of) | Self::JsonString(of) | Self::Optional(of) => {
                of.holds(other)
            }
            Self::Group(tokens) => tokens.iter().any(|token| token.holds(other)),
            _ => false,
        }
    }

    /// Whether it stands for headers that the request lists, of which `header` must then be one.
    pub fn lists(&self, header: &Self) -> bool {
        matches!((self, header), (Self::HeadersJoined(_) | Self::HeadersLines(_), Self::Header(_)))
    }

    /// Whether it stands for each line of one header: a signature place with one name and no `*`.
    pub fn takes_lines(&self) -> bool {
        matches!(self, Self::AnyHeader(names) if matches!(&**names, [name] if !name.ends_with('*')))
    }

    /// Whether it holds the query as it was sent, each of its fields with a mark at its end.
    pub fn is_query(&self) -> bool {
        matches!(self, Self::Url | Self::UrlPorts | Self::Target | Self::TargetEscaped | Self::QuerySorted)
    }

    /// Whether it is made of the signed URL.
    pub fn is_url(&self) -> bool {
        match self {
            Self::Url | Self::UrlPorts | Self::UrlBase | Self::UrlDecoded | Self::UrlSortedForm => true,
            Self::Digest { of, .. } | Self::Base64url(of) | Self::JsonString(of) | Self::Optional(of) => of.is_url(),
            Self::Group(tokens) => tokens.iter().any(Self::is_url),
            _ => false,
        }
    }

    /// Whether it stands for the body, whole, or for a digest or another form of all of it.
    pub fn covers_body(&self) -> bool {
        match self {
            Self::Body | Self::CanonicalJson | Self::FormSorted | Self::UrlSortedForm => true,
            // A checksum: anyone can write another body that has it.
            Self::Digest { hash: DigestHash::Crc32, .. } => false,
            Self::Digest { of, .. } | Self::Base64url(of) | Self::JsonString(of) | Self::Optional(of) => {
                of.covers_body()
            }
            Self::Group(tokens) => tokens.iter().any(Self::covers_body),
            _ => false,
        }
    }
}

/// Why a template cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError(String);

impl core::fmt::Display for TemplateError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for TemplateError {}

/// Splits a template into its tokens.
///
/// # Errors
///
/// A brace without its partner, or a token of no known kind.
pub fn parse_template(template: &str) -> Result<Vec<Token>, TemplateError> {
    let mut tokens = Vec::new();
    let mut literal = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (text, from) = rest.split_at(at);
        literal.push_str(text);
        if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
            literal.push_str(from.get(..1).unwrap_or_default());
            rest = after;
        } else if let Some(inside) = from.strip_prefix('{') {
            let (token, after) =
                split_token(inside).ok_or_else(|| TemplateError(format!("`{from}` has no closing brace")))?;
            push_literal(&mut tokens, &mut literal);
            tokens.push(parse_token(token)?);
            rest = after;
        } else {
            return Err(TemplateError(format!(
                "`{template}` has a closing brace without an opening one; a brace that stands for itself is doubled"
            )));
        }
    }
    literal.push_str(rest);
    push_literal(&mut tokens, &mut literal);
    Ok(tokens)
}

/// Reads a template that must be exactly one token.
///
/// # Errors
///
/// As [`parse_template`], and where the text is not one token alone.
pub fn parse_single(template: &str) -> Result<Token, TemplateError> {
    let mut tokens = parse_template(template)?.into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(Token::Literal(_)) | None, _) | (_, Some(_)) => {
            Err(TemplateError(format!("`{template}` must be one token, such as `{{h:X-Signature}}`")))
        }
        (Some(token), None) => Ok(token),
    }
}

/// Splits behind the brace that closes a token, which may hold a template in braces of its own.
fn split_token(inside: &str) -> Option<(&str, &str)> {
    let mut depth = 0usize;
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth = depth.saturating_add(1),
            '}' if depth == 0 => return Some((inside.get(..at)?, inside.get(at.saturating_add(1)..)?)),
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn push_literal(tokens: &mut Vec<Token>, literal: &mut String) {
    if !literal.is_empty() {
        tokens.push(Token::Literal(core::mem::take(literal).into()));
    }
}

/// Reads conditions of the form `TOKEN=TEXT & TOKEN=TEXT`, where both sides are templates.
///
/// # Errors
///
/// As [`parse_template`], and where a condition is no equation.
pub fn parse_conditions(text: &str) -> Result<Vec<[Vec<Token>; 2]>, TemplateError> {
    let conditions = text.split(" & ").filter(|condition| !condition.is_empty());
    conditions
        .map(|condition| {
            // The sign of equality is the first one outside braces.
            let mut depth = 0i32;
            let at = condition.char_indices().find_map(|(index, c)| {
                depth = depth.saturating_add(i32::from(c == '{')).saturating_sub(i32::from(c == '}'));
                (c == '=' && depth == 0).then_some(index)
            });
            let (left, right) = at
                .and_then(|at| Some((condition.get(..at)?, condition.get(at.saturating_add(1)..)?)))
                .ok_or_else(|| TemplateError(format!("`{condition}` is no condition; write `TOKEN=TEXT`")))?;
            Ok([parse_template(left)?, parse_template(right)?])
        })
        .collect()
}

fn parse_token(token: &str) -> Result<Token, TemplateError> {
    let unknown = || {
        TemplateError(format!(
            "`{{{token}}}` is no token; known are {{body}}, {{h:HEADER}}, {{p:PARAMETER}}, {{j:/pointer}}, {{n:/pointer}}, \
             {{content}} and those in the documentation of schemes"
        ))
    };
    if token.starts_with('{') {
        return Ok(Token::Group(parse_template(token)?));
    }
    let (kind, rest) = match token.split_once(':') {
        Some((kind, rest)) => (kind, Some(rest)),
        None => (token, None),
    };
    if let Some(kind) = kind.strip_suffix('?') {
        let plain = rest.map_or_else(|| kind.to_owned(), |rest| format!("{kind}:{rest}"));
        return match parse_token(&plain)? {
            Token::Optional(_) | Token::Content | Token::Secret => Err(unknown()),
            token => Ok(Token::Optional(Box::new(token))),
        };
    }
    let Some(rest) = rest else {
        return Ok(match kind {
            "body" => Token::Body,
            "content" => Token::Content,
            "challenge" => Token::Challenge,
            "method" => Token::Method,
            "path" => Token::Path,
            "target" => Token::Target,
            "target.escaped" => Token::TargetEscaped,
            "url" => Token::Url,
            "url.ports" => Token::UrlPorts,
            "url.decoded" => Token::UrlDecoded,
            "url.base" => Token::UrlBase,
            "url.sorted.form" => Token::UrlSortedForm,
            "form.sorted" => Token::FormSorted,
            "query.sorted" => Token::QuerySorted,
            "secret" => Token::Secret,
            _ => return Err(unknown()),
        });
    };
    let pointer = || if rest.starts_with('/') { Ok(rest.to_owned()) } else { Err(unknown()) };
    let name = || if rest.is_empty() { Err(unknown()) } else { Ok(rest.to_owned()) };
    let names = |separator: char, is_name: fn(&str) -> bool| {
        let names: Vec<String> = rest.split(separator).map(str::to_owned).collect();
        if names.iter().all(|name| is_name(name)) { Ok(names) } else { Err(unknown()) }
    };
    let lower = |names: Vec<String>| names.iter().map(|name| name.to_ascii_lowercase()).collect();
    Ok(match kind {
        "h" => Token::Header(lower(names('|', is_header_name)?)),
        "any" => Token::AnyHeader(lower(names(',', is_header_name)?)),
        "p" => Token::Param(name()?),
        "c" => Token::Claim(pointer()?),
        "j" => Token::Json(pointer()?),
        "n" => Token::Number(pointer()?),
        "v" => Token::Scalar(pointer()?),
        "raw" => Token::RawJson(pointer()?),
        "lines" => Token::Lines(names(',', |name| !name.is_empty())?),
        "f" => Token::Field(name()?),
        "q" => Token::Query(name()?),
        "cfg" => Token::Config(name()?),
        "jcs" if rest == "body" => Token::CanonicalJson,
        "base64url" => Token::Base64url(Box::new(parse_token(rest)?)),
        "json" => Token::JsonString(Box::new(parse_token(rest)?)),
        "mac.hex" => Token::Mac { writing: DigestWriting::Hex, of: Box::new(parse_token(rest)?) },
        "mac.base64" => Token::Mac { writing: DigestWriting::Base64, of: Box::new(parse_token(rest)?) },
        "headers.joined" => Token::HeadersJoined(Box::new(parse_token(rest)?)),
        "headers.lines" => Token::HeadersLines(Box::new(parse_token(rest)?)),
        kind => {
            let (hash, writing) = kind.split_once('.').ok_or_else(unknown)?;
            let (hash, writing) =
                (digest_hash(hash).ok_or_else(unknown)?, digest_writing(writing).ok_or_else(unknown)?);
            if (hash == DigestHash::Crc32) != (writing == DigestWriting::Decimal) {
                return Err(unknown());
            }
            Token::Digest { hash, writing, of: Box::new(parse_token(rest)?) }
        }
    })
}

fn digest_hash(name: &str) -> Option<DigestHash> {
    Some(match name {
        "md5" => DigestHash::Md5,
        "sha1" => DigestHash::Sha1,
        "sha256" => DigestHash::Sha256,
        "sha384" => DigestHash::Sha384,
        "sha512" => DigestHash::Sha512,
        "crc32" => DigestHash::Crc32,
        _ => return None,
    })
}

fn digest_writing(name: &str) -> Option<DigestWriting> {
    Some(match name {
        "hex" => DigestWriting::Hex,
        "raw" => DigestWriting::Raw,
        "base64" => DigestWriting::Base64,
        "base64url" => DigestWriting::Base64url,
        "dec" => DigestWriting::Decimal,
        _ => return None,
    })
}

/// A field name by RFC 9110, section 5.1: a token of visible ASCII without delimiters.
pub(crate) fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_a_template_into_tokens() {
        assert_eq!(
            parse_template("v0:{h:X-Slack-Request-Timestamp}:{body}").unwrap(),
            vec![
                Token::Literal("v0:".into()),
                Token::Header(vec!["x-slack-request-timestamp".into()]),
                Token::Literal(":".into()),
                Token::Body,
            ]
        );
        assert_eq!(
            parse_template("{h:webhook-id|svix-id}{p:t}{j:/a/b}{content}").unwrap(),
            vec![
                Token::Header(vec!["webhook-id".into(), "svix-id".into()]),
                Token::Param("t".into()),
                Token::Json("/a/b".into()),
                Token::Content,
            ]
        );
    }

    #[test]
    fn names_what_it_cannot_read() {
        for (template, named) in [
            ("{body", "closing brace"),
            ("body}", "opening one"),
            ("{bdy}", "{bdy}"),
            ("{h:}", "{h:}"),
            ("{h:bad name}", "{h:bad name}"),
            ("{j:a}", "{j:a}"),
            ("{x:y}", "{x:y}"),
        ] {
            let error = parse_template(template).unwrap_err().to_string();
            assert!(error.contains(named), "{template}: {error}");
        }
        assert!(parse_single("{h:a}{h:b}").is_err());
        assert!(parse_single("plain").is_err());
        assert!(parse_single("").is_err());
    }
}
