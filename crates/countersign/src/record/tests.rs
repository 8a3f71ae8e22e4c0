//! One test for each rule of the state machine, then every short history of two workers.

use super::*;

const LEASE: Duration = Duration::from_secs(30);
const RETENTION: Duration = Duration::from_secs(3_600);
const FLOOR: Duration = Duration::from_secs(600);

fn at(seconds: u64) -> UnixTime {
    UnixTime::from_secs(seconds)
}

fn request(body: u8) -> ClaimRequest {
    ClaimRequest {
        fingerprint: Fingerprint::new([body; 32]),
        compare_fingerprint: true,
        lease: LEASE,
        retention: RETENTION,
        floor: FLOOR,
        max_attempts: 3,
        nonce: None,
    }
}

fn granted(record: Option<&Record>, now: u64, fence: u64) -> Record {
    match claim(record, &request(1), at(now), Fence::new(fence)) {
        (Some(record), Claimed::Granted { fence: given, .. }) if given == Fence::new(fence) => record,
        other => panic!("not granted: {other:?}"),
    }
}

fn answer(record: &Record, body: u8, now: u64) -> Claimed {
    claim(Some(record), &request(body), at(now), Fence::new(99)).1
}

fn completed(now: u64) -> Record {
    let running = granted(None, now, 1);
    complete(Some(&running), Fence::new(1), 204, RETENTION, at(now)).0.unwrap()
}

fn released(now: u64) -> Record {
    let running = granted(None, now, 1);
    release(Some(&running), Fence::new(1), Duration::ZERO, at(now)).0.unwrap()
}

#[test]
fn sm_01_an_absent_event_is_granted() {
    let record = granted(None, 100, 7);
    assert_eq!(record.state, State::Running { lease_until: at(130) });
    assert_eq!((record.fence, record.attempts), (Fence::new(7), 1));
}

#[test]
fn sm_02_a_running_event_is_not_granted_twice() {
    let record = granted(None, 100, 1);
    assert_eq!(answer(&record, 1, 130), Claimed::Running { lease_until: at(130) });
}

#[test]
fn sm_03_another_body_under_the_same_key_never_runs() {
    assert_eq!(answer(&granted(None, 100, 1), 2, 101), Claimed::Differs);
    assert_eq!(answer(&granted(None, 100, 1), 2, 131), Claimed::Differs);
    assert_eq!(answer(&completed(100), 2, 101), Claimed::Differs);
    let lenient = ClaimRequest { compare_fingerprint: false, ..request(2) };
    let same = claim(Some(&completed(100)), &lenient, at(101), Fence::new(9));
    assert_eq!(same, (None, Claimed::Completed { status: 204 }));
}

#[test]
fn sm_04_an_ended_lease_is_taken_over_under_a_higher_fence() {
    let record = granted(None, 100, 1);
    let (taken, answer) = claim(Some(&record), &request(1), at(131), Fence::new(2));
    assert_eq!(answer, Claimed::Granted { fence: Fence::new(2), attempt: 2, takeover: true });
    assert_eq!(taken.unwrap().attempts, 2);
}

#[test]
fn ev_07_asking_again_with_the_same_nonce_finds_the_claim() {
    let nonced = |nonce| ClaimRequest { nonce: Nonce::new(nonce), ..request(1) };
    let ask = |record, nonce, now| claim(Some(record), &nonced(nonce), at(now), Fence::new(2));
    let record = claim(None, &nonced(5), at(100), Fence::new(1)).0.unwrap();
    let again = Claimed::Granted { fence: Fence::new(1), attempt: 1, takeover: false };
    assert_eq!(ask(&record, 5, 130), (None, again));
    assert_eq!(ask(&record, 6, 130).1, Claimed::Running { lease_until: at(130) });
    let taken_over = Claimed::Granted { fence: Fence::new(2), attempt: 2, takeover: true };
    assert_eq!(ask(&record, 5, 131).1, taken_over);
    let completed = complete(Some(&record), Fence::new(1), 204, RETENTION, at(101)).0.unwrap();
    assert_eq!(ask(&completed, 5, 102).1, Claimed::Completed { status: 204 });
    // A caller that asks once is nobody's twin.
    assert_eq!(answer(&granted(None, 100, 1), 1, 101), Claimed::Running { lease_until: at(130) });
}

