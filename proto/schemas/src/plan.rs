//! The three schemas of a plan.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::schema::Schema;
use crate::{Invalid, Wrong};

/// Of which operation the parameters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameters {
    /// Of a provision.
    Create,
    /// Of an update.
    Update,
    /// Of a bind.
    Bind,
}

impl Parameters {
    const ALL: [Self; 3] = [Self::Create, Self::Update, Self::Bind];

    /// Where their schema stands in what an adapter says.
    fn pointer(self) -> &'static str {
        match self {
            Self::Create => "/service_instance/create/parameters",
            Self::Update => "/service_instance/update/parameters",
            Self::Bind => "/service_binding/create/parameters",
        }
    }
}

impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "instance create",
            Self::Update => "instance update",
            Self::Bind => "binding create",
        })
    }
}

/// The schemas of a plan's parameters, ready to be used. Clones are cheap.
#[derive(Debug, Clone)]
pub struct PlanSchemas {
    create: Arc<Schema>,
    update: Arc<Schema>,
    bind: Arc<Schema>,
}

impl PlanSchemas {
    /// Reads what `generate-plan-schemas` says:
    /// `{"service_instance":{"create":{"parameters":S},"update":{"parameters":S}},"service_binding":{"create":{"parameters":S}}}`. All
    /// three have to be there; other members are ignored. It takes milliseconds to some hundreds of them: nothing for a thread that
    /// serves others meanwhile.
    ///
    /// # Errors
    /// What is wrong with each of them, in this order; the first thing only of each.
    pub fn read(document: &Value) -> Result<Self, Vec<Wrong>> {
        let read = |what: Parameters| {
            let given = document.pointer(what.pointer()).unwrap_or(&Value::Null);
            Schema::read(given)
                .map(Arc::new)
                .map_err(|reason| Wrong { what, reason })
        };
        match Parameters::ALL.map(read) {
            [Ok(create), Ok(update), Ok(bind)] => Ok(Self { create, update, bind }),
            all => Err(all.into_iter().filter_map(Result::err).collect()),
        }
    }

    /// What an operator should know although all of them can be used: Cloud Controller refuses a whole catalog for a newer draft.
    pub fn warnings(&self) -> Vec<String> {
        let newer = Parameters::ALL.into_iter().filter_map(|what| {
            let draft = self.of(what).draft();
            (!draft.suits_cloud_controller()).then(|| {
                format!(
                    "the schema for {what} is written in {}: Cloud Controller takes draft-04 and draft-06 only, and refuses the whole catalog otherwise",
                    draft.name()
                )
            })
        });
        newer.collect()
    }

    /// Checks parameters; absent ones are to be checked as `{}`. They are part of a request of at most 256 KiB: that is what the time
    /// of a check is bounded for. It may take a good part of a second for the worst of schemas and parameters.
    ///
    /// # Errors
    /// What doesn't fit, for the user. Also when they are nested more than 128 deep, and when they have more text for the schema's
    /// patterns than can be matched in time: never is something taken for good that was not looked at.
    pub fn check(&self, what: Parameters, parameters: &Value) -> Result<(), Invalid> {
        self.of(what).check(parameters)
    }

    /// The member `schemas` of the plan in the catalog: as the adapter said it, without members that nobody knows.
    pub fn to_osbapi(&self) -> Value {
        json!({
            "service_instance": {
                "create": {"parameters": self.create.document()},
                "update": {"parameters": self.update.document()},
            },
            "service_binding": {"create": {"parameters": self.bind.document()}},
        })
    }

    fn of(&self, what: Parameters) -> &Schema {
        match what {
            Parameters::Create => &self.create,
            Parameters::Update => &self.update,
            Parameters::Bind => &self.bind,
        }
    }
}
