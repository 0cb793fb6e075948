//! What is remembered between calls. Pure: what to do is said, not done.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::Token;
use crate::fault::{Fault, FaultKind};

/// After a failure the UAA is left alone for so long: by those who have a token in any case, by the others when it refused our
/// credentials. A UAA locks out who keeps coming with wrong ones.
const PAUSE: Duration = Duration::from_secs(5);
/// A user whom the UAA refused is left alone by checks for so long. A UAA locks a user out after a few refusals within an hour (five by
/// default), and with us the person whose account it is.
const USERS_PAUSE: Duration = Duration::from_secs(3600);
/// A token that lacks a scope is given up when it is older: the scope may have been granted since.
const STALE: Duration = Duration::from_secs(60);

/// How a renewal ended; nothing while it runs.
pub(super) type Outcome = Option<Result<Token, Fault>>;

/// What is remembered.
#[derive(Default)]
pub(super) struct Memory {
    token: Option<Token>,
    renewal: Option<watch::Receiver<Outcome>>,
    failed: Option<(Fault, Instant)>,
    refused: Option<(Fault, Instant)>,
}

/// What a caller who wants a token does.
pub(super) enum Course {
    /// Uses this one.
    Use(Token),
    /// Uses this one, and starts a renewal for those who come later.
    UseAndRenew(Token),
    /// Gives up.
    Fail(Fault),
    /// Waits for the renewal that runs.
    Wait(watch::Receiver<Outcome>),
    /// Starts one and waits for it.
    Renew,
}

impl Memory {
    /// What to do at `now`.
    pub(super) fn course(&self, now: Instant) -> Course {
        // A sender that is gone before it had an outcome ended by a panic, or with its runtime.
        let running = self.renewal.as_ref().filter(|renewal| renewal.has_changed().is_ok());
        let failed = self.failed.as_ref().filter(|(_, at)| now < *at + PAUSE);
        match (&self.token, running) {
            (Some(token), _) if !token.is_ageing(now) => Course::Use(token.clone()),
            (Some(token), running) if !token.is_over(now) => {
                if running.is_some() || failed.is_some() {
                    Course::Use(token.clone())
                } else {
                    Course::UseAndRenew(token.clone())
                }
            }
            (_, Some(renewal)) => Course::Wait(renewal.clone()),
            (_, None) => match failed {
                Some((fault, _)) if fault.kind == FaultKind::Unauthorized => Course::Fail(fault.clone()),
                Some(_) | None => Course::Renew,
            },
        }
    }

    /// A renewal begins. Its outcome goes to the sender after [`Memory::end`].
    pub(super) fn begin(&mut self) -> (watch::Sender<Outcome>, watch::Receiver<Outcome>) {
        let (sender, receiver) = watch::channel(None);
        self.renewal = Some(receiver.clone());
        (sender, receiver)
    }

    /// A renewal has ended at `now`.
    pub(super) fn end(&mut self, outcome: &Result<Token, Fault>, now: Instant) {
        self.renewal = None;
        match outcome {
            Ok(token) => {
                self.token = Some(token.clone());
                self.failed = None;
            }
            Err(fault) => self.failed = Some((fault.clone(), now)),
        }
    }

    /// Why a user isn't tried at `now`.
    pub(super) fn spared(&self, now: Instant) -> Option<Fault> {
        let recent = self.refused.as_ref().filter(|(_, at)| now < *at + USERS_PAUSE);
        recent.map(|(fault, _)| fault.clone())
    }

    /// A user was tried, and this came of it at `now`.
    pub(super) fn tried(&mut self, outcome: &Result<Token, Fault>, now: Instant) {
        self.refused = match outcome {
            Err(fault) if fault.kind == FaultKind::Unauthorized => Some((fault.clone(), now)),
            Ok(_) | Err(_) => None,
        };
    }

    /// This token isn't accepted. One that took its place stays.
    pub(super) fn forget(&mut self, token: &Token) {
        if self.token.as_ref().is_some_and(|kept| kept.is(token)) {
            self.token = None;
        }
    }

