//! What the demo plays, and what would be right each time. A delivery is right by its answer and by how often the handler
//! ran: a refusal that ran the handler first is none.

use std::time::Duration;

use countersign::UnixTime;
use countersign_sign::{Draft, Expected, Hostile, SignedDelivery};

use super::Row;
use super::stage::{BODY_CAP, ROTATING, Scene, Secrets, Stage};
use crate::delivery;
use crate::failure::Failure;
use crate::send::is_right;

/// Which attacks each endpoint gets: those that its provider's scheme invites.
const ATTACKS: [(&str, &[Hostile]); 5] = [
    (
        "standard-webhooks",
        &[
            Hostile::Tampered,
            Hostile::Stale,
            Hostile::Future,
            Hostile::WrongSecret,
            Hostile::Unsigned,
            Hostile::Truncated,
            Hostile::ReEncoded,
            Hostile::BoundaryShifted,
            Hostile::AlgorithmConfusion,
            Hostile::Replayed,
        ],
    ),
    ("stripe", &[Hostile::Tampered, Hostile::Stale, Hostile::Truncated, Hostile::EmptySignature, Hostile::Replayed]),
    ("github", &[Hostile::Tampered, Hostile::WrongSecret, Hostile::AlgorithmConfusion, Hostile::Replayed]),
    ("slack", &[Hostile::Tampered, Hostile::Stale, Hostile::BoundaryShifted, Hostile::Replayed]),
    ("shopify", &[Hostile::Tampered, Hostile::Unsigned, Hostile::ReEncoded, Hostile::DuplicateHeader]),
];

/// How many deliveries of one event arrive at once.
const AT_ONCE: usize = 8;

/// Plays everything.
pub(super) async fn play(stage: &mut Stage) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for (name, attacks) in ATTACKS {
        rows.push(genuine(stage, name).await?);
        for attack in attacks {
            rows.push(attacked(stage, name, *attack).await?);
        }
    }
    rows.push(retried(stage, "stripe").await?);
    rows.push(at_once(stage, "stripe").await?);
    rows.push(failed_first(stage, "github").await?);
    rows.push(oversized(stage, "github").await?);
    rows.push(wrong_method(stage, "slack").await?);
    rows.push(previous_secret(stage).await?);
    rows.push(rotated(stage, Secrets::Next, "genuine, signed with the next secret", 200).await?);
    rows.push(rotated(stage, Secrets::Both, "genuine, signed with both", 200).await?);
    rows.push(rotated(stage, Secrets::Retired, "signed with a secret whose time is over", 401).await?);
    Ok(rows)
}

async fn genuine(stage: &mut Stage, name: &'static str) -> Result<Row, Failure> {
    let delivery = signed(&stage.sample(name)?)?;
    let scene = stage.in_turn(name, vec![delivery]).await?;
    Ok(row(name, "genuine", &[200], 1, scene))
}

/// Every form of an attack, one after the other.
async fn attacked(stage: &mut Stage, name: &'static str, attack: Hostile) -> Result<Row, Failure> {
    let forms = stage.sample(name)?.hostile(attack).map_err(|error| delivery::refused(&error))?;
    let expected: Vec<Expected> = forms.iter().map(|form| form.expected).collect();
    let scene = stage.in_turn(name, forms.into_iter().map(|form| form.delivery).collect()).await?;
    let answered = expected.iter().zip(&scene.answers).all(|(expected, status)| is_right(*expected, *status));
    let handled = expected.iter().filter(|expected| **expected == Expected::Accepted).count();
    let ok = answered && scene.ran == handled && reasons_are_true(attack, &scene.why);
    Ok(Row { ok, ..row(name, attack.summary(), &[], 0, scene) })
}

/// Whether the operator learns what happened, where only one thing can have: old but authentic is not forged.
fn reasons_are_true(attack: Hostile, why: &[&str]) -> bool {
    let expected = match attack {
        Hostile::Tampered | Hostile::WrongSecret => "signature_mismatch",
        Hostile::Stale => "stale",
        Hostile::Future => "from_the_future",
        Hostile::Unsigned => "signature_missing",
        _ => return true,
    };
    why.iter().all(|why| *why == expected)
}

