//! A provider's schemes made ready to run: tokens parsed, header names gathered into one table, cross-checked once
//! so that no request can meet a half-understood rule.

use crate::clock::{TimestampUnit, Tolerance};
use crate::error::ConfigError;
use crate::provider::Provider;
use crate::scheme::{Algorithm, Encoding, Scheme, SecretFormat, Syntax};
use crate::template::{Token, parse_single, parse_template};

/// The most header names that one provider's schemes may read.
pub(crate) const MAX_COLUMNS: usize = 12;

/// A provider's schemes, ready to run.
pub(crate) struct Plan {
    /// Every header that matters, in lower case. A request is read into one value for each.
    pub(crate) columns: Vec<Box<[u8]>>,
    /// The bits of the wanted header names, see [`name_bit`]: most other headers are passed over without a comparison.
    pub(crate) name_bits: u64,
    /// How many header sets there are: 2 where the same roles come under two families of names.
    pub(crate) sets: usize,
    /// The columns of the second and later header sets.
    pub(crate) alternates: Vec<usize>,
    pub(crate) schemes: Vec<SchemePlan>,
    /// How the event id is found: the first alternative that is present counts.
    pub(crate) event_id: Vec<Vec<Part>>,
    pub(crate) event_type: Vec<Part>,
    /// The signed header whose value a delivery keeps, because an event id is made of it.
    pub(crate) kept_header: Option<Field>,
    /// Whether an event id is made of the whole signed content.
    pub(crate) uses_content: bool,
}

/// One scheme, ready to run.
pub(crate) struct SchemePlan {
    pub(crate) algorithm: Algorithm,
    pub(crate) secret: SecretFormat,
    pub(crate) signature: Field,
    pub(crate) syntax: SyntaxPlan,
    pub(crate) encoding: Encoding,
    /// The signed content before, and after, the body.
    pub(crate) before_body: Vec<Part>,
    pub(crate) after_body: Vec<Part>,
    pub(crate) timestamp: Option<TimestampPlan>,
}

pub(crate) struct TimestampPlan {
    pub(crate) from: Part,
    pub(crate) unit: TimestampUnit,
    pub(crate) tolerance: Tolerance,
}

/// [`Syntax`] with single-byte separators.
pub(crate) enum SyntaxPlan {
    Prefix(Box<[u8]>),
    List { separator: u8, prefix: Box<[u8]> },
    Pairs { separator: u8, assign: u8, pick: Box<[u8]> },
}

impl SyntaxPlan {
    /// What stands between entries, where there can be several.
    pub(crate) fn separator(&self) -> Option<u8> {
        match self {
            Self::Prefix(_) => None,
            Self::List { separator, .. } | Self::Pairs { separator, .. } => Some(*separator),
        }
    }
}

/// A header's place: its column in the first header set; the column in set `k` is `base + k * stride`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field {
    base: usize,
    stride: usize,
}

impl Field {
    pub(crate) fn column(self, set: usize) -> usize {
        self.base.saturating_add(self.stride.saturating_mul(set))
    }
}

/// One part of a signed content or of an event id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Literal(Box<[u8]>),
    /// A signed header. `delimiters` are the literals it stands between, which it may not contain: else a byte could
    /// move across the boundary without changing what is signed. Zero where there is none.
    Header {
        field: Field,
        delimiters: [u8; 2],
    },
    /// A parameter of the signature header, under the same rule.
    Param {
        name: Box<[u8]>,
        delimiters: [u8; 2],
    },
    /// A value out of the JSON body: a string, or an unsigned integer.
    Json {
        pointer: Box<str>,
        integer: bool,
    },
    Content,
}

impl Plan {
    pub(crate) fn new(provider: &Provider) -> Result<Self, ConfigError> {
        let mut plan = Self {
            columns: Vec::new(),
            name_bits: 0,
            sets: 1,
            alternates: Vec::new(),
            schemes: Vec::new(),
            event_id: Vec::new(),
            event_type: Vec::new(),
            kept_header: None,
            uses_content: false,
        };
        if provider.schemes.is_empty() {
            return Err(ConfigError::new("schemes", "there is none; describe at least one way to sign"));
        }
        for (index, scheme) in provider.schemes.iter().enumerate() {
            let planned = plan.scheme(scheme).map_err(|error| error.within(&format!("schemes[{index}]")))?;
            plan.schemes.push(planned);
        }
        for template in provider.event_id.iter() {
            let parts = plan.id_parts(template).map_err(|error| error.within("event_id"))?;
            plan.uses_content |= parts.contains(&Part::Content);
            plan.event_id.push(parts);
        }
        if let Some(template) = &provider.event_type {
            plan.event_type = plan.id_parts(template).map_err(|error| error.within("event_type"))?;
        }
        // `Connection` may name a security header as one that proxies remove; see `Envelope::read`.
        plan.column("connection")?;
        plan.name_bits = plan.columns.iter().fold(0, |bits, name| bits | name_bit(name));
        Ok(plan)
    }