#[test]
fn sm_05_a_heartbeat_extends_the_lease() {
    let record = granted(None, 100, 1);
    let (renewed, settled) = renew(Some(&record), Fence::new(1), LEASE, at(120));
    assert_eq!(settled, Settled::Done);
    assert_eq!(renewed.unwrap().state, State::Running { lease_until: at(150) });
}

#[test]
fn sm_06_a_completed_event_gives_its_outcome() {
    assert_eq!(answer(&completed(100), 1, 3_700), Claimed::Completed { status: 204 });
}

#[test]
fn sm_07_the_first_completion_stands() {
    let record = completed(100);
    assert_eq!(record.state, State::Completed { status: 204 });
    let again = complete(Some(&record), Fence::new(1), 500, RETENTION, at(200));
    assert_eq!(again, (None, Settled::Done));
}

#[test]
fn sm_08_a_stale_fence_changes_nothing() {
    for record in [granted(None, 100, 2), completed(100), released(100)] {
        let stale = Fence::new(record.fence.get() - 1);
        assert_eq!(renew(Some(&record), stale, LEASE, at(101)), (None, Settled::Fenced));
        assert_eq!(complete(Some(&record), stale, 200, RETENTION, at(101)), (None, Settled::Fenced));
        assert_eq!(release(Some(&record), stale, Duration::ZERO, at(101)), (None, Settled::Fenced));
    }
    assert_eq!(complete(None, Fence::new(1), 200, RETENTION, at(101)), (None, Settled::Fenced));
}

#[test]
fn an_expired_record_is_settled_no_more() {
    for record in [granted(None, 100, 1), completed(100), released(100)] {
        for now in [3_700, 3_701] {
            let expected = if now == 3_701 { Settled::Fenced } else { Settled::Done };
            let state = record.state;
            match state {
                State::Running { .. } => assert_eq!(renew(Some(&record), Fence::new(1), LEASE, at(now)).1, expected),
                State::Completed { .. } => {
                    assert_eq!(complete(Some(&record), Fence::new(1), 204, RETENTION, at(now)).1, expected);
                }
                _ => assert_eq!(release(Some(&record), Fence::new(1), Duration::ZERO, at(now)).1, expected),
            }
        }
    }
}

#[test]
fn sm_09_a_released_event_keeps_its_fence_and_attempts() {
    let record = released(100);
    assert_eq!((record.fence, record.attempts), (Fence::new(1), 1));
    assert_eq!(release(Some(&record), Fence::new(1), Duration::ZERO, at(100)), (None, Settled::Done));
    assert_eq!(complete(Some(&record), Fence::new(1), 200, RETENTION, at(100)), (None, Settled::Fenced));
}

#[test]
fn sm_10_a_released_event_runs_again_after_its_wait() {
    let running = granted(None, 100, 1);
    let waiting = release(Some(&running), Fence::new(1), Duration::from_secs(5), at(100)).0.unwrap();
    assert_eq!(answer(&waiting, 1, 104), Claimed::Waiting { claimable_from: at(105) });
    assert_eq!(granted(Some(&waiting), 105, 2).attempts, 2);
    // Nothing came of the first body, so a retry may bring another.
    assert!(matches!(answer(&waiting, 2, 105), Claimed::Granted { .. }));
}

#[test]
fn sm_11_an_event_without_attempts_left_is_parked() {
    let mut record = released(100);
    record.attempts = 3;
    let (parked, answer) = claim(Some(&record), &request(1), at(101), Fence::new(9));
    assert_eq!(answer, Claimed::Parked);
    assert_eq!(claim(parked.as_ref(), &request(1), at(102), Fence::new(9)), (None, Claimed::Parked));
}

