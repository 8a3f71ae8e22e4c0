//! One key at a time, at an address made of its id: eBay, Circle.

use core::future::Future;
use core::pin::Pin;

use countersign::{Environment, KeySource, Keyring, ResolveError, SigningSecret};
use http::HeaderValue;
use http::header::AUTHORIZATION;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::error::{FetchError, SetupError};
use crate::fetcher::{KEY_CAP, KeyFetcher, Question};
use crate::pace::Pace;
use crate::url::KeyUrl;

/// The key at an address in which its id stands.
///
/// 1. An id has 1 to 128 letters, digits, `_`, `.` or `-`, and is not `.` or `..`. Any other is unknown without a fetch,
///    so that no id leaves its place in the path.
/// 2. Of ids never seen before 32 are fetched at once and then one a second; the others are answered 503, so that
///    made-up ids do not use up what the provider lets you ask.
/// 3. 400, 404 and 410 mean that there is no such key: 401. That your token is refused is a failure: 503.
///
/// ```
/// use countersign_keys::{KeyFetcher, PublicKeyAt};
///
/// # fn build(api_key: String) -> Result<(), countersign_keys::SetupError> {
/// let keys = PublicKeyAt::new("https://api.circle.com/v2/cpn/notifications/publicKey/{key_id}", KeyFetcher::new()?)?
///     .in_json("/data/publicKey")
///     .token(api_key);
/// # Ok(())
/// # }
/// ```
pub struct PublicKeyAt {
    fetcher: KeyFetcher,
    /// The address before the id and after it.
    around: [String; 2],
    pointer: Option<&'static str>,
    bearer: Option<Bearer>,
    pace: Pace,
}

type Token = Pin<Box<dyn Future<Output = Result<String, ResolveError>> + Send>>;

/// Gives the token of the next request.
type Bearer = Box<dyn Fn() -> Token + Send + Sync>;

const KEY_ID: &str = "{key_id}";

impl PublicKeyAt {
    /// Keys at `template`, an `https` URL with `{key_id}` in its path.
    ///
    /// # Errors
    ///
    /// It is not.
    pub fn new(template: &str, fetcher: KeyFetcher) -> Result<Self, SetupError> {
        let whole = KeyUrl::read(&template.replacen(KEY_ID, "id", 1));
        whole.map_err(|problem| SetupError::new("template", problem))?;
        match template.split_once(KEY_ID) {
            Some((before, after)) if before.strip_prefix("https://").is_some_and(|rest| rest.contains('/')) => {
                Ok(Self {
                    fetcher,
                    around: [before.to_owned(), after.to_owned()],
                    pointer: None,
                    bearer: None,
                    pace: Pace::new(),
                })
            }
            _ => Err(SetupError::new("template", "its path must have `{key_id}` once")),
        }
    }

    /// eBay's keys, by its Notification API. `token` gives an application token (client credentials), which lasts two
    /// hours; it is asked for before each fetch.
    ///
    /// # Errors
    ///
    /// None today.
    pub fn ebay<F, T>(environment: Environment, fetcher: KeyFetcher, token: F) -> Result<Self, SetupError>
    where
        F: Fn() -> T + Send + Sync + 'static,
        T: Future<Output = Result<String, ResolveError>> + Send + 'static,
    {
        let template = match environment {
            Environment::Live => "https://api.ebay.com/commerce/notification/v1/public_key/{key_id}",
            Environment::Test => "https://api.sandbox.ebay.com/commerce/notification/v1/public_key/{key_id}",
        };
        Ok(Self::new(template, fetcher)?.in_json("/key").bearer(token))
    }

    /// Circle's keys, by the API of its wallets and contracts. Its other products have endpoints of their own: see
    /// [`new`](Self::new).
    ///
    /// # Errors
    ///
    /// None today.
    pub fn circle(api_key: impl Into<String>, fetcher: KeyFetcher) -> Result<Self, SetupError> {
        let template = "https://api.circle.com/v2/notifications/publicKey/{key_id}";
        Ok(Self::new(template, fetcher)?.in_json("/data/publicKey").token(api_key).new_keys_per_second(10))
    }

