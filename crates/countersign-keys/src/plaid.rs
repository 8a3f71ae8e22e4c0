//! Plaid's keys, which its API gives one at a time to whoever has its credentials.

use countersign::{Environment, KeySource, Keyring, ResolveError, SigningSecret, UnixTime};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::by_id::is_plain;
use crate::error::{FetchError, SetupError};
use crate::fetcher::{KEY_CAP, KeyFetcher, Question};
use crate::pace::Pace;
use crate::url::KeyUrl;

/// Plaid's keys, by `/webhook_verification_key/get`.
///
/// Ids and pace are as for [`PublicKeyAt`](crate::PublicKeyAt). A key that Plaid says has expired verifies nothing after
/// that time. <https://plaid.com/docs/api/webhooks/webhook-verification/>
pub struct Plaid {
    fetcher: KeyFetcher,
    url: KeyUrl,
    client_id: String,
    secret: Zeroizing<String>,
    pace: Pace,
}

impl Plaid {
    /// The keys of production or of the sandbox, by the credentials of Plaid's dashboard.
    ///
    /// # Errors
    ///
    /// None today.
    pub fn new(
        environment: Environment,
        client_id: impl Into<String>,
        secret: impl Into<String>,
        fetcher: KeyFetcher,
    ) -> Result<Self, SetupError> {
        let url = match environment {
            Environment::Live => "https://production.plaid.com/webhook_verification_key/get",
            Environment::Test => "https://sandbox.plaid.com/webhook_verification_key/get",
        };
        let url = KeyUrl::read(url).map_err(|problem| SetupError::new("url", problem))?;
        let secret = Zeroizing::new(secret.into());
        Ok(Self { fetcher, url, client_id: client_id.into(), secret, pace: Pace::new() })
    }
}

impl KeySource for Plaid {
    async fn key(&self, id: &str) -> Result<Option<Keyring>, ResolveError> {
        if !is_plain(id) {
            return Ok(None);
        }
        if !self.pace.allows(id) {
            return Err(FetchError::HeldBack.into());
        }
        let body = json!({ "client_id": self.client_id, "secret": *self.secret, "key_id": id });
        let question = Question {
            method: Method::POST,
            headers: vec![(CONTENT_TYPE, HeaderValue::from_static("application/json"))],
            body: body.to_string().into(),
            ..Question::get(self.url.clone(), KEY_CAP)
        };
        let answer = self.fetcher.ask(question).await?;
        let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        // Plaid answers 400 for an unknown key and for wrong credentials alike, and says which.
        if answer.status == 400 && json.get("error_code").and_then(Value::as_str) == Some(UNKNOWN) {
            return Ok(None);
        }
        if answer.status != 200 {
            return Err(FetchError::Status(answer.status).into());
        }
        let Some(key @ Value::Object(_)) = json.get("key") else {
            return Err(FetchError::Unreadable("the answer has no `key`").into());
        };
        self.pace.learn(id);
        let mut secret = SigningSecret::new(key.to_string()).id(id);
        if let Some(expired) = key.get("expired_at").and_then(Value::as_u64) {
            secret = secret.not_after(UnixTime::from_secs(expired));
        }
        Ok(Some(secret.into()))
    }
}

const UNKNOWN: &str = "INVALID_WEBHOOK_VERIFICATION_KEY_ID";
