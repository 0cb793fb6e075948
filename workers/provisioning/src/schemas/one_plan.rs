//! One plan: its adapter is asked until it says something good; that is published, and looked after.
use super::{published, rule::Why};
use chandler_clients::adapter::Adapter;
use chandler_common::{beside::Ground, plan_schemas};
use chandler_proto::catalog::{Offering, Plan};
use chandler_schemas::Published;
use std::time::Duration;

/// Until it is looked again whether something still lies there; the longest pause between two attempts, too.
const LOOK: Duration = Duration::from_secs(60);
/// The first pause after an attempt that brought nothing.
const SOON: Duration = Duration::from_secs(1);

/// One plan. Times are of the monotonic clock.
pub(super) struct OnePlan {
    service_id: String,
    plan: Plan,
    adapter: Adapter,
    /// How long a run of the adapter may take.
    limit: Duration,
    found: Option<Found>,
    /// When the adapter is asked, as long as it has said nothing good.
    ask: Attempt,
    /// When something is brought to the bus.
    bring: Attempt,
    /// What keeps it from there.
    hindrance: Option<String>,
}

/// What the adapter came to.
struct Found {
    published: Published,
    warnings: Vec<String>,
    /// What is wrong, without the adapter's own words.
    wrong: Vec<String>,
    is_news: bool,
}

/// When something is tried next, and the pause if it fails then.
struct Attempt {
    at: Duration,
    pause: Duration,
}

impl Attempt {
    fn now() -> Self {
        Attempt {
            at: Duration::ZERO,
            pause: SOON,
        }
    }

    fn failed(&mut self, now: Duration) {
        self.at = now + self.pause;
        self.pause = (self.pause * 2).min(LOOK);
    }
}

impl OnePlan {
    pub(super) fn new(offering: &Offering, plan: &Plan, adapter: &Adapter, limit: Duration) -> Self {
        OnePlan {
            service_id: offering.id.clone(),
            plan: plan.clone(),
            adapter: adapter.clone(),
            limit,
            found: None,
            ask: Attempt::now(),
            bring: Attempt::now(),
            hindrance: None,
        }
    }

    /// Does what is due.
    pub(super) async fn go_on(&mut self, ground: &Ground) {
        if !self.is_good() && ground.clock.monotonic() >= self.ask.at {
            self.ask(ground).await;
        }
        if ground.clock.monotonic() >= self.bring.at {
            self.bring(ground).await;
        }
    }

    /// When something is due next.
    pub(super) fn next(&self) -> Duration {
        match self.is_good() {
            true => self.bring.at,
            false => self.ask.at.min(self.bring.at),
        }
    }

    /// What is known of it; `None` before the adapter was asked.
    pub(super) fn known(&self) -> Option<plan_schemas::Known> {
        let found = self.found.as_ref()?;
        let hindrance = self
            .hindrance
            .as_ref()
            .map(|why| format!("the schemas of plan {}: {why}", self.plan.name));
        let wrong: Vec<_> = found.wrong.iter().cloned().chain(hindrance).collect();
        Some(plan_schemas::Known {
            plan: self.plan.name.clone(),
            outcome: match wrong.is_empty() {
                true => Ok(found.warnings.clone()),
                false => Err(wrong),
            },
        })
    }

    fn is_good(&self) -> bool {
        self.found.as_ref().is_some_and(|it| it.published.schemas.is_some())
    }

    async fn ask(&mut self, ground: &Ground) {
        let asked = plan_schemas::ask(&self.adapter, &self.plan, self.limit).await;
        let mut published = Published {
            schema: Published::SCHEMA,
            service_id: self.service_id.clone(),
            plan_id: self.plan.id.clone(),
            plan_digest: self.plan.adapter_digest(),
            at: ground.clock.now_ms(),
            schemas: None,
            wrong: Vec::new(),
        };
        let (mut warnings, mut wrong) = (Vec::new(), Vec::new());
        match asked {
            Ok(schemas) => {
                published.schemas = Some(schemas.to_osbapi());
                warnings = schemas.warnings();
            }
            Err(unusable) => {
                self.ask.failed(ground.clock.monotonic());
                published.wrong = unusable.for_catalog;
                wrong = unusable.for_operator;
            }
        }
        let plan = self.plan.name.as_str();
        if self
            .found
            .as_ref()
            .is_some_and(|it| it.published.says_the_same(&published))
        {
            tracing::debug!(plan, "the schemas still can't be used");
            return;
        }
        warnings.iter().for_each(|text| tracing::warn!(plan, "{text}"));
        wrong.iter().for_each(|text| tracing::error!(plan, "{text}"));
        self.bring = Attempt::now();
        self.found = Some(Found {
            published,
            warnings,
            wrong,
            is_news: true,
        });
    }

    async fn bring(&mut self, ground: &Ground) {
        let Some(found) = &mut self.found else { return };
        let (plan, why) = (
            self.plan.name.as_str(),
            if found.is_news { Why::News } else { Why::Watch },
        );
        let brought = published::bring(&ground.bus, &found.published, why).await;
        let now = ground.clock.monotonic();
        match brought {
            Ok(written) => {
                let good = found.published.schemas.is_some();
                match (written, why) {
                    (true, Why::News) => tracing::info!(plan, good, "what is known of the schemas is published"),
                    (true, Why::Watch) => tracing::warn!(plan, good, "the bus had lost the schemas: published again"),
                    (false, Why::News) => tracing::info!(plan, good, "there is nothing to publish of the schemas"),
                    (false, Why::Watch) => {}
                }
                found.is_news = false;
                self.hindrance = None;
                self.bring = Attempt {
                    at: now + LOOK,
                    pause: SOON,
                };
            }
            Err(text) => {
                if self.hindrance.as_ref() != Some(&text) {
                    tracing::warn!(plan, text, "the schemas can't be looked after on the bus; trying again");
                }
                self.hindrance = Some(text);
                self.bring.failed(now);
            }
        }
    }
}
