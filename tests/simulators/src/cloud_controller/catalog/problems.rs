//! What is wrong with a catalog, as an indented tree.

use std::fmt::{Display, Formatter, Result};

/// What is wrong with a catalog: as a whole, then service by service.
#[derive(Debug, Default)]
pub(super) struct Problems {
    messages: Vec<String>,
    services: Vec<ServiceProblems>,
}

/// What is wrong with a service: with itself, then plan by plan.
#[derive(Debug)]
pub(super) struct ServiceProblems {
    pub(super) name: String,
    pub(super) messages: Vec<String>,
    pub(super) plans: Vec<PlanProblems>,
}

/// What is wrong with a plan: with itself, then with its schemas.
#[derive(Debug)]
pub(super) struct PlanProblems {
    pub(super) name: String,
    pub(super) messages: Vec<String>,
    pub(super) schemas: Vec<String>,
}

impl Problems {
    pub(super) fn add(&mut self, message: impl Into<String>) {
        self.messages.push(message.into());
    }

    /// A service without problems leaves nothing.
    pub(super) fn nest(&mut self, service: ServiceProblems) {
        if !service.is_empty() {
            self.services.push(service);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.services.is_empty()
    }
}

impl ServiceProblems {
    fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.plans.is_empty()
    }
}

impl PlanProblems {
    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.schemas.is_empty()
    }
}

/// Begins with a line break, and ends with one.
impl Display for Problems {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f)?;
        lines(f, 0, &self.messages)?;
        for service in &self.services {
            writeln!(f, "Service {}", service.name)?;
            lines(f, 1, &service.messages)?;
            for plan in &service.plans {
                writeln!(f, "  Plan {}", plan.name)?;
                lines(f, 2, &plan.messages)?;
                if !plan.schemas.is_empty() {
                    writeln!(f, "    Schemas")?;
                    lines(f, 3, &plan.schemas)?;
                }
            }
        }
        Ok(())
    }
}

fn lines(f: &mut Formatter<'_>, depth: usize, messages: &[String]) -> Result {
    for message in messages {
        writeln!(f, "{:1$}{message}", "", depth * 2)?;
    }
    Ok(())
}
