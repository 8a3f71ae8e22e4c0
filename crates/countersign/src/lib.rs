#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::panic)
)]

pub mod admin;
mod claim;
mod clock;
mod codec;
mod content;
mod dedupe;
mod delivery;
mod endpoint;
mod envelope;
mod error;
mod gate;
mod handshake;
mod head;
#[cfg(feature = "http-signatures")]
mod http_signature;
mod idempotency;
mod idempotency_key;
mod intake;
#[cfg(feature = "json")]
mod json;
mod jws;
mod key;
mod key_address;
mod keyed;
mod keyring;
mod mac;
#[cfg(feature = "memory")]
mod memory;
mod needs;
mod observe;
mod outcome;
mod plan;
mod problem;
mod provider;
pub mod providers;
mod public_key;
pub mod record;
mod rejection;
mod scheme;
mod secret;
mod short;
mod store;
mod template;
#[cfg(feature = "tenants")]
mod tenant;
#[cfg(feature = "toml")]
mod toml_text;
mod url;
mod whole;
mod words;

pub use claim::{Claim, Ending, Lease, NotExecuted};
pub use clock::{Clock, SystemClock, TimestampUnit, Tolerance, UnixTime};
pub use codec::encode;
pub use content::{Absent, Content, Params};
pub use delivery::Delivery;
#[cfg(feature = "json")]
pub use delivery::DoesNotFit;
pub use endpoint::{Endpoint, EndpointBuilder, Keys, Limits, check_keyring};
pub use error::ConfigError;
pub use gate::{Admission, Decision, Gate, Running, Timer, within};
pub use handshake::{
    Arrival, Challenge, Charset, DeliveredKey, Greeted, Handshake, HandshakeReply, KeyRefused, Reply, ReplyBody,
};
pub use head::RequestHead;
#[cfg(feature = "http-signatures")]
#[doc(hidden)]
pub use http_signature::{Request as CoveredRequest, base as signature_base};
pub use idempotency::{IdempotencyKeys, IdempotencyKeysBuilder};
pub use intake::Intake;
pub use jws::name as jws_algorithm;
pub use key::{BadKey, EventKey, Fingerprint};
pub use key_address::is_key_address;
pub use keyed::{KeyedIntake, KeyedRequest, Scope};
pub use keyring::Keyring;
pub use mac::sign_mac;
#[cfg(feature = "memory")]
pub use memory::{MemoryStats, MemoryStore};
pub use needs::{BodyCover, Needs};
pub use observe::{Shown, Watch};
pub use provider::{Evidence, Provider, Retries, Sample, Sender, Success};
pub use record::Fence;
pub use rejection::{REFUSED, Reason, Refusal, Rejection, TRY_LATER};
pub use scheme::{
    Algorithm, Encoding, JwsPayload, Scheme, SecretEncoding, SecretFormat, SignatureField, Syntax, Text, TimestampRule,
};
pub use secret::{Environment, MIN_KEY_BYTES, SecretError, SigningSecret};
pub use store::{ClaimReply, Outcome, Store, StoreError, StoreErrorKind};
pub use template::{DigestHash, DigestWriting, TemplateError, Token, parse_conditions, parse_single, parse_template};
#[cfg(feature = "tenants")]
pub use tenant::{FetchedKeys, KeySource, ResolveError, Tenant, TenantName, TenantResolver, Tenants};
#[cfg(feature = "toml")]
pub use toml_text::{line_and_column, without_value};
pub use url::PublicUrl;
