//! What a description must not contradict, found when its plan is made. What a request must not is in `envelope.rs` and
//! `whole.rs`.

use super::{Field, Part, Place, Plan, SyntaxPlan};
use crate::error::ConfigError;
use crate::scheme::{Algorithm, Encoding, JwsPayload, Scheme, SecretEncoding};
use crate::template::Token;

/// Between two parts of the content there must be a literal, which the parts may then not contain; else bytes of one can
/// become bytes of the other under the same signature. A timestamp bounds itself: it has a grammar, and its value is
/// checked.
pub(super) fn check_boundaries(
    tokens: &[Token],
    scheme: &Scheme,
    timestamp: Option<&Token>,
) -> Result<(), ConfigError> {
    let bounded = |token: &Token| matches!(token, Token::Literal(_) | Token::Secret) || Some(token) == timestamp;
    match scheme.adjacent.is_empty() && !tokens.windows(2).all(|pair| pair.iter().any(bounded)) {
        false => Ok(()),
        true => Err(ConfigError::new(
            "content",
            "two parts meet without a text between them, so bytes can move from one to the other under the same \
             signature; only a timestamp or `{secret}` may stand beside another part, or say in `adjacent` why it is harmless",
        )),
    }
}

/// Whether the algorithm fits the way its signature is written.
pub(super) fn check_algorithm(scheme: &Scheme, syntax: &SyntaxPlan) -> Result<(), ConfigError> {
    let bad = |why: &str| Err(ConfigError::new("algorithm", why.to_owned()));
    match syntax {
        SyntaxPlan::Jws { .. } if crate::jws::name(scheme.algorithm).is_none() => {
            return bad("a JWS is made with HMAC, Ed25519, RSA, or ECDSA in its fixed form");
        }
        SyntaxPlan::HttpSignature { .. } if scheme.algorithm == Algorithm::Token => {
            return bad("a token signs nothing, and an HTTP message signature does; choose what it is made with");
        }
        #[cfg(not(feature = "json"))]
        SyntaxPlan::Jws { .. } | SyntaxPlan::Json { .. } => return bad("a JWS and JSON need the feature `json`"),
        #[cfg(not(feature = "http-signatures"))]
        SyntaxPlan::HttpSignature { .. } => return bad("RFC 9421 needs the feature `http-signatures`"),
        _ => {}
    }
    #[cfg(not(feature = "md5"))]
    if scheme.algorithm == Algorithm::HashMd5 {
        return bad("MD5 needs the feature `md5`");
    }
    match scheme.signature.encoding {
        Encoding::Text if scheme.algorithm != Algorithm::Token => bad("only a token is written as text"),
        // What a description says that leaves it out. A token of hex digits is text as well, unless its secret is decoded.
        Encoding::Hex if scheme.algorithm == Algorithm::Token && scheme.secret.encoding != SecretEncoding::Hex => {
            Err(ConfigError::new(
                "signature.encoding",
                "it is `hex` where nothing else is said, and a token is sent as it is; set it to `text`, or to how the \
                 provider encodes the token",
            ))
        }
        _ => Ok(()),
    }
}

/// Whether the secret is of the algorithm's kind.
pub(super) fn check_secret(scheme: &Scheme) -> Result<(), ConfigError> {
    let is_public = matches!(scheme.secret.encoding, SecretEncoding::PublicKey | SecretEncoding::MarkedPublicKey);
    match is_public && !scheme.algorithm.is_public_key() {
        false => Ok(()),
        true => Err(ConfigError::new(
            "secret.encoding",
            format!(
                "`{}` has a secret that both sides share, and everyone knows a public key; say how the secret holds the \
                 key, such as `utf8`",
                scheme.algorithm.name()
            ),
        )),
    }
}

/// Whether an HTTP message signature stands where RFC 9421 has it.
pub(super) fn check_place(at: &Token, syntax: &SyntaxPlan) -> Result<(), ConfigError> {
    let is_its_own = matches!(at, Token::Header(names) if *names == ["signature"]);
    match matches!(syntax, SyntaxPlan::HttpSignature { .. }) && !is_its_own {
        false => Ok(()),
        true => Err(ConfigError::new(
            "signature.at",
            "an HTTP message signature stands in the header `Signature` (RFC 9421, section 4.2): `{h:Signature}`",
        )),
    }
}

/// Whether the items that are signed one by one can be found.
pub(super) fn check_each(each: &str) -> Result<(), ConfigError> {
    match each.is_empty() || each.starts_with('/') {
        true => Ok(()),
        false => Err(ConfigError::new("each", format!("`{each}` is no pointer into the body; write `/items/*`"))),
    }
}

/// Whether a signature covers the time of sending: as a part of the content, or inside one.
pub(super) fn is_time_signed(time: &Token, content: &[Token], syntax: &SyntaxPlan, covers_body: bool) -> bool {
    let is_named = |token: &Token| match (token, time) {
        (Token::Lines(names), Token::Json(pointer)) => names.iter().any(|name| *pointer == format!("/{name}")),
        _ => false,
    };
    // A form whose names and values are joined can be cut anew into fields, and a time be made of its bytes.
    let is_joined = |token: &Token| token.holds(&Token::FormSorted) || token.holds(&Token::UrlSortedForm);
    content.iter().any(|token| token.holds(time) || token.lists(time) || is_named(token))
        || match time {
            Token::Claim(_) => true,
            Token::Param(_) => matches!(syntax, SyntaxPlan::HttpSignature { .. }),
            Token::Json(_) | Token::Number(_) | Token::Scalar(_) => covers_body,
            Token::Field(_) => covers_body && !content.iter().any(is_joined),
            Token::Query(_) => content.iter().any(Token::is_query),
            _ => false,
        }
}

