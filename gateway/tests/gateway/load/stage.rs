//! One round: a bucket of its own on a server that the rounds share, gateways, and requests in an order that is drawn.
use super::{
    GATEWAYS,
    history::History,
    rule::{PLANS, Plans, Rule},
};
use crate::{
    config::{config_of, config_text},
    nats::Nats,
    quotas::of,
    world::{Got, SERVICE, World, send},
};
use chandler_process::Clock;
use chandler_proto::layout::complete_key;
use futures::future::join_all;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

pub(super) struct Stage {
    pub(super) world: World,
    pub(super) history: History,
    pub(super) rule: Rule,
    /// All that is drawn in this round.
    pub(super) dice: StdRng,
    pub(super) prefix: String,
    /// Requests come within so many milliseconds.
    spread: u64,
    _told: Told,
}

/// A request for an instance.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) id: String,
    pub(super) plan: usize,
    pub(super) gateway: usize,
    pub(super) pause: Duration,
}

/// Says which round it was that failed.
struct Told(usize);

impl Drop for Told {
    #[expect(clippy::print_stderr, reason = "cargo shows it of a test that fails")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("this was round {0}; what is drawn in it has the seed {0}", self.0);
        }
    }
}

impl Stage {
    /// No gateway yet.
    pub(super) async fn new(nats: Nats, round: usize, rule: Rule) -> Self {
        let prefix = format!("round-{round}");
        let world = World::under(nats, &prefix).await;
        let history = History::of(&world.nats.url(), &prefix).await;
        world.bus.write(&complete_key(), "{}".into(), 0).await.unwrap();
        Stage {
            world,
            history,
            rule,
            dice: StdRng::seed_from_u64(round as u64),
            prefix,
            spread: [0, 0, 5, 40][round / 2 % 4],
            _told: Told(round),
        }
    }

    /// What the gateways are configured with, on a bus at `url`.
    pub(super) fn config(&self, url: &str) -> String {
        let mut text = config_text(url);
        let mut swap = |from: &str, to: String| {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, &to);
        };
        let quotas = |plan: usize| format!("quotas: {}", self.rule.of_plan(plan));
        for (plan, (_, name)) in PLANS.iter().enumerate().take(2) {
            let name = format!("name: {name}, ");
            swap(&name, format!("{name}{}, ", quotas(plan)));
        }
        let (id, name) = PLANS[2];
        let group = "{name: g, vm_type: t, instances: 5, networks: [n], azs: [z]}";
        let third = format!("plan_id: {id}, name: {name}, {}, description: five VMs", quotas(2));
        swap(
            "chandler:\n",
            format!("  - {{{third}, instance_groups: [{group}]}}\nchandler:\n"),
        );
        let offering = "  plan_updatable: true\n";
        swap(offering, format!("{offering}  global_quotas: {}\n", self.rule.of_all()));
        swap("  plans: {large: {plan_updatable: false}}\n", String::new());
        swap("bus: {", format!("bus: {{prefix: {}, ", self.prefix));
        // A machine that has other things to do isn't what is looked for here.
        swap("accept_timeout_seconds: 3, request_timeout_seconds: 20", String::new());
        text
    }

    pub(super) async fn start(&mut self, gateways: usize, clock: Arc<dyn Clock>) {
        let config = config_of(&self.config(&self.world.nats.url()));
        for _ in 0..gateways {
            self.world.start(clock.clone(), &config).await;
        }
    }

    pub(super) fn any(&mut self, below: usize) -> usize {
        self.dice.random_range(0..below)
    }

    /// A moment to wait before a request.
    pub(super) fn pause(&mut self) -> Duration {
        Duration::from_millis(self.dice.random_range(0..=self.spread))
    }

    /// A request for each of these plans, evenly spread over the gateways, in any order.
    pub(super) fn asks(&mut self, plans: impl IntoIterator<Item = usize>) -> Vec<Ask> {
        let plans = plans.into_iter().enumerate();
        let mut asks: Vec<Ask> = plans
            .map(|(n, plan)| Ask {
                id: format!("i{n}"),
                plan,
                gateway: n % GATEWAYS,
                pause: self.pause(),
            })
            .collect();
        asks.shuffle(&mut self.dice);
        asks
    }

    pub(super) async fn put(&self, ask: &Ask) -> Got {
        tokio::time::sleep(ask.pause).await;
        let (plan, _) = PLANS[ask.plan];
        send(self.world.put(ask.gateway, &ask.id, &of(plan))).await
    }

    /// All at once.
    pub(super) async fn put_all(&self, asks: &[Ask]) -> Vec<Got> {
        join_all(asks.iter().map(|ask| self.put(ask))).await
    }

    /// One request for a new instance, while nobody else asks for anything. Whether it is admitted.
    pub(super) async fn put_alone(&mut self, id: String, plan: usize) -> bool {
        let ask = Ask {
            id,
            plan,
            gateway: self.any(self.world.gateways.len()),
            pause: Duration::ZERO,
        };
        let got = self.put(&ask).await;
        if got.status != 202 {
            self.refused(&got, 400);
        }
        got.status == 202
    }

    /// Requests for these plans, one after another: whoever fits is admitted, and nobody else. Until none of the plans
    /// fits any more.
    pub(super) async fn fill(&mut self, plans: &[usize]) {
        let mut held = self.history.held().await;
        let (mut full, all) = (BTreeSet::new(), plans.iter().collect::<BTreeSet<_>>());
        for (n, plan) in plans.iter().enumerate() {
            if full == all {
                return;
            }
            let fits = self.rule.fits(&held, *plan);
            let admitted = self.put_alone(format!("late{n}"), *plan).await;
            assert_eq!(admitted, fits, "of plan {plan} beside {held:?}");
            if fits {
                held.push(Plans::from([*plan]));
            } else {
                full.insert(plan);
            }
        }
    }

    /// Refused by a quota: every count that the text tells of is over a limit.
    pub(super) fn refused(&self, got: &Got, status: u16) {
        let text = got.is(status).body["description"].as_str().unwrap();
        let parts: Vec<&str> = text.split(" instance limit exceeded for service ID: ").collect();
        let known = |part: &str| part.ends_with("plan") || part.ends_with("global") || part.contains("quotas [");
        assert!(got.error().is_empty() && known(parts[0]), "{got:?}");
        for part in &parts[1..] {
            let there = part.strip_prefix(&format!("{SERVICE}. Total instances: ")).unwrap();
            let there: u64 = there.split(',').next().unwrap().parse().unwrap();
            let limits = self
                .rule
                .plans
                .iter()
                .map(|plan| plan.instances)
                .chain([self.rule.instances]);
            assert!(limits.flatten().any(|limit| there >= limit), "{text}");
        }
    }

    /// No limit was exceeded at any time, nobody is left undecided, and what was seen of the bucket is what is there.
    pub(super) async fn end(self) -> Nats {
        self.history.check(&self.rule).await;
        let newest = self.history.newest().await;
        let there = join_all(newest.keys().map(|id| self.world.record(id))).await;
        for (seen, there) in newest.values().zip(there) {
            assert_eq!(*seen, there.unwrap().0);
            assert!(!seen.is_undecided(), "{seen:?}");
        }
        for gateway in self.world.gateways {
            gateway.shutdown.cancel();
            gateway.task.await.unwrap();
        }
        self.world.nats
    }
}
