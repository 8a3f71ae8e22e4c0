//! Bugs to plant: whatever says "no violation" must find each of them in the same run.

/// A bug, and whose rule it breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// Store: a claim looks, and writes later.
    CheckThenAct,
    /// Store: a running event is granted again before its lease has ended.
    LeaseNotChecked,
    /// Store: leases never end.
    NoLease,
    /// Store: completions and releases are taken under any fence.
    Unfenced,
    /// Store: a completion in a transaction is taken under any fence.
    TransactionUnfenced,
    /// Store: every claim has the same fence.
    FencesRepeat,
    /// Store: a later completion replaces the first outcome.
    OutcomeReplaced,
    /// Store: a duplicate gets an outcome that was never recorded.
    OtherOutcome,
    /// Store: completed events are forgotten after a second.
    ForgetsEarly,
    /// Store: records are kept for half of their time.
    ShortRetention,
    /// Store: records are honoured past their time.
    NeverForgets,
    /// Store: any body passes for the first one.
    BlindToBodies,
    /// Store: the attempts are not counted.
    AttemptsNotCounted,
    /// Worker: the event is completed before its handler runs.
    CompletesFirst,
    /// Worker: handles events while the store is down (`danger_continue_without_store`).
    FailsOpen,
    /// Worker: a success is answered although it could not be recorded.
    AcksUnrecorded,
    /// Worker: the lease is not renewed while the handler runs.
    NoHeartbeat,
    /// Worker: the event is released at the deadline while its handler goes on.
    ReleasesWhileRunning,
    /// Worker: any number of duplicates may wait.
    AnyNumberWaits,
    /// Worker: duplicates wait as long as it takes.
    WaitsTooLong,
    /// Worker: claims are still made while the process shuts down.
    ClaimsWhileDraining,
}

impl Defect {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::CheckThenAct,
        Self::LeaseNotChecked,
        Self::NoLease,
        Self::Unfenced,
        Self::TransactionUnfenced,
        Self::FencesRepeat,
        Self::OutcomeReplaced,
        Self::OtherOutcome,
        Self::ForgetsEarly,
        Self::ShortRetention,
        Self::NeverForgets,
        Self::BlindToBodies,
        Self::AttemptsNotCounted,
        Self::CompletesFirst,
        Self::FailsOpen,
        Self::AcksUnrecorded,
        Self::NoHeartbeat,
        Self::ReleasesWhileRunning,
        Self::AnyNumberWaits,
        Self::WaitsTooLong,
        Self::ClaimsWhileDraining,
    ];

    /// The name by which the command line knows it.
    pub fn name(self) -> String {
        let mut name = String::new();
        for letter in format!("{self:?}").chars() {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.extend(letter.to_lowercase());
        }
        name
    }
}
