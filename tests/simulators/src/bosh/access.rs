//! Who asks, and what that allows: the one user of a Director with passwords, or the scopes of a UAA's token.

use http::StatusCode;

use super::answer::Answer;
use super::options::BoshOptions;
use super::world::World;
use crate::common::request::Request;

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Access {
    /// The user's or the client's name.
    pub(super) user: String,
    /// Of the token; none with a password, which allows everything.
    scopes: Option<Vec<String>>,
    uuid: String,
}

/// What a route wants. A deployment that isn't there is no matter of scopes: the handler says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// To read the Director.
    Read,
    /// To read the Director, or a team: what is listed is the team's own.
    List,
    /// To administer the Director, or a team: what is made is the team's.
    Make,
    /// To read the deployment of the path.
    ReadDeployment,
    /// To administer the deployment of the path.
    ChangeDeployment,
    /// To read the deployment that the query names.
    ReadAsked,
    /// To administer the task of the path.
    ChangeTask,
    /// The handler knows: it depends on the kind of output.
    Output,
}

/// Read or administer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Power {
    Read,
    Admin,
}

impl Access {
    /// Who asks; none without credentials or with wrong ones.
    pub(super) fn of(options: &BoshOptions, request: &Request, now: f64) -> Option<Self> {
        let (user, scopes) = match &options.uaa {
            None => {
                let (name, password) = request.basic()?;
                if name != options.username || password != options.password {
                    return None;
                }
                (name, None)
            }
            Some(verifier) => {
                let claims = verifier.verify(request.bearer()?, now).ok()?;
                (claims.name().to_owned(), Some(claims.scope))
            }
        };
        Some(Self {
            user,
            scopes,
            uuid: options.uuid.clone(),
        })
    }

    /// The teams that the token administers: what it makes belongs to them.
    pub(super) fn teams(&self) -> Vec<String> {
        let scopes = self.scopes.iter().flatten();
        let team = |scope: &String| Some(scope.strip_prefix("bosh.teams.")?.strip_suffix(".admin")?.to_owned());
        scopes.filter_map(team).collect()
    }

    /// True when it sees what belongs to these teams.
    pub(super) fn sees(&self, teams: &[String]) -> bool {
        self.has(&self.wanted(Power::Read, teams))
    }

    /// Refused unless it has the power over what belongs to these teams, or to none.
    pub(super) fn require(&self, power: Power, teams: &[String]) -> Result<(), Answer> {
        self.one_of(&self.wanted(power, teams), &[])
    }

    /// The scopes of the Director and of teams, in the order in which refusals show them.
    pub(super) fn wanted(&self, power: Power, teams: &[String]) -> Vec<String> {
        let director = |what: &str| ["bosh".to_owned(), format!("bosh.{}", self.uuid)].map(|of| format!("{of}.{what}"));
        let mut all = director("admin").to_vec();
        for team in teams {
            all.push(format!("bosh.teams.{team}.admin"));
            if power == Power::Read {
                all.push(format!("bosh.teams.{team}.read"));
            }
        }
        if power == Power::Read {
            all.extend(director("read"));
        }
        all
    }

    fn has(&self, wanted: &[String]) -> bool {
        let Some(scopes) = &self.scopes else { return true };
        wanted.iter().any(|scope| scopes.contains(scope))
    }

    /// Refused unless it has one of `wanted`, or one of `own`, which a refusal never shows: who has one isn't refused.
    fn one_of(&self, wanted: &[String], own: &[String]) -> Result<(), Answer> {
        if self.has(wanted) || !own.is_empty() {
            return Ok(());
        }
        let text = format!("Require one of the scopes: {}", wanted.join(", "));
        Err(Answer::error(StatusCode::UNAUTHORIZED, 600_000, text))
    }

    /// What a route wants, before its handler runs.
    pub(super) fn check(&self, need: Need, world: &World, request: &Request, arg: &str) -> Result<(), Answer> {
        let of = |name: &str| world.deployments.get(name).map(|d| d.teams.as_slice());
        let power = match need {
            Need::Read | Need::List | Need::ReadDeployment | Need::ReadAsked => Power::Read,
            Need::Make | Need::ChangeDeployment | Need::ChangeTask => Power::Admin,
            Need::Output => return Ok(()),
        };
        let teams = match need {
            Need::Read => Some([].as_slice()),
            Need::List => return self.one_of(&self.wanted(power, &[]), &self.any_team()),
            Need::Make => return self.one_of(&self.wanted(power, &[]), &self.teams()),
            Need::ReadDeployment | Need::ChangeDeployment => of(arg),
            Need::ReadAsked => request.query("deployment").and_then(of),
            Need::ChangeTask => super::calls::tasks::find(world, arg).map(|task| task.teams.as_slice()),
            Need::Output => None,
        };
        teams.map_or(Ok(()), |teams| self.require(power, teams))
    }

    /// The token's scopes of teams.
    fn any_team(&self) -> Vec<String> {
        let scopes = self.scopes.iter().flatten();
        scopes
            .filter(|scope| scope.starts_with("bosh.teams."))
            .cloned()
            .collect()
    }
}
