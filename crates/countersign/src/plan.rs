//! A provider's schemes made ready to run: tokens parsed, header names gathered into one table, cross-checked once
//! so that no request can meet a half-understood rule. What may not be is in `plan/check.rs`.

mod check;

use core::time::Duration;

use crate::clock::{TimestampUnit, Tolerance};
use crate::error::ConfigError;
use crate::provider::Provider;
use crate::scheme::{Algorithm, Encoding, JwsPayload, Scheme, SecretEncoding, SecretFormat, Syntax};
use crate::template::{Token, parse_conditions, parse_single, parse_template};

/// The most header names that one provider's schemes may read.
pub(crate) const MAX_COLUMNS: usize = 12;

/// Read beside the columns, for the body's size.
pub(crate) const CONTENT_LENGTH: &[u8] = b"content-length";

const NAME_PLACES: usize = 64;

/// What stands in [`Plan::places`] where no name belongs.
const NO_COLUMN: u8 = u8::MAX;

/// A provider's schemes, ready to run.
pub(crate) struct Plan {
    /// Every header that matters while the head is read, in lower case. A request is read into one value for each.
    pub(crate) columns: Vec<Box<[u8]>>,
    /// For each of the places that a name's length and last byte choose, the first column whose name has it. Where none
    /// has, [`NO_COLUMN`].
    places: [u8; NAME_PLACES],
    /// The column of `Connection`.
    pub(crate) connection: usize,
    /// How many header sets there are: 2 where the same roles come under two families of names.
    pub(crate) sets: usize,
    /// The columns of the second and later header sets.
    pub(crate) alternates: Vec<usize>,
    pub(crate) schemes: Vec<SchemePlan>,
    /// How the event id is found: the first alternative that is present counts.
    pub(crate) event_id: Vec<Vec<Part>>,
    pub(crate) event_type: Vec<Part>,
    /// The part outside the body whose value a delivery keeps, because an event id is made of it.
    pub(crate) kept: Option<Part>,
    /// Whether that part is one of an event id, and not of the event type alone.
    pub(crate) keeps_id: bool,
    /// Whether an event id is made of the whole signed content.
    pub(crate) uses_content: bool,
}

/// One scheme, ready to run.
pub(crate) struct SchemePlan {
    pub(crate) algorithm: Algorithm,
    pub(crate) secret: SecretFormat,
    pub(crate) place: Place,
    pub(crate) syntax: SyntaxPlan,
    pub(crate) encoding: Encoding,
    /// The length of a signature in bytes; zero where it varies.
    pub(crate) signature_len: usize,
    /// Whether the text of a signature could hold what separates several.
    pub(crate) may_hold_separator: bool,
    /// The signed content before, and after, the body, where the scheme streams.
    pub(crate) before_body: Vec<Part>,
    pub(crate) after_body: Vec<Part>,
    pub(crate) timestamp: Option<TimestampPlan>,
    /// The headers that the content is made of.
    pub(crate) header_fields: Vec<Field>,
    /// Those of them that have no mark at their end.
    loose_headers: Vec<Field>,
    /// Whether the body can be hashed as it arrives: a MAC over it and over parts of the head.
    pub(crate) streams: bool,
    /// Which alternatives of the event id its signature covers, in their order. Others do not count for its deliveries.
    pub(crate) signed_ids: Vec<bool>,
    /// The scheme as it is judged over the whole request.
    pub(crate) whole: WholePlan,
}

/// A scheme as it is judged once the whole request is there.
pub(crate) struct WholePlan {
    /// The signed content. Each token with the bytes that it may not contain: the literals that it stands between.
    pub(crate) content: Vec<(Token, [u8; 2])>,
    pub(crate) require: Vec<[Vec<Token>; 2]>,
    pub(crate) equal: Vec<[Vec<Token>; 2]>,
    pub(crate) key_id: Option<Token>,
    /// Where keys may be fetched from: patterns of [`is_key_address`](crate::is_key_address).
    pub(crate) keys_at: Box<str>,
    pub(crate) each: Option<Box<str>>,
    /// Whether the signature covers the whole body.
    pub(crate) covers_body: bool,
    /// The parts of the content that stand beside another without a mark between them. All of them together are signed,
    /// but the same bytes can be cut in another place.
    loose: Vec<Token>,
}

