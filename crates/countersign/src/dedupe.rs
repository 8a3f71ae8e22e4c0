//! How an endpoint treats duplicates of its deliveries: the settings, cross-checked, and the claim that each delivery
//! asks for.

use core::time::Duration;

use crate::claim::{Claim, Ending};
use crate::clock::{Tolerance, UnixTime};
use crate::delivery::Delivery;
use crate::endpoint::Endpoint;
use crate::error::ConfigError;
use crate::gate::{Admission, ClaimRules, Decision, Timer};
use crate::key::EventKey;
use crate::provider::Provider;
use crate::record::ClaimRequest;
use crate::rejection::{Reason, Rejection};

/// How the events of an endpoint's deliveries are claimed.
pub(crate) struct Dedupe {
    retention: Duration,
    /// The longest time a delivery can stay fresh, with clock error; `None` where no time is signed.
    window: Option<Tolerance>,
    compare_fingerprint: bool,
    /// What was signed before this may have been handled by a process whose records are gone.
    known_from: Option<UnixTime>,
}

pub(crate) struct DedupeSettings {
    pub(crate) rule: EventIdRule,
    pub(crate) event_id: Vec<String>,
    pub(crate) retention: Option<Duration>,
    pub(crate) refuse_from_before_start: bool,
    pub(crate) rules: ClaimRules,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventIdRule {
    /// The event id comes from signed bytes.
    Signed,
    /// The event id comes from a header that nobody vouches for.
    Unsigned,
    /// The whole signed content is the id, for as long as it is fresh.
    ReplayWindow,
}

const DAY: Duration = Duration::from_secs(86_400);

/// The error of any clock involved, and the time that a delivery may spend between the freshness check and its claim.
const CLOCK_ERROR: Duration = Duration::from_secs(10);

/// Where nothing is known of a provider's retries.
const DEFAULT_RETENTION: Duration = Duration::from_secs(7 * 86_400);

/// Where no time is signed, a replay is possible for ever; a store under pressure keeps outcomes at least this long.
const UNTIMED_FLOOR: Duration = DAY;

impl Default for DedupeSettings {
    fn default() -> Self {
        Self {
            rule: EventIdRule::Signed,
            event_id: Vec::new(),
            retention: None,
            refuse_from_before_start: false,
            rules: ClaimRules::default(),
        }
    }
}

impl Dedupe {
    pub(crate) fn new(
        settings: &DedupeSettings,
        provider: &Provider,
        window: Option<Tolerance>,
        now: Option<UnixTime>,
    ) -> Result<Self, ConfigError> {
        let horizon = Duration::from_secs(provider.sender.retry_horizon.unwrap_or(0));
        let redelivery = Duration::from_secs(provider.sender.redelivery_horizon.unwrap_or(0));
        let replayable = window.map(longest_freshness);
        let (least, default) = match (settings.rule, replayable) {
            (EventIdRule::ReplayWindow, None) => {
                return Err(ConfigError::new(
                    "replay_window_only",
                    "no signed time of this provider is judged, so a replay never stops being fresh; choose `event_id(…)`",
                ));
            }
            (EventIdRule::ReplayWindow, Some(window)) => (window, window),
            (_, window) => {
                let least = horizon.max(window.unwrap_or_default());
                (least, least.max(redelivery).max(DEFAULT_RETENTION))
            }
        };
        let retention = settings.retention.unwrap_or(default);
        if retention < least {
            return Err(ConfigError::new(
                "retention",
                format!(
                    "{} s is less than the {} s for which {} may still deliver the event again; keep outcomes that long",
                    retention.as_secs(),
                    least.as_secs(),
                    provider.name
                ),
            ));
        }
        let known_from = match (settings.refuse_from_before_start, window, now) {
            (false, ..) => None,
            (true, Some(window), Some(now)) => Some(now.saturating_add(window.future).saturating_add(CLOCK_ERROR)),
            (true, None, _) => {
                return Err(ConfigError::new(
                    "refuse_from_before_start",
                    "no signed time of this provider is judged, so nothing tells when a delivery was sent; use a durable store",
                ));
            }
            (true, _, None) => {
                return Err(ConfigError::new(
                    "clock",
                    "it stands before 1970, so nothing tells what came before the start",
                ));
            }
        };
        Ok(Self { retention, window, compare_fingerprint: !provider.sender.retry_changes_body, known_from })
    }

    pub(crate) fn retention(&self) -> Duration {
        self.retention
    }

