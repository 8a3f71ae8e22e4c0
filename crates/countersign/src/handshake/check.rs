//! What a handshake must not contradict: itself, the endpoint's values, and the schemes that sign with the same key.

use super::plan::{Answered, leaves};
use super::{Challenge, Charset, Handshake};
use crate::error::ConfigError;
use crate::key_address;
use crate::plan::{Part, Plan, SchemePlan, SyntaxPlan};
use crate::scheme::Text;
use crate::template::Token;

impl Answered {
    /// What the endpoint must have for it.
    pub(super) fn check_surroundings(
        &self,
        config: &[(Text, Text)],
        has_url: bool,
        has_keeper: bool,
    ) -> Result<(), ConfigError> {
        if self.delivers_key && !has_keeper {
            let why = "this provider hands over its signing key in the handshake; say what is done with it: \
                       `on_key_delivery(…)`";
            return Err(ConfigError::new("on_key_delivery", why));
        }
        for token in self.asking().chain(self.answering()).flat_map(leaves) {
            match token {
                Token::Config(name) => {
                    let mut values =
                        config.iter().filter(|(known, _)| known == name).map(|(_, value)| value).peekable();
                    if values.peek().is_none() {
                        let why = format!("this provider's handshake needs `config(\"{name}\", …)`");
                        return Err(ConfigError::new("config", why));
                    }
                    let is_plain = |value: &Text| {
                        !value.is_empty() && value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
                    };
                    if !values.all(is_plain) {
                        let why = format!("`{name}` must be visible ASCII and not empty: a handshake is judged by it");
                        return Err(ConfigError::new("config", why));
                    }
                }
                token if token.is_url() && !has_url => {
                    let why = "this provider's handshake is answered with the URL of the endpoint; say what it is with \
                               `public_url(\"https://…\")`";
                    return Err(ConfigError::new("public_url", why));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Checks it against itself and the schemes. Gives the schemes that could sign a challenge of it.
    pub(super) fn check(&self, handshake: &Handshake, plan: &Plan) -> Result<Vec<(usize, Challenge)>, ConfigError> {
        let bad = |setting: &str, why: &str| Err(ConfigError::new(setting, why.to_owned()));
        if !["GET", "HEAD", "OPTIONS", "POST"].contains(&&*self.method) {
            return bad("method", "it must be GET, HEAD, OPTIONS or POST");
        }
        let reads_body = self.reads_body || self.signed;
        if self.method != "POST" && reads_body {
            return bad("method", "only a POST has a signature or a body");
        }
        if self.method == "POST" && self.when.is_empty() && self.members.is_empty() && self.challenge.is_none() {
            return bad("when", "without a condition or a challenge it would answer every delivery");
        }
        if !handshake.confirm_at.is_empty() {
            if let Some(problem) = key_address::problem_with(&handshake.confirm_at) {
                return bad("confirm_at", problem);
            }
            let is_place = handshake.confirm_at.split(' ').all(|place| place.ends_with('/'));
            let is_signed = |at: &Token| plan.schemes.iter().all(|scheme| scheme.signs(&Part::Token(at.clone())));
            let is_whole = self.signed && self.challenge.as_ref().is_some_and(|(at, _)| is_signed(at));
            return match is_whole && is_place {
                true => Ok(Vec::new()),
                false => bad(
                    "confirm_at",
                    "it must be `https://HOST/`, of a request that is signed, with the URL as its challenge and in what is signed",
                ),
            };
        }
        if self.delivers_key && (self.signed || self.challenge.is_none()) {
            return bad("delivers_key", "the key is the challenge of a request that nothing signs yet");
        }
        if !(200..=299).contains(&self.status) {
            return bad("reply.status", "it must be from 200 to 299");
        }
        for token in self.asking().flat_map(leaves) {
            match token {
                Token::Param(_)
                | Token::Claim(_)
                | Token::Content
                | Token::Secret
                | Token::AnyHeader(_)
                | Token::Challenge
                | Token::Mac { .. } => {
                    return bad(
                        "when",
                        "a handshake is told by the request alone, before anything is known of a signature",
                    );
                }
                #[cfg(not(feature = "json"))]
                Token::Json(_) | Token::Number(_) | Token::Scalar(_) | Token::RawJson(_) | Token::Lines(_) => {
                    return bad("when", "reading it from the body needs the feature `json`");
                }
                _ => {}
            }
        }
        #[cfg(not(feature = "json"))]
        if !self.members.is_empty() {
            return bad("members", "reading the body needs the feature `json`");
        }
        let mut makes_mac = false;
        if !self.answering().all(can_be_filled) {
            return bad(
                "reply",
                "it is made of text, `{challenge}`, `{cfg:…}`, `{url}`, a MAC of the challenge, and digests and base64 of \
                 them, none with a question mark",
            );
        }
        for token in self.answering().flat_map(leaves) {
            match token {
                Token::Challenge | Token::Mac { .. } if self.challenge.is_none() => {
                    return bad("reply", "it has `{challenge}`, and there is none");
                }
                Token::Mac { of, .. } if **of != Token::Challenge => {
                    return bad("reply", "a MAC is made of the challenge alone: `{mac.hex:challenge}`");
                }
                Token::Mac { .. } => makes_mac = true,
                _ => {}
            }
        }
        let is_header = |name: &Text| {
            let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            let own = ["content-type", "x-content-type-options", "cache-control"];
            !name.is_empty() && name.bytes().all(fits) && !own.contains(&&**name)
        };
        if !self.headers.iter().all(|(name, _)| is_header(name)) {
            return bad("reply.headers", "names are in lower case, and none is one that every reply has");
        }
        match &self.challenge {
            Some((_, challenge)) if makes_mac && !self.signed => check_oracle(challenge, plan),
            _ => Ok(Vec::new()),
        }
    }
}

/// Whether a token of a reply stands for something; see `Writer::value`.
fn can_be_filled(token: &Token) -> bool {
    match token {
        Token::Literal(_) | Token::Challenge | Token::Config(_) | Token::Mac { .. } => true,
        Token::Digest { of, .. } | Token::Base64url(of) => can_be_filled(of),
        Token::Group(tokens) => tokens.iter().all(can_be_filled),
        Token::Url | Token::UrlPorts | Token::UrlBase | Token::UrlDecoded => true,
        _ => false,
    }
}

/// Whether strangers may have MACs of such challenges: no scheme may sign one. Where only a look at what was signed can
/// tell, gives the schemes to look at.
///
/// # Errors
///
/// A scheme signs texts that a challenge can be and that no delivery can do without.
fn check_oracle(challenge: &Challenge, plan: &Plan) -> Result<Vec<(usize, Challenge)>, ConfigError> {
    let bad = |why: &str| Err(ConfigError::new("challenge.charset", why.to_owned()));
    let mut guards = Vec::new();
    for (index, scheme) in plan.schemes.iter().enumerate().filter(|(_, scheme)| scheme.algorithm.is_mac()) {
        let foreign = |token: &Token| match token {
            Token::Literal(text) => !text.bytes().all(|byte| challenge.charset.has(byte)),
            _ => false,
        };
        if let SyntaxPlan::Jws { .. } = scheme.syntax {
            // `header.payload`, both in base64url.
            match challenge.charset.has(b'.') {
                true => {
                    return bad("a JWS signs texts of these characters, so answering would make signatures for anyone");
                }
                false => continue,
            }
        }
        // A signature base of RFC 9421 holds quotes.
        if matches!(scheme.syntax, SyntaxPlan::HttpSignature { .. }) || content(scheme).any(foreign) {
            continue;
        }
        if challenge.charset == Charset::Plain || !content(scheme).any(is_read_as_it_stands) {
            return bad("the provider signs texts of these characters, so answering would make signatures for anyone");
        }
        guards.push((index, challenge.clone()));
    }
    Ok(guards)
}

fn content(scheme: &SchemePlan) -> impl Iterator<Item = &Token> {
    scheme.whole.content.iter().map(|(token, _)| token)
}

/// Whether a part of the content is one of an event's own: JSON, XML or a form is never made of a challenge's characters
/// alone, as digests are.
fn is_read_as_it_stands(token: &Token) -> bool {
    matches!(
        token.required(),
        Token::Body | Token::CanonicalJson | Token::RawJson(_) | Token::Lines(_) | Token::Field(_)
    )
}
