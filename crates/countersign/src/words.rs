//! Schemes in words: the one description that tables, pages and the command line share. `<name>` stands for a part of the
//! request, everything else for itself.

use core::fmt;

use crate::clock::TimestampUnit;
use crate::provider::Provider;
use crate::scheme::{Algorithm, Encoding, JwsPayload, Scheme, SecretEncoding, SecretFormat, Syntax, TimestampRule};
use crate::template::{DigestHash, DigestWriting, Token, parse_conditions, parse_single, parse_template};

impl Scheme {
    /// The scheme in one line: where the signature stands, how it is written, with which algorithm, and of what.
    ///
    /// ```
    /// let scheme = &countersign::providers::STRIPE.schemes[0];
    /// assert_eq!(scheme.in_words(), "`Stripe-Signature`: `v1=<hex>` HMAC-SHA256 of `<t>.<body>`");
    /// ```
    pub fn in_words(&self) -> String {
        let way = way(self.written(), &[self.algorithm]);
        format!("{}: {way}{}{}", self.place_in_words(), self.subject(usize::MAX), self.bounds(&self.equal_in_words()))
    }

    /// Where the signature stands: `` header `Stripe-Signature` `` without the word where it is a header.
    pub fn place_in_words(&self) -> String {
        // Read from the text, because tokens have the names of headers in lower case.
        let inside = self.signature.at.split_once(':').map_or("", |(_, names)| names.trim_end_matches('}'));
        let names = |separator, or: &str| inside.split(separator).map(code).collect::<Vec<_>>().join(or);
        match parse_single(&self.signature.at) {
            Ok(Token::Header(_)) => names('|', " or "),
            Ok(token @ Token::AnyHeader(_)) if token.takes_lines() => format!("each line of {}", names(',', "")),
            Ok(Token::AnyHeader(_)) => names(',', " or "),
            Ok(Token::Body) => "the whole body".to_owned(),
            Ok(token) => token.in_words(),
            Err(_) => code(&self.signature.at),
        }
    }

    /// The text that carries the signature: `v1=<hex>`.
    pub fn written(&self) -> String {
        let bytes = match self.signature.encoding {
            _ if self.algorithm == Algorithm::Token && self.signature.encoding == Encoding::Text => "<token>",
            Encoding::Hex => "<hex>",
            Encoding::Base64 => "<base64>",
            Encoding::Base64url | Encoding::Base64urlNopad => "<base64url>",
            Encoding::Base64Hex => "<base64 of hex>",
            Encoding::PercentBase64 => "<percent-encoded base64>",
            Encoding::Text => "<text>",
        };
        match &self.signature.syntax {
            Syntax::Plain => bytes.to_owned(),
            Syntax::Prefix(prefix) | Syntax::List { prefix, .. } => format!("{prefix}{bytes}"),
            Syntax::Pairs { assign, pick, .. } if pick == "*" => format!("<name>{assign}{bytes}"),
            Syntax::Pairs { assign, pick, .. } => format!("{pick}{assign}{bytes}"),
            Syntax::Fields { separator, names } => {
                let field = |name: &str| match name {
                    "signature" => bytes.to_owned(),
                    "signature+" => format!("{bytes}…"),
                    name => name.strip_prefix('=').map_or_else(|| format!("<{name}>"), str::to_owned),
                };
                names.split(*separator).map(field).collect::<Vec<_>>().join(&separator.to_string())
            }
            Syntax::Json { pick } => format!("base64 of {{\"{pick}\":\"{bytes}\"}}"),
            Syntax::Jws { prefix, payload: JwsPayload::Attached, .. } => format!("{prefix}<JWT>"),
            Syntax::Jws { prefix, .. } => format!("{prefix}<JWS without its payload>"),
            Syntax::HttpSignature { .. } => "<label>=:<base64>:".to_owned(),
        }
    }

