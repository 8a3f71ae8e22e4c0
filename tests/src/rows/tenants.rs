//! many tenants behind one path.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use countersign::{Keyring, ResolveError, TenantName, TenantResolver, Tenants};
use tokio::sync::watch;

use super::standard_webhooks;
use crate::raw::{Connection, PATIENCE};
use crate::receivers::{Adapter, Receiver, eventually};
use crate::request::Request;
use crate::row::Row;
use crate::setup::Setup;
use crate::sign::{Draft, Secret};
use crate::verdict::{Finding, ensure, ensure_fresh, ensure_refused, ensure_runs};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::story(
            "A-124",
            "tenants and keys that do not exist: short, long, paths, line ends, repeated",
            "401; one look-up a name at most",
            |adapter| unknown_tenants(adapter).and_then(|()| super::key_sources::unknown_keys(adapter)),
        ),
        Row::story("A-125", "tenant A's signature on tenant B's path, key A's under key B's id", "401", |adapter| {
            crossed_tenants(adapter).and_then(|()| super::key_sources::crossed_keys(adapter))
        }),
        Row::story("A-126", "a look-up that fails, or does not end", "503 with Retry-After", failing_look_ups),
        Row::story("A-127", "a flood of unknown tenants", "one look-up a name, 64 at once, 503 beyond", stampede),
        Row::story("A-128", "an unknown tenant beside a known one with a bad signature", "the same bytes", same_answer),
    ]
}

/// How a look-up goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LookUp {
    Works,
    Fails,
    Waits,
}

/// Tenants as a table, with look-ups that are counted and can be made to fail or wait. Clones are one directory.
#[derive(Clone)]
pub(super) struct Directory(Arc<Inner>);

struct Inner {
    secrets: HashMap<String, String>,
    how: watch::Sender<LookUp>,
    look_ups: AtomicU32,
    running: AtomicU32,
    most: AtomicU32,
}

impl Directory {
    pub(super) fn of(tenants: &[(&str, Secret)]) -> Self {
        let secrets = tenants.iter().map(|(name, secret)| ((*name).to_owned(), secret.text.clone()));
        Self(Arc::new(Inner {
            secrets: secrets.collect(),
            how: watch::Sender::new(LookUp::Works),
            look_ups: AtomicU32::new(0),
            running: AtomicU32::new(0),
            most: AtomicU32::new(0),
        }))
    }

    pub(super) fn set(&self, how: LookUp) {
        self.0.how.send_replace(how);
    }

    fn look_ups(&self) -> u32 {
        self.0.look_ups.load(Ordering::SeqCst)
    }

    fn most_at_once(&self) -> u32 {
        self.0.most.load(Ordering::SeqCst)
    }
}

impl TenantResolver for Directory {
    async fn resolve(&self, name: &str) -> Result<Option<Keyring>, ResolveError> {
        struct Running<'a>(&'a AtomicU32);
        impl Drop for Running<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::SeqCst);
            }
        }
        self.0.look_ups.fetch_add(1, Ordering::SeqCst);
        let running = self.0.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.most.fetch_max(running, Ordering::SeqCst);
        let _running = Running(&self.0.running);
        let mut how = self.0.how.subscribe();
        let how = how.wait_for(|how| *how != LookUp::Waits).await.map(|how| *how);
        match how {
            Ok(LookUp::Works) => Ok(self.0.secrets.get(name).map(|text| Keyring::new(text.as_str()))),
            _ => Err("the directory is down".into()),
        }
    }
}

fn by_header(adapter: Adapter) -> (Receiver, Directory) {
    let directory = Directory::of(&[("acme", Secret::current()), ("umbrella", Secret::other())]);
    let tenants = Tenants::new(TenantName::Header("X-Tenant".into()), directory.clone());
    (Setup::new(standard_webhooks(), tenants).start(adapter), directory)
}

fn to(tenant: &str) -> Request {
    Draft::new().standard().header("X-Tenant", tenant)
}

fn unknown_tenants(adapter: Adapter) -> Finding {
    let (receiver, directory) = by_header(adapter);
    // Names that cannot be one are not looked up at all.
    for name in ["", " ", "a b", "acme\u{e9}", &"a".repeat(129), &"a".repeat(60_000)] {
        ensure_refused(receiver.deliver(&to(name)), &receiver, 401, "unknown_tenant")?;
    }
    ensure_refused(receiver.deliver(&Draft::new().standard()), &receiver, 401, "unknown_tenant")?;
    ensure_refused(receiver.deliver(&to("acme").header("X-Tenant", "acme")), &receiver, 401, "unknown_tenant")?;
    ensure(directory.look_ups() == 0, || format!("{} look-ups of names that cannot be one", directory.look_ups()))?;
    let broken = receiver.deliver(&to("acme\r\nX-Other: 1\r\n\u{0}")).map_err(|error| error.to_string())?;
    ensure(matches!(broken.status, 400 | 401), || format!("a broken header was answered {}", broken.status))?;
    // Others are looked up once, however often they come.
    for name in ["nobody", "../../etc/passwd", "acme/", "ACME", "acme%00"] {
        let before = directory.look_ups();
        for _ in 0..5 {
            ensure_refused(receiver.deliver(&to(name)), &receiver, 401, "unknown_tenant")?;
        }
        ensure(directory.look_ups() == before + 1, || {
            format!("{} look-ups of {name:?}", directory.look_ups() - before)
        })?;
    }
    ensure(receiver.store.calls() == 0, || "the store was asked".into())?;
    ensure_runs(&receiver, 0)?;
    ensure_fresh(receiver.deliver(&to("acme")), 200)?;
    ensure_runs(&receiver, 1)
}

