//! What a row of the attack catalogue is. The rows themselves are in [`rows`](crate::rows), how one is judged is in
//! [`verdict`](crate::verdict).

use crate::receivers::Adapter;
use crate::request::Request;
use crate::setup::Setup;
use crate::stores::{Backing, over, stores};
use crate::verdict::{Finding, judge_all};

/// One row: an attack or a situation, and what a receiver must make of it.
pub struct Row {
    /// The number in the catalogue, such as `A-001`.
    pub id: &'static str,
    /// What is sent, or what happens.
    pub what: &'static str,
    /// What must come of it.
    pub expects: &'static str,
    /// How it is held.
    pub held: Held,
}

/// How a row is held.
pub enum Held {
    /// By single requests, each judged by itself.
    Cases(fn() -> Vec<Case>),
    /// By a story of several requests.
    Story(fn(Adapter) -> Finding),
    /// By a story that is told over every store.
    OverStores(fn(Adapter, Backing) -> Finding),
    /// By a story whose receivers have each kind of store in turn.
    OnEveryStore(fn(Adapter) -> Finding),
    /// At construction, before there is any request.
    Construction(fn() -> Finding),
    /// Not at all, for this reason.
    LeftOut(&'static str),
}

/// Which kind of receiver a case is sent to. Cases of one row with the same lane share one.
#[derive(Clone, Copy)]
pub struct Lane {
    /// Its name.
    pub name: &'static str,
    /// How it is set up.
    pub setup: fn() -> Setup,
}

/// One request and what must come of it.
pub struct Case {
    pub(crate) note: String,
    pub(crate) lane: Lane,
    pub(crate) bytes: Vec<u8>,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) ends: bool,
    expect: Expect,
    known: Vec<Known>,
}

/// Something that an adapter's server does differently before the adapter is asked, and cannot be changed from here.
pub struct Known {
    /// The adapter.
    pub adapter: Adapter,
    /// What happens there instead.
    pub instead: Expect,
    /// Who does it, and what follows.
    pub why: &'static str,
}

/// What must come of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// The uniform 401, for one of these recorded reasons: no handler, no store, nothing else on the wire.
    Auth(&'static [&'static str]),
    /// A refusal by the endpoint with another status, for this recorded reason: no handler, no store.
    Refused(u16, &'static str),
    /// The server refuses what is no HTTP with one of these statuses, or the endpoint refuses it with the uniform 401.
    BadHttp(&'static [u16]),
    /// The server answers 400 and closes the connection.
    BadRequestAndClosed,
    /// Refused with one of these statuses or closed without an answer; either way nothing runs.
    NothingRuns(&'static [u16]),
    /// The handler runs once, on exactly the body that was sent, and its 200 is answered.
    Handled,
    /// [`Handled`](Self::Handled), or the server answers 400 and nothing runs: either is right.
    HandledOrBadRequest,
}

impl Case {
    /// A request for a lane. It must be given an expectation.
    pub fn new(lane: Lane, note: impl Into<String>, request: &Request) -> Self {
        let body = Some(request.body().to_vec());
        Self { body, ..Self::raw(lane, note, request.bytes()) }
    }

    /// Any bytes for a lane. They must be given an expectation.
    pub fn raw(lane: Lane, note: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { note: note.into(), lane, bytes, body: None, ends: false, expect: Expect::Handled, known: Vec::new() }
    }

    /// The sending half is closed after the bytes.
    #[must_use]
    pub fn then_ends(self) -> Self {
        Self { ends: true, ..self }
    }

    /// It must meet this expectation.
    #[must_use]
    pub fn meets(self, expect: Expect) -> Self {
        Self { expect, ..self }
    }

    /// It must get the uniform 401, for one of these reasons.
    #[must_use]
    pub fn refused(self, reasons: &'static [&'static str]) -> Self {
        self.meets(Expect::Auth(reasons))
    }

    /// An adapter's server does something else, for a reason that lies outside this project.
    #[must_use]
    pub fn but(mut self, adapter: Adapter, instead: Expect, why: &'static str) -> Self {
        self.known.push(Known { adapter, instead, why });
        self
    }

    pub(crate) fn expected_of(&self, adapter: Adapter) -> &Expect {
        let known = self.known.iter().find(|known| known.adapter == adapter);
        known.map_or(&self.expect, |known| &known.instead)
    }
}

impl Row {
    /// A row held by single requests.
    pub fn cases(id: &'static str, what: &'static str, expects: &'static str, cases: fn() -> Vec<Case>) -> Self {
        Self { id, what, expects, held: Held::Cases(cases) }
    }

    /// A row held by a story.
    pub fn story(id: &'static str, what: &'static str, expects: &'static str, story: fn(Adapter) -> Finding) -> Self {
        Self { id, what, expects, held: Held::Story(story) }
    }

    /// A row held by a story over every store.
    pub fn over_stores(
        id: &'static str,
        what: &'static str,
        expects: &'static str,
        story: fn(Adapter, Backing) -> Finding,
    ) -> Self {
        Self { id, what, expects, held: Held::OverStores(story) }
    }

    /// A row held by a story that is told on every store. It cannot pass time on the store's clock.
    pub fn on_every_store(
        id: &'static str,
        what: &'static str,
        expects: &'static str,
        story: fn(Adapter) -> Finding,
    ) -> Self {
        Self { id, what, expects, held: Held::OnEveryStore(story) }
    }

    /// A row held at construction.
    pub fn construction(id: &'static str, what: &'static str, expects: &'static str, check: fn() -> Finding) -> Self {
        Self { id, what, expects, held: Held::Construction(check) }
    }

    /// A row that is not held.
    pub fn left_out(id: &'static str, what: &'static str, why: &'static str) -> Self {
        Self { id, what, expects: "-", held: Held::LeftOut(why) }
    }

    /// Judges an adapter by this row.
    ///
    /// # Errors
    ///
    /// What did not hold, one line for each case.
    pub fn judge(&self, adapter: Adapter) -> Finding {
        match &self.held {
            Held::Cases(cases) => judge_all(&cases(), adapter),
            Held::Story(story) => story(adapter),
            Held::OverStores(_) | Held::OnEveryStore(_) => {
                stores().into_iter().try_for_each(|store| self.judge_over(adapter, store))
            }
            Held::Construction(check) => check(),
            Held::LeftOut(_) => Ok(()),
        }
    }

    /// Judges an adapter by this row over one store.
    ///
    /// # Errors
    ///
    /// What did not hold.
    pub fn judge_over(&self, adapter: Adapter, store: Backing) -> Finding {
        match self.held {
            Held::OverStores(story) => story(adapter, store),
            Held::OnEveryStore(story) => over(store, || story(adapter)),
            _ => self.judge(adapter),
        }
    }

    /// What this adapter's server does differently, without repetition.
    pub fn differences(&self, adapter: Adapter) -> Vec<&'static str> {
        let Held::Cases(cases) = &self.held else { return Vec::new() };
        let mut whys: Vec<_> = cases()
            .iter()
            .flat_map(|case| case.known.iter().filter(|known| known.adapter == adapter).map(|known| known.why))
            .collect();
        whys.dedup();
        whys
    }

    /// Whether some case of the row must get the uniform 401: then a receiver that accepts everything, or tells its
    /// reasons, must be noticed by it.
    pub fn expects_uniform_refusal(&self) -> bool {
        matches!(&self.held, Held::Cases(cases) if cases().iter().any(|case| matches!(case.expect, Expect::Auth(_))))
    }
}
