//! A campaign: receivers, a sender with duplicates, and one fault after the other; then the ledger's verdict.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use countersign::admin::Records as _;
use tokio::sync::Mutex;
use tokio::task::{JoinSet, block_in_place};
use tokio::time::sleep;

use crate::check::{self, Verdict, Violations};
use crate::deck::{Deck, Fault};
use crate::fleet::Fleet;
use crate::ledger::{self, Ledger, What};
use crate::receiver::{self, LEASE, Order};
use crate::sender::Sender;
use crate::server::{Kind, Server};
use crate::stores::{AnyStore, Defect};

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// The store under test.
    #[arg(long)]
    pub(crate) store: Kind,
    /// How many faults are injected.
    #[arg(long, default_value_t = 300)]
    pub(crate) cycles: u32,
    /// Only `kill -9` of receivers and server counts as a cycle; without it every fault does.
    #[arg(long)]
    pub(crate) kills_only: bool,
    /// Only these faults, of those that concern the store.
    #[arg(long, value_delimiter = ',')]
    pub(crate) faults: Vec<Fault>,
    /// Effects happen in the transaction that completes the claim. PostgreSQL and SQLite.
    #[arg(long)]
    pub(crate) transactional: bool,
    /// Receiver processes.
    #[arg(long, default_value_t = 3)]
    pub(crate) receivers: usize,
    /// Deliveries of each event.
    #[arg(long, default_value_t = 20)]
    pub(crate) copies: u32,
    /// Events on their way at once.
    #[arg(long, default_value_t = 12)]
    pub(crate) width: usize,
    /// Plants a defect, which the campaign must find.
    #[arg(long)]
    pub(crate) defect: Option<Defect>,
    /// Repeats a campaign's choice of faults.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
}

/// How long a delivery is repeated once faults are over.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long after a fault each receiver must have taken a delivery. Its lease ends after a second; the rest is for a
/// machine that is busy.
const RECOVERY: Duration = Duration::from_secs(15);

/// How long want of room may take to be felt: what was written before can be written over.
const FELT_WITHIN: Duration = Duration::from_secs(5);

pub(crate) async fn run(args: &Args) -> anyhow::Result<Verdict> {
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..));
    println!("campaign over {:?}, {} cycles, seed {seed}", args.store, args.cycles);
    fastrand::seed(seed);
    let deck = Deck::new(args.store, &args.faults)?;
    anyhow::ensure!(!args.kills_only || deck.kills(), "`--kills-only` counts none of the faults of `--faults`");
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("ledger");
    let mut server = Server::start(args.store, folder.path()).await?;
    let template = receiver::Args {
        port: 0,
        store: server.url.clone(),
        transactional: args.transactional,
        defect: args.defect,
        skew: 0,
        brisk: false,
    };
    let ledger = Ledger::open(&path)?;
    let (pipe, lines) = std::io::pipe()?;
    let gathering = ledger::gather(pipe, Ledger::open(&path)?);
    let mut fleet = block_in_place(|| Fleet::start(template, args.receivers, lines, folder.path()))?;
    let sender = Sender::new(fleet.ports(), Some(Ledger::open(&path)?))?;

    let over = Arc::new(AtomicBool::new(false));
    let work = tokio::spawn(work(sender.clone(), args.clone(), Arc::clone(&over)));
    let began = Instant::now();
    let mut found = Violations::default();
    let dice = fastrand::Rng::with_seed(seed);
    let mut faults = Faults {
        ledger: &ledger,
        fleet: &mut fleet,
        server: &mut server,
        sender: &sender,
        dice,
        deck,
        wants: 0,
        found: &mut found,
    };
    let mut cycles = 0;
    while cycles < args.cycles {
        let fault = faults.strike().await?;
        cycles += u32::from(!args.kills_only || fault.kills());
        sleep(Duration::from_millis(faults.dice.u64(20..120))).await;
    }
    over.store(true, Ordering::SeqCst);
    let lost = find_lost(&sender, &fleet, &mut found).await;
    let (ids, unacknowledged) = work.await?;
    println!("{} deliveries in {:.0} s", sender.sent(), began.elapsed().as_secs_f64());

    if unacknowledged > 0 {
        found.add("INV-10", format!("{unacknowledged} deliveries were not acknowledged once the faults were over"));
    }
    if lost.len() < fleet.len() {
        look_again(&sender, &ids, &mut found).await;
    }
    for index in 0..fleet.len() {
        if lost.contains(&index) {
            block_in_place(|| fleet.kill(index))?;
        } else if !block_in_place(|| fleet.terminate(index))? {
            found.add("EV-21", format!("{} left claims behind when it was told to end", fleet.describe(index)));
        }
    }
    drop(fleet);
    block_in_place(|| ledger::gathered(gathering))?;
    if lost.is_empty() {
        leftovers(&server.direct, &mut found).await?;
    }
    let transacted = if args.transactional { Some(transacted(args.store, &server.direct).await?) } else { None };
    let mut verdict = check::judge(&ledger::read(&path)?, transacted.as_deref());
    verdict.violations.extend(found);
    if !verdict.holds() && args.defect.is_none() {
        let kept = std::env::temp_dir().join(format!("countersign-ledger-{seed}"));
        std::fs::copy(&path, &kept)?;
        println!("the ledger is kept at {}", kept.display());
    }
    Ok(verdict)
}

