//! `providers`

use crate::common::run;

#[test]
fn lists_the_catalogue_for_people_and_for_programs() {
    let table = run(&["providers"]);
    assert_eq!(table.status, 0);
    assert!(table.stdout.lines().any(|line| line.starts_with("standard-webhooks ") && line.contains("ed25519")));

    let objects = run(&["providers", "--json"]).objects();
    // A title, an empty line and the sum stand beside the rows.
    assert_eq!(table.stdout.lines().count(), objects.len() + 3);
    let stripe = objects.iter().find(|object| object["name"] == "stripe").unwrap();
    assert_eq!(stripe["schemes"][0]["signs"], "{p:t}.{body}");
    assert_eq!(stripe["schemes"][0]["tolerance_past"], 300);
    assert_eq!(stripe["event_id"][0], "{j:/id}");
    assert_eq!(stripe["schemes"][0]["in_words"], "`Stripe-Signature`: `v1=<hex>` HMAC-SHA256 of `<t>.<body>`");
    assert_eq!(stripe["body_authenticated"], "whole");
    assert!(stripe["source"].as_str().unwrap().starts_with("https://"));
}

#[test]
fn shows_one_provider_in_full() {
    let ran = run(&["providers", "github"]);
    assert_eq!(ran.status, 0);
    for fact in ["`X-Hub-Signature-256`: `sha256=<hex>`", "hmac-sha256", "{content}", "ping", "published", "https://"] {
        assert!(ran.stdout.contains(fact), "{fact}");
    }
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    run(&["providers", "githbu"]).is_set_up_error(&["did you mean `github`?"]);
}
