//! A storm: very many duplicates of few events, through several receivers at once, without faults. One effect an event.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::{JoinSet, block_in_place};

use crate::fleet::Fleet;
use crate::ledger::{self, Ledger, What};
use crate::receiver;
use crate::sender::Sender;
use crate::server::{Kind, Server};

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// The store under test.
    #[arg(long)]
    store: Kind,
    /// Distinct events.
    #[arg(long, default_value_t = 10_000)]
    events: u64,
    /// Deliveries of each.
    #[arg(long, default_value_t = 100)]
    copies: u64,
    /// Receiver processes.
    #[arg(long, default_value_t = 4)]
    receivers: usize,
    /// Deliveries on their way at once.
    #[arg(long, default_value_t = 128)]
    width: u64,
}

/// Returns whether every event took effect exactly once.
pub(crate) async fn run(args: &Args) -> anyhow::Result<bool> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("ledger");
    let server = Server::start(args.store, folder.path()).await?;
    let template = receiver::Args {
        port: 0,
        store: server.direct.clone(),
        transactional: false,
        defect: None,
        skew: 0,
        brisk: true,
    };
    let (pipe, lines) = std::io::pipe()?;
    let gathering = ledger::gather(pipe, Ledger::open(&path)?);
    let fleet = block_in_place(|| Fleet::start(template, args.receivers, lines, folder.path()))?;
    let sender = Sender::new(fleet.ports(), None)?;
    let total = args.events * args.copies;
    let bar =
        ProgressBar::new(total).with_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} {per_sec} {eta}")?);
    let next = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let mut lanes = JoinSet::new();
    for _ in 0..args.width {
        let (sender, next, bar) = (sender.clone(), Arc::clone(&next), bar.clone());
        let events = args.events;
        lanes.spawn(async move {
            let mut odd = 0u64;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= total {
                    return odd;
                }
                // Copies of an event come close together, from lanes that run at once.
                let id = format!("evt_{}", number / (total / events));
                let answer = sender.once(&id, "").await.status;
                odd += u64::from(!matches!(answer, 200 | 503));
                bar.inc(1);
            }
        });
    }
    let odd: u64 = lanes.join_all().await.into_iter().sum();
    bar.finish_and_clear();
    let seconds = began.elapsed().as_secs_f64();
    drop(fleet);
    ledger::gathered(gathering)?;
    let mut effects: BTreeMap<String, u64> = BTreeMap::new();
    for entry in ledger::read(&path)? {
        if let What::Effect { id, .. } = entry.what {
            *effects.entry(id).or_default() += 1;
        }
    }
    let once = effects.values().filter(|count| **count == 1).count();
    println!(
        "{total} deliveries of {} events through {} receivers over {:?} in {seconds:.0} s ({:.0}/s): {} events took \
         effect, {once} of them once; {odd} answers other than 200 and 503",
        args.events,
        args.receivers,
        args.store,
        total as f64 / seconds,
        effects.len()
    );
    Ok(odd == 0 && u64::try_from(once)? == args.events && effects.len() == once)
}