/// Where a signature stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Header(Field),
    /// Several headers, the body, or the query.
    Token(Token),
}

impl Place {
    /// Whether it is in the body or the query, where its presence is not seen in the headers.
    pub(crate) fn is_elsewhere(&self) -> bool {
        matches!(self, Self::Token(token) if !matches!(token, Token::AnyHeader(_)))
    }
}

pub(crate) struct TimestampPlan {
    pub(crate) from: Part,
    pub(crate) token: Token,
    pub(crate) unit: TimestampUnit,
    pub(crate) tolerance: Tolerance,
}

/// [`Syntax`] with single-byte separators.
#[cfg_attr(
    not(all(feature = "json", feature = "http-signatures")),
    allow(dead_code, reason = "a plan that needs a feature which is off is not built")
)]
pub(crate) enum SyntaxPlan {
    Prefix(Box<[u8]>),
    List { separator: u8, prefix: Box<[u8]> },
    Pairs { separator: u8, assign: u8, pick: Box<[u8]>, group: Option<u8> },
    Fields { separator: u8, names: Vec<Box<str>> },
    Json { pick: Box<str> },
    Jws { prefix: Box<[u8]>, payload: JwsPayload, leeway: Duration },
    HttpSignature { cover: Vec<Box<str>>, tag: Box<str> },
}

impl SyntaxPlan {
    /// What stands between entries, where there can be several.
    pub(crate) fn separator(&self) -> Option<u8> {
        match self {
            Self::List { separator, .. } | Self::Pairs { separator, .. } => Some(*separator),
            _ => None,
        }
    }

    /// Whether it can be read without looking at the rest of the request.
    fn streams(&self) -> bool {
        match self {
            Self::Prefix(_) | Self::List { .. } => true,
            Self::Pairs { pick, group, .. } => group.is_none() && **pick != *b"*",
            _ => false,
        }
    }

    /// Whether it has parameters for `{p:NAME}`.
    fn has_params(&self) -> bool {
        !matches!(self, Self::Prefix(_) | Self::List { .. })
    }

    /// Whether it says itself what is signed.
    fn has_content(&self) -> bool {
        matches!(self, Self::HttpSignature { .. } | Self::Jws { payload: JwsPayload::Attached, .. })
    }
}

/// A header's place: its column in the first header set; the column in set `k` is `base + k * stride`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field {
    base: usize,
    stride: usize,
}

impl Field {
    #[inline]
    pub(crate) fn column(self, set: usize) -> usize {
        if set == 0 { self.base } else { self.base.saturating_add(self.stride.saturating_mul(set)) }
    }
}

/// One part of a signed content or of an event id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Literal(Box<[u8]>),
    /// A signed header. `delimiters` are the literals it stands between, which it may not contain: else a byte could
    /// move across the boundary without changing what is signed. Zero where there is none.
    /// Ids and times are one word.
    Header {
        field: Field,
        delimiters: [u8; 2],
        one_word: bool,
    },
    /// A parameter of the signature header, under the same rules.
    Param {
        name: Box<[u8]>,
        delimiters: [u8; 2],
        one_word: bool,
    },
    /// A value out of the JSON body: a string, or an unsigned integer.
    Json {
        pointer: Box<str>,
        integer: bool,
    },
    Content,
    /// Anything else: read once the whole request is there.
    Token(Token),
}

impl Part {
    /// The same, of which nothing but one word is taken.
    fn into_one_word(mut self) -> Self {
        if let Self::Header { one_word, .. } | Self::Param { one_word, .. } = &mut self {
            *one_word = true;
        }
        self
    }

