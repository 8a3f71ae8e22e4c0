//! What follows from a scheme without being written in it: how much of a body it covers, and what an endpoint and a
//! build must have for it.

use crate::handshake::ReplyBody;
use crate::provider::Provider;
use crate::scheme::{Algorithm, Scheme, Syntax};
use crate::template::{DigestHash, Token, parse_conditions, parse_single, parse_template};

/// How much of a body a signature covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BodyCover {
    /// Nothing of it: whoever has seen one delivery can send any body under its signature, and whoever has the token
    /// can send any body at all.
    Nothing,
    /// Some values in it, and the others can be changed under the signature; or all of it by a checksum, CRC-32, that
    /// another body can be made to have.
    Part,
    /// Every byte, or all that its form can say.
    Whole,
}

impl BodyCover {
    /// The name used in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Part => "part",
            Self::Whole => "whole",
        }
    }
}

/// What an endpoint must be told beside its keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Needs {
    /// Whether the URL is signed: [`EndpointBuilder::public_url`](crate::EndpointBuilder::public_url).
    pub public_url: bool,
    /// The values that it must have: [`EndpointBuilder::config`](crate::EndpointBuilder::config).
    pub config: Vec<String>,
    /// The values that are compared where it has them.
    pub optional_config: Vec<String>,
}

impl Scheme {
    /// How much of the body its signature covers.
    ///
    /// ```
    /// use countersign::{BodyCover, providers};
    ///
    /// assert_eq!(providers::STRIPE.covers_body(), BodyCover::Whole);
    /// ```
    pub fn covers_body(&self) -> BodyCover {
        if self.algorithm == Algorithm::Token {
            return BodyCover::Nothing;
        }
        let signed = self.signed_tokens();
        let place = parse_single(&self.signature.at).ok();
        let is_digest_covered = match &self.signature.syntax {
            Syntax::HttpSignature { cover, .. } => cover.split_ascii_whitespace().any(|name| name == "content-digest"),
            Syntax::Jws { .. } => place == Some(Token::Body),
            _ => false,
        };
        if !self.each.is_empty() {
            BodyCover::Part
        } else if is_digest_covered || signed.iter().any(|token| token.covers_body() && !is_checksum(token)) {
            BodyCover::Whole
        } else if signed.iter().flat_map(inside).any(|token| reads_body(token) || is_checksum(token)) {
            BodyCover::Part
        } else {
            BodyCover::Nothing
        }
    }

    /// The features of this crate, beside the default ones, that it needs.
    pub fn features(&self) -> Vec<&'static str> {
        let tokens = self.tokens();
        let has = |wanted: fn(&Token) -> bool| tokens.iter().flat_map(inside).any(wanted);
        let algorithm = self.algorithm.name();
        let needed = [
            ("ed25519", self.algorithm == Algorithm::Ed25519),
            ("ecdsa", algorithm.starts_with("ecdsa-")),
            ("rsa", algorithm.starts_with("rsa-")),
            ("http-signatures", matches!(self.signature.syntax, Syntax::HttpSignature { .. })),
            ("jcs", has(|token| *token == Token::CanonicalJson)),
            (
                "md5",
                self.algorithm == Algorithm::HashMd5
                    || has(|token| matches!(token, Token::Digest { hash: DigestHash::Md5, .. })),
            ),
            ("crc32", has(|token| matches!(token, Token::Digest { hash: DigestHash::Crc32, .. }))),
            ("nfkd", self.secret.nfkd),
        ];
        needed.into_iter().filter(|(_, is_needed)| *is_needed).map(|(feature, _)| feature).collect()
    }

    /// The content, and what must be equal to parts of it. What a value from the configuration decides whether to
    /// compare is not among them.
    fn signed_tokens(&self) -> Vec<Token> {
        let mut tokens = parse_template(&self.content).unwrap_or_default();
        for [left, right] in parse_conditions(&self.equal).unwrap_or_default() {
            let both = || left.iter().chain(&right);
            if !both().any(|token| matches!(token, Token::Optional(of) if matches!(**of, Token::Config(_)))) {
                tokens.extend(both().cloned());
            }
        }
        tokens
    }

    /// Every token that is read to judge a delivery, save the signature's place.
    fn tokens(&self) -> Vec<Token> {
        let mut tokens = parse_template(&self.content).unwrap_or_default();
        for conditions in [&self.require, &self.equal] {
            tokens.extend(parse_conditions(conditions).unwrap_or_default().into_iter().flatten().flatten());
        }
        tokens
    }
}

impl Provider {
    /// How much of the body is covered by that of its signatures which covers least.
    pub fn covers_body(&self) -> BodyCover {
        self.schemes.iter().map(Scheme::covers_body).min().unwrap_or(BodyCover::Nothing)
    }

