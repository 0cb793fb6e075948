//! Another certificate in the same files: they are looked at every few seconds. What they hold counts, not their times:
//! a link that points elsewhere, a file that was replaced and one that was written over are all seen. What is good is
//! taken at once; what isn't is told when the next look finds it again.
use super::{
    Change, InForce,
    counts::What,
    looks::{Found, Looks},
};
use crate::tls::{Https, NotAfter, Pair};
use chandler_proto::{
    config::{Findings, Pem, Tls},
    ids::Millis,
};
use std::{sync::Arc, time::Duration};

const LOOK: Duration = Duration::from_secs(5);
/// A certificate that ends within this time is a notice.
const SOON_MS: u64 = 30 * 86_400_000;
const NOTICE: &str = "certificate";
const ENDS: &str = "certificate end";

/// Looks until the gateway stops. Without HTTPS there is nothing to look at.
pub(crate) async fn watch(in_force: Arc<InForce>) {
    if in_force.acceptor().is_none() {
        return;
    }
    let desk = in_force.desk();
    let stop = desk.shutdown.cancelled();
    tokio::pin!(stop);
    loop {
        let looking = in_force.clone();
        // Files may be slow.
        let _ = tokio::task::spawn_blocking(move || looking.look()).await;
        tokio::select! {
            biased;
            () = &mut stop => return,
            () = desk.clock.sleep(LOOK) => {}
        }
    }
}

impl InForce {
    fn look(&self) {
        let now = self.desk().now();
        self.changing(|change| {
            if let Some((https, looks)) = &mut change.https
                && is_in_files(&https.settings)
            {
                let pair = Pair::read(&https.settings);
                match looks.find(pair.digest()) {
                    Found::Nothing => {}
                    Found::Back => {
                        tracing::info!("the files hold the certificate that is in force again");
                        self.health.notice(NOTICE, None);
                    }
                    Found::Another => match https.with(&pair, now) {
                        Ok(https) => self.another(change, https),
                        Err(findings) if looks.unusable(pair.digest()) => self.refuse(&findings),
                        Err(_) => {}
                    },
                }
            }
            self.tell_end(change, now);
        });
    }

    fn another(&self, change: &mut Change, https: Https) {
        let end = NotAfter::of(https.not_after).map(|end| end.to_string());
        tracing::info!(end, "another certificate is in force for new connections");
        self.counts.read(What::Certificate, true);
        self.put_https(change, https);
    }

    /// New connections get it; those that are there stay.
    pub(super) fn put_https(&self, change: &mut Change, https: Https) {
        self.write(|now| now.acceptor = Some(https.acceptor.clone()));
        let looks = Looks::taken(https.digest);
        change.https = Some((https, looks));
        self.health.notice(NOTICE, None);
    }

    fn refuse(&self, Findings(findings): &Findings) {
        self.counts.read(What::Certificate, false);
        for finding in findings {
            tracing::error!(
                key = finding.path,
                "another certificate can't be used, the one before stays in force: {}",
                finding.message
            );
        }
        let all: Vec<_> = findings.iter().map(ToString::to_string).collect();
        let text = format!("the one before stays in force: {}", all.join("; "));
        self.health.notice(NOTICE, Some(text));
    }

    fn tell_end(&self, change: &mut Change, now: Millis) {
        let Some(end) = change.https.as_ref().map(|(https, _)| https.not_after) else {
            return;
        };
        self.counts.not_after(end);
        let day = NotAfter::of(end).map(|end| end.to_string()).unwrap_or_default();
        let text = match end.0.checked_sub(now.0) {
            None => Some(format!("server certificate expired on {day}")),
            Some(left) if left < SOON_MS => Some(format!("server certificate expires on {day}")),
            Some(_) => None,
        };
        if let Some(text) = text.as_ref().filter(|_| change.warned != Some(end)) {
            tracing::warn!("{text}");
            change.warned = Some(end);
        }
        self.health.notice(ENDS, text);
    }
}

fn is_in_files(tls: &Tls) -> bool {
    let is_file = |pem: &Pem| match pem {
        Pem::File(_) => true,
        Pem::Text(_) => false,
    };
    is_file(&tls.certificate) || is_file(&tls.private_key)
}