    /// How the text that carries the signature is built.
    pub fn syntax_in_words(&self) -> String {
        match &self.signature.syntax {
            Syntax::Plain => "the signature alone".to_owned(),
            Syntax::Prefix(prefix) => format!("{}, then the signature", code(prefix)),
            Syntax::List { separator, prefix } if prefix.is_empty() => {
                format!("signatures separated by {}; any may match", code(&separator.to_string()))
            }
            Syntax::List { separator, prefix } => format!(
                "entries separated by {}; those that begin with {} are signatures, and any may match",
                code(&separator.to_string()),
                code(prefix)
            ),
            Syntax::Pairs { separator, assign, pick, group, .. } => {
                let picked = if pick == "*" {
                    "every value is a signature".to_owned()
                } else {
                    format!("the values named {} are signatures, and any may match", code(pick))
                };
                let groups = group.map(|group| format!(", in groups separated by {}", code(&group.to_string())));
                format!(
                    "named values, {} between name and value, separated by {}{}; {picked}",
                    code(&assign.to_string()),
                    code(&separator.to_string()),
                    groups.unwrap_or_default()
                )
            }
            Syntax::Fields { separator, names } => {
                let names = names.replace('=', "");
                format!("values separated by {}, in the order {}", code(&separator.to_string()), code(&names))
            }
            Syntax::Json { pick } => {
                format!("the base64 of a JSON object, whose member {} is the signature", code(pick))
            }
            Syntax::Jws { prefix, payload, .. } => {
                let payload = match payload {
                    JwsPayload::Attached => "a JWT",
                    JwsPayload::Detached => "a JWS without its payload, which is signed in base64url",
                    JwsPayload::DetachedRaw => "a JWS without its payload, which is signed as it is (`b64: false`)",
                };
                match prefix.as_ref() {
                    "" => payload.to_owned(),
                    prefix => format!("{}, then {payload}", code(prefix)),
                }
            }
            Syntax::HttpSignature { cover, tag } => {
                let cover = cover.split_ascii_whitespace().map(code).collect::<Vec<_>>().join(", ");
                let cover = if cover.is_empty() { String::new() } else { format!("; it must cover {cover}") };
                let tag = if tag.is_empty() { String::new() } else { format!("; its tag must be {}", code(tag)) };
                format!("an HTTP message signature (RFC 9421) with its `Signature-Input`{cover}{tag}")
            }
        }
    }

    /// The signed content: `<t>.<body>`. Empty where there is none, or where the signature says itself what it covers.
    pub fn content_in_words(&self) -> String {
        template_in_words(&self.content)
    }

    /// What must be equal once the signature holds, as equations in words.
    pub fn equal_in_words(&self) -> Vec<String> {
        conditions_in_words(&self.equal)
    }

    /// What a delivery must say to be of this scheme, as equations in words.
    pub fn require_in_words(&self) -> Vec<String> {
        conditions_in_words(&self.require)
    }

    /// ` of <content>`, ` over the components …`, or that nothing is signed. At most `most` characters of a content are
    /// shown, whole parts only.
    fn subject(&self, most: usize) -> String {
        let item = match self.each.as_ref() {
            "" => String::new(),
            each => format!(" in each of {}", code(&format!("<{each}>"))),
        };
        match &self.signature.syntax {
            _ if self.algorithm == Algorithm::Token => format!("{item}: nothing is signed"),
            Syntax::HttpSignature { cover, .. } if cover.is_empty() => " of what `Signature-Input` names".to_owned(),
            Syntax::HttpSignature { cover, .. } => {
                let cover = cover.split_ascii_whitespace().collect::<Vec<_>>();
                format!(" of {}", code(&cover.join(" ")))
            }
            Syntax::Jws { payload: JwsPayload::Attached, .. } => item,
            _ => format!(" of {}{item}", code(&shortened(&self.content, most))),
        }
    }

    /// `, with …`: what ties a token's claims, or a query, to the request.
    fn bounds(&self, equal: &[String]) -> String {
        if equal.is_empty() { String::new() } else { format!(", with {}", equal.join(" and ")) }
    }
}