    /// What an endpoint of this provider must be told beside its keys.
    pub fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        for scheme in self.schemes.iter() {
            needs.public_url |= matches!(scheme.signature.syntax, Syntax::HttpSignature { .. });
            for token in scheme.tokens() {
                needs.public_url |= token.is_url();
                let (name, list) = match &token {
                    Token::Config(name) => (name, &mut needs.config),
                    Token::Optional(of) => match &**of {
                        Token::Config(name) => (name, &mut needs.optional_config),
                        _ => continue,
                    },
                    _ => continue,
                };
                if !list.contains(name) {
                    list.push(name.clone());
                }
            }
        }
        needs
    }

    /// The names of all values that its signatures and its handshakes read of the endpoint's
    /// [`config`](crate::EndpointBuilder::config).
    ///
    /// ```
    /// assert_eq!(countersign::providers::PAYPAL.config_names(), ["webhook_id"]);
    /// ```
    pub fn config_names(&self) -> Vec<String> {
        let mut tokens: Vec<Token> = self.schemes.iter().flat_map(Scheme::tokens).collect();
        for handshake in self.handshakes.iter() {
            for conditions in [&handshake.when, &handshake.verify] {
                tokens.extend(parse_conditions(conditions).unwrap_or_default().into_iter().flatten().flatten());
            }
            let body = match &handshake.reply.body {
                ReplyBody::Empty => None,
                ReplyBody::Text(text) | ReplyBody::Json(text) => Some(text),
            };
            let headers = handshake.reply.headers.iter().map(|(_, value)| value);
            for text in headers.chain(body) {
                tokens.extend(parse_template(text).unwrap_or_default());
            }
        }
        let names = tokens.iter().flat_map(inside).filter_map(|token| match token {
            Token::Config(name) => Some(name.clone()),
            _ => None,
        });
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// A token and those inside it.
fn inside(token: &Token) -> Vec<&Token> {
    let mut found = vec![token];
    match token {
        Token::Digest { of, .. }
        | Token::Base64url(of)
        | Token::JsonString(of)
        | Token::Optional(of)
        | Token::HeadersJoined(of)
        | Token::HeadersLines(of)
        | Token::Mac { of, .. } => found.extend(inside(of)),
        Token::Group(tokens) => found.extend(tokens.iter().flat_map(inside)),
        _ => {}
    }
    found
}

/// Whether it is a digest that can be met on purpose.
fn is_checksum(token: &Token) -> bool {
    inside(token).iter().any(|token| matches!(token, Token::Digest { hash: DigestHash::Crc32, .. }))
}

/// Whether it is a value in the body.
fn reads_body(token: &Token) -> bool {
    matches!(
        token,
        Token::Json(_) | Token::Number(_) | Token::Scalar(_) | Token::RawJson(_) | Token::Lines(_) | Token::Field(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scheme::{Encoding, JwsPayload, SignatureField};

    fn scheme(algorithm: Algorithm, syntax: Syntax, content: &'static str) -> Scheme {
        Scheme::new(algorithm, SignatureField::new("{h:X}", syntax, Encoding::Hex), content)
    }

    #[test]
    fn tells_how_much_of_a_body_is_covered() {
        let hmac = |content| scheme(Algorithm::HmacSha256, Syntax::Plain, content);
        let jwt = || Syntax::Jws { prefix: "".into(), payload: JwsPayload::Attached, leeway: 0 };
        let http = |cover| Syntax::HttpSignature { cover, tag: "".into() };
        for (covered, scheme) in [
            (BodyCover::Whole, hmac("{h:T}.{body}")),
            (BodyCover::Whole, hmac("{sha256.hex:{h:T}.{jcs:body}}")),
            (BodyCover::Part, hmac("{j:/id}.{j:/time}")),
            (BodyCover::Part, hmac("{body}").each("/items/*")),
            (BodyCover::Part, hmac("{h:T}.{crc32.dec:body}")),
            (BodyCover::Nothing, hmac("{h:Id}.{h:T}")),
            (BodyCover::Nothing, scheme(Algorithm::Token, Syntax::Plain, "")),
            (BodyCover::Nothing, scheme(Algorithm::HmacSha256, jwt(), "")),
            (BodyCover::Whole, scheme(Algorithm::HmacSha256, jwt(), "").equal("{c:/h}={sha256.hex:body}")),
            (BodyCover::Nothing, scheme(Algorithm::HmacSha256, jwt(), "").equal("{cfg?:x}={sha256.hex:body}")),
            (BodyCover::Whole, scheme(Algorithm::Ed25519, http("@method content-digest".into()), "")),
            (BodyCover::Nothing, scheme(Algorithm::Ed25519, http("@method".into()), "")),
        ] {
            assert_eq!(scheme.covers_body(), covered, "{}", scheme.in_words());
        }
        assert!(BodyCover::Nothing < BodyCover::Part && BodyCover::Part < BodyCover::Whole);
    }

    #[test]
    fn names_the_features_of_a_scheme() {
        let features = |algorithm, content| scheme(algorithm, Syntax::Plain, content).features();
        assert!(features(Algorithm::HmacSha256, "{body}").is_empty());
        assert_eq!(features(Algorithm::EcdsaP256Sha256, "{crc32.dec:body}"), ["ecdsa", "crc32"]);
        assert_eq!(features(Algorithm::HashMd5, "{secret}{jcs:body}"), ["jcs", "md5"]);
        assert_eq!(features(Algorithm::RsaPssSha256, "{sha1.hex:{p:t}{md5.hex:body}}"), ["rsa", "md5"]);
    }
}
