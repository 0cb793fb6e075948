//! The names of our external consumers at the Director: `<binding>.<job>.<number of the address>`. By them the links of
//! jobs that crashed or were replaced are found again.
use chandler_clients::bosh::{Link, LinkProvider};
use chandler_proto::{
    catalog::BindingDns,
    ids::{BindingId, JobId},
};
use uuid::Uuid;

/// The name for the `n`th address of a job.
pub(crate) fn consumer(binding: &BindingId, job: JobId, n: usize) -> String {
    format!("{binding}.{job}.{n}")
}

/// A link of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ours {
    /// Its id at the Director.
    pub(crate) id: String,
    /// The job that made it.
    pub(crate) job: JobId,
    /// For which of its addresses.
    pub(crate) n: usize,
}

/// The links of this binding, whichever of its jobs made them.
pub(crate) fn ours(binding: &BindingId, links: Vec<Link>) -> Vec<Ours> {
    let of = |link: Link| {
        // A binding's id may hold dots.
        let mut parts = link.consumer.as_deref()?.rsplitn(3, '.');
        let (n, job, whose) = (parts.next()?, parts.next()?, parts.next()?);
        let (n, job) = (n.parse().ok()?, JobId(Uuid::try_parse(job).ok()?));
        (whose == binding.as_str()).then_some(Ours { id: link.id, job, n })
    };
    links.into_iter().filter_map(of).collect()
}

/// The provider that an address is asked of.
pub(crate) fn provider<'a>(wanted: &BindingDns, providers: &'a [LinkProvider]) -> Option<&'a LinkProvider> {
    let fits = |it: &&LinkProvider| {
        it.shared && it.name == wanted.link_provider && it.instance_group() == Some(wanted.instance_group.as_str())
    };
    providers.iter().find(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn links_are_known_by_the_names_of_their_consumers() {
        let dotted = BindingId::parse("a.b").unwrap();
        let job = JobId(Uuid::from_u128(7));
        let link = |id: &str, consumer: Option<String>| Link {
            id: id.into(),
            provider_id: "1".into(),
            consumer,
        };
        let links = vec![
            link("1", None),
            link("2", Some("somebody".into())),
            link("3", Some(consumer(&dotted, job, 2))),
            link("4", Some(consumer(&BindingId::parse("b").unwrap(), job, 0))),
            link("5", Some(consumer(&BindingId::parse("a").unwrap(), job, 0))),
            link("6", Some("a.b.not-a-job.0".into())),
            link("7", Some(format!("a.b.{job}.x"))),
        ];
        let wanted = Ours {
            id: "3".into(),
            job,
            n: 2,
        };
        assert_eq!(ours(&dotted, links), [wanted]);
        let longest = BindingId::parse(&"x".repeat(200)).unwrap();
        assert!(
            consumer(&longest, job, 99).len() < 255,
            "the Director's column has 255 characters"
        );
    }

    #[test]
    fn a_provider_is_shared_and_has_the_name_and_the_group() {
        let provide = |id: &str, name: &str, shared: bool, group: &str| -> LinkProvider {
            let json = json!({"id": id, "name": name, "shared": shared,
                "owner_object": {"type": "job", "name": "kv", "info": {"instance_group": group}}});
            serde_json::from_value(json).unwrap()
        };
        let wanted = BindingDns {
            name: "master".into(),
            link_provider: "kv".into(),
            instance_group: "node".into(),
            azs: vec![],
            status: None,
        };
        let all = [
            provide("1", "kv", false, "node"),
            provide("2", "other", true, "node"),
            provide("3", "kv", true, "arbiter"),
            provide("4", "kv", true, "node"),
            provide("5", "kv", true, "node"),
        ];
        assert_eq!(provider(&wanted, &all).map(|it| it.id.as_str()), Some("4"));
        assert_eq!(provider(&wanted, &all[..3]), None);
    }
}
