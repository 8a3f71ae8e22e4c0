//! The signing half of a JWS in compact form (RFC 7515): its header, its payload, and the bytes that are signed.

use countersign::{JwsPayload, jws_algorithm};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value, json};

use crate::signer::SchemeKeys;
use crate::unsigned::Unsigned;

/// Protected header and payload as they stand in the text, the payload empty where it is detached. `alg` is the
/// scheme's, unless an attacker chooses another.
pub(crate) fn covers(unsigned: &Unsigned, scheme: &SchemeKeys, payload: JwsPayload, alg: Option<&str>) -> String {
    let alg = alg.or_else(|| jws_algorithm(scheme.scheme.algorithm)).unwrap_or_default();
    let mut header = Map::new();
    header.insert("alg".to_owned(), json!(alg));
    match payload {
        JwsPayload::Attached => {
            header.insert("typ".to_owned(), json!("JWT"));
        }
        JwsPayload::Detached => {}
        JwsPayload::DetachedRaw => {
            header.insert("b64".to_owned(), json!(false));
            header.insert("crit".to_owned(), json!(["b64"]));
        }
    }
    for (name, value) in &unsigned.params {
        header.insert(name.clone(), json!(value));
    }
    let header = BASE64URL_NOPAD.encode(Value::Object(header).to_string().as_bytes());
    let payload = match payload {
        JwsPayload::Attached => BASE64URL_NOPAD.encode(&unsigned.payload()),
        _ => String::new(),
    };
    format!("{header}.{payload}")
}

/// The bytes that are signed. `detached` is the payload where it is not in the text.
pub(crate) fn signing_input(covers: &str, payload: JwsPayload, detached: &[u8]) -> Vec<u8> {
    match payload {
        JwsPayload::Attached => covers.as_bytes().to_vec(),
        JwsPayload::Detached => [covers.as_bytes(), BASE64URL_NOPAD.encode(detached).as_bytes()].concat(),
        JwsPayload::DetachedRaw => [covers.as_bytes(), detached].concat(),
    }
}
