//! The rows, in the order of the catalogue. Each file below holds one chapter of it.

mod algorithms;
mod bodies;
mod claims;
mod detours;
mod endings;
mod handshakes;
mod headers;
mod http_signatures;
mod identity;
mod jose;
mod key_sources;
mod keyed;
mod keys;
mod oracles;
mod outages;
mod partly_signed;
mod public_keys;
mod records;
mod replay;
mod shutdown;
mod signatures;
mod slow;
mod tenants;
mod timestamps;
mod tokens;
mod urls;

use countersign::{Provider, providers};

use crate::row::{Lane, Row};
use crate::setup::Setup;

/// Every row of the catalogue that this crate holds or leaves out with a reason.
pub fn all() -> Vec<Row> {
    let chapters = [
        headers::rows(),
        detours::rows(),
        signatures::rows(),
        algorithms::rows(),
        public_keys::rows(),
        http_signatures::rows(),
        jose::rows(),
        key_sources::rows(),
        timestamps::rows(),
        bodies::rows(),
        slow::rows(),
        replay::rows(),
        identity::rows(),
        claims::rows(),
        keys::rows(),
        tenants::rows(),
        urls::rows(),
        tokens::rows(),
        partly_signed::rows(),
        oracles::rows(),
        endings::rows(),
        records::rows(),
        shutdown::rows(),
        outages::rows(),
        keyed::rows(),
        handshakes::rows(),
    ];
    let mut rows: Vec<Row> = chapters.into_iter().flatten().collect();
    rows.sort_by_key(|row| row.id);
    rows
}

const STANDARD: Lane = Lane { name: "standard-webhooks", setup: Setup::standard };
const STANDARD_PUBLIC: Lane = Lane { name: "standard-webhooks, public key", setup: Setup::standard_public };
const STANDARD_BOTH: Lane = Lane { name: "standard-webhooks, both keys", setup: Setup::standard_both };
const GITHUB: Lane = Lane { name: "github", setup: Setup::github };
const STRIPE: Lane = Lane { name: "stripe", setup: Setup::stripe };
const SLACK: Lane = Lane { name: "slack", setup: Setup::slack };
const LINE: Lane = Lane { name: "line", setup: Setup::line };
const LINEAR: Lane = Lane { name: "linear", setup: Setup::linear };
/// A made-up provider: the base64url alphabet, alone in a header.
const URL_SAFE: Lane = Lane { name: "base64url", setup: url_safe };

fn url_safe() -> Setup {
    let provider = Provider::from_toml(
        r#"
        name = "url-safe"
        event_id = ["{content}"]

        [[schemes]]
        algorithm = "hmac-sha256"
        secret = { encoding = "utf8" }
        signature = { at = "{h:X-Signature}", encoding = "base64url" }
        content = "{body}"
        "#,
    );
    Setup::by_text_key(provider.expect("the provider is well described"))
}

/// The provider under test where one is as good as another.
fn standard_webhooks() -> Provider {
    providers::STANDARD_WEBHOOKS
}
