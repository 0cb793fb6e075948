//! Names of credentials and paths of permissions.

use super::refusal::Refusal;

/// The longest name, in characters.
const LONGEST: usize = 1024;

/// The name as it is stored: with a slash in front.
pub(super) fn canonical(name: &str) -> String {
    match name.starts_with('/') {
        true => name.to_owned(),
        false => format!("/{name}"),
    }
}

/// A name that may be written, in its stored form.
pub(super) fn check_name(name: &str) -> Result<String, Refusal> {
    let name = canonical(name);
    if name == "/" {
        return Err(Refusal::MissingName);
    }
    if has_bad_slash(&name) {
        return Err(Refusal::NameSlash);
    }
    if !name.chars().all(allowed) {
        return Err(Refusal::NameCharacter);
    }
    if name.chars().count() > LONGEST {
        return Err(Refusal::NameTooLong);
    }
    Ok(name)
}

/// A path of a permission in its stored form: a name, or one that ends in `/*`.
pub(super) fn check_path(path: &str) -> Result<String, Refusal> {
    let path = canonical(path);
    if path == "/" {
        return Err(Refusal::MissingPath);
    }
    if has_bad_slash(&path) {
        return Err(Refusal::PathSlash);
    }
    if !path.strip_suffix("/*").unwrap_or(&path).chars().all(allowed) {
        return Err(Refusal::PathCharacter);
    }
    Ok(path)
}

/// The paths whose permissions cover a name (or a path with a wildcard): itself and `…/*` of each ancestor.
pub(super) fn covering(name: &str) -> impl Iterator<Item = String> {
    let ancestors = name.match_indices('/').map(|(at, _)| format!("{}/*", &name[..at]));
    std::iter::once(name.to_owned()).chain(ancestors)
}

/// True when the name lies below the path, by whole segments and without regard to case. An empty path is all.
pub(super) fn is_below(name: &str, path: &str) -> bool {
    let path = canonical(path).to_lowercase();
    let path = path.trim_end_matches('/');
    name.to_lowercase()
        .strip_prefix(path)
        .is_some_and(|rest| rest.starts_with('/'))
}

fn has_bad_slash(name: &str) -> bool {
    name.ends_with('/') || name.contains("//")
}

fn allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_/.:,()[]+".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_may_be_written() {
        let long = format!("/{}", "x".repeat(1023));
        for (name, stored) in [
            ("a", "/a"),
            ("/a", "/a"),
            ("/C/A-b_c.d:e,(f)[g]+", "/C/A-b_c.d:e,(f)[g]+"),
            (&*long, &*long),
        ] {
            assert_eq!(check_name(name).as_deref(), Ok(stored), "{name}");
        }
        for (name, refusal) in [
            ("", Refusal::MissingName),
            ("/", Refusal::MissingName),
            ("//", Refusal::NameSlash),
            ("/a/", Refusal::NameSlash),
            ("/a//b", Refusal::NameSlash),
            ("//a", Refusal::NameSlash),
            ("/a b", Refusal::NameCharacter),
            ("/a/*", Refusal::NameCharacter),
            ("/ä", Refusal::NameCharacter),
            (&*format!("{long}x"), Refusal::NameTooLong),
        ] {
            assert_eq!(check_name(name), Err(refusal), "{name}");
        }
    }

    #[test]
    fn paths_of_permissions() {
        for (path, stored) in [("c/*", "/c/*"), ("/*", "/*"), ("/c/x", "/c/x"), ("*", "/*")] {
            assert_eq!(check_path(path).as_deref(), Ok(stored), "{path}");
        }
        for (path, refusal) in [
            ("", Refusal::MissingPath),
            ("/", Refusal::MissingPath),
            ("/c/", Refusal::PathSlash),
            ("/c//d", Refusal::PathSlash),
            ("/c/*/d", Refusal::PathCharacter),
            ("/c*", Refusal::PathCharacter),
            ("/c d", Refusal::PathCharacter),
        ] {
            assert_eq!(check_path(path), Err(refusal), "{path}");
        }
    }

    #[test]
    fn a_grant_covers_everything_below() {
        let all: Vec<_> = covering("/a/b/c").collect();
        assert_eq!(all, ["/a/b/c", "/*", "/a/*", "/a/b/*"]);
        assert_eq!(covering("/a").collect::<Vec<_>>(), ["/a", "/*"]);
    }

    #[test]
    fn find_by_path_goes_by_whole_segments() {
        for (name, path, below) in [
            ("/a/b", "/a", true),
            ("/a/b", "/a/", true),
            ("/a/b", "a", true),
            ("/A/b", "/a", true),
            ("/a/b", "/A", true),
            ("/ab", "/a", false),
            ("/a", "/a", false),
            ("/a/b", "", true),
            ("/a/b", "/", true),
            ("/b/a/c", "/a", false),
        ] {
            assert_eq!(is_below(name, path), below, "{name} {path}");
        }
    }
}
