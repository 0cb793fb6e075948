//! Requests, decisions, ends and deletions in any order, from views of any age: no limit is ever exceeded.
use super::*;

const IDS: usize = 6;
const INSTANCES: u64 = 3;
const OF_P: u64 = 2;
const MEMORY: u64 = 9;

/// What somebody has counted and not written yet.
struct Counted {
    id: usize,
    revision: u64,
    exceeded: Option<String>,
}

struct Play {
    seed: u64,
    shelf: Shelf,
    /// All that was ever written of each id.
    written: [Vec<(Record, u64)>; IDS],
    counted: Vec<Counted>,
    revision: u64,
    /// Admitted, refused.
    decided: (u32, u32),
}

impl Play {
    fn any(&mut self, below: usize) -> usize {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        usize::try_from(self.seed % below as u64).unwrap()
    }
    fn newest(&self, id: usize) -> Option<&(Record, u64)> {
        self.written[id].last().filter(|(record, _)| !record.gone())
    }
    fn write(&mut self, id: usize, record: Record) {
        self.revision += 1;
        self.written[id].push((record, self.revision));
    }

    fn ask(&mut self, id: usize) {
        let plan_id = ["p", "q"][self.any(2)];
        let verdict = match self.newest(id).cloned() {
            // Another instance each time.
            None => provision(&put_of(plan_id, &self.shelf), None, &self.shelf, NOW),
            Some((record, _)) if !record.ever_succeeded() && self.any(2) == 0 => {
                let plan_id = &record.plan().unwrap().plan_id;
                provision(&put_of(plan_id, &self.shelf), Some(&record), &self.shelf, NOW)
            }
            Some((record, _)) => change_to(plan_id, &record, &self.shelf),
        };
        match verdict {
            Verdict::Propose(record) | Verdict::Accept(record) => self.write(id, *record),
            Verdict::Decide | Verdict::Same | Verdict::Say(_) => {}
            other => panic!("{other:?}"),
        }
    }

    /// Each record as it was at any time since.
    fn count(&mut self, id: usize) {
        let Some((record, revision)) = self.newest(id).filter(|(record, _)| record.is_undecided()).cloned() else {
            return;
        };
        let mut view = Vec::new();
        for other in (0..IDS).filter(|other| *other != id) {
            let old = self.written[other].iter().filter(|(_, at)| *at < revision).count();
            let all = self.written[other].len();
            let age = old + self.any(all - old + 1);
            if let Some((seen, at)) = age.checked_sub(1).map(|last| &self.written[other][last]) {
                view.push(Glance::at(seen, *at));
            }
        }
        let exceeded = Claim::of(&record, &self.shelf).unwrap().exceeded(view.iter(), revision);
        self.counted.push(Counted { id, revision, exceeded });
    }

    fn decide(&mut self) {
        if self.counted.is_empty() {
            return;
        }
        let at = self.any(self.counted.len());
        let it = self.counted.swap_remove(at);
        let Some((record, _)) = self.newest(it.id).filter(|(_, at)| *at == it.revision).cloned() else {
            return;
        };
        let own = self.any(2) == 0;
        let next = match &it.exceeded {
            None => admitted(&record, it.revision, own),
            Some(text) => refused(&record, text, NOW),
        };
        match it.exceeded {
            None => self.decided.0 += 1,
            Some(_) => self.decided.1 += 1,
        }
        self.write(it.id, next);
    }

    fn end(&mut self, id: usize) {
        let Some((record, _)) = self.newest(id).filter(|(record, _)| record.unfinished()).cloned() else {
            return;
        };
        let ended = if self.any(3) == 0 {
            let by = Stamp {
                now: NOW,
                turn: chandler_proto::ids::TurnId(Uuid::nil()),
                over: 1,
            };
            let failed = chandler_proto::job::Event::Failed(Failure::new("u", "o"));
            record.apply(failed, by, Duration::ZERO).unwrap()
        } else {
            played(record)
        };
        self.write(id, ended);
    }

    fn step(&mut self) {
        let (what, id) = (self.any(12), self.any(IDS));
        match what {
            0..=2 => self.ask(id),
            3..=4 => self.count(id),
            5..=6 => self.decide(),
            7..=9 => self.end(id),
            10 => {
                if let Some((record, _)) = self.newest(id).filter(|(it, _)| it.is_undecided()).cloned() {
                    self.write(id, given_up(&record, NOW));
                }
            }
            _ => {
                if let Some((record, _)) = self.newest(id).cloned()
                    && let Verdict::Accept(next) = deprovision(&delete(2), Some(&record), &self.shelf, NOW)
                {
                    self.write(id, *next);
                }
            }
        }
    }

    /// By what the records say themselves: not by the code that counts.
    fn check(&self) {
        let (mut instances, mut of_p, mut memory) = (0, 0, 0);
        for (record, _) in (0..IDS).filter_map(|id| self.newest(id)) {
            if record.phase == Phase::Pending {
                continue;
            }
            let changes = !record.job.finished() && record.job.operation == Operation::Update;
            let wants = record.job.wanted.as_ref().map(|wanted| &wanted.plan);
            let wants = wants.filter(|_| record.in_force.is_none() || changes && record.job.undecided.is_none());
            let has = record.in_force.as_ref().map(|force| &force.plan);
            let plans = || has.into_iter().chain(wants);
            instances += 1;
            of_p += u64::from(plans().any(|plan| plan.plan_id == "p"));
            memory += plans().map(|plan| plan.costs["memory"]).max().unwrap();
        }
        assert!(instances <= INSTANCES, "{instances} instances");
        assert!(of_p <= OF_P, "{of_p} of p");
        assert!(memory <= MEMORY, "{memory} of memory");
    }
}

#[test]
fn no_limit_is_exceeded_in_any_order() {
    let (mut admitted, mut refused) = (0, 0);
    for seed in 1..=300_u64 {
        let mut play = Play {
            seed: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15),
            shelf: catalog(
                quotas(Some(OF_P), &[("memory", None, 2)]),
                quotas(None, &[("memory", None, 5)]),
                quotas(Some(INSTANCES), &[("memory", Some(MEMORY), 0)]),
            ),
            written: Default::default(),
            counted: Vec::new(),
            revision: 0,
            decided: (0, 0),
        };
        for _ in 0..500 {
            play.step();
            play.check();
        }
        admitted += play.decided.0;
        refused += play.decided.1;
    }
    assert!(
        admitted > 1_000 && refused > 1_000,
        "{admitted} admitted, {refused} refused"
    );
}