/// Looks for receivers that do not recover now that the faults are over: each is reported once, and gets no delivery any
/// more, so that its silence is not told again by everything that follows.
async fn find_lost(sender: &Sender, fleet: &Fleet, found: &mut Violations) -> Vec<usize> {
    let mut probes = JoinSet::new();
    for (index, port) in fleet.ports().into_iter().enumerate() {
        let sender = sender.clone();
        probes.spawn(async move { (index, sender.insist(port, &format!("last_{port}"), RECOVERY).await) });
    }
    let mut lost = Vec::new();
    for (index, taken) in probes.join_all().await {
        if let Err(answer) = taken {
            sender.avoid(answer.port);
            lost.push(index);
            found.add(
                "INV-10",
                format!(
                    "{} took no delivery within {} s of the last fault; its last answer: {answer}",
                    fleet.describe(index),
                    RECOVERY.as_secs()
                ),
            );
        }
    }
    lost
}

/// Keeps events on their way until the faults are over; returns their ids, and how many deliveries were never
/// acknowledged.
async fn work(sender: Sender, args: Args, over: Arc<AtomicBool>) -> (Vec<String>, u64) {
    let ids = Arc::new(Mutex::new(Vec::new()));
    let lost = Arc::new(AtomicU64::new(0));
    let mut lanes = JoinSet::new();
    for lane in 0..args.width {
        let (sender, over, ids, lost) = (sender.clone(), Arc::clone(&over), Arc::clone(&ids), Arc::clone(&lost));
        lanes.spawn(async move {
            for number in 0.. {
                if over.load(Ordering::SeqCst) {
                    break;
                }
                let id = format!("evt_{lane}_{number}");
                // Patience is counted from the last fault on; before that, faults may hold a delivery up for long.
                let patience = PATIENCE + Duration::from_secs(3_600);
                let delivery = sender.deliver(&id, args.copies, patience);
                let overdue = async {
                    while !over.load(Ordering::SeqCst) {
                        sleep(Duration::from_millis(100)).await;
                    }
                    sleep(PATIENCE).await;
                };
                tokio::select! {
                    left = delivery => { lost.fetch_add(u64::from(left), Ordering::SeqCst); }
                    () = overdue => { lost.fetch_add(1, Ordering::SeqCst); }
                }
                ids.lock().await.push(id);
            }
        });
    }
    lanes.join_all().await;
    let ids = std::mem::take(&mut *ids.lock().await);
    (ids, lost.load(Ordering::SeqCst))
}

