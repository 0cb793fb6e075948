//! `chandler bus bootstrap`.

mod complete;
mod connect;
mod director;
mod streams;

use crate::cli::Bootstrap;
use crate::config::load;
use crate::say::Exit;
use chandler_proto::config::Loaded;

/// Streams and consumers first, then the mark that the bus knows every instance.
pub(crate) async fn run(options: &Bootstrap) -> Exit {
    match steps(options).await {
        Ok(()) => Exit::Fine,
        Err(exit) => exit,
    }
}

async fn steps(options: &Bootstrap) -> Result<(), Exit> {
    let (Loaded { config, .. }, ()) = load(&options.config, |_| Ok(()))?;
    let bus = connect::connect(options, &config).await?;
    streams::make(&bus, options, &config).await?;
    complete::settle(&bus, options, &config).await
}