impl SecretFormat {
    /// How a key is read from the secret.
    pub fn in_words(&self) -> String {
        let read = match self.encoding {
            SecretEncoding::Utf8 => "the text is the key",
            SecretEncoding::Base64 => "the key is in base64",
            SecretEncoding::Base64url => "the key is in URL-safe base64",
            SecretEncoding::Hex => "the key is in hex",
            SecretEncoding::Sha1 => "the SHA-1 digest of the text is the key",
            SecretEncoding::PublicKey => {
                "a public key: PEM, a certificate, base64 of its SubjectPublicKeyInfo, a JWK or a JWK set"
            }
            SecretEncoding::MarkedPublicKey => "a public key: PEM, a JWK or a JWK set",
        };
        let list = |texts: &[crate::Text]| texts.iter().map(|text| code(text)).collect::<Vec<_>>().join(" or ");
        let mut words = match (self.strip.is_empty(), self.prefix_required) {
            (true, _) => read.to_owned(),
            (false, true) => format!("{read}, after {}", list(&self.strip)),
            (false, false) => format!("{read}, after {} where that is there", list(&self.strip)),
        };
        if self.nfkd {
            words.push_str(", decomposed by Unicode's NFKD");
        }
        if !self.refuse.is_empty() {
            words.push_str(&format!("; one that begins with {} is another key and is refused", list(&self.refuse)));
        }
        words
    }
}

impl TimestampRule {
    /// How far the signed time may lie from the receiver's clock: `± 300 s`.
    pub fn in_words(&self) -> String {
        match (self.past, self.future) {
            (past, future) if past == future => format!("± {past} s"),
            (past, future) => format!("- {past} s, + {future} s"),
        }
    }
}

impl TimestampUnit {
    /// How a time in this unit is written.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Seconds => "Unix seconds",
            Self::Milliseconds => "Unix milliseconds",
            Self::Microseconds => "Unix microseconds",
            Self::Nanoseconds => "Unix nanoseconds",
            Self::Rfc3339 => "a date and time by RFC 3339",
            Self::Utc => "a date and time in UTC, without an offset",
        }
    }
}

impl Provider {
    /// How it signs, in one line, short enough for a table: schemes that differ in the algorithm alone stand together,
    /// long contents are cut, and of more than two ways the rest is counted.
    pub fn in_words(&self) -> String {
        // What a scheme is beside its algorithm; how each text of a signature is written; with which algorithms.
        type Ways = Vec<(String, Vec<Algorithm>)>;
        let mut groups: Vec<(String, String, Ways)> = Vec::new();
        for scheme in self.schemes.iter() {
            let binding = |[left, right]: &[Vec<Token>; 2]| left.iter().chain(right).any(Token::covers_body);
            let equal = parse_conditions(&scheme.equal).unwrap_or_default();
            let equal: Vec<String> = equal.iter().filter(|pair| binding(pair)).map(condition).collect();
            let rest = scheme.subject(LONGEST_CONTENT) + &scheme.bounds(&equal);
            let place = scheme.place_in_words();
            let at = groups.iter().position(|(known, what, _)| *known == place && *what == rest);
            let ways = match at.and_then(|at| groups.get_mut(at)) {
                Some((_, _, ways)) => ways,
                None => {
                    groups.push((place, rest, Vec::new()));
                    match groups.last_mut() {
                        Some((_, _, ways)) => ways,
                        None => continue,
                    }
                }
            };
            let written = scheme.written();
            match ways.iter_mut().find(|(known, _)| *known == written) {
                Some((_, algorithms)) if algorithms.contains(&scheme.algorithm) => {}
                Some((_, algorithms)) => algorithms.push(scheme.algorithm),
                None => ways.push((written, vec![scheme.algorithm])),
            }
        }
        let more = groups.len().saturating_sub(2);
        let line = |(place, rest, ways): (String, String, Ways)| {
            let ways: Vec<String> = ways.into_iter().map(|(written, algorithms)| way(written, &algorithms)).collect();
            format!("{place}: {}{rest}", ways.join(" or "))
        };
        let shown: Vec<String> = groups.into_iter().take(2).map(line).collect();
        match more {
            0 => shown.join("; or "),
            1 => format!("{}; or one way more", shown.join("; or ")),
            more => format!("{}; or {more} ways more", shown.join("; or ")),
        }
    }

    /// What makes two deliveries the same event, an entry for each alternative, in the order in which they are tried.
    pub fn event_id_in_words(&self) -> Vec<String> {
        let parts = |template: &crate::Text| {
            let tokens = parse_template(template).unwrap_or_default();
            let parts = tokens.iter().filter(|token| !matches!(token, Token::Literal(_))).map(Token::in_id);
            parts.collect::<Vec<_>>().join(" + ")
        };
        self.event_id.iter().map(parts).collect()
    }