/// Sends acknowledged events again: the same one must get the stored answer, another body under its id must not.
async fn look_again(sender: &Sender, ids: &[String], found: &mut Violations) {
    for id in ids.iter().rev().take(200) {
        let answer = sender.once(id, "another body").await;
        if answer.status != 422 {
            found.add("INV-12", format!("{id} with another body was answered {answer}"));
        }
        let answer = sender.once(id, "").await;
        if answer.status != 200 {
            found.add("INV-04", format!("{id}, acknowledged, was answered {answer} when it came again"));
        }
    }
}

/// A store whose receivers have all ended in order must hold no claim.
async fn leftovers(url: &str, found: &mut Violations) -> anyhow::Result<()> {
    let counts = match AnyStore::connect(url).await? {
        AnyStore::Redis(store) => store.count(None).await?,
        AnyStore::Postgres(store) => store.count(None).await?,
        AnyStore::Sqlite(store) => store.count(None).await?,
    };
    if counts.running > 0 {
        found.add("EV-21", format!("{} claims outlived every receiver", counts.running));
    }
    Ok(())
}

async fn transacted(kind: Kind, url: &str) -> anyhow::Result<Vec<(String, u64)>> {
    const SELECT: &str = "SELECT id, fence FROM effects";
    let rows: Vec<(String, i64)> = match kind {
        Kind::Postgres => sqlx::query_as(SELECT).fetch_all(&sqlx::PgPool::connect(url).await?).await?,
        Kind::Sqlite => sqlx::query_as(SELECT).fetch_all(&sqlx::SqlitePool::connect(url).await?).await?,
        Kind::Redis => anyhow::bail!("Redis shares no transaction with a handler"),
    };
    rows.into_iter().map(|(id, fence)| Ok((id, u64::try_from(fence)?))).collect()
}

struct Faults<'a> {
    ledger: &'a Ledger,
    fleet: &'a mut Fleet,
    server: &'a mut Server,
    sender: &'a Sender,
    dice: fastrand::Rng,
    deck: Deck,
    /// How many deliveries were made to feel want of room.
    wants: u32,
    found: &'a mut Violations,
}

