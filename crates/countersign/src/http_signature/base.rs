//! The signature base (RFC 9421, section 2): the covered components of one signature and the value of each.

use std::borrow::Cow;

use data_encoding::BASE64;
use sfv::BareItemFromInput;

use super::field::{self, InnerList, Item, MAX_FIELD, Members};
use super::{Request, digest, query};
use crate::rejection::Reason;

/// The longest signature base, in bytes. Headers are short; a limit holds where one is covered in several forms.
const MAX_BASE: usize = 65_536;

/// The most components of one signature whose value is searched for inside a field or a query. Each reads it again.
const MAX_SEARCHED: usize = 16;

/// What a signature covers, in its order.
pub(super) struct Covered<'f>(Vec<Component<'f>>);

struct Component<'f> {
    name: &'f str,
    form: Form<'f>,
    /// The name and its parameter as the base writes them.
    identifier: String,
}

/// Which form of a component is covered. A component has one parameter at most: no two of them go together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form<'f> {
    /// The value as it was sent.
    Plain,
    /// `;sf`: the structured field, written strictly.
    Structured,
    /// `;bs`: each line as a byte sequence.
    Bytes,
    /// `;key`: one member of a dictionary.
    Member(&'f str),
    /// `;name`: one parameter of the query.
    Parameter(&'f str),
}

impl<'f> Covered<'f> {
    /// Reads the covered components.
    ///
    /// # Errors
    ///
    /// A component is not a string, is not written in lower case, stands twice, is none that a request has (`@status`,
    /// `@signature-params`, `;req`, `;tr`), or has a parameter that this code does not know.
    pub(super) fn read(list: &'f InnerList<'_>) -> Result<Self, Reason> {
        let mut components: Vec<Component<'f>> = Vec::with_capacity(list.items.len());
        for item in &list.items {
            let component = Component::read(item).ok_or(Reason::SignatureMalformed)?;
            if components.iter().any(|other| other.name == component.name && other.form == component.form) {
                return Err(Reason::SignatureMalformed);
            }
            components.push(component);
        }
        Ok(Self(components))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether any form of this component is covered.
    pub(super) fn names(&self, name: &str) -> bool {
        self.0.iter().any(|component| component.name == name)
    }

    /// Whether the signature binds all of `wanted`: a name, or a name with its parameter (`@query-param;name="id"`).
    pub(super) fn binds(&self, wanted: &str) -> bool {
        self.0.iter().any(|component| component.binds(wanted))
    }

    /// The signature base.
    ///
    /// # Errors
    ///
    /// A component is absent, ambiguous or malformed; the base is too long.
    pub(super) fn base(&self, request: &Request<'_>, list: &InnerList<'_>) -> Result<Vec<u8>, Reason> {
        if self.0.iter().filter(|component| component.is_searched()).count() > MAX_SEARCHED {
            return Err(Reason::HeaderTooLong);
        }
        let mut base = Vec::new();
        for component in &self.0 {
            let value = component.value(request)?;
            if !field::is_clean(&value) {
                return Err(Reason::SignedHeaderMalformed);
            }
            base.extend_from_slice(component.identifier.as_bytes());
            base.extend_from_slice(b": ");
            base.extend_from_slice(&value);
            base.push(b'\n');
            if base.len() > MAX_BASE {
                return Err(Reason::HeaderTooLong);
            }
        }
        // Written anew rather than copied: section 2.3 signs the strict serialisation, however a proxy spaced the field.
        base.extend_from_slice(b"\"@signature-params\": ");
        base.extend_from_slice(list.serialise().as_bytes());
        Ok(base)
    }
}

impl<'f> Component<'f> {
    fn read(item: &'f Item<'_>) -> Option<Self> {
        let name = item.bare.as_string()?.as_str();
        let mut params = item.params.iter();
        let form = match (params.next(), params.next()) {
            (None, _) => Form::Plain,
            (Some((key, value)), None) => match (key.as_str(), value) {
                ("sf", BareItemFromInput::Boolean(true)) => Form::Structured,
                ("bs", BareItemFromInput::Boolean(true)) => Form::Bytes,
                ("key", BareItemFromInput::String(member)) => Form::Member(member.as_str()),
                ("name", BareItemFromInput::String(parameter)) => Form::Parameter(parameter.as_str()),
                _ => return None,
            },
            _ => return None,
        };
        let exists = match (name, form) {
            ("@query-param", form) => matches!(form, Form::Parameter(_)),
            ("@method" | "@target-uri" | "@authority" | "@scheme", form) => form == Form::Plain,
            ("@request-target" | "@path" | "@query", form) => form == Form::Plain,
            (name, form) => is_field_name(name) && !matches!(form, Form::Parameter(_)),
        };
        exists.then(|| Self { name, form, identifier: item.serialise() })
    }

    fn binds(&self, wanted: &str) -> bool {
        if let Some((name, parameter)) = wanted.split_once(';') {
            return self.identifier == format!("\"{name}\";{parameter}");
        }
        match (self.name, self.form) {
            (name, Form::Plain | Form::Structured | Form::Bytes) if name == wanted => true,
            // The other digests of the field are not covered, and one that does not count could be kept.
            ("content-digest", Form::Member(algorithm)) => wanted == "content-digest" && digest::counts(algorithm),
            // A URI says all of its parts.
            ("@target-uri", _) => matches!(wanted, "@scheme" | "@authority" | "@request-target" | "@path" | "@query"),
            ("@request-target", _) => matches!(wanted, "@path" | "@query"),
            _ => false,
        }
    }

    fn is_searched(&self) -> bool {
        matches!(self.form, Form::Structured | Form::Member(_) | Form::Parameter(_))
    }

    fn value<'r>(&self, request: &Request<'r>) -> Result<Cow<'r, [u8]>, Reason> {
        let text = match self.name {
            "@method" => Cow::Borrowed(request.method),
            "@scheme" => Cow::Borrowed(request.scheme),
            "@authority" => Cow::Borrowed(request.authority),
            "@request-target" => Cow::Borrowed(request.target),
            "@path" => Cow::Borrowed(origin_form(request.target)?.0),
            "@query" => Cow::Owned(format!("?{}", origin_form(request.target)?.1.unwrap_or_default())),
            "@target-uri" => {
                let (path, query) = origin_form(request.target)?;
                let query = query.map(|query| format!("?{query}")).unwrap_or_default();
                Cow::Owned(format!("{}://{}{path}{query}", request.scheme, request.authority))
            }
            _ => return self.field_value(request),
        };
        Ok(match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        })
    }

    fn field_value<'r>(&self, request: &Request<'r>) -> Result<Cow<'r, [u8]>, Reason> {
        let joined = || field::joined(request.headers, self.name)?.ok_or(Reason::SignedHeaderMissing);
        let text = match self.form {
            Form::Plain => return joined().map(Cow::Owned),
            Form::Structured => {
                let field = joined()?;
                let members = Members::any(&field).filter(|members| members.len() > 0);
                members.ok_or(Reason::SignedHeaderMalformed)?.serialise()
            }
            Form::Member(key) => {
                let field = joined()?;
                let members = Members::dictionary(&field).ok_or(Reason::SignedHeaderMalformed)?;
                members.get(key).ok_or(Reason::SignedHeaderMissing)?.serialise()
            }
            Form::Bytes => as_bytes(request, self.name)?,
            Form::Parameter(name) => query::parameter(origin_form(request.target)?.1.unwrap_or_default(), name)?,
        };
        Ok(Cow::Owned(text.into_bytes()))
    }
}

/// Each line of a header as a byte sequence (section 2.1.3). A folded line is refused here too: what the sender saw
/// before it was folded cannot be known.
fn as_bytes(request: &Request<'_>, name: &str) -> Result<String, Reason> {
    let mut encoded = Vec::new();
    let mut length = 0usize;
    for line in field::lines(request.headers, name) {
        length = length.saturating_add(line.len());
        if line.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return Err(Reason::SignedHeaderMalformed);
        }
        if length > MAX_FIELD {
            return Err(Reason::HeaderTooLong);
        }
        encoded.push(format!(":{}:", BASE64.encode(line)));
    }
    if encoded.is_empty() { Err(Reason::SignedHeaderMissing) } else { Ok(encoded.join(", ")) }
}

/// The path of a target and its query. An empty path is `/`; a target in another form than a webhook's is refused.
fn origin_form(target: &str) -> Result<(&str, Option<&str>), Reason> {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    match path {
        "" => Ok(("/", query)),
        path if path.starts_with('/') => Ok((path, query)),
        _ => Err(Reason::SignedHeaderMalformed),
    }
}

/// Whether a text is the name of a header (RFC 9110, section 5.6.2), in lower case.
fn is_field_name(name: &str) -> bool {
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_name)
}
