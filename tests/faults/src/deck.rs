//! Which fault comes next: cards of a shuffled deck, so that every kind comes up once a deck at least.

use crate::server::Kind;

/// What can happen to a receiver, to the store, or to the way between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Fault {
    /// `kill -9` of a receiver.
    Kill,
    /// A receiver stands still for longer than a lease.
    Freeze,
    /// A receiver is told to end.
    Terminate,
    /// A receiver's clock steps by minutes, and back.
    Clock,
    /// No file can grow: those of the server, or of the receivers where the store is a file.
    DiskFull,
    /// Redis has reached its `maxmemory`.
    MemoryFull,
    /// `kill -9` of the server.
    StoreKill,
    /// The server is stopped in order, and started.
    StoreRestart,
    /// The server stands still.
    StoreFreeze,
    /// Every connection is cut, in the middle of whatever passes.
    Cut,
    /// Answers are swallowed.
    Deaf,
    /// Everything passes late.
    Delay,
}

/// The cards, and those that are left of them.
pub(crate) struct Deck {
    all: Vec<Fault>,
    left: Vec<Fault>,
}

impl Fault {
    pub(crate) const ALL: [Self; 12] = [
        Self::Kill,
        Self::Freeze,
        Self::Terminate,
        Self::Clock,
        Self::DiskFull,
        Self::MemoryFull,
        Self::StoreKill,
        Self::StoreRestart,
        Self::StoreFreeze,
        Self::Cut,
        Self::Deaf,
        Self::Delay,
    ];

    /// What a ledger calls it.
    pub(crate) fn name(self) -> String {
        clap::ValueEnum::to_possible_value(&self).map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Whether it can happen over this store, on this system.
    pub(crate) fn concerns(self, kind: Kind) -> bool {
        match self {
            Self::Kill | Self::Freeze | Self::Terminate | Self::Clock => true,
            // What another process may write is limited by `prlimit`, which Linux alone has.
            Self::DiskFull => kind == Kind::Sqlite || cfg!(target_os = "linux"),
            Self::MemoryFull => kind == Kind::Redis,
            _ => kind != Kind::Sqlite,
        }
    }

    pub(crate) fn kills(self) -> bool {
        matches!(self, Self::Kill | Self::StoreKill)
    }

    /// How many cards of a deck it has.
    fn cards(self) -> usize {
        match self {
            Self::Kill => 20,
            Self::Freeze | Self::StoreKill | Self::Cut => 2,
            _ => 1,
        }
    }
}

impl Deck {
    /// The faults that concern a store; of these, only those of `only` if it names any.
    pub(crate) fn new(kind: Kind, only: &[Fault]) -> anyhow::Result<Self> {
        let mut all = Vec::new();
        for fault in Fault::ALL.into_iter().filter(|fault| fault.concerns(kind)) {
            if only.is_empty() || only.contains(&fault) {
                all.extend(std::iter::repeat_n(fault, fault.cards()));
            }
        }
        anyhow::ensure!(!all.is_empty(), "none of the faults of `--faults` concerns {kind:?}");
        Ok(Self { all, left: Vec::new() })
    }

    /// Whether it has a fault that kills: what `--kills-only` counts.
    pub(crate) fn kills(&self) -> bool {
        self.all.iter().any(|fault| fault.kills())
    }

    pub(crate) fn draw(&mut self, dice: &mut fastrand::Rng) -> Fault {
        if self.left.is_empty() {
            self.left.clone_from(&self.all);
            dice.shuffle(&mut self.left);
        }
        self.left.pop().unwrap_or(Fault::Kill)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many as a campaign of the tests strikes: see `tests/campaign.rs`.
    const CYCLES: usize = 36;

    #[test]
    fn every_fault_of_a_store_comes_up_in_a_short_campaign() {
        for kind in [Kind::Redis, Kind::Postgres, Kind::Sqlite] {
            for seed in 0..20 {
                let (mut deck, mut dice) = (Deck::new(kind, &[]).unwrap(), fastrand::Rng::with_seed(seed));
                let drawn: Vec<Fault> = (0..CYCLES).map(|_| deck.draw(&mut dice)).collect();
                for fault in Fault::ALL {
                    assert_eq!(drawn.contains(&fault), fault.concerns(kind), "{fault:?} over {kind:?}");
                }
            }
        }
    }

    #[test]
    fn a_deck_can_be_of_some_faults_only() {
        let mut dice = fastrand::Rng::with_seed(1);
        let mut deck = Deck::new(Kind::Redis, &[Fault::Freeze, Fault::Cut]).unwrap();
        let drawn: Vec<Fault> = (0..40).map(|_| deck.draw(&mut dice)).collect();
        assert_eq!(drawn.iter().filter(|fault| **fault == Fault::Freeze).count(), 20);
        assert!(drawn.iter().all(|fault| matches!(fault, Fault::Freeze | Fault::Cut)));
        assert!(Deck::new(Kind::Sqlite, &[Fault::Cut]).is_err());
    }
}
