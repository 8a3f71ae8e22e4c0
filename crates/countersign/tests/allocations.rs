//! From headers to verdict nothing is allocated, whether the delivery is taken or refused.

use allocation_counter::measure;
use bytes::Bytes;
use countersign::{Endpoint, Provider, Reason, Scheme, SecretEncoding, UnixTime, providers};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NOW: u64 = 1_614_265_330;

fn standard_request(signature: &str) -> http::Request<()> {
    http::Request::post("/hooks")
        .header("host", "hooks.example.com")
        .header("content-type", "application/json")
        .header("user-agent", "Svix-Webhooks/1.67.0")
        .header("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
        .header("webhook-timestamp", NOW.to_string())
        .header("webhook-signature", signature)
        .body(())
        .unwrap()
}

fn endpoint(provider: &Provider, secret: &str) -> Endpoint {
    Endpoint::builder("allocations", provider, secret).build().unwrap()
}

/// Verifies once to warm up, then counts one verification.
fn count(endpoint: &Endpoint, request: &http::Request<()>, body: &Bytes, expected: Result<(), Reason>) -> u64 {
    let verify = || {
        let mut intake = endpoint.open(request).map_err(|rejection| rejection.reason())?;
        intake.push(body.clone()).map_err(|rejection| rejection.reason())?;
        let delivery = intake.finish(UnixTime::from_secs(NOW)).map_err(|rejection| rejection.reason())?;
        assert_eq!(delivery.body().len(), body.len());
        Ok(())
    };
    assert_eq!(verify(), expected);
    measure(|| assert_eq!(verify(), expected)).count_total
}

#[test]
fn the_counter_counts() {
    assert_eq!(measure(|| drop(std::hint::black_box(vec![1u8; 64]))).count_total, 1);
}

#[test]
fn a_standard_webhooks_delivery_costs_no_allocation() {
    let endpoint = endpoint(&providers::STANDARD_WEBHOOKS, SECRET);
    let body = Bytes::from_static(br#"{"test": 2432232314}"#);
    let valid = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    let forged = "v1,h0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    let rotated = format!("{forged} {valid}");
    assert_eq!(count(&endpoint, &standard_request(valid), &body, Ok(())), 0);
    assert_eq!(count(&endpoint, &standard_request(&rotated), &body, Ok(())), 0);
    assert_eq!(count(&endpoint, &standard_request(forged), &body, Err(Reason::SignatureMismatch)), 0);
    assert_eq!(count(&endpoint, &standard_request("v1,"), &body, Err(Reason::SignatureMalformed)), 0);
}

#[test]
fn no_hmac_provider_costs_an_allocation() {
    let (mut providers_counted, secret) = (0, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    for provider in providers::all() {
        let is_mac = |scheme: &Scheme| scheme.algorithm.is_mac() && scheme.secret.encoding == SecretEncoding::Utf8;
        let is_standard = provider.schemes == providers::STANDARD_WEBHOOKS.schemes;
        let is_counted = is_standard || provider.streams() && provider.schemes.iter().all(is_mac);
        if !is_counted {
            continue;
        }
        let endpoint = endpoint(provider, secret);
        let body = Bytes::from_static(br#"{"id":"evt_1","webhookTimestamp":1614265330000}"#);
        let (request, expected) = forged_request(provider);
        assert_eq!(count(&endpoint, &request, &body, Err(expected)), 0, "{}", provider.name);
        providers_counted += 1;
    }
    assert!(providers_counted >= 60, "{providers_counted}");
}

/// A request with every header that the provider signs, well-formed, and a signature that does not match.
fn forged_request(provider: &Provider) -> (http::Request<()>, Reason) {
    use countersign::{Syntax, Token, encode, parse_single, parse_template};
    let scheme = &provider.schemes[0];
    let signature = encode(&vec![7; scheme.algorithm.signature_len().unwrap()], scheme.signature.encoding);
    let time = scheme.timestamp.as_ref().map_or(String::new(), |rule| rule.unit.write(UnixTime::from_secs(NOW)));
    let value = match &scheme.signature.syntax {
        Syntax::Prefix(prefix) | Syntax::List { prefix, .. } => format!("{prefix}{signature}"),
        Syntax::Pairs { separator, assign, pick, .. } => {
            let content = parse_template(&scheme.content).unwrap();
            let params = content.iter().filter_map(|token| match token {
                Token::Param(name) => {
                    Some(format!("{name}{assign}{}{separator}", if time.is_empty() { "x" } else { &time }))
                }
                _ => None,
            });
            format!("{}{pick}{assign}{signature}", params.collect::<String>())
        }
        _ => signature,
    };
    let mut request = http::Request::post("/hooks");
    if let Ok(Token::Header(names)) = parse_single(&scheme.signature.at) {
        request = request.header(&names[0], value);
    }
    for token in parse_template(&scheme.content).unwrap() {
        if let Token::Header(names) = token {
            let is_time = scheme.timestamp.as_ref().is_some_and(|rule| {
                rule.from.contains(names[0].as_str()) || rule.from.to_ascii_lowercase().contains(names[0].as_str())
            });
            request = request.header(&names[0], if is_time { time.as_str() } else { "msg_1" });
        }
    }
    (request.body(()).unwrap(), Reason::SignatureMismatch)
}
