//! The policy of an API for `Idempotency-Key`: what cannot be built, and what it shows. What requests meet is held from
//! outside, in `tests/`.

use bytes::Bytes;
use countersign::{IdempotencyKeys, IdempotencyKeysBuilder, MemoryStore, Scope};

fn keys() -> IdempotencyKeysBuilder {
    IdempotencyKeys::builder("payments", MemoryStore::default())
}

#[test]
fn a_setting_that_cannot_work_is_named() {
    let refused = |builder: IdempotencyKeysBuilder| builder.build().unwrap_err().setting().to_owned();
    assert_eq!(refused(IdempotencyKeys::builder("", MemoryStore::default())), "name");
    assert_eq!(refused(IdempotencyKeys::builder("a/b", MemoryStore::default())), "name");
    assert_eq!(refused(keys().min_key_length(0)), "key_length");
    assert_eq!(refused(keys().max_key_length(256)), "key_length");
    assert_eq!(refused(keys().min_key_length(33).max_key_length(32)), "key_length");
    assert_eq!(refused(keys().methods(["POST", "GET"])), "methods");
    assert_eq!(refused(keys().methods(Vec::<String>::new())), "methods");
    assert_eq!(refused(keys().fingerprint_headers(["Idempotency-Key"])), "fingerprint_headers");
    assert_eq!(refused(keys().retention(core::time::Duration::from_secs(3_599))), "retention");
    assert_eq!(refused(keys().body_cap(0)), "body_cap");
    assert_eq!(refused(keys().lease(core::time::Duration::ZERO)), "lease");
    assert_eq!(refused(keys().problem_types("not a uri")), "problem_types");
    assert!(keys().build().is_ok());
}

#[test]
fn neither_the_key_nor_the_scope_nor_the_body_is_shown() {
    let request = http::Request::post("/payments").header("idempotency-key", "\"secret-key\"").body(()).unwrap();
    let keys = keys().build().unwrap();
    let scope = Scope::new("secret-account");
    let shown_scope = format!("{scope:?}");
    let mut intake = keys.open(&request, None, || Some(scope)).unwrap().expect("it has a key");
    intake.push(Bytes::from_static(b"secret-body")).unwrap();
    let shown_intake = format!("{intake:?}");
    let request = intake.finish();
    for shown in [shown_scope, shown_intake, format!("{request:?}"), format!("{keys:?}")] {
        assert!(!shown.contains("secret"), "{shown}");
    }
    assert_eq!(&request.body()[..], b"secret-body");
}

#[test]
fn the_scope_is_asked_for_only_where_there_is_a_key() {
    let keys = keys().danger_allow_missing_key().build().unwrap();
    let never = || -> Option<Scope> { panic!("nobody needs it") };
    let get = http::Request::get("/payments").header("idempotency-key", "\"k\"").body(()).unwrap();
    let bare = http::Request::post("/payments").body(()).unwrap();
    for request in [get, bare] {
        assert!(keys.open(&request, None, never).unwrap().is_none());
    }
}

#[test]
fn a_body_in_pieces_is_the_same_request() {
    let keys = keys().build().unwrap();
    let read = |pieces: &[&'static str]| {
        let request = http::Request::post("/payments").header("idempotency-key", "\"k\"").body(()).unwrap();
        let mut intake = keys.open(&request, Some("a=1"), || Some(Scope::new("ada"))).unwrap().unwrap();
        pieces.iter().for_each(|piece| intake.push(Bytes::from_static(piece.as_bytes())).unwrap());
        intake.finish()
    };
    let whole = read(&["one two three"]);
    for pieces in [&["one ", "two ", "three"][..], &["", "one", "", " two three"]] {
        let request = read(pieces);
        assert_eq!((request.body(), request.key()), (whole.body(), whole.key()));
    }
}