    /// Whether it is the same header or parameter, wherever it stands.
    fn is_same_value(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Header { field, .. }, Self::Header { field: wanted, .. }) => field == wanted,
            (Self::Param { name, .. }, Self::Param { name: wanted, .. }) => name == wanted,
            _ => false,
        }
    }
}

impl Plan {
    pub(crate) fn new(provider: &Provider) -> Result<Self, ConfigError> {
        let mut plan = Self {
            columns: Vec::new(),
            places: [NO_COLUMN; NAME_PLACES],
            connection: 0,
            sets: 1,
            alternates: Vec::new(),
            schemes: Vec::new(),
            event_id: Vec::new(),
            event_type: Vec::new(),
            kept: None,
            keeps_id: false,
            uses_content: false,
        };
        if provider.schemes.is_empty() {
            return Err(ConfigError::new("schemes", "there is none; describe at least one way to sign"));
        }
        for (index, scheme) in provider.schemes.iter().enumerate() {
            let planned = plan.scheme(scheme).map_err(|error| error.within(&format!("schemes[{index}]")))?;
            plan.schemes.push(planned);
        }
        plan.check_kinds_of_keys()?;
        check::check_roles(&plan)?;
        for template in provider.event_id.iter() {
            let parts = plan.id_parts(template, false).map_err(|error| error.within("event_id"))?;
            check::check_id(template, &parts)?;
            plan.uses_content |= parts.contains(&Part::Content);
            plan.event_id.push(parts);
        }
        for scheme in &mut plan.schemes {
            // Beside all that is signed, other parts only say that there is an event; see `Delivery::event_key`.
            let covers = |parts: &Vec<Part>| {
                let beside_content = parts.contains(&Part::Content);
                parts.iter().all(|part| scheme.covers(part) && (beside_content || !scheme.cuts(part)))
            };
            scheme.signed_ids = plan.event_id.iter().map(covers).collect();
        }
        if let Some(kept) = &plan.kept {
            plan.keeps_id = true;
            for scheme in &mut plan.schemes {
                let parts = scheme.before_body.iter_mut().chain(&mut scheme.after_body);
                parts.filter(|part| part.is_same_value(kept)).for_each(|part| *part = part.clone().into_one_word());
            }
        }
        if let Some(template) = &provider.event_type {
            plan.event_type = plan.id_parts(template, true).map_err(|error| error.within("event_type"))?;
        }
        // `Connection` may name a security header as one that proxies remove; see `Envelope::read`.
        plan.connection = plan.column("connection")?;
        let length = (MAX_COLUMNS, CONTENT_LENGTH);
        let columns = plan.columns.iter().enumerate().rev().map(|(column, name)| (column, &**name));
        for (column, name) in core::iter::once(length).chain(columns) {
            if let Some(place) = plan.places.get_mut(name_place(name)) {
                *place = u8::try_from(column).unwrap_or(NO_COLUMN);
            }
        }
        Ok(plan)
    }

    /// A public key, which everyone knows, must not be taken for a shared secret: where a provider has schemes of both
    /// kinds, a prefix tells the secrets apart.
    fn check_kinds_of_keys(&self) -> Result<(), ConfigError> {
        let is_public = |scheme: &&SchemePlan| scheme.algorithm.is_public_key();
        let unmarked = |scheme: &SchemePlan| {
            !scheme.secret.prefix_required && scheme.secret.encoding != SecretEncoding::MarkedPublicKey
        };
        match self.schemes.iter().any(|scheme| !is_public(&scheme))
            && self.schemes.iter().filter(is_public).any(unmarked)
        {
            false => Ok(()),
            true => Err(ConfigError::new(
                "schemes",
                "public keys and shared secrets cannot be told apart; describe two providers, or give the public key a \
                 prefix that is required",
            )),
        }
    }