    /// How many keys never seen before are fetched each second. Default: 1, after 32 at once; for Circle 10. Too few, and
    /// deliveries under new keys are put off with 503; too many, and made-up ids use up what the provider lets you ask.
    #[must_use]
    pub fn new_keys_per_second(mut self, keys: u32) -> Self {
        self.pace.per_second = keys;
        self
    }

    /// The key stands in a JSON answer, at this pointer (RFC 6901): as a text, or as a JWK.
    #[must_use]
    pub fn in_json(mut self, pointer: &'static str) -> Self {
        self.pointer = Some(pointer);
        self
    }

    /// Sends `Authorization: Bearer` with this token.
    #[must_use]
    pub fn token(self, token: impl Into<String>) -> Self {
        let token = Zeroizing::new(token.into());
        self.bearer(move || core::future::ready(Ok(token.to_string())))
    }

    /// Sends `Authorization: Bearer` with the token that this gives, before each fetch.
    #[must_use]
    pub fn bearer<F, T>(mut self, token: F) -> Self
    where
        F: Fn() -> T + Send + Sync + 'static,
        T: Future<Output = Result<String, ResolveError>> + Send + 'static,
    {
        self.bearer = Some(Box::new(move || Box::pin(token())));
        self
    }

    async fn question(&self, url: KeyUrl) -> Result<Question, FetchError> {
        let mut question = Question::get(url, KEY_CAP);
        if let Some(bearer) = &self.bearer {
            let token = Zeroizing::new(bearer().await.map_err(FetchError::Token)?);
            let value = Zeroizing::new(format!("Bearer {}", *token));
            let mut value = HeaderValue::from_str(&value).map_err(|error| FetchError::Token(error.into()))?;
            value.set_sensitive(true);
            question.headers.push((AUTHORIZATION, value));
        }
        Ok(question)
    }
}

impl KeySource for PublicKeyAt {
    async fn key(&self, id: &str) -> Result<Option<Keyring>, ResolveError> {
        if !is_plain(id) {
            return Ok(None);
        }
        if !self.pace.allows(id) {
            return Err(FetchError::HeldBack.into());
        }
        let [before, after] = &self.around;
        let url = KeyUrl::read(&format!("{before}{id}{after}")).map_err(FetchError::NotAUrl)?;
        let answer = self.fetcher.ask(self.question(url).await?).await?;
        let Some(text) = answer.text(&[400, 404, 410])? else { return Ok(None) };
        let key = match self.pointer {
            None => text,
            Some(pointer) => {
                in_json(&text, pointer).ok_or(FetchError::Unreadable("the answer has no key where it should be"))?
            }
        };
        self.pace.learn(id);
        Ok(Some(SigningSecret::new(key).id(id).into()))
    }
}

/// Whether an id may stand in a path.
pub(crate) fn is_plain(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    (1..=128).contains(&id.len()) && id.bytes().all(is_plain) && id != "." && id != ".."
}

/// The key at a pointer: a text as it is, a JWK as JSON.
fn in_json(text: &str, pointer: &str) -> Option<String> {
    let json: Value = serde_json::from_str(text).ok()?;
    match json.pointer(pointer)? {
        Value::String(key) => Some(key.clone()),
        key @ Value::Object(_) => Some(key.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_leaves_its_place_in_the_path() {
        for plain in ["a", "9936261a-7d7b-4621-a0f1-96ccb428af49", "v1.2_3", "..."] {
            assert!(is_plain(plain), "{plain}");
        }
        let long = "a".repeat(129);
        for bad in ["", ".", "..", "../admin", "a/b", "a%2fb", "a?b", "a#b", "a b", "a\r\nb", "ä", &long] {
            assert!(!is_plain(bad), "{bad}");
        }
    }
}