    /// How far the signed time may lie from the receiver's clock, or that none is judged; several where schemes differ.
    pub fn tolerance_in_words(&self) -> String {
        let mut found: Vec<String> = Vec::new();
        for scheme in self.schemes.iter() {
            let rule = scheme.timestamp.as_ref().map_or_else(|| "none".to_owned(), TimestampRule::in_words);
            if !found.contains(&rule) {
                found.push(rule);
            }
        }
        found.join(" or ")
    }
}

impl Algorithm {
    /// The name that people read: `HMAC-SHA256`.
    pub const fn title(self) -> &'static str {
        match self {
            Self::HmacSha1 => "HMAC-SHA1",
            Self::HmacSha256 => "HMAC-SHA256",
            Self::HmacSha384 => "HMAC-SHA384",
            Self::HmacSha512 => "HMAC-SHA512",
            Self::HashMd5 => "MD5",
            Self::HashSha1 => "SHA-1",
            Self::HashSha256 => "SHA-256",
            Self::HashSha384 => "SHA-384",
            Self::HashSha512 => "SHA-512",
            Self::Ed25519 => "Ed25519",
            Self::EcdsaP256Sha1 => "ECDSA P-256 SHA-1",
            Self::EcdsaP256Sha256 | Self::EcdsaP256Sha256Fixed => "ECDSA P-256 SHA-256",
            Self::EcdsaP384Sha384Fixed => "ECDSA P-384 SHA-384",
            Self::EcdsaP521Sha512Fixed => "ECDSA P-521 SHA-512",
            Self::RsaPkcs1Sha1 => "RSA SHA-1",
            Self::RsaPkcs1Sha256 => "RSA SHA-256",
            Self::RsaPkcs1Sha384 => "RSA SHA-384",
            Self::RsaPkcs1Sha512 => "RSA SHA-512",
            Self::RsaPssSha256 => "RSA-PSS SHA-256",
            Self::RsaPssSha384 => "RSA-PSS SHA-384",
            Self::RsaPssSha512 | Self::RsaPssSha512AnySalt => "RSA-PSS SHA-512",
            Self::Token => "the secret itself",
        }
    }
}

impl Token {
    /// What it stands for, as part of a sentence: `` header `webhook-id` ``.
    pub fn in_words(&self) -> String {
        match self {
            Self::Literal(text) => format!("the text {}", code(&escaped(text))),
            Self::Body => "the body, byte for byte".to_owned(),
            Self::Header(names) => {
                format!("header {}", names.iter().map(|name| code(name)).collect::<Vec<_>>().join(" or "))
            }
            Self::AnyHeader(names) if self.takes_lines() => format!("each line of header {}", code(&names.concat())),
            Self::AnyHeader(names) => {
                format!("each of the headers {}", names.iter().map(|name| code(name)).collect::<Vec<_>>().join(", "))
            }
            Self::Param(name) => format!("value {} beside the signature", code(name)),
            Self::Claim(pointer) => format!("claim {}", code(pointer)),
            Self::Json(pointer) | Self::Number(pointer) => format!("body {}", code(pointer)),
            Self::Scalar(pointer) => format!("body {}, as it is written", code(pointer)),
            Self::RawJson(pointer) => format!("the JSON text at {} of the body, byte for byte", code(pointer)),
            Self::Lines(names) => format!(
                "name and text, a line each, of those of these members that the body has: {}",
                names.iter().map(|name| code(name)).collect::<Vec<_>>().join(", ")
            ),
            Self::Field(name) => format!("form field {}", code(name)),
            Self::Query(name) => format!("query {}", code(name)),
            Self::Method => "the method".to_owned(),
            Self::Path => "the path, as sent".to_owned(),
            Self::Target => "path and query, as sent".to_owned(),
            Self::TargetEscaped => "path and query, escaped once more, the query twice".to_owned(),
            Self::Url => "the URL".to_owned(),
            Self::UrlPorts => "the URL, with or without its port".to_owned(),
            Self::UrlDecoded => "the URL, with some escapes decoded".to_owned(),
            Self::UrlBase => "the URL without its query".to_owned(),
            Self::UrlSortedForm => "the URL, its query sorted, and the fields of a form, sorted".to_owned(),
            Self::FormSorted => "name and value of each form field, decoded and sorted".to_owned(),
            Self::QuerySorted => "the query, sorted".to_owned(),
            Self::HeadersJoined(of) => {
                format!("the headers that {} lists, as `name:value` joined by `;`", of.in_words())
            }
            Self::HeadersLines(of) => {
                format!("the headers that {} lists, as `Name: value`, a line each", of.in_words())
            }
            Self::Config(name) => format!("the configured value {}", code(name)),
            Self::Secret => "the secret".to_owned(),
            Self::Digest { hash, writing, of } => {
                format!("the {} of {}, {}", hash.title(), of.in_words(), writing.in_words())
            }
            Self::Base64url(of) => format!("{}, in base64url without padding", of.in_words()),
            Self::CanonicalJson => "the body as canonical JSON (RFC 8785)".to_owned(),
            Self::JsonString(of) => format!("{}, as a JSON string", of.in_words()),
            Self::Group(tokens) => code(&tokens_in_words(tokens)),
            Self::Content => "digest of what is signed".to_owned(),
            Self::Challenge => "the challenge".to_owned(),
            Self::Mac { writing, of } => format!("a MAC of {}, {}", of.in_words(), writing.in_words()),
            Self::Optional(of) => format!("{}, where there is one", of.in_words()),
        }
    }