    /// This token lacks a scope.
    pub(super) fn doubt(&mut self, token: &Token, now: Instant) {
        if token.age(now) >= STALE {
            self.forget(token);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(life: u32, from: Instant) -> Token {
        let answer = format!(r#"{{"access_token":"t","expires_in":{life}}}"#);
        Token::of(serde_json::from_str(&answer).unwrap(), from).unwrap()
    }

    fn fault(kind: FaultKind) -> Fault {
        Fault::new(kind, "POST /oauth/token of the UAA", "")
    }

    fn name(course: &Course) -> &'static str {
        match course {
            Course::Use(_) => "use",
            Course::UseAndRenew(_) => "use and renew",
            Course::Fail(_) => "fail",
            Course::Wait(_) => "wait",
            Course::Renew => "renew",
        }
    }

    #[test]
    fn a_token_is_used_then_renewed_then_waited_for() {
        let from = Instant::now();
        let after = |seconds| from + Duration::from_secs(seconds);
        let mut memory = Memory::default();
        assert_eq!(name(&memory.course(from)), "renew");
        memory.end(&Ok(token(1000, from)), from);
        let cases = [
            (0, "use"),
            (939, "use"),
            (940, "use and renew"),
            (989, "use and renew"),
            (990, "renew"),
        ];
        for (seconds, wanted) in cases {
            assert_eq!(name(&memory.course(after(seconds))), wanted, "{seconds}");
        }
        let (sender, _receiver) = memory.begin();
        for (seconds, wanted) in [(0, "use"), (940, "use"), (990, "wait")] {
            assert_eq!(name(&memory.course(after(seconds))), wanted, "{seconds}");
        }
        drop(sender);
        assert_eq!(name(&memory.course(after(990))), "renew", "the renewal is dead");
    }

    #[test]
    fn after_a_failure_the_uaa_is_left_alone() {
        let from = Instant::now();
        let after = |seconds| from + Duration::from_secs(seconds);
        let mut memory = Memory::default();
        memory.end(&Err(fault(FaultKind::Unauthorized)), from);
        assert_eq!(name(&memory.course(after(4))), "fail");
        assert_eq!(name(&memory.course(after(5))), "renew");
        memory.end(&Err(fault(FaultKind::Unknown)), from);
        assert_eq!(name(&memory.course(from)), "renew", "without a token nobody can wait");

        memory.end(&Ok(token(1000, from)), from);
        memory.end(&Err(fault(FaultKind::Unknown)), after(950));
        assert_eq!(name(&memory.course(after(951))), "use");
        assert_eq!(name(&memory.course(after(955))), "use and renew");
    }

    #[test]
    fn a_user_who_was_refused_is_spared_for_an_hour() {
        let from = Instant::now();
        let after = |seconds| from + Duration::from_secs(seconds);
        let mut memory = Memory::default();
        assert_eq!(memory.spared(from), None);
        let refused = fault(FaultKind::Unauthorized);
        memory.tried(&Err(refused.clone()), from);
        assert_eq!(memory.spared(after(3599)), Some(refused.clone()));
        assert_eq!(memory.spared(after(3600)), None);
        for outcome in [Ok(token(1000, from)), Err(fault(FaultKind::Unknown))] {
            memory.tried(&Err(refused.clone()), from);
            memory.tried(&outcome, from);
            assert_eq!(memory.spared(from), None);
        }
    }

    #[test]
    fn only_the_token_that_was_refused_is_forgotten() {
        let from = Instant::now();
        let (old, new) = (token(1000, from), token(1000, from));
        let mut memory = Memory::default();
        memory.end(&Ok(new.clone()), from);
        memory.forget(&old);
        assert_eq!(name(&memory.course(from)), "use");
        memory.doubt(&new, from + Duration::from_secs(59));
        assert_eq!(name(&memory.course(from)), "use");
        memory.doubt(&new, from + Duration::from_secs(60));
        assert_eq!(name(&memory.course(from)), "renew");
    }
}