    /// Where to look for a header, named in lower case: most others are passed over without a comparison.
    #[inline]
    pub(crate) fn place_of(&self, name: &[u8]) -> Option<usize> {
        let place = *self.places.get(name_place(name))?;
        if place == NO_COLUMN { None } else { Some(usize::from(place)) }
    }

    /// The column of a header, from its place on.
    #[inline]
    pub(crate) fn column_of(&self, place: usize, name: &[u8]) -> Option<usize> {
        let is_first = **self.columns.get(place)? == *name;
        if is_first { Some(place) } else { self.column_beyond(place, name) }
    }

    /// The column of a header whose name shares its place with another that matters.
    #[cold]
    fn column_beyond(&self, place: usize, name: &[u8]) -> Option<usize> {
        let (index, _) = self.columns.iter().enumerate().skip(place).find(|(_, wanted)| ***wanted == *name)?;
        Some(index)
    }

    fn scheme(&mut self, scheme: &Scheme) -> Result<SchemePlan, ConfigError> {
        let at = single("signature.at", &scheme.signature.at)?;
        let place = match &at {
            Token::Header(names) => Place::Header(self.field(names)?),
            Token::AnyHeader(_) | Token::Json(_) | Token::Field(_) | Token::Query(_) | Token::Body => {
                Place::Token(at.clone())
            }
            _ => {
                return Err(ConfigError::new(
                    "signature.at",
                    "a signature stands in a header, `{h:NAME}`, or in {any:…}, {j:…}, {f:…}, {q:…} or {body}",
                ));
            }
        };
        let syntax = syntax_plan(&scheme.signature.syntax)?;
        check::check_place(&at, &syntax)?;
        check::check_algorithm(scheme, &syntax)?;
        check::check_secret(scheme)?;
        check::check_each(&scheme.each)?;
        let template = |setting: &str, text: &str| {
            parse_template(text).map_err(|error| ConfigError::new(setting, error.to_string()))
        };
        let tokens = template("content", &scheme.content)?;
        check::check_content(&tokens, scheme, &syntax)?;
        let from = scheme.timestamp.as_ref().map(|rule| single("timestamp.from", &rule.from)).transpose()?;
        check::check_boundaries(&tokens, scheme, from.as_ref())?;

        let conditions = |setting: &str, text: &str| {
            parse_conditions(text).map_err(|error| ConfigError::new(setting, error.to_string()))
        };
        let equal = conditions("equal", &scheme.equal)?;
        let binds_body = equal.iter().flatten().flatten().any(Token::covers_body);
        let whole = WholePlan {
            content: tokens
                .iter()
                .enumerate()
                .map(|(index, token)| (token.clone(), delimiters(&tokens, index, &from)))
                .collect(),
            require: conditions("require", &scheme.require)?,
            covers_body: binds_body || tokens.iter().any(Token::covers_body) || place == Place::Token(Token::Body),
            loose: loose(&tokens, from.as_ref()),
            equal,
            key_id: if scheme.key_id.is_empty() { None } else { Some(single("key_id", &scheme.key_id)?) },
            keys_at: scheme.keys_at.as_ref().into(),
            each: (!scheme.each.is_empty()).then(|| scheme.each.as_ref().into()),
        };
        let says_itself = matches!(syntax, SyntaxPlan::HttpSignature { .. }) || scheme.algorithm == Algorithm::Token;
        if !whole.covers_body && !says_itself && scheme.uncovered.is_empty() {
            return Err(ConfigError::new(
                "content",
                "it does not contain `{body}`, so anyone who captured a delivery can send another body under its \
                 signature; if the provider signs no more, say in `uncovered` what it leaves out",
            ));
        }
        let content = tokens.iter().filter(|token| **token != Token::Secret).map(|token| ("content", token));
        let in_order = [("require", &whole.require), ("equal", &whole.equal)].into_iter();
        let in_order =
            in_order.flat_map(|(setting, both)| both.iter().flatten().flatten().map(move |token| (setting, token)));
        for (setting, token) in content.chain(in_order).chain(whole.key_id.iter().map(|token| ("key_id", token))) {
            check::check_token(setting, token, &syntax)?;
        }
        if !whole.keys_at.is_empty() && whole.key_id.is_none() {
            return Err(ConfigError::new("keys_at", "nothing names the key that is there; set `key_id`"));
        }
        if let Some(problem) = crate::key_address::problem_with(&whole.keys_at) {
            return Err(ConfigError::new("keys_at", problem));
        }

        let streams = scheme.algorithm.is_mac()
            && syntax.streams()
            && whole.require.is_empty()
            && whole.equal.is_empty()
            && whole.key_id.is_none()
            && whole.each.is_none()
            && matches!(place, Place::Header(_))
            && has_fast_decoder(scheme.signature.encoding)
            && from.as_ref().is_none_or(is_read_early)
            && tokens.iter().filter(|token| **token == Token::Body).count() == 1
            && tokens
                .iter()
                .all(|token| matches!(token, Token::Body | Token::Literal(_) | Token::Header(_) | Token::Param(_)));
        let mut before_body = Vec::new();
        let mut after_body = Vec::new();
        let mut header_fields = Vec::new();
        let mut loose_headers = Vec::new();
        let mut seen_body = false;
        for (token, delimiters) in &whole.content {
            if let Token::Header(names) = token {
                let field = self.field(names)?;
                header_fields.push(field);
                if whole.loose.contains(token) {
                    loose_headers.push(field);
                }
            }
            match token {
                Token::Body => seen_body = true,
                token if streams => {
                    let part = self.part(token, *delimiters)?;
                    if seen_body { after_body.push(part) } else { before_body.push(part) }
                }
                _ => {}
            }
        }
        let timestamp = match (&scheme.timestamp, from) {
            (Some(rule), Some(token)) => {
                let signed = check::is_time_signed(&token, &tokens, &syntax, whole.covers_body);
                if !signed {
                    return Err(ConfigError::new(
                        "timestamp.from",
                        "it is not part of `content`, so the signature does not cover it; an unsigned time proves nothing",
                    ));
                }
                check::check_token("timestamp.from", &token, &syntax)?;
                let from = self.part(&token, [0; 2])?.into_one_word();
                let seconds = Duration::from_secs;
                let tolerance = Tolerance { past: seconds(rule.past), future: seconds(rule.future) };
                Some(TimestampPlan { from, token, unit: rule.unit, tolerance })
            }
            _ => None,
        };
        Ok(SchemePlan {
            algorithm: scheme.algorithm,
            secret: scheme.secret.clone(),
            place,
            signature_len: scheme.algorithm.signature_len().unwrap_or(0),
            may_hold_separator: syntax.separator().is_some_and(may_stand_in_text),
            syntax,
            encoding: scheme.signature.encoding,
            before_body,
            after_body,
            timestamp,
            header_fields,
            loose_headers,
            streams,
            signed_ids: Vec::new(),
            whole,
        })
    }