    /// Its words in an event id, where it does not matter how a value is written.
    fn in_id(&self) -> String {
        match self {
            Self::Scalar(pointer) => format!("body {}", code(pointer)),
            Self::Optional(of) => format!("{} if any", of.in_id()),
            token => token.in_words(),
        }
    }

    /// The short name between angle brackets.
    fn label(&self) -> String {
        match self {
            Self::Literal(text) => escaped(text),
            Self::Body => "body".to_owned(),
            Self::Header(names) => names.first().cloned().unwrap_or_default(),
            Self::AnyHeader(names) => names.join(", "),
            Self::Param(name) => name.clone(),
            Self::Claim(pointer) => format!("claim {pointer}"),
            Self::Json(pointer) | Self::Number(pointer) | Self::Scalar(pointer) => pointer.clone(),
            Self::RawJson(pointer) => format!("raw {pointer}"),
            Self::Lines(names) => format!("lines {}", names.join(", ")),
            Self::Field(name) => format!("form {name}"),
            Self::Query(name) => format!("query {name}"),
            Self::Method => "method".to_owned(),
            Self::Path => "path".to_owned(),
            Self::Target => "path and query".to_owned(),
            Self::TargetEscaped => "path and query, escaped".to_owned(),
            Self::Url | Self::UrlPorts => "url".to_owned(),
            Self::UrlDecoded => "url, decoded".to_owned(),
            Self::UrlBase => "url without query".to_owned(),
            Self::UrlSortedForm => "url and form, sorted".to_owned(),
            Self::FormSorted => "form, sorted".to_owned(),
            Self::QuerySorted => "query, sorted".to_owned(),
            Self::HeadersJoined(of) | Self::HeadersLines(of) => format!("headers listed in {}", of.label()),
            Self::Config(name) => format!("config {name}"),
            Self::Challenge => "challenge".to_owned(),
            Self::Mac { of, .. } => format!("MAC of {}", of.label()),
            Self::Secret => "secret".to_owned(),
            Self::Digest { hash, writing, of } => format!("{} {}of {}", hash.title(), writing.label(), of.label()),
            Self::Base64url(of) => format!("base64url of {}", of.label()),
            Self::CanonicalJson => "body as canonical JSON".to_owned(),
            Self::JsonString(of) => format!("{} as a JSON string", of.label()),
            Self::Group(tokens) => tokens_in_words(tokens),
            Self::Content => "content".to_owned(),
            Self::Optional(of) => format!("{}?", of.label()),
        }
    }
}

/// `<webhook-id>`; a literal stands for itself.
impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(_) => f.write_str(&self.label()),
            token => write!(f, "<{}>", token.label()),
        }
    }
}