    /// The column of `Connection`, always the last.
    pub(crate) fn connection(&self) -> usize {
        self.columns.len().saturating_sub(1)
    }

    fn scheme(&mut self, scheme: &Scheme) -> Result<SchemePlan, ConfigError> {
        let signature = match single("signature.at", &scheme.signature.at)? {
            Token::Header(names) => self.field(&names)?,
            _ => return Err(ConfigError::new("signature.at", "a signature is read from a header: `{h:NAME}`")),
        };
        let syntax = syntax_plan(&scheme.signature.syntax)?;
        let tokens = parse_template(&scheme.content).map_err(|error| ConfigError::new("content", error.to_string()))?;
        if tokens.iter().filter(|token| **token == Token::Body).count() != 1 {
            return Err(ConfigError::new("content", "it must contain `{body}` once: an unsigned body proves nothing"));
        }
        check_boundaries(&tokens, scheme)?;
        let mut before_body = Vec::new();
        let mut after_body = Vec::new();
        let mut seen_body = false;
        for (index, token) in tokens.iter().enumerate() {
            let delimiters = neighbours(&tokens, index);
            match token {
                Token::Body => seen_body = true,
                token => {
                    let part = self.part("content", token, delimiters, &syntax)?;
                    if matches!(part, Part::Json { .. } | Part::Content) {
                        return Err(ConfigError::new("content", "it may hold {body}, {h:…} and {p:…} only"));
                    }
                    if seen_body { after_body.push(part) } else { before_body.push(part) }
                }
            }
        }
        let timestamp = match &scheme.timestamp {
            None => None,
            Some(rule) => {
                let token = single("timestamp.from", &rule.from)?;
                let signed = match &token {
                    Token::Json(_) | Token::Number(_) => true,
                    token => tokens.contains(token),
                };
                if !signed {
                    return Err(ConfigError::new(
                        "timestamp.from",
                        "it is not part of `content`, so the signature does not cover it; an unsigned time proves nothing",
                    ));
                }
                let from = self.part("timestamp.from", &token, [0; 2], &syntax)?;
                if matches!(from, Part::Json { .. }) && cfg!(not(feature = "json")) {
                    return Err(ConfigError::new("timestamp.from", "reading it needs the feature `json`"));
                }
                let seconds = core::time::Duration::from_secs;
                let tolerance = Tolerance { past: seconds(rule.past), future: seconds(rule.future) };
                Some(TimestampPlan { from, unit: rule.unit, tolerance })
            }
        };
        Ok(SchemePlan {
            algorithm: scheme.algorithm,
            secret: scheme.secret.clone(),
            signature,
            syntax,
            encoding: scheme.signature.encoding,
            before_body,
            after_body,
            timestamp,
        })
    }

    fn part(
        &mut self,
        setting: &str,
        token: &Token,
        delimiters: [u8; 2],
        syntax: &SyntaxPlan,
    ) -> Result<Part, ConfigError> {
        match token {
            Token::Literal(text) => Ok(Part::Literal(text.as_bytes().into())),
            Token::Header(names) => Ok(Part::Header { field: self.field(names)?, delimiters }),
            Token::Param(name) if matches!(syntax, SyntaxPlan::Pairs { .. }) => {
                Ok(Part::Param { name: name.as_bytes().into(), delimiters })
            }
            Token::Param(name) => Err(ConfigError::new(
                setting,
                format!("`{{p:{name}}}` needs a signature header of named values: `syntax = {{ pairs = … }}`"),
            )),
            Token::Json(pointer) => Ok(Part::Json { pointer: pointer.as_str().into(), integer: false }),
            Token::Number(pointer) => Ok(Part::Json { pointer: pointer.as_str().into(), integer: true }),
            Token::Content => Ok(Part::Content),
            Token::Body => Err(ConfigError::new(setting, "`{body}` cannot stand here")),
        }
    }