    fn part(&mut self, token: &Token, delimiters: [u8; 2]) -> Result<Part, ConfigError> {
        Ok(match token {
            Token::Literal(text) => Part::Literal(text.as_bytes().into()),
            Token::Header(names) => Part::Header { field: self.field(names)?, delimiters, one_word: false },
            Token::Param(name) => Part::Param { name: name.as_bytes().into(), delimiters, one_word: false },
            Token::Json(pointer) => Part::Json { pointer: pointer.as_str().into(), integer: false },
            Token::Number(pointer) => Part::Json { pointer: pointer.as_str().into(), integer: true },
            Token::Content => Part::Content,
            token => Part::Token(token.clone()),
        })
    }

    /// The parts of an event id or type. A literal between tokens only makes them easier to read.
    fn id_parts(&mut self, template: &str, is_type: bool) -> Result<Vec<Part>, ConfigError> {
        let tokens = parse_template(template).map_err(|error| ConfigError::new("", error.to_string()))?;
        let mut parts = Vec::new();
        for token in &tokens {
            let part = self.part(token, [0; 2])?;
            match token.required() {
                Token::Literal(_) => continue,
                Token::Header(_) | Token::Param(_) | Token::Claim(_) | Token::Query(_) => {
                    if matches!(token, Token::Optional(_)) {
                        let why = "a part outside the body is there or is not, so it has no question mark; write an \
                                   alternative without it";
                        return Err(ConfigError::new("", why));
                    }
                    if self.kept.as_ref().is_some_and(|kept| *kept != part) {
                        let why = "event ids and the event type may be made of one value outside the body only; take the \
                                   others from the body";
                        return Err(ConfigError::new("", why));
                    }
                    self.kept = Some(part.clone());
                }
                Token::Json(_) | Token::Number(_) | Token::Scalar(_) | Token::Field(_) => {}
                Token::Content if !is_type => {}
                _ => {
                    let why = match is_type {
                        true => "an event type is made of {h:…}, {p:…}, {c:…}, {q:…}, {j:…}, {n:…}, {v:…} or {f:…}",
                        false => "an id is made of {h:…}, {p:…}, {c:…}, {q:…}, {j:…}, {n:…}, {v:…}, {f:…} or {content}",
                    };
                    return Err(ConfigError::new("", why));
                }
            }
            parts.push(part);
        }
        Ok(parts)
    }