    /// For how long the delivery's record may not go: until its replay would no longer pass as fresh.
    fn floor(&self, delivery: &Delivery, rules: &ClaimRules) -> Duration {
        match (self.window, delivery.sent_at()) {
            (Some(window), Some(sent_at)) => {
                let errors = CLOCK_ERROR.saturating_mul(2).saturating_add(rules.store_deadline);
                sent_at.saturating_add(window.past).saturating_add(errors).since(delivery.received_at())
            }
            _ => UNTIMED_FLOOR,
        }
    }

    fn request(&self, delivery: &Delivery, rules: &ClaimRules) -> Result<(EventKey, ClaimRequest), Reason> {
        if self.known_from.is_some_and(|from| delivery.sent_at().is_none_or(|sent_at| sent_at < from)) {
            return Err(Reason::ColdStart);
        }
        let fingerprint = delivery.fingerprint();
        let key = delivery.event_key(&fingerprint)?;
        let floor = self.floor(delivery, rules);
        Ok((key, rules.request(fingerprint, self.compare_fingerprint, floor)))
    }
}

/// From the first moment at which a delivery may be taken to the last, with an error on both clocks: P + F + 2e, and
/// the time that a claim may take.
fn longest_freshness(window: Tolerance) -> Duration {
    let span = window.past.saturating_add(window.future);
    span.saturating_add(CLOCK_ERROR.saturating_mul(3))
}

impl Endpoint {
    /// Whether the endpoint keeps records, so that a handler's outcome must be known even when its client is gone.
    pub fn keeps_records(&self) -> bool {
        self.gate().keeps_records()
    }

    /// The longest response body worth keeping for duplicates, in bytes.
    pub fn stored_body_cap(&self) -> usize {
        self.gate().stored_body_cap()
    }

    /// Claims the delivery's event: one round trip to the store, none where the endpoint keeps no records.
    ///
    /// # Errors
    ///
    /// The event id is missing or ambiguous (400), the id was taken with another body (422), the event was handled and
    /// replays are refused (409), or the store cannot take it now (503).
    pub async fn admit(&self, delivery: &Delivery) -> Result<Admission, Rejection> {
        match self.claim_request(delivery)? {
            Some((key, request)) => self.gate().admit(&key, &request).await,
            None => self.gate().pass().map(Admission::Proceed),
        }
    }

    /// [`admit`](Self::admit), with everything that takes time: the store has its deadline, and a duplicate of a
    /// running delivery waits for the outcome within its bound.
    ///
    /// # Errors
    ///
    /// As [`admit`](Self::admit), and [`Reason::StillRunning`] (503) where the outcome did not come in time.
    pub async fn admit_within(&self, delivery: &Delivery, timer: &impl Timer) -> Result<Decision, Rejection> {
        match self.claim_request(delivery)? {
            Some((key, request)) => self.gate().admit_within(&key, &request, timer).await,
            None => self.gate().pass().map(Decision::Handle),
        }
    }

    fn claim_request(&self, delivery: &Delivery) -> Result<Option<(EventKey, ClaimRequest)>, Reason> {
        let rules = self.dedupe().zip(self.gate().rules());
        rules.map(|(dedupe, rules)| dedupe.request(delivery, rules)).transpose()
    }

    /// Runs a handler under its claim; see [`Gate::attend`](crate::Gate::attend).
    ///
    /// # Errors
    ///
    /// As [`Gate::attend`](crate::Gate::attend).
    pub async fn attend<F: Future>(
        &self,
        claim: &Claim,
        handler: F,
        timer: &impl Timer,
    ) -> Result<F::Output, Rejection> {
        self.gate().attend(claim, handler, timer).await
    }

    /// Records how the handler ended; see [`Gate::settle`](crate::Gate::settle).
    ///
    /// # Errors
    ///
    /// As [`Gate::settle`](crate::Gate::settle).
    pub async fn settle(&self, claim: Claim, ending: &Ending, timer: &impl Timer) -> Result<(), Rejection> {
        self.gate().settle(claim, ending, timer).await
    }

    /// How many deliveries are between admission and settlement.
    pub fn in_flight(&self) -> usize {
        self.gate().in_flight()
    }

    /// Ends the endpoint's work; see [`Gate::drain`](crate::Gate::drain).
    pub async fn drain(&self, grace: Duration, timer: &impl Timer) -> usize {
        self.gate().drain(grace, timer).await
    }
}