/// Whether an id is one: of what may be absent alone, all events without it would be one event.
pub(super) fn check_id(template: &str, parts: &[Part]) -> Result<(), ConfigError> {
    match parts.iter().any(|part| !matches!(part, Part::Token(Token::Optional(_)))) {
        true => Ok(()),
        false => Err(ConfigError::new(
            "event_id",
            format!(
                "every part of `{template}` may be absent, and all events without them would be one event; leave one part \
                 without a question mark, or write another alternative"
            ),
        )),
    }
}

/// A name of a header stands in one role: alone, or as one of the names of a role that has several.
pub(super) fn check_roles(plan: &Plan) -> Result<(), ConfigError> {
    let places = plan.schemes.iter().filter_map(|scheme| match scheme.place {
        Place::Header(field) => Some(field),
        Place::Token(_) => None,
    });
    let fields: Vec<Field> =
        places.chain(plan.schemes.iter().flat_map(|scheme| scheme.header_fields.iter().copied())).collect();
    let columns = |field: Field| (0..if field.stride == 0 { 1 } else { plan.sets }).map(move |set| field.column(set));
    for (index, field) in fields.iter().enumerate() {
        for other in fields.iter().skip(index).filter(|other| *other != field) {
            if let Some(shared) = columns(*field).find(|column| columns(*other).any(|known| known == *column)) {
                let name = plan.columns.get(shared).map(|name| String::from_utf8_lossy(name)).unwrap_or_default();
                return Err(ConfigError::new(
                    "schemes",
                    format!(
                        "header `{name}` stands alone in one place and beside other names in another; write the same \
                         names in both"
                    ),
                ));
            }
        }
    }
    Ok(())
}

/// Whether something is signed, and by whom.
pub(super) fn check_content(tokens: &[Token], scheme: &Scheme, syntax: &SyntaxPlan) -> Result<(), ConfigError> {
    let bad = |why: &str| Err(ConfigError::new("content", why.to_owned()));
    let is_token = scheme.algorithm == Algorithm::Token;
    match (tokens.is_empty(), is_token || syntax.has_content()) {
        (true, false) => return bad("it is empty, and a signature of nothing proves nothing"),
        (false, true) => return bad("a token and a signature that says itself what it covers have no content"),
        _ => {}
    }
    let secrets = tokens.iter().filter(|token| **token == Token::Secret).count();
    match scheme.algorithm.is_plain_hash() {
        true if secrets != 1 => bad("a plain hash proves something only with `{secret}` in its content, once"),
        false if secrets != 0 => bad("`{secret}` belongs into plain hashes only"),
        _ => Ok(()),
    }
}

/// Whether a token can be read here, by this build.
pub(super) fn check_token(setting: &str, token: &Token, syntax: &SyntaxPlan) -> Result<(), ConfigError> {
    let bad = |why: String| Err(ConfigError::new(setting, why));
    match token {
        Token::Param(name) if !syntax.has_params() => {
            bad(format!("`{{p:{name}}}` needs a signature of named values, such as `syntax = {{ pairs = … }}`"))
        }
        Token::Claim(name) if !matches!(syntax, SyntaxPlan::Jws { payload: JwsPayload::Attached, .. }) => {
            bad(format!("`{{c:{name}}}` needs a JWT: `syntax = {{ jws = … }}`"))
        }
        Token::Secret => bad("`{secret}` stands by itself in the content of a plain hash, and nowhere else".to_owned()),
        Token::Content => bad("`{content}` is for event ids only".to_owned()),
        Token::Challenge | Token::Mac { .. } => bad("`{challenge}` and `{mac.…}` are for handshakes only".to_owned()),
        Token::AnyHeader(_) => bad("`{any:…}` is for signatures only".to_owned()),
        #[cfg(not(feature = "json"))]
        Token::Json(_) | Token::Number(_) | Token::Scalar(_) | Token::RawJson(_) | Token::Lines(_) => {
            bad("reading it from the body needs the feature `json`".to_owned())
        }
        #[cfg(not(feature = "jcs"))]
        Token::CanonicalJson => bad("`{jcs:body}` needs the feature `jcs`".to_owned()),
        #[cfg(not(feature = "md5"))]
        Token::Digest { hash: crate::template::DigestHash::Md5, .. } => bad("MD5 needs the feature `md5`".to_owned()),
        #[cfg(not(feature = "crc32"))]
        Token::Digest { hash: crate::template::DigestHash::Crc32, .. } => {
            bad("CRC-32 needs the feature `crc32`".to_owned())
        }
        Token::Digest { of, .. } | Token::Base64url(of) | Token::JsonString(of) | Token::Optional(of) => {
            check_token(setting, of, syntax)
        }
        Token::HeadersJoined(of) | Token::HeadersLines(of) => check_token(setting, of, syntax),
        Token::Group(tokens) => tokens.iter().try_for_each(|token| check_token(setting, token, syntax)),
        _ => Ok(()),
    }
}