    fn field(&mut self, names: &[String]) -> Result<Field, ConfigError> {
        if names.len() > 1 && self.sets > 1 && names.len() != self.sets {
            return Err(ConfigError::new("", "every header with alternatives must name the same number of sets"));
        }
        self.sets = self.sets.max(names.len());
        let first = names.first().map(|name| self.column(name)).transpose()?.unwrap_or_default();
        for (index, name) in names.iter().enumerate().skip(1) {
            let column = self.column(name)?;
            if column != first.saturating_add(index) {
                return Err(ConfigError::new("", format!("header `{name}` belongs to two different roles")));
            }
            if !self.alternates.contains(&column) {
                self.alternates.push(column);
            }
        }
        Ok(Field { base: first, stride: usize::from(names.len() > 1) })
    }

    fn column(&mut self, name: &str) -> Result<usize, ConfigError> {
        if let Some(known) = self.columns.iter().position(|column| **column == *name.as_bytes()) {
            return Ok(known);
        }
        if self.columns.len() >= MAX_COLUMNS {
            // One is `Connection`, which no description names.
            let most = MAX_COLUMNS.saturating_sub(1);
            return Err(ConfigError::new("schemes", format!("more than {most} header names are read")));
        }
        self.columns.push(name.as_bytes().into());
        Ok(self.columns.len().saturating_sub(1))
    }
}

/// Whether a byte may be part of a signature's text in some encoding.
fn may_stand_in_text(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_=%".contains(&byte)
}

/// The place in [`Plan::places`] of a header name.
#[inline]
fn name_place(name: &[u8]) -> usize {
    let last = name.last().copied().unwrap_or(0);
    name.len().wrapping_mul(7).wrapping_add(usize::from(last)) % NAME_PLACES
}

fn single(setting: &str, text: &str) -> Result<Token, ConfigError> {
    parse_single(text).map_err(|error| ConfigError::new(setting, error.to_string()))
}

/// The literal bytes right before and right after the token at `index`, zero where there is none. A date may contain
/// them: it bounds itself.
fn delimiters(tokens: &[Token], index: usize, timestamp: &Option<Token>) -> [u8; 2] {
    if tokens.get(index) == timestamp.as_ref() {
        return [0; 2];
    }
    let literal = |index: Option<usize>| match tokens.get(index?)? {
        Token::Literal(text) => Some(text.as_bytes()),
        _ => None,
    };
    let before = literal(index.checked_sub(1)).and_then(|text| text.last().copied()).unwrap_or(0);
    let after = literal(index.checked_add(1)).and_then(|text| text.first().copied()).unwrap_or(0);
    [before, after]
}