fn crossed_tenants(adapter: Adapter) -> Finding {
    let directory = Directory::of(&[("acme", Secret::current()), ("umbrella", Secret::other())]);
    let tenants = Tenants::new(TenantName::PathSegment(1), directory);
    let receiver = Setup::new(standard_webhooks(), tenants).start(adapter);
    let request = Draft::new().standard();
    let on = |path: &str| receiver.deliver(&request.clone().target(path));
    ensure_refused(on("/hooks/umbrella"), &receiver, 401, "signature_mismatch")?;
    // The path is taken as it was sent: no other spelling of it is another tenant.
    for path in ["/hooks", "/acme", "//hooks/acme", "/hooks/%61cme", "/hooks/acme%2f", "/hooks/../acme/hooks"] {
        let answer = on(path).map_err(|error| error.to_string())?;
        ensure(answer.status == 401, || format!("{path} was answered {}", answer.status))?;
    }
    ensure(receiver.store.calls() == 0, || "the store was asked".into())?;
    ensure_runs(&receiver, 0)?;
    ensure_fresh(on("/hooks/acme"), 200)?;
    ensure_runs(&receiver, 1)
}

fn failing_look_ups(adapter: Adapter) -> Finding {
    let (receiver, directory) = by_header(adapter);
    for how in [LookUp::Fails, LookUp::Waits] {
        directory.set(how);
        let asked = Instant::now();
        ensure_refused(receiver.deliver(&to("acme")), &receiver, 503, "tenant_unavailable")?;
        ensure(asked.elapsed() < Duration::from_secs(4), || format!("{how:?} took {:?}", asked.elapsed()))?;
    }
    ensure(receiver.store.calls() == 0, || "the store was asked".into())?;
    ensure_runs(&receiver, 0)?;
    // A failure is not remembered as an answer.
    directory.set(LookUp::Works);
    ensure_fresh(receiver.deliver(&to("acme")), 200)?;
    ensure_runs(&receiver, 1)
}

fn stampede(adapter: Adapter) -> Finding {
    const SENDERS: usize = 200;
    let (receiver, directory) = by_header(adapter);
    // One name: one look-up, whose answer all of them get.
    directory.set(LookUp::Waits);
    let mut waiting: Vec<Connection> = (0..SENDERS).map(|_| receiver.begin(&to("nobody"))).collect();
    eventually("the name is looked up", || directory.look_ups() == 1)?;
    directory.set(LookUp::Works);
    for connection in &mut waiting {
        let answer = connection.read(PATIENCE).map_err(|error| error.to_string())?;
        ensure(answer.status == 401, || format!("answered {}", answer.status))?;
    }
    ensure(directory.look_ups() == 1, || format!("{} look-ups of one name", directory.look_ups()))?;
    // Many names: 64 at once, and the rest is told to come back rather than queued.
    directory.set(LookUp::Waits);
    let begin = |index: usize| receiver.begin(&to(&format!("nobody-{index}")));
    let mut waiting: Vec<Connection> = (0..SENDERS).map(begin).collect();
    eventually("64 look-ups run", || directory.most_at_once() == 64)?;
    let beyond = "the look-ups beyond are refused";
    eventually(beyond, || {
        receiver.reasons().iter().filter(|reason| *reason == "tenant_unavailable").count() == SENDERS - 64
    })?;
    directory.set(LookUp::Works);
    let mut statuses: HashMap<u16, usize> = HashMap::new();
    for connection in &mut waiting {
        let answer = connection.read(PATIENCE).map_err(|error| error.to_string())?;
        *statuses.entry(answer.status).or_default() += 1;
    }
    ensure(statuses == HashMap::from([(401, 64), (503, SENDERS - 64)]), || format!("answered {statuses:?}"))?;
    ensure(directory.most_at_once() == 64, || format!("{} look-ups at once", directory.most_at_once()))?;
    ensure_runs(&receiver, 0)
}

fn same_answer(adapter: Adapter) -> Finding {
    let (receiver, _) = by_header(adapter);
    let forged = |tenant: &str| {
        let draft = Draft::new();
        draft.standard_with(draft.v1(b"a key that nobody has")).header("X-Tenant", tenant)
    };
    let known = ensure_refused(receiver.deliver(&forged("acme")), &receiver, 401, "signature_mismatch")?;
    let unknown = ensure_refused(receiver.deliver(&forged("nobody")), &receiver, 401, "unknown_tenant")?;
    ensure(known.says_the_same_as(&unknown), || format!("{known:?} differs from {unknown:?}"))?;
    // Keys that belong to nobody let nobody in, though anyone can guess them.
    let draft = Draft::new();
    let zeros = draft.standard_with(draft.v1(&[0; 32])).header("X-Tenant", "nobody");
    let guessed = ensure_refused(receiver.deliver(&zeros), &receiver, 401, "unknown_tenant")?;
    ensure(guessed.says_the_same_as(&known), || "a guessed key is answered otherwise".into())?;
    ensure(receiver.store.calls() == 0, || "the store was asked".into())?;
    ensure_runs(&receiver, 0)
}
