//! The other side: senders that come back until they are answered a success, copies by the network, replays by whoever
//! listened, and the odd delivery with another body under the same id.

use std::sync::{Arc, Mutex};

use countersign::Reason;

use crate::Cast;
use crate::delivery::{Exchange, Reply, Signed};
use crate::dice::Dice;
use crate::plan::{PAST, Plan};
use crate::world::{Millis, OUTSIDE, SimClock, World, lock, within};

/// The events of a history.
pub(crate) struct Events(Vec<Event>);

#[derive(Clone)]
struct Event {
    id: String,
    body: String,
    begins: Millis,
    /// Copies of the first request, each at a time of its own.
    copies: Vec<Millis>,
    /// When another body is sent under the id.
    impostor: Option<Millis>,
}

/// Who sends them.
pub(crate) struct Senders {
    world: World,
    cast: Arc<Cast>,
    plan: Arc<Plan>,
    clock: SimClock,
    open: Mutex<Vec<String>>,
}

impl Events {
    pub(crate) fn draw(seed: u64, plan: &Plan) -> Self {
        let mut dice = Dice::new(seed, 3);
        let events = (0..plan.events).map(|number| {
            let begins = dice.between(0, plan.faults_until / 2);
            let near = begins + dice.pick(&[0, 50, 5_000]);
            let mut copies: Vec<_> =
                (0..dice.below(5)).map(|_| near + dice.pick(&[0, 1, 30, 700, 4_000, 20_000])).collect();
            if plan.window_only {
                // As late as a delivery can still pass as fresh, with every clock wrong, and a little later.
                let last = (begins + PAST).saturating_add_signed(plan.ahead);
                copies.extend((0..4).map(|_| dice.between(last - 15_000, last + 12_000)));
            }
            Event {
                id: format!("evt_{number}"),
                body: format!(r#"{{"number":{number}}}"#),
                begins,
                copies,
                impostor: dice.chance(8).then(|| dice.between(0, plan.faults_until)),
            }
        });
        Self(events.collect())
    }
}

impl Senders {
    pub(crate) fn new(world: &World, cast: &Arc<Cast>, plan: &Arc<Plan>) -> Arc<Self> {
        Arc::new(Self {
            world: world.clone(),
            cast: Arc::clone(cast),
            plan: Arc::clone(plan),
            clock: SimClock::new(world, plan.ahead),
            open: Mutex::default(),
        })
    }

    /// Lets every sender begin.
    pub(crate) fn begin(self: &Arc<Self>, events: &Events) {
        for event in &events.0 {
            lock(&self.open).push(event.id.clone());
            let (this, event) = (Arc::clone(self), event.clone());
            self.world.spawn(OUTSIDE, async move { this.send(&event).await });
        }
    }

    /// Lets every event be delivered anew. Returns how many.
    pub(crate) fn once_more(self: &Arc<Self>, events: &Events) -> u64 {
        for event in &events.0 {
            lock(&self.open).push(event.id.clone());
            let (this, id, body) = (Arc::clone(self), event.id.clone(), event.body.clone());
            self.world.spawn(OUTSIDE, async move { this.insist(&id, &body, None).await });
        }
        events.0.len() as u64
    }

    pub(crate) fn are_done(&self) -> bool {
        lock(&self.open).is_empty()
    }

    pub(crate) fn open(&self) -> Vec<String> {
        lock(&self.open).clone()
    }

    async fn send(self: Arc<Self>, event: &Event) {
        if let Some(at) = event.impostor {
            let (this, id) = (Arc::clone(&self), event.id.clone());
            self.world.spawn(OUTSIDE, async move {
                this.world.sleep(at).await;
                let request = this.sign(&id, r#"{"another":true}"#);
                this.attempt(request).await;
            });
        }
        self.world.sleep(event.begins).await;
        let first = self.sign(&event.id, &event.body);
        for at in &event.copies {
            let (this, copy, at) = (Arc::clone(&self), first.clone(), *at);
            self.world.spawn(OUTSIDE, async move {
                this.world.sleep(at.saturating_sub(this.world.now())).await;
                this.attempt(copy).await;
            });
        }
        self.insist(&event.id, &event.body, Some(first)).await;
    }

    /// Sends until the event is taken, each time signed anew.
    async fn insist(&self, id: &str, body: &str, first: Option<Signed>) {
        let mut request = first;
        loop {
            let attempt = request.take().unwrap_or_else(|| self.sign(id, body));
            let answer = self.attempt(attempt).await;
            let over = self.world.now() >= self.plan.faults_until;
            match answer {
                Some(Reply::Handled(200) | Reply::Repeated(200) | Reply::Refused(Reason::Replayed)) => break,
                // Another body was first, or it failed too often: settled, though not as the sender hoped.
                Some(Reply::Refused(Reason::ContentDiffers | Reason::Parked)) if over => break,
                _ => {}
            }
            let wait = self.world.choose(|dice| dice.between(200, 5_000));
            self.world.sleep(wait).await;
        }
        lock(&self.open).retain(|open| open != id);
    }

    fn sign(&self, id: &str, body: &str) -> Signed {
        Signed::new(id.to_owned(), self.clock.time(), body.to_owned())
    }

    /// One attempt at some worker; `None` where no answer came, or it was lost.
    async fn attempt(&self, request: Signed) -> Option<Reply> {
        let (there, back, lost, index) = self
            .world
            .choose(|dice| (dice.between(0, 40), dice.between(0, 40), dice.chance(4), dice.index(self.plan.workers)));
        self.world.sleep(there).await;
        let worker = self.cast.worker(index);
        if !self.world.is_alive(worker.process) {
            return None;
        }
        let exchange = Arc::new(Exchange::default());
        let process = worker.process;
        self.world.spawn(process, worker.serve(request, Arc::clone(&exchange)));
        let answer = within(&self.world, self.plan.patience, exchange.answered()).await;
        let Some(answer) = answer else {
            exchange.hang_up();
            return None;
        };
        self.world.sleep(back).await;
        let faults = !self.plan.quiet && self.world.now() < self.plan.faults_until;
        (!(lost && faults)).then_some(answer)
    }
}