/// Whether a time is read by the intake itself: out of the head, or as one value of a JSON body.
fn is_read_early(time: &Token) -> bool {
    matches!(time, Token::Header(_) | Token::Param(_) | Token::Json(_) | Token::Number(_))
}

/// Whether the loops of `codec` read signatures in this encoding.
fn has_fast_decoder(encoding: Encoding) -> bool {
    matches!(encoding, Encoding::Hex | Encoding::Base64 | Encoding::Base64url | Encoding::Base64urlNopad)
}

impl SchemePlan {
    /// Every token of its content and its conditions.
    pub(crate) fn all_tokens(&self) -> impl Iterator<Item = &Token> {
        let content = self.whole.content.iter().map(|(token, _)| token);
        content.chain(self.whole.require.iter().chain(&self.whole.equal).flatten().flatten())
    }

    /// Whether its signature covers a part of an event id: the part itself, not only bytes that can be cut into it. Who
    /// sends a token says all that the request says.
    pub(crate) fn signs(&self, part: &Part) -> bool {
        !self.cuts(part) && self.covers(part)
    }

    /// Whether its signature covers a part of an event id, at least as a piece of bytes without marks.
    fn covers(&self, part: &Part) -> bool {
        if self.algorithm == Algorithm::Token {
            return true;
        }
        let content = || self.whole.content.iter().map(|(token, _)| token);
        let bound = || content().chain(self.whole.equal.iter().flatten().flatten());
        match part {
            Part::Literal(_) | Part::Content => true,
            Part::Header { field, .. } => self.header_fields.contains(field),
            Part::Param { name, .. } => {
                let is_it =
                    |token: &Token| matches!(token.required(), Token::Param(known) if known.as_bytes() == &**name);
                matches!(self.syntax, SyntaxPlan::HttpSignature { .. } | SyntaxPlan::Jws { .. }) || bound().any(is_it)
            }
            Part::Json { pointer, .. } => self.whole.covers_body || bound().any(|token| covers_pointer(token, pointer)),
            Part::Token(token) => match token.required() {
                Token::Claim(_) => true,
                Token::Json(pointer) | Token::Number(pointer) | Token::Scalar(pointer) => {
                    self.whole.covers_body || bound().any(|token| covers_pointer(token, pointer))
                }
                Token::Field(_) => self.whole.covers_body || bound().any(|known| known.required() == token.required()),
                Token::Query(_) => bound().any(|known| {
                    known.is_query() || *known == Token::UrlSortedForm || known.required() == token.required()
                }),
                _ => false,
            },
        }
    }

    /// Whether a part of an event id has no mark at its end in what is signed: anyone can cut the same bytes into another
    /// such part under the same signature, so that alone it names no event.
    fn cuts(&self, part: &Part) -> bool {
        let is_loose = |is_it: &dyn Fn(&Token) -> bool| self.whole.loose.iter().any(|token| is_it(token.required()));
        let is_loose_at = |pointer: &str| !self.whole.covers_body && is_loose(&|token| covers_pointer(token, pointer));
        match part {
            Part::Literal(_) | Part::Content => false,
            Part::Header { field, .. } => self.loose_headers.contains(field),
            Part::Param { name, .. } => {
                is_loose(&|token| matches!(token, Token::Param(known) if known.as_bytes() == &**name))
            }
            Part::Json { pointer, .. } => is_loose_at(pointer),
            Part::Token(token) => match token.required() {
                Token::Json(pointer) | Token::Number(pointer) | Token::Scalar(pointer) => is_loose_at(pointer),
                Token::Field(_) | Token::Query(_) if self.joins_fields() => true,
                token => is_loose(&|known| known == token),
            },
        }
    }

