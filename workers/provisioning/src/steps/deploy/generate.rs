//! What is generated for the job's operation.
use super::Deploy;
use crate::{
    room::Outside,
    steps::{adapter, client, previous::Previous},
};
use chandler_clients::adapter::Generated;
use chandler_engine::step::{Scene, Stop};
use chandler_proto::{job::sealed, operation::Operation};
use serde_json::value::RawValue;

impl Deploy<'_> {
    pub(super) async fn generate(&self, scene: &Scene) -> Result<Generated, Stop> {
        let defect = |cause: String| Stop::Failure(self.0.tasks.texts.failure(scene, None, &cause));
        let plan = adapter::wanted_plan(self.0, scene, str::to_owned)?;
        let request = request(self.0, scene).map_err(defect)?;
        let previous = match scene.job().operation {
            Operation::Provision => Previous::none(),
            Operation::Update | Operation::Upgrade => Previous::read(self.0, scene).await?,
            Operation::Recreate | Operation::Deprovision | Operation::Bind | Operation::Unbind => {
                return Err(defect("the operation deploys nothing".into()));
            }
        };
        let client = client::of_job(self.0, scene).map_err(defect)?;
        adapter::generate(self.0, scene, plan, request, previous, client).await
    }
}

/// The platform's request. An upgrade has no parameters: the adapter gets the context alone.
fn request(outside: &Outside, scene: &Scene) -> Result<String, String> {
    let job = scene.job();
    let open = |kept| {
        let opened = outside.sealer.open(&scene.record.key(), kept);
        opened
            .map(|text| text.expose().to_owned())
            .map_err(|why| why.to_string())
    };
    match (job.sealed.get(sealed::REQUEST), job.operation) {
        (Some(kept), _) => open(kept),
        (None, Operation::Upgrade) => {
            let context = job.wanted.as_ref().and_then(|wanted| wanted.context.as_ref());
            // Byte for byte: numbers stay as they were written.
            let context = context.map(open).transpose()?.unwrap_or_else(|| "null".into());
            let context = RawValue::from_string(context).map_err(|_| "the context kept in the record is not JSON")?;
            Ok(format!(r#"{{"context":{context}}}"#))
        }
        (
            None,
            Operation::Provision
            | Operation::Update
            | Operation::Recreate
            | Operation::Deprovision
            | Operation::Bind
            | Operation::Unbind,
        ) => Err("the job has no request parameters".into()),
    }
}
