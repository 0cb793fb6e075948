//! `chandler-simulators cloud-controller`.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use chandler_simulators::cloud_controller::{CloudController, CredHubAccess, Options};
use chandler_simulators::uaa::Verifier;
use clap::Args;

use super::Listen;

/// Where the secret of the client at the runtime CredHub's UAA is looked up; it has no flag.
const CREDHUB_SECRET: &str = "CC_SIM_CREDHUB_SECRET";

#[derive(Debug, Args)]
pub(crate) struct Flags {
    #[command(flatten)]
    listen: Listen,
    /// The simulated UAA whose tokens are good (as it calls itself).
    #[arg(long, value_name = "URL")]
    uaa_url: String,
    /// Seconds between two polls of a broker. All that Cloud Controller counts in minutes is scaled with it.
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0, value_parser = seconds)]
    polling_seconds: f64,
    /// Seconds that a broker may take for one call; they aren't scaled.
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0, value_parser = seconds)]
    broker_timeout_seconds: f64,
    /// Minutes that an operation may be polled; they are scaled.
    #[arg(long, value_name = "MINUTES", default_value_t = 10_080.0, value_parser = seconds)]
    polling_minutes: f64,
    /// Authorities of brokers with HTTPS (PEM); without it a broker's certificate isn't looked at.
    #[arg(long, value_name = "FILE")]
    broker_ca: Option<PathBuf>,
    /// An organization with its spaces, as `demo=dev,test`; can be repeated. Without it there is `demo=dev`.
    #[arg(long, value_name = "NAME=SPACE,SPACE", value_parser = organization)]
    organization: Vec<(String, Vec<String>)>,
    /// The runtime CredHub, where references in service keys are looked up; without it the reference is shown.
    #[arg(long, value_name = "URL", requires = "credhub_ca")]
    credhub_url: Option<String>,
    /// Authorities of CredHub and of its UAA (PEM).
    #[arg(long, value_name = "FILE", requires = "credhub_url")]
    credhub_ca: Option<PathBuf>,
    /// The client at CredHub's UAA; its secret is in the environment, CC_SIM_CREDHUB_SECRET.
    #[arg(long, value_name = "CLIENT", default_value = "cc_service_key_client")]
    credhub_client: String,
}

pub(crate) async fn run(flags: Flags) -> anyhow::Result<()> {
    let simulator = CloudController::start(options(&flags)?).await?;
    let (url, control) = (simulator.url(), simulator.control_url());
    let said = flags.listen.say("cloud-controller", &url, &control, simulator.ca_pem());
    said?;
    super::wait_for_signal().await?;
    simulator.stop().await;
    Ok(())
}

fn options(flags: &Flags) -> anyhow::Result<Options> {
    let mut options = Options {
        addr: flags.listen.addr(),
        control_addr: flags.listen.control_addr(),
        polling_seconds: flags.polling_seconds,
        broker_timeout: Duration::from_secs_f64(flags.broker_timeout_seconds),
        polling_minutes: flags.polling_minutes,
        credhub: credhub(flags)?,
        ..Options::new(Verifier::offline(&flags.uaa_url))
    };
    if let Some(file) = &flags.broker_ca {
        options.broker_ca = super::read(file)?;
    }
    if !flags.organization.is_empty() {
        options.organizations.clone_from(&flags.organization);
    }
    Ok(options)
}

fn credhub(flags: &Flags) -> anyhow::Result<Option<CredHubAccess>> {
    let (Some(url), Some(ca)) = (&flags.credhub_url, &flags.credhub_ca) else {
        return Ok(None);
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "a secret has no flag: others could read it in the list of processes"
    )]
    let client_secret =
        std::env::var(CREDHUB_SECRET).with_context(|| format!("--credhub-url wants {CREDHUB_SECRET}"))?;
    Ok(Some(CredHubAccess {
        url: url.clone(),
        ca_pem: super::read(ca)?,
        client_id: flags.credhub_client.clone(),
        client_secret,
    }))
}

/// A time of more than nothing, and not for ever.
fn seconds(text: &str) -> anyhow::Result<f64> {
    let number: f64 = text.parse()?;
    if !(number > 0.0 && number <= 1e9) {
        bail!("more than 0 and at most a billion");
    }
    Ok(number)
}

/// Spaces may be missing: `NAME` and `NAME=` have none.
fn organization(text: &str) -> anyhow::Result<(String, Vec<String>)> {
    let (name, spaces) = text.split_once('=').unwrap_or((text, ""));
    let spaces: Vec<String> = spaces
        .split(',')
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
        .collect();
    if name.is_empty() {
        bail!("NAME=SPACE,SPACE is wanted");
    }
    Ok((name.to_owned(), spaces))
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Command, FromArgMatches as _};

    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Flags, clap::Error> {
        let command = Flags::augment_args(Command::new("cloud-controller"));
        let matches = command.try_get_matches_from(
            ["cloud-controller", "--uaa-url", "https://u.test"]
                .iter()
                .chain(arguments),
        );
        Flags::from_arg_matches(&matches?)
    }

    #[test]
    fn flags_become_options() {
        let folder = tempfile::tempdir().expect("a folder");
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, "PEM").expect("a file");
        let flags = [
            "--polling-seconds=0.5",
            "--broker-timeout-seconds=2",
            "--polling-minutes=7",
            "--organization=demo=dev,test",
            "--organization=empty",
            "--broker-ca",
            ca.to_str().expect("a path"),
        ];
        let options = options(&parsed(&flags).expect("good flags")).expect("options");
        assert_eq!((options.polling_seconds, options.polling_minutes), (0.5, 7.0));
        assert_eq!(
            (options.broker_timeout, options.broker_ca.as_str()),
            (Duration::from_secs(2), "PEM")
        );
        let organization =
            |name: &str, spaces: &[&str]| (name.to_owned(), spaces.iter().map(|it| (*it).to_owned()).collect());
        assert_eq!(
            options.organizations,
            [organization("demo", &["dev", "test"]), organization("empty", &[])]
        );
        assert!(options.credhub.is_none());
    }

    #[test]
    fn without_flags_it_is_as_a_real_one() {
        let flags = parsed(&[]).expect("good flags");
        let (made, default) = (
            options(&flags).expect("options"),
            Options::new(Verifier::offline("https://u.test")),
        );
        assert_eq!(format!("{made:?}"), format!("{default:?}"));
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in [
            "--polling-seconds=0",
            "--polling-seconds=nan",
            "--broker-timeout-seconds=-1",
            "--polling-minutes=inf",
            "--organization==dev",
            "--credhub-url=https://c.test",
            "--credhub-ca=ca.pem",
        ] {
            assert!(parsed(&[bad]).is_err(), "{bad}");
        }
    }
}
