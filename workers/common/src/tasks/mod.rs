//! Legs that have the Director start a task.
pub mod board;
pub mod leg;
pub mod notes;
pub mod sight;
pub mod table;

use board::Board;
use chandler_clients::{Fault, bosh::Director};
use chandler_engine::{step::Scene, texts::Texts};
use chandler_process::Clock;
use chandler_proto::{failure::Failure, job::Learnt};
use notes::Notes;
use std::{sync::Arc, time::Duration};

/// The Director, as the legs see it that start tasks there.
pub struct Tasks {
    /// The Director.
    pub director: Director,
    /// Its running tasks.
    pub board: Board,
    /// The lines that people see.
    pub notes: Notes,
    /// The texts of failures.
    pub texts: Texts,
}

impl Tasks {
    /// Nothing is looked at yet. `poll`: how often running tasks are listed; `notes`: how often one task's event log is
    /// read.
    pub fn new(director: Director, texts: Texts, clock: &Arc<dyn Clock>, poll: Duration, notes: Duration) -> Self {
        Tasks {
            board: Board::new(director.clone(), clock.clone(), poll),
            notes: Notes::new(director.clone(), clock.clone(), notes),
            director,
            texts,
        }
    }

    /// Cancels a task, as an act: nothing is learnt by it, the next look shows what became of the task.
    ///
    /// # Errors
    /// The Director's [`Fault`].
    pub async fn cancel(&self, task: u64, scene: &Scene, limit: Duration) -> Result<Learnt, Fault> {
        self.director.cancel_task(task, &scene.call, limit).await?;
        Ok(Learnt::default())
    }

    /// The failure of a job whose leg met something that waiting doesn't mend; the task that the leg started last is named.
    pub fn failure(&self, scene: &Scene, cause: &str) -> Failure {
        self.texts.failure(scene, scene.job().facts.bosh_task, cause)
    }
}
