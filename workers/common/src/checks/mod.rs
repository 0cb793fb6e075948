//! Whether what is outside is as we need it: reachable, new enough, with credentials that work and may what they must.
//!
//! | file | what |
//! |---|---|
//! | `version` | the Director's version, as its texts have it |
//! | `rules` | what was seen → fine, or what is wrong and what to do; pure |
//! | `outside` | looks at what the configuration names, all at once |
//! | `look` | at one system each |
//! | `bus` | looks at the bus |
//! | `told` | where they tell what they came to |
//! | `watch` | looks again and again beside a worker: `/readyz`, log, metric |
//!
//! Nothing waits for a check: what is down is waited for by the jobs themselves, and a worker whose Director is away at its start comes up.
mod bus;
mod look;
mod outside;
pub mod rules;
mod told;
mod version;
mod watch;

pub use bus::{bus, copies};
pub use outside::Outside;
pub use told::Told;
pub use watch::Watch;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Check {
    /// The bus answers and is set up as this release wants it.
    Bus,
    /// All copies of the bus's streams are there.
    BusCopies,
    /// The bus's servers sync each write.
    BusSync,
    /// Our clock is that of the bus.
    Clock,
    /// The service author's executable can be run.
    Adapter,
    /// The schemas of plans, as the adapter says them, can be used.
    PlanSchemas,
    /// The Director answers.
    Director,
    /// The Director is new enough for the plans.
    DirectorVersion,
    /// The Director knows us, and lets us do what we must.
    DirectorCredentials,
    /// The platform's CredHub.
    CredHub,
    /// BOSH's CredHub.
    BoshCredHub,
    /// Our client at Cloud Foundry's UAA.
    Uaa,
    /// Cloud Controller, where the broker is registered.
    CloudController,
    /// Who lists the platform's instances besides Cloud Controller.
    InstancesApi,
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All is well; the text says what was seen.
    Fine(String),
    /// What is wrong, and what to do.
    Wrong(String),
    /// It can't be said, and why; that which is in the way is told by another check.
    Unknown(String),
}

/// A check and what came of it. It holds no secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What was looked at.
    pub check: Check,
    /// What came of it.
    pub verdict: Verdict,
}

impl Check {
    /// How it is called in `/readyz` and logs, and by `chandler doctor`.
    pub fn name(self) -> &'static str {
        match self {
            Check::Bus => "bus",
            Check::BusCopies => "bus copies",
            Check::BusSync => "bus sync",
            Check::Clock => "clock",
            Check::Adapter => "adapter",
            Check::PlanSchemas => "plan schemas",
            Check::Director => "director",
            Check::DirectorVersion => "director version",
            Check::DirectorCredentials => "director credentials",
            Check::CredHub => "credhub",
            Check::BoshCredHub => "bosh credhub",
            Check::Uaa => "uaa",
            Check::CloudController => "cloud controller",
            Check::InstancesApi => "instances api",
        }
    }

    /// With this verdict.
    pub fn is(self, verdict: Verdict) -> Line {
        Line { check: self, verdict }
    }
}

impl Verdict {
    /// Whether all is well.
    pub fn is_fine(&self) -> bool {
        match self {
            Verdict::Fine(_) => true,
            Verdict::Wrong(_) | Verdict::Unknown(_) => false,
        }
    }

    /// `fine`, `wrong` or `unknown`.
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::Fine(_) => "fine",
            Verdict::Wrong(_) => "wrong",
            Verdict::Unknown(_) => "unknown",
        }
    }

    /// What it says.
    pub fn text(&self) -> &str {
        match self {
            Verdict::Fine(text) | Verdict::Wrong(text) | Verdict::Unknown(text) => text,
        }
    }
}
