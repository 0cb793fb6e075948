//! What an operator would deploy next: the same with a newer stemcell, and a maintenance version that tells so.

use super::fill::Filled;
use super::yaml::Yaml;
use chandler_proto::config;

const VERSION: &str = "service_catalog.maintenance_info.version";

impl Filled {
    /// The next release of the service; none if the configuration has no maintenance version for all plans.
    pub(crate) fn newer(&self) -> Option<Filled> {
        let mut newer = self.clone();
        next(newer.tree.at_mut(VERSION)?)?;
        let deployment = "service_deployment";
        let single = format!("{deployment}.stemcell");
        let stemcell = match newer.tree.at_mut(&format!("{deployment}.stemcells")) {
            Some(Yaml::List(stemcells)) => stemcells.first_mut(),
            Some(_) | None => newer.tree.at_mut(&single),
        };
        if let Some(version) = stemcell.and_then(|it| it.at_mut("version")) {
            // One that can't be counted on stays: maintenance is what the operator says it is.
            let _ = next(version);
        }
        Some(newer)
    }
}

/// The maintenance version of a configuration, if all its plans have the same one.
pub(crate) fn in_force(filled: &Filled) -> Option<String> {
    let config = config::parse(&filled.whole()).ok()?.config;
    let plans = config.catalog.offerings.iter().flat_map(|it| &it.plans);
    let mut versions = plans.map(|plan| plan.maintenance_info.as_ref()?.version.clone());
    let first = versions.next()??;
    versions.all(|it| it.as_ref() == Some(&first)).then_some(first)
}

/// Counts the last number of a version on; nothing without one.
fn next(version: &mut Yaml) -> Option<()> {
    let (Yaml::Text(text) | Yaml::Plain(text)) = version else {
        return None;
    };
    *text = counted_on(text)?;
    Some(())
}

fn counted_on(version: &str) -> Option<String> {
    let begin = version.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
    let (rest, number) = version.split_at(begin);
    let next = number.parse::<u64>().ok()?.checked_add(1)?;
    Some(format!("{rest}{next:0width$}", width = number.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_number_is_counted_on() {
        for (version, next) in [
            ("1.2.0", Some("1.2.1")),
            ("1.2.9", Some("1.2.10")),
            ("1.2.0-rc.1", Some("1.2.0-rc.2")),
            ("621.09", Some("621.10")),
            ("7", Some("8")),
            ("latest", None),
            ("1.2.0-rc", None),
            ("", None),
        ] {
            assert_eq!(counted_on(version).as_deref(), next, "{version}");
        }
    }
}
