//! Secrets of clients.
use chandler_clients::Secret;
use chandler_proto::config::ClientDefinition;
use rand::distr::{Alphanumeric, SampleString};

/// As long as ODB's.
const LENGTH: usize = 32;
/// What stands for a secret that everybody knows.
const PUBLIC: &str = "-";

/// What secret a client gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One that nobody can guess.
    Minted,
    /// A public client's: `-`.
    Public,
    /// None: the UAA takes none from a client whose only grant is `implicit`. An empty text stands for it.
    Without,
}

impl Kind {
    /// What clients of this pattern get.
    pub(crate) fn of(definition: &ClientDefinition) -> Self {
        let grants = &definition.authorized_grant_types;
        match definition.allow_public {
            _ if !grants.is_empty() && grants.iter().all(|grant| grant == "implicit") => Kind::Without,
            true => Kind::Public,
            false => Kind::Minted,
        }
    }

    /// A new one. `Alphanumeric` rejects what would make some characters likelier, and the generator is a
    /// cryptographic one that the system seeds.
    pub(crate) fn mint(self) -> Secret {
        match self {
            Kind::Minted => Secret::new(Alphanumeric.sample_string(&mut rand::rng(), LENGTH)),
            Kind::Public => Secret::new(PUBLIC),
            Kind::Without => Secret::default(),
        }
    }

    /// Whether a secret that was minted earlier is of this kind: the configuration may have changed since.
    pub(crate) fn fits(self, secret: &Secret) -> bool {
        match self {
            Kind::Minted => secret.expose().len() == LENGTH,
            Kind::Public => secret.expose() == PUBLIC,
            Kind::Without => secret.expose().is_empty(),
        }
    }

    /// What is sent to the UAA.
    pub(crate) fn sent(self, secret: Secret) -> Option<Secret> {
        match self {
            Kind::Minted | Kind::Public => Some(secret),
            Kind::Without => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn definition(grants: &[&str], allow_public: bool) -> ClientDefinition {
        ClientDefinition {
            scopes: vec![],
            authorities: vec![],
            authorized_grant_types: grants.iter().map(|&grant| grant.to_owned()).collect(),
            resource_ids: vec![],
            name: None,
            allow_public,
        }
    }

    #[test]
    fn the_kind_follows_from_the_grants_and_the_flag() {
        for (grants, public, wanted) in [
            (&["client_credentials"][..], false, Kind::Minted),
            (&["implicit", "authorization_code"], false, Kind::Minted),
            (&[], false, Kind::Minted),
            (&["authorization_code"], true, Kind::Public),
            (&["implicit"], false, Kind::Without),
            (&["implicit"], true, Kind::Without),
        ] {
            assert_eq!(Kind::of(&definition(grants, public)), wanted, "{grants:?} {public}");
        }
    }

    #[test]
    fn a_secret_fits_its_own_kind_only_and_is_never_shown() {
        let kinds = [Kind::Minted, Kind::Public, Kind::Without];
        for minted in kinds {
            let secret = minted.mint();
            assert_eq!(format!("{secret:?}"), "***");
            for kind in kinds {
                assert_eq!(kind.fits(&secret), kind == minted, "{minted:?} {kind:?}");
            }
        }
        assert!(Kind::Without.sent(Kind::Without.mint()).is_none());
        assert_eq!(Kind::Public.sent(Kind::Public.mint()).unwrap().expose(), "-");
    }

    #[test]
    fn minted_secrets_are_of_letters_and_digits_each_as_likely_and_never_the_same() {
        let mut seen: BTreeMap<char, u32> = BTreeMap::new();
        let mut all = BTreeSet::new();
        for _ in 0..4_000 {
            let secret = Kind::Minted.mint();
            secret.expose().chars().for_each(|c| *seen.entry(c).or_default() += 1);
            assert!(all.insert(secret.expose().to_owned()), "twice the same");
        }
        assert_eq!(seen.len(), 62, "{seen:?}");
        assert!(seen.keys().all(char::is_ascii_alphanumeric));
        // 128,000 characters: 2,064 of each, give or take 45. A remainder of 256 by 62 would favour eight by a quarter.
        assert!(seen.values().all(|n| (1_800..2_330).contains(n)), "{seen:?}");
    }
}
