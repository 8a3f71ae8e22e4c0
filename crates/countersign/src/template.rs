//! The token language of schemes: text in, parts out. What the parts mean is decided where they are used.

use crate::scheme::Text;

/// One part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// Text that stands for itself.
    Literal(Text),
    /// `{body}`
    Body,
    /// `{h:NAME}`, or `{h:A|B}` with one name for each header set.
    Header(Vec<String>),
    /// `{p:NAME}`
    Param(String),
    /// `{j:/a/b}`
    Json(String),
    /// `{n:/a/b}`
    Number(String),
    /// `{content}`
    Content,
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
    let mut rest = template;
    while let Some((literal, after)) = rest.split_once('{') {
        push_literal(&mut tokens, literal)?;
        let (token, after) =
            after.split_once('}').ok_or_else(|| TemplateError(format!("`{{{after}` has no closing brace")))?;
        tokens.push(parse_token(token)?);
        rest = after;
    }
    push_literal(&mut tokens, rest)?;
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

fn push_literal(tokens: &mut Vec<Token>, literal: &str) -> Result<(), TemplateError> {
    if literal.contains('}') {
        return Err(TemplateError(format!("`{literal}` has a closing brace without an opening one")));
    }
    if !literal.is_empty() {
        tokens.push(Token::Literal(literal.to_owned().into()));
    }
    Ok(())
}

fn parse_token(token: &str) -> Result<Token, TemplateError> {
    let unknown = || {
        TemplateError(format!(
            "`{{{token}}}` is no token; known are {{body}}, {{h:HEADER}}, {{p:PARAMETER}}, {{j:/pointer}}, {{n:/pointer}}, \
             {{content}}"
        ))
    };
    match token.split_once(':') {
        None if token == "body" => Ok(Token::Body),
        None if token == "content" => Ok(Token::Content),
        Some(("h", names)) if names.split('|').all(is_header_name) => {
            Ok(Token::Header(names.split('|').map(str::to_ascii_lowercase).collect()))
        }
        Some(("p", name)) if !name.is_empty() => Ok(Token::Param(name.to_owned())),
        Some(("j", pointer)) if pointer.starts_with('/') => Ok(Token::Json(pointer.to_owned())),
        Some(("n", pointer)) if pointer.starts_with('/') => Ok(Token::Number(pointer.to_owned())),
        _ => Err(unknown()),
    }
}

/// A field name by RFC 9110, section 5.1: a token of visible ASCII without delimiters.
fn is_header_name(name: &str) -> bool {
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