#[test]
fn sm_12_a_record_is_not_honoured_past_its_time() {
    let record = completed(100);
    assert!(!record.is_expired(at(3_700)));
    assert!(record.is_expired(at(3_701)));
    assert_eq!(granted(Some(&record), 3_701, 2).attempts, 1);
}

#[test]
fn sm_13_an_operator_redrives_a_parked_event() {
    let parked = Record { state: State::Parked, ..released(100) };
    let redriven = redrive(&parked, at(200)).unwrap();
    assert_eq!((redriven.attempts, redriven.state), (0, State::Released { claimable_from: at(200) }));
    assert_eq!(redrive(&completed(100), at(200)), None);
}

#[test]
fn only_outcomes_past_their_floor_may_go() {
    assert!(!completed(100).may_go(at(700)));
    assert!(completed(100).may_go(at(701)));
    assert!(!granted(None, 100, 1).may_go(at(3_700)));
    assert!(!released(100).may_go(at(3_700)));
}

#[test]
fn a_long_lease_outlives_the_retention() {
    let long = ClaimRequest { lease: Duration::from_secs(9_000), ..request(1) };
    let (record, _) = claim(None, &long, at(0), Fence::new(1));
    assert!(matches!(answer(&record.unwrap(), 1, 8_000), Claimed::Running { .. }));
}

/// Every history of up to six steps of two workers on one event, with time passing the lease: at most one worker holds
/// a valid lease, fences rise, the outcome never changes. More workers, faults and the designs that fail are in
/// `tests/simulation/tests/model.rs`.
#[test]
fn every_short_history_of_two_workers_keeps_the_invariants() {
    #[derive(Clone)]
    struct World {
        record: Option<Record>,
        held: [Option<Fence>; 2],
        now: u64,
        last_fence: u64,
        outcome: Option<u16>,
    }
    fn step(world: &World, action: usize) -> World {
        let mut next = world.clone();
        let worker = action % 2;
        let fence = world.held[worker].unwrap_or(Fence::new(0));
        let now = at(world.now);
        let record = world.record.as_ref();
        let changed = match action / 2 {
            0 => {
                let (changed, answer) = claim(record, &request(1), now, Fence::new(world.last_fence + 1));
                if let Claimed::Granted { fence, .. } = answer {
                    assert!(world.outcome.is_none(), "an outcome was there, yet the event ran again");
                    assert!(fence.get() > world.last_fence);
                    let other = world.held[1 - worker];
                    let other_valid = record.is_some_and(|record| {
                        Some(record.fence) == other
                            && matches!(record.state, State::Running { lease_until } if now <= lease_until)
                    });
                    assert!(!other_valid, "two valid leases");
                    next.last_fence = fence.get();
                    next.held[worker] = Some(fence);
                }
                changed
            }
            1 => complete(record, fence, 200 + u16::try_from(worker).unwrap(), RETENTION, now).0,
            2 => release(record, fence, Duration::ZERO, now).0,
            3 => renew(record, fence, LEASE, now).0,
            _ => {
                next.now += 31;
                None
            }
        };
        if let Some(changed) = changed {
            next.record = Some(changed);
        }
        if let Some(Record { state: State::Completed { status }, .. }) = next.record {
            assert!(next.outcome.is_none_or(|first| first == status), "the outcome changed");
            next.outcome = Some(status);
        }
        next
    }
    fn explore(world: &World, depth: usize, seen: &mut usize) {
        *seen += 1;
        if depth > 0 {
            (0..10).for_each(|action| explore(&step(world, action), depth - 1, seen));
        }
    }
    let start = World { record: None, held: [None; 2], now: 0, last_fence: 0, outcome: None };
    let mut seen = 0;
    explore(&start, 6, &mut seen);
    // Ten choices at each of six steps, and the histories that end earlier.
    assert_eq!(seen, 1_111_111);
}