async fn retried(stage: &mut Stage, name: &'static str) -> Result<Row, Failure> {
    let draft = stage.sample(name)?;
    let later = UnixTime::now().map(|now| now.saturating_add(Duration::from_secs(1)));
    let retry = later.map_or(draft.clone(), |later| draft.clone().retry_at(later));
    let scene = stage.in_turn(name, vec![signed(&draft)?, signed(&retry)?]).await?;
    Ok(row(name, "an event, then its retry, signed anew", &[200, 200], 1, scene))
}

async fn at_once(stage: &mut Stage, name: &'static str) -> Result<Row, Failure> {
    let delivery = signed(&stage.sample(name)?)?;
    let scene = stage.together(name, vec![delivery; AT_ONCE]).await?;
    Ok(row(name, &format!("one event, {AT_ONCE} times at once"), &[200; AT_ONCE], 1, scene))
}

async fn failed_first(stage: &mut Stage, name: &'static str) -> Result<Row, Failure> {
    let delivery = signed(&stage.sample(name)?)?;
    stage.fail_once(name)?;
    let scene = stage.in_turn(name, vec![delivery; 3]).await?;
    Ok(row(name, "an event whose handler fails at first, sent 3 times", &[500, 200, 200], 2, scene))
}

async fn oversized(stage: &mut Stage, name: &'static str) -> Result<Row, Failure> {
    let body = "x".repeat(usize::try_from(BODY_CAP).unwrap_or_default() + 1);
    let delivery = signed(&stage.sample(name)?.body(body))?;
    let scene = stage.in_turn(name, vec![delivery]).await?;
    Ok(row(name, "correctly signed, a byte longer than the body cap", &[413], 0, scene))
}

async fn wrong_method(stage: &mut Stage, name: &'static str) -> Result<Row, Failure> {
    let delivery = signed(&stage.sample(name)?.method("PUT"))?;
    let scene = stage.in_turn(name, vec![delivery]).await?;
    Ok(row(name, "correctly signed, with the method PUT", &[405], 0, scene))
}

async fn previous_secret(stage: &mut Stage) -> Result<Row, Failure> {
    let delivery = signed(&stage.sample(ROTATING)?)?;
    let scene = stage.in_turn(ROTATING, vec![delivery]).await?;
    Ok(row(ROTATING, "genuine, signed with the previous secret", &[200], 1, scene))
}

async fn rotated(stage: &mut Stage, secrets: Secrets, sent: &str, answer: u16) -> Result<Row, Failure> {
    let delivery = signed(&stage.rotated(secrets)?)?;
    let scene = stage.in_turn(ROTATING, vec![delivery]).await?;
    Ok(row(ROTATING, sent, &[answer], usize::from(answer == 200), scene))
}

/// A scene, right where it has exactly these answers and the handler ran so often.
fn row(name: &str, sent: &str, answers: &[u16], ran: usize, scene: Scene) -> Row {
    let ok = scene.answers == answers && scene.ran == ran;
    let Scene { answers, why, ran } = scene;
    Row { delivery: name.to_owned(), sent: sent.to_owned(), answers, why, ran, ok }
}

fn signed(draft: &Draft) -> Result<SignedDelivery, Failure> {
    draft.sign().map_err(|error| delivery::refused(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scene_is_right_by_its_answers_and_by_its_effects() {
        let scene = |answer, ran| Scene { answers: vec![answer], why: vec!["handled"], ran };
        assert!(row("stripe", "genuine", &[200], 1, scene(200, 1)).ok);
        assert!(!row("stripe", "genuine", &[200], 1, scene(401, 0)).ok);
        assert!(!row("stripe", "genuine", &[200], 1, scene(200, 2)).ok);
        assert!(!row("stripe", "tampered", &[401], 0, scene(401, 1)).ok);
    }
}