impl Faults<'_> {
    /// Injects one fault and ends it.
    async fn strike(&mut self) -> anyhow::Result<Fault> {
        let fault = self.deck.draw(&mut self.dice);
        let index = self.fleet.any();
        let pid = self.fleet.pid(index);
        match fault {
            Fault::Kill => {
                self.note(fault, pid, true)?;
                block_in_place(|| self.fleet.kill(index))?;
                self.note(fault, pid, false)?;
                sleep(Duration::from_millis(self.dice.u64(..60))).await;
                block_in_place(|| self.fleet.revive(index))?;
            }
            Fault::Freeze => {
                self.note(fault, pid, true)?;
                let shared = self.server.has_process();
                if !shared {
                    // It may hold the write lock of the file that is everyone's store.
                    self.write("store-locked", 0, true)?;
                }
                let span = LEASE + Duration::from_millis(self.dice.u64(200..1_500));
                block_in_place(|| self.fleet.freeze(index, span))?;
                if !shared {
                    self.write("store-locked", 0, false)?;
                }
                self.note(fault, pid, false)?;
            }
            Fault::Terminate => {
                self.note(fault, pid, true)?;
                let described = self.fleet.describe(index);
                let settled = block_in_place(|| self.fleet.terminate(index))?;
                self.note(fault, pid, false)?;
                if !settled {
                    // The store works, and a receiver that is told to end leaves nothing behind.
                    self.found.add("EV-21", format!("{described} left claims behind when it was told to end"));
                }
                block_in_place(|| self.fleet.revive(index))?;
            }
            Fault::Clock => {
                self.note(fault, pid, true)?;
                // Some steps leave every delivery too old or too new for it; the shorter ones leave it claiming.
                let minutes = self.dice.choice([-10, -3, -1, 1, 2, 4, 10]).unwrap_or(1);
                self.fleet.tell(index, Order::Skew(minutes * 60_000))?;
                sleep(LEASE + Duration::from_millis(self.dice.u64(..1_000))).await;
                self.fleet.tell(index, Order::Skew(0))?;
                self.note(fault, pid, false)?;
            }
            Fault::DiskFull | Fault::MemoryFull => self.want_of_room(fault, self.fleet.port(index)).await?,
            Fault::StoreKill => {
                self.note(fault, 0, true)?;
                block_in_place(|| self.server.kill_and_restart())?;
                self.note(fault, 0, false)?;
            }
            Fault::StoreRestart => {
                self.note(fault, 0, true)?;
                block_in_place(|| self.server.restart())?;
                self.note(fault, 0, false)?;
            }
            Fault::StoreFreeze => {
                self.note(fault, 0, true)?;
                block_in_place(|| self.server.freeze(Duration::from_millis(self.dice.u64(100..1_500))))?;
                self.note(fault, 0, false)?;
            }
            Fault::Cut | Fault::Deaf | Fault::Delay => self.weather(fault).await?,
        }
        Ok(fault)
    }

    /// What a network does.
    async fn weather(&mut self, fault: Fault) -> anyhow::Result<()> {
        let Some(proxy) = &self.server.proxy else { return Ok(()) };
        self.note(fault, 0, true)?;
        match fault {
            Fault::Cut => proxy.cut_after(self.dice.u32(..4_000)),
            Fault::Deaf => proxy.deafen(true),
            _ => proxy.delay(Duration::from_millis(self.dice.u64(10..400))),
        }
        sleep(Duration::from_millis(self.dice.u64(50..600))).await;
        proxy.heal();
        self.note(fault, 0, false)
    }

    /// Takes all room until a delivery is refused for it, and gives it back: what its sender had to keep must be taken then.
    async fn want_of_room(&mut self, fault: Fault, port: u16) -> anyhow::Result<()> {
        self.note(fault, 0, true)?;
        self.room(fault, false)?;
        let began = Instant::now();
        let (mut kept, mut refused) = (Vec::new(), false);
        while !refused && began.elapsed() < FELT_WITHIN {
            self.wants += 1;
            let id = format!("want_{}", self.wants);
            let answer = self.sender.once_at(port, &id, "").await;
            refused = answer.status == 503;
            if !answer.is_success() {
                kept.push(id);
            }
        }
        sleep(Duration::from_millis(self.dice.u64(50..600))).await;
        self.room(fault, true)?;
        self.note(fault, 0, false)?;
        let name = fault.name();
        if !refused {
            self.found.add("INV-15", format!("{name} was felt by no delivery to port {port} in {FELT_WITHIN:?}"));
        }
        for id in kept {
            if let Err(answer) = self.sender.insist(port, &id, RECOVERY).await {
                self.found.add("INV-09", format!("{id}, refused during {name}, was not taken after it: {answer}"));
            }
        }
        Ok(())
    }

    fn room(&mut self, fault: Fault, there_is: bool) -> anyhow::Result<()> {
        /// Less than the log of a SQLite file soon has.
        const LITTLE: u64 = 64 * 1024;
        match (fault, self.server.has_process()) {
            (Fault::MemoryFull, _) => self.server.limit_memory(u64::from(!there_is)),
            (_, true) if there_is => block_in_place(|| self.server.kill_and_restart()),
            (_, true) => self.server.fill_disk(self.dice.u64(..200)),
            (_, false) => {
                let limit = Order::Files((!there_is).then_some(LITTLE));
                (0..self.fleet.len()).try_for_each(|index| self.fleet.tell(index, limit))
            }
        }
    }

    fn note(&self, fault: Fault, pid: u32, begins: bool) -> anyhow::Result<()> {
        self.write(&fault.name(), pid, begins)
    }

    fn write(&self, name: &str, pid: u32, begins: bool) -> anyhow::Result<()> {
        let name = name.to_owned();
        let what = if begins { What::Fault { name, pid } } else { What::Heal { name, pid } };
        self.ledger.write(what).context("the ledger cannot be written")
    }
}
