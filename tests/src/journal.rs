//! Every event that is logged while the tests run, at TRACE: by endpoint, so that a row can ask for the reason that
//! was recorded, and as a whole, so that nothing secret can hide in it.

use std::collections::{HashMap, HashSet};
use std::fmt::{self, Write as _};
use std::sync::{LazyLock, Mutex, MutexGuard, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

/// One logged event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// The module or subsystem that logged it.
    pub target: String,
    /// The endpoint it is about.
    pub endpoint: String,
    /// Its message.
    pub message: String,
    /// The reason it names.
    pub reason: Option<String>,
    /// Everything in it, spans included, as one text.
    pub text: String,
}

/// How many bytes of a secret, a signature or a body in a row make a leak. Shorter runs turn up by accident.
const RUN: usize = 12;

/// Events of this target are the positive control: they leak on purpose.
pub const CONTROL: &str = "journal_control";

#[derive(Default)]
struct Journal {
    /// By endpoint; events about none are under the empty name.
    entries: HashMap<String, Vec<Entry>>,
    /// The texts of events about no endpoint: servers repeat themselves, and one of each is enough.
    seen: HashSet<String>,
    concealed: HashSet<[u8; RUN]>,
    events: usize,
}

impl Journal {
    fn write(&mut self, entry: Entry) {
        self.events += 1;
        if !entry.endpoint.is_empty() || self.seen.insert(entry.text.clone()) {
            self.entries.entry(entry.endpoint.clone()).or_default().push(entry);
        }
    }

    fn of(&self, endpoint: &str) -> &[Entry] {
        self.entries.get(endpoint).map_or(&[], Vec::as_slice)
    }

    fn all(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values().flatten()
    }

    fn leaks(&self, entry: &Entry) -> bool {
        let mut runs = entry.text.as_bytes().windows(RUN).filter_map(|run| run.first_chunk::<RUN>());
        runs.any(|run| self.concealed.contains(run))
    }
}

static JOURNAL: LazyLock<Mutex<Journal>> = LazyLock::new(Mutex::default);

fn journal() -> MutexGuard<'static, Journal> {
    JOURNAL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts writing down every event of this process. Further calls do nothing.
pub fn open() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let subscriber = Registry::default().with(Writer);
        tracing::subscriber::set_global_default(subscriber).expect("no other subscriber in this process");
    });
}

/// Declares a text that no event may contain.
pub fn conceal(text: &[u8]) {
    let mut journal = journal();
    for run in text.windows(RUN).filter_map(|run| run.first_chunk::<RUN>()) {
        journal.concealed.insert(*run);
    }
}

/// The events about an endpoint so far.
pub fn of(endpoint: &str) -> Vec<Entry> {
    journal().of(endpoint).to_vec()
}

/// The reasons recorded for an endpoint so far, in order.
pub fn reasons(endpoint: &str) -> Vec<String> {
    journal().of(endpoint).iter().filter_map(|entry| entry.reason.clone()).collect()
}

/// The events about an endpoint so far that show a concealed text.
pub fn leaks_of(endpoint: &str) -> Vec<Entry> {
    let journal = journal();
    journal.of(endpoint).iter().filter(|entry| journal.leaks(entry)).cloned().collect()
}

/// Every event so far that shows a concealed text.
pub fn leaks() -> Vec<Entry> {
    let journal = journal();
    journal.all().filter(|entry| journal.leaks(entry)).cloned().collect()
}

/// Every event of the project so far whose text could break out of a line of a log. Its libraries log statements of
/// several lines, which no sender had a hand in.
pub fn line_breaking() -> Vec<Entry> {
    let ours = |entry: &&Entry| entry.target.starts_with("countersign");
    journal().all().filter(ours).filter(|entry| entry.breaks_a_line()).cloned().collect()
}

/// How many events there were so far.
pub fn len() -> usize {
    journal().events
}

impl Entry {
    /// Whether its text could break out of a line of a log, or re-order it on a screen.
    pub fn breaks_a_line(&self) -> bool {
        let breaks = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        self.text.contains(breaks)
    }
}

struct Writer;

/// A span's fields, as text.
struct Fields(String);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Writer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let mut entry = Entry::default();
        attributes.record(&mut entry);
        if let Some(span) = ctx.span(id) {
            span.extensions_mut().insert(Fields(entry.text));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, ctx: Context<'_, S>) {
        let mut entry = Entry::default();
        values.record(&mut entry);
        if let Some(span) = ctx.span(id)
            && let Some(Fields(text)) = span.extensions_mut().get_mut()
        {
            text.push_str(&entry.text);
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let mut entry = Entry { target: event.metadata().target().to_owned(), ..Entry::default() };
        event.record(&mut entry);
        for span in ctx.event_scope(event).into_iter().flatten() {
            if let Some(Fields(text)) = span.extensions().get() {
                let _ = write!(entry.text, " in {}:{text}", span.name());
            }
        }
        journal().write(entry);
    }
}

impl Visit for Entry {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "endpoint" => value.clone_into(&mut self.endpoint),
            "reason" => self.reason = Some(value.to_owned()),
            _ => {}
        }
        let _ = write!(self.text, " {}={value}", field.name());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        }
        let _ = write!(self.text, " {}={value:?}", field.name());
    }
}
