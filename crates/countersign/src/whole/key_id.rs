//! The id of the key that made a signature, where a scheme names keys. Whose key it is, and whether it is known, is not
//! asked here.

#[cfg(feature = "tenants")]
use super::{applies, entry::entries};
use crate::content::{Absent, Content, Params};
use crate::key_address::is_key_address;
use crate::plan::SchemePlan;
use crate::rejection::Reason;

/// The longest id of a key, in bytes.
const MAX_KEY_ID: usize = 8 * 1024;

/// The longest id of a key that is looked up, in bytes.
#[cfg(feature = "tenants")]
const MAX_WANTED: usize = 512;

/// The id of the key that made a signature, where the scheme names keys.
pub(super) fn key_id(
    scheme: &SchemePlan,
    content: &Content<'_>,
    params: &Params<'_>,
) -> Result<Option<String>, Reason> {
    let Some(token) = &scheme.whole.key_id else { return Ok(None) };
    let content = Content { params, ..*content };
    let id = match content.value(token) {
        Ok(id) if id.len() <= MAX_KEY_ID => String::from_utf8(id.into_owned()).ok(),
        Ok(_) | Err(Absent::Malformed) => None,
        // A delivery that names no key may be of any.
        Err(Absent::Missing) if scheme.whole.keys_at.is_empty() => return Ok(None),
        Err(Absent::Missing) => None,
    };
    let id = id.ok_or(Reason::SignatureMalformed)?;
    // An address of keys that is not where the provider has them. What reads addresses leniently takes `https:/host` for
    // one too.
    let is_address = id.contains("://") || id.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("http"));
    if is_address && !is_key_address(&scheme.whole.keys_at, &id) {
        return Err(Reason::SignatureMalformed);
    }
    Ok(Some(id))
}

/// The first id of a key that a request names, for a source that fetches it.
///
/// Ids have 1 to 512 visible ASCII characters: anything else is an unknown key without a look-up.
#[cfg(feature = "tenants")]
pub(crate) fn wanted_key<'s>(
    schemes: impl Iterator<Item = (&'s SchemePlan, Option<&'s [u8]>)>,
    content: &Content<'_>,
) -> Result<Option<String>, Reason> {
    let mut first_reason = None;
    for (scheme, header) in schemes.filter(|(scheme, _)| scheme.whole.key_id.is_some()) {
        if !applies(scheme, content) {
            continue;
        }
        // What one scheme cannot read may be another's at the same place.
        match first_key_id(scheme, content, header) {
            Ok(Some(id)) => {
                let fits = (1..=MAX_WANTED).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
                return if fits { Ok(Some(id)) } else { Err(Reason::UnknownKey) };
            }
            Ok(None) => {}
            Err(reason) => first_reason = first_reason.or(Some(reason)),
        }
    }
    first_reason.map_or(Ok(None), Err)
}

#[cfg(feature = "tenants")]
fn first_key_id(scheme: &SchemePlan, content: &Content<'_>, header: Option<&[u8]>) -> Result<Option<String>, Reason> {
    for entry in entries(scheme, content, header)? {
        if let Some(id) = key_id(scheme, content, &entry.params)? {
            return Ok(Some(id));
        }
    }
    Ok(None)
}