impl DigestHash {
    const fn title(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
            Self::Crc32 => "CRC-32",
        }
    }
}

impl DigestWriting {
    const fn label(self) -> &'static str {
        match self {
            Self::Hex => "hex ",
            Self::Base64 => "base64 ",
            Self::Base64url => "base64url ",
            Self::Raw | Self::Decimal => "",
        }
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::Hex => "in hex",
            Self::Raw => "as bytes",
            Self::Base64 => "in base64",
            Self::Base64url => "in base64url without padding",
            Self::Decimal => "as a decimal number",
        }
    }
}

/// `` `v1=<hex>` HMAC-SHA256 ``
fn way(written: String, algorithms: &[Algorithm]) -> String {
    let mut titles: Vec<&str> = Vec::new();
    for algorithm in algorithms {
        if !titles.contains(&algorithm.title()) {
            titles.push(algorithm.title());
        }
    }
    let last = titles.pop().unwrap_or_default();
    let titles = if titles.is_empty() { last.to_owned() } else { format!("{} or {last}", titles.join(", ")) };
    format!("{} {titles}", code(&written))
}

fn template_in_words(template: &str) -> String {
    parse_template(template).map_or_else(|_| template.to_owned(), |tokens| tokens_in_words(&tokens))
}

fn tokens_in_words(tokens: &[Token]) -> String {
    tokens.iter().map(Token::to_string).collect()
}

/// A content, whole or as many of its parts as fit.
fn shortened(template: &str, most: usize) -> String {
    let whole = template_in_words(template);
    if whole.chars().count() <= most {
        return whole;
    }
    let tokens = parse_template(template).unwrap_or_default();
    let parts = tokens.iter().filter(|token| !matches!(token, Token::Literal(_))).count();
    let mut shown = String::new();
    for token in &tokens {
        let text = token.to_string();
        if shown.chars().count().saturating_add(text.chars().count()) > most {
            break;
        }
        shown.push_str(&text);
    }
    match (shown.is_empty(), parts) {
        (true, _) | (_, 1) => whole.chars().take(most).chain("…".chars()).collect(),
        _ => format!("{shown}… ({parts} parts)"),
    }
}

fn conditions_in_words(conditions: &str) -> Vec<String> {
    parse_conditions(conditions).unwrap_or_default().iter().map(condition).collect()
}

fn condition([left, right]: &[Vec<Token>; 2]) -> String {
    let side = |tokens: &[Token]| if tokens.is_empty() { "nothing".to_owned() } else { code(&tokens_in_words(tokens)) };
    format!("{} = {}", side(left), side(right))
}

/// Line breaks and tabs as they are written in code.
fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] }).collect()
}

/// A text between backticks; a space at its end, which would be lost there, in words.
fn code(text: &str) -> String {
    match text.strip_suffix(' ') {
        Some("") => "a space".to_owned(),
        Some(text) => format!("{} and a space", code(text)),
        None if text.contains('`') => format!("`` {text} ``"),
        None => format!("`{text}`"),
    }
}

