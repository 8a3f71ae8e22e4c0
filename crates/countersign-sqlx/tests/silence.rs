//! A network that goes silent: connections stay open, and what the server answers never comes. Steps end in time all the
//! same, and connections that went silent are no obstacle once others can be had.

use std::time::{Duration, Instant};

use countersign::admin::Records;
use countersign::{Fence, Store};
use countersign_sqlx::PostgresStore;
use countersign_test_servers::asking::{
    LEASE, STORE_DEADLINE, claim_and_renew_in_time, claim_in_time, end_with_claims_under_way, is_unavailable, key,
    request,
};
use countersign_test_servers::{Link, Postgres};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

const CONNECTIONS: u32 = 10;

struct Silenced {
    store: PostgresStore,
    pool: PgPool,
    link: Link,
    _server: Postgres,
}

/// A store over ten connections that were all used once, of a pool that waits half a minute by itself.
async fn warm() -> Silenced {
    let server = Postgres::start().unwrap();
    let link = Link::to(server.port()).unwrap();
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS);
    let url = format!("postgres://postgres@127.0.0.1:{}/postgres", link.port());
    let pool = pool.connect(&url).await.unwrap();
    let store = PostgresStore::builder().over(pool.clone()).await.unwrap();
    store.migrate().await.unwrap();
    all_connections(&pool).await;
    // What is not idle yet would be asked by the pool itself whether it is alive, without end.
    while pool.num_idle() < usize::try_from(CONNECTIONS).unwrap() {
        sleep(Duration::from_millis(5)).await;
    }
    Silenced { store, pool, link, _server: server }
}

/// Holds as many connections at once as the pool may have: none of its places is lost.
async fn all_connections(pool: &PgPool) {
    let mut held = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut connection = timeout(STORE_DEADLINE, pool.acquire()).await.expect("a place is lost").unwrap();
        sqlx::query("SELECT 1").execute(&mut *connection).await.unwrap();
        held.push(connection);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_step_waits_for_a_silent_connection() {
    let Silenced { store, pool, link, _server } = warm().await;
    link.silence();
    let began = Instant::now();
    let mut steps = JoinSet::new();
    for number in 0..40 {
        let store = store.clone();
        steps.spawn(async move {
            let nothing = Fence::new(1);
            let failed = match number % 4 {
                0 | 1 => is_unavailable(store.claim(&key(number), &request(1)).await),
                2 => is_unavailable(store.renew(&key(number), nothing, LEASE).await),
                _ => is_unavailable(store.show(&key(number)).await),
            };
            (failed, began.elapsed())
        });
    }
    for (failed, took) in timeout(Duration::from_secs(10), steps.join_all()).await.expect("an end") {
        assert!(failed);
        // A claim may have waited for one step before its own.
        assert!(took < Duration::from_millis(2_500), "{took:?}");
    }
    // What was held, too, is given back silent: all that the pool has is of no use.
    link.heal();
    claim_and_renew_in_time(&store, 100).await;
    all_connections(&pool).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn idle_connections_that_went_silent_are_passed_over() {
    let Silenced { store, pool, link, _server } = warm().await;
    // Nothing is asked meanwhile: that ten connections are of no use shows only now.
    link.silence();
    link.heal();
    claim_and_renew_in_time(&store, 1).await;
    all_connections(&pool).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_of_callers_that_went_away_are_given_up() {
    let Silenced { store, pool, link, _server } = warm().await;
    for number in 0..2 * u8::try_from(CONNECTIONS).unwrap() {
        // Each silence meets connections that were good until then.
        link.silence();
        let gone = Duration::from_millis(20);
        let (claiming, settling) = (store.clone(), store.clone());
        let claim = timeout(gone, async move { claiming.claim(&key(number), &request(1)).await.is_ok() });
        let renewal = timeout(gone, async move { settling.renew(&key(number), Fence::new(1), LEASE).await.is_ok() });
        let (claim, renewal) = tokio::join!(claim, renewal);
        assert!(claim.is_err() && renewal.is_err(), "they were to go away half-way");
        link.heal();
    }
    claim_in_time(&store, 200).await;
    all_connections(&pool).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_on_their_way_back_are_given_up() {
    let Silenced { store, pool, link, _server } = warm().await;
    for number in 0..u8::try_from(CONNECTIONS).unwrap() {
        claim_in_time(&store, number).await;
        // The claim was answered; whether its connection is good for another is being asked.
        link.silence();
        link.heal();
    }
    all_connections(&pool).await;
}

#[test]
fn a_runtime_that_ends_takes_its_claims_with_it() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let Silenced { store, link, _server: server, .. } = runtime.block_on(warm());
    link.silence();
    end_with_claims_under_way(runtime, &store);
    drop((store, server));
}
