//! What the configuration's section `chandler` means for the bus.

use crate::bootstrap::BootstrapSettings;
use crate::settings::Settings;
use chandler_proto::config::ChandlerSection;
use chandler_proto::layout::{Layout, LayoutError};
use chandler_proto::step::Worker;

impl Settings {
    /// As `chandler.bus` says; `name` is shown by the servers for this client.
    ///
    /// # Errors
    /// [`LayoutError`] for a prefix that can't stand in a subject.
    pub fn of(section: &ChandlerSection, name: &str) -> Result<Settings, LayoutError> {
        let bus = &section.bus;
        Ok(Settings {
            urls: bus.urls.clone(),
            user: bus.user.clone(),
            password: bus.password.clone(),
            ca_pem: bus.ca_cert.clone(),
            layout: Layout::new(&bus.prefix)?,
            name: name.to_owned(),
        })
    }
}

impl BootstrapSettings {
    /// As `chandler.bus.replicas` and `chandler.lanes` say, for all workers that there are.
    pub fn of(section: &ChandlerSection) -> BootstrapSettings {
        BootstrapSettings {
            replicas: usize::from(section.bus.replicas),
            user_lane_limit: i64::from(section.lanes.user),
            batch_lane_limit: i64::from(section.lanes.batch),
            ..BootstrapSettings::new(Worker::ALL.iter().map(|worker| worker.name()))
        }
    }
}