    /// Whether a field of the query is signed as part of the URL alone, which an endpoint may be configured with, query and
    /// all.
    pub(crate) fn has_query_in_url(&self, field: &Token) -> bool {
        let content = || self.whole.content.iter().map(|(token, _)| token);
        let as_sent = |token: &Token| {
            matches!(token, Token::Target | Token::TargetEscaped | Token::QuerySorted) || token.holds(field)
        };
        content().any(Token::is_url) && !content().any(as_sent)
    }

    /// Whether its content joins names and values of a form without a mark between them.
    fn joins_fields(&self) -> bool {
        self.whole.content.iter().any(|(token, _)| matches!(token, Token::FormSorted | Token::UrlSortedForm))
    }
}

/// The parts of a content that stand beside another without a text between them. What is configured ends where it ends,
/// a URL begins as it is configured, and why a border of the body is harmless, its scheme says.
fn loose(tokens: &[Token], timestamp: Option<&Token>) -> Vec<Token> {
    let is_fixed = |token: &Token| matches!(token, Token::Literal(_) | Token::Secret | Token::Config(_));
    let ends = |token: &Token| is_fixed(token) || Some(token) == timestamp;
    let meet = |pair: &&[Token]| matches!(pair, [left, right] if !ends(left) && !ends(right) && !right.is_url());
    tokens.windows(2).filter(meet).flatten().filter(|token| !token.covers_body() && !token.is_url()).cloned().collect()
}

/// Whether a token of the content stands for what is at `pointer` of the body, or for more.
fn covers_pointer(token: &Token, pointer: &str) -> bool {
    match token.required() {
        Token::Json(known) | Token::Number(known) | Token::Scalar(known) => known == pointer,
        Token::RawJson(known) => pointer.strip_prefix(known.as_str()).is_some_and(|rest| rest.starts_with('/')),
        Token::Lines(names) => pointer.strip_prefix('/').is_some_and(|name| names.iter().any(|known| known == name)),
        _ => false,
    }
}

fn syntax_plan(syntax: &Syntax) -> Result<SyntaxPlan, ConfigError> {
    let byte = |what: &str, c: char| {
        u8::try_from(c).ok().filter(u8::is_ascii).ok_or_else(|| {
            ConfigError::new("signature.syntax", format!("its {what} must be one ASCII character, not `{c}`"))
        })
    };
    Ok(match syntax {
        Syntax::Plain => SyntaxPlan::Prefix(Box::default()),
        Syntax::Prefix(prefix) => SyntaxPlan::Prefix(prefix.as_bytes().into()),
        Syntax::List { separator, prefix } => {
            SyntaxPlan::List { separator: byte("separator", *separator)?, prefix: prefix.as_bytes().into() }
        }
        Syntax::Pairs { separator, assign, pick, group, .. } => SyntaxPlan::Pairs {
            separator: byte("separator", *separator)?,
            assign: byte("assign", *assign)?,
            pick: pick.as_bytes().into(),
            group: group.map(|group| byte("group", group)).transpose()?,
        },
        Syntax::Fields { separator, names } => {
            let names: Vec<Box<str>> = names.split(*separator).map(Into::into).collect();
            if !names.iter().any(|name| matches!(&**name, "signature" | "signature+")) {
                return Err(ConfigError::new("signature.syntax", "none of the fields is named `signature`"));
            }
            SyntaxPlan::Fields { separator: byte("separator", *separator)?, names }
        }
        Syntax::Json { pick } => SyntaxPlan::Json { pick: pick.as_ref().into() },
        Syntax::Jws { prefix, payload, leeway } => SyntaxPlan::Jws {
            prefix: prefix.as_bytes().into(),
            payload: *payload,
            leeway: Duration::from_secs(*leeway),
        },
        Syntax::HttpSignature { cover, tag } => SyntaxPlan::HttpSignature {
            cover: cover.split_ascii_whitespace().map(Into::into).collect(),
            tag: tag.as_ref().into(),
        },
    })
}
