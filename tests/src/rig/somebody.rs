//! What others do at the Director, behind the broker's back.
use super::Rig;
use crate::wait;
use chandler_clients::{
    CallContext,
    bosh::{Auth, Director, DirectorSettings},
};
use std::time::Duration;

impl Rig {
    /// Drops every lock that a dead task leaves on the deployment, before the next turn: so it is waited for once, however
    /// fast the machine is.
    pub fn release_locks_of(&mut self, deployment: &str) {
        self.unlocked.insert(deployment.to_owned());
    }

    pub(super) fn release_locks(&self) {
        for deployment in &self.unlocked {
            self.world.director.drop_lock(deployment);
        }
    }

    /// A deploy by somebody who isn't the broker, at a Director with passwords.
    pub async fn deploy_behind_our_back(&self, deployment: &str) {
        let settings = DirectorSettings {
            url: self.world.systems.bosh.url(),
            ca_pem: Some(self.world.systems.bosh.ca_pem().into()),
            auth: Auth::Basic {
                username: "admin".into(),
                password: "admin".into(),
            },
            timeout: Duration::from_secs(10),
            user_agent: "somebody".into(),
        };
        let manifest = format!("name: {deployment}\nreleases: []\nstemcells: []\ninstance_groups: []\n");
        let somebody = Director::new(settings).unwrap();
        let call = CallContext::default();
        somebody
            .deploy(&manifest, "", &call, Duration::from_secs(10))
            .await
            .unwrap();
        wait::until("it is there", Duration::from_secs(20), || async {
            let there = self.world.director.deployment(deployment)?;
            there.manifest.map(|_| ())
        })
        .await;
    }
}