/// How many characters of a content a table shows.
const LONGEST_CONTENT: usize = 72;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scheme::{SignatureField, Text};

    #[test]
    fn has_words_for_every_token() {
        let every = "{body}{h:A|B}{any:A,B-*}{p:t}{c:/a}{j:/a}{n:/a}{v:/a}{raw:/a}{lines:A,B}{f:a}{q:a}{method}{path}\
                     {target}{target.escaped}{url}{url.ports}{url.decoded}{url.base}{url.sorted.form}{form.sorted}\
                     {query.sorted}{headers.joined:p:h}{headers.lines:p:h}{cfg:a}{secret}{sha256.hex:body}{crc32.dec:body}\
                     {md5.raw:{p:t}.{body}}{base64url:body}{jcs:body}{json:p:t}{content}{j?:/a}\n";
        let tokens = parse_template(every).unwrap();
        assert_eq!(tokens.len(), 36);
        let mut words: Vec<String> = tokens.iter().map(Token::in_words).collect();
        assert!(words.iter().all(|words| !words.is_empty() && !words.contains(['{', '}'])), "{words:?}");
        words.sort();
        words.dedup();
        // A string and a number differ in their grammar only.
        assert_eq!(words.len(), 35);
        let line = tokens_in_words(&tokens);
        assert!(line.starts_with("<body><a><a, b-*><t><claim /a></a></a></a><raw /a><lines A, B>"), "{line}");
        assert!(
            line.ends_with(
                "<MD5 of <t>.<body>><base64url of body><body as canonical JSON>\
                                <t as a JSON string><content></a?>\\n"
            ),
            "{line}"
        );
    }

    #[test]
    fn says_each_syntax_in_one_line() {
        let line = |algorithm, syntax, content| {
            Scheme::new(algorithm, SignatureField::new("{h:X-Sig}", syntax, Encoding::Hex), content).in_words()
        };
        let text = |text: &'static str| Text::Borrowed(text);
        let hmac = Algorithm::HmacSha256;
        let fields = Syntax::Fields { separator: ';', names: text("=hmac;time;signature+") };
        let pairs = Syntax::Pairs { separator: ',', assign: '=', pick: text("*"), group: None, written: text("") };
        let jwt = Syntax::Jws { prefix: text("Bearer "), payload: JwsPayload::Attached, leeway: 0 };
        let jws = Syntax::Jws { prefix: text(""), payload: JwsPayload::Detached, leeway: 0 };
        let http = Syntax::HttpSignature { cover: text("@method content-digest"), tag: text("") };
        for (said, wanted) in [
            (line(hmac, Syntax::Plain, "{body}"), "`X-Sig`: `<hex>` HMAC-SHA256 of `<body>`"),
            (line(hmac, Syntax::Prefix(text("v0 ")), "v0:{body}"), "`X-Sig`: `v0 <hex>` HMAC-SHA256 of `v0:<body>`"),
            (line(hmac, fields, "{p:time}.{body}"), "`X-Sig`: `hmac;<time>;<hex>…` HMAC-SHA256 of `<time>.<body>`"),
            (line(hmac, pairs, "{p:name}.{body}"), "`X-Sig`: `<name>=<hex>` HMAC-SHA256 of `<name>.<body>`"),
            (
                line(hmac, Syntax::Json { pick: text("s") }, "{body}"),
                "`X-Sig`: `base64 of {\"s\":\"<hex>\"}` HMAC-SHA256 of `<body>`",
            ),
            (line(hmac, jwt, ""), "`X-Sig`: `Bearer <JWT>` HMAC-SHA256"),
            (line(Algorithm::Ed25519, jws, "{body}"), "`X-Sig`: `<JWS without its payload>` Ed25519 of `<body>`"),
            (line(Algorithm::Ed25519, http, ""), "`X-Sig`: `<label>=:<base64>:` Ed25519 of `@method content-digest`"),
            (line(Algorithm::Token, Syntax::Plain, ""), "`X-Sig`: `<hex>` the secret itself: nothing is signed"),
        ] {
            assert_eq!(said, wanted);
        }
    }

    #[test]
    fn a_provider_is_one_short_line() {
        let line = crate::providers::STANDARD_WEBHOOKS.in_words();
        assert_eq!(
            line,
            "`webhook-signature` or `svix-signature`: `v1,<base64>` HMAC-SHA256 or `v1a,<base64>` Ed25519 of \
             `<webhook-id>.<webhook-timestamp>.<body>`"
        );
        for provider in crate::providers::all() {
            let line = provider.in_words();
            assert!(
                line.chars().count() < 420 && !line.contains('\n') && !line.contains("{h:"),
                "{}: {line}",
                provider.name
            );
            assert!(!provider.tolerance_in_words().is_empty());
            for scheme in provider.schemes.iter() {
                assert!(!scheme.place_in_words().contains('{') && !scheme.syntax_in_words().contains('\n'));
            }
        }
    }

    #[test]
    fn long_contents_are_cut_between_parts() {
        let content = "{j:/first/pointer}{j:/second/pointer}{j:/third/pointer}";
        assert_eq!(shortened(content, 38), "</first/pointer></second/pointer>… (3 parts)");
        assert_eq!(shortened(content, 99), "</first/pointer></second/pointer></third/pointer>");
    }
}