    /// The parts of an event id or type. A literal between tokens only makes them easier to read.
    fn id_parts(&mut self, template: &str) -> Result<Vec<Part>, ConfigError> {
        let tokens = parse_template(template).map_err(|error| ConfigError::new("", error.to_string()))?;
        let mut parts = Vec::new();
        for token in &tokens {
            match token {
                Token::Literal(_) => {}
                Token::Header(names) => {
                    let field = self.field(names)?;
                    if self.kept_header.is_some_and(|kept| kept != field) {
                        return Err(ConfigError::new("", "event ids may be made of one signed header only"));
                    }
                    self.kept_header = Some(field);
                    parts.push(Part::Header { field, delimiters: [0; 2] });
                }
                Token::Json(_) | Token::Number(_) | Token::Content => {
                    parts.push(self.part("", token, [0; 2], &SyntaxPlan::Prefix(Box::default()))?);
                }
                Token::Param(_) | Token::Body => {
                    return Err(ConfigError::new("", "an id is made of {h:…}, {j:…} or {content}"));
                }
            }
        }
        Ok(parts)
    }

    /// Whether every scheme signs the header at `field`.
    pub(crate) fn signs_header(&self, field: Field) -> bool {
        self.schemes.iter().all(|scheme| {
            scheme
                .before_body
                .iter()
                .chain(&scheme.after_body)
                .any(|part| matches!(part, Part::Header { field: signed, .. } if *signed == field))
        })
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
            return Err(ConfigError::new("schemes", format!("more than {MAX_COLUMNS} header names are read")));
        }
        self.columns.push(name.as_bytes().into());
        Ok(self.columns.len().saturating_sub(1))
    }
}

/// One of 64 bits that a name's length and last byte choose.
pub(crate) fn name_bit(name: &[u8]) -> u64 {
    let last = name.last().copied().unwrap_or(0);
    let mixed = name.len().wrapping_mul(7).wrapping_add(usize::from(last));
    1u64.rotate_left(u32::try_from(mixed % 64).unwrap_or(0))
}

fn single(setting: &str, text: &str) -> Result<Token, ConfigError> {
    parse_single(text).map_err(|error| ConfigError::new(setting, error.to_string()))
}

/// Between two parts of the content there must be a literal, which the parts may then not contain; else bytes of one can
/// become bytes of the other under the same signature. A timestamp bounds itself: it is digits, and its value is
/// checked.
fn check_boundaries(tokens: &[Token], scheme: &Scheme) -> Result<(), ConfigError> {
    let timestamp = scheme.timestamp.as_ref().and_then(|rule| parse_single(&rule.from).ok());
    let bounded = |token: &Token| matches!(token, Token::Literal(_)) || Some(token) == timestamp.as_ref();
    match tokens.windows(2).all(|pair| pair.iter().any(bounded)) {
        true => Ok(()),
        false => Err(ConfigError::new(
            "content",
            "two parts meet without a text between them, so bytes can move from one to the other under the same \
             signature; only a timestamp may stand beside another part",
        )),
    }
}

/// The literal bytes right before and right after the token at `index`, zero where there is none.
fn neighbours(tokens: &[Token], index: usize) -> [u8; 2] {
    let literal = |index: Option<usize>| match tokens.get(index?)? {
        Token::Literal(text) => Some(text.as_bytes()),
        _ => None,
    };
    let before = literal(index.checked_sub(1)).and_then(|text| text.last().copied()).unwrap_or(0);
    let after = literal(index.checked_add(1)).and_then(|text| text.first().copied()).unwrap_or(0);
    [before, after]
}

fn syntax_plan(syntax: &Syntax) -> Result<SyntaxPlan, ConfigError> {
    let byte = |what: &str, c: char| {
        u8::try_from(c).ok().filter(u8::is_ascii).ok_or_else(|| {
            ConfigError::new("signature.syntax", format!("its {what} must be one ASCII character, not `{c}`"))
        })
    };
    match syntax {
        Syntax::Plain => Ok(SyntaxPlan::Prefix(Box::default())),
        Syntax::Prefix(prefix) => Ok(SyntaxPlan::Prefix(prefix.as_bytes().into())),
        Syntax::List { separator, prefix } => {
            Ok(SyntaxPlan::List { separator: byte("separator", *separator)?, prefix: prefix.as_bytes().into() })
        }
        Syntax::Pairs { separator, assign, pick } => Ok(SyntaxPlan::Pairs {
            separator: byte("separator", *separator)?,
            assign: byte("assign", *assign)?,
            pick: pick.as_bytes().into(),
        }),
    }
}
