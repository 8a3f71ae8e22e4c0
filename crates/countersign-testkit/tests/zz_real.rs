//! tmp
use std::time::{Duration, Instant};
use countersign::MemoryStore;
use countersign_testkit::contract::{self, StoreUnderTest};
struct Real(MemoryStore);
impl StoreUnderTest for Real {
    type Store = MemoryStore;
    const UNIT: Duration = Duration::from_millis(100);
    const SLEEPS: bool = true;
    async fn store(&self) -> MemoryStore { self.0.clone() }
    async fn small(&self, r: usize) -> Option<MemoryStore> { Some(MemoryStore::with_bytes(r * 180)) }
    async fn advance(&self, s: Duration) { tokio::time::sleep(s).await }
}
#[tokio::test(flavor = "multi_thread")]
async fn real() {
    let t = Instant::now();
    let r = contract::run(&Real(MemoryStore::default())).await;
    println!("{r}{:?}", t.elapsed());
    r.assert_kept();
}
