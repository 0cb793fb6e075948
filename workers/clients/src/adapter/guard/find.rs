//! Where the guard's program is.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

const NAME: &str = "adapter-guard";

/// The guard: the one that is given, else the program `adapter-guard` beside our own program, or a directory higher (where cargo
/// puts it, seen from a test).
///
/// # Errors
/// What is to be installed, and where.
pub(in crate::adapter) fn find(given: Option<&Path>) -> Result<PathBuf, String> {
    if let Some(path) = given {
        let found = is_program(path).then(|| path.to_owned());
        return found.ok_or_else(|| {
            format!(
                "the guard of service adapters, {}, is no executable file",
                path.display()
            )
        });
    }
    let me = std::env::current_exe().map_err(|e| format!("where this program is can't be found out: {e}"))?;
    beside(&me).ok_or_else(|| {
        let here = me.parent().unwrap_or(&me).display();
        format!(
            "the program {NAME}, which ends service adapters in time, is missing: install it, of the same release, in {here} beside this program"
        )
    })
}

fn beside(me: &Path) -> Option<PathBuf> {
    me.ancestors()
        .skip(1)
        .take(2)
        .map(|dir| dir.join(NAME))
        .find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_beside_us_or_a_directory_higher() {
        let dir = tempfile::tempdir().unwrap();
        let deps = dir.path().join("debug/deps");
        std::fs::create_dir_all(&deps).unwrap();
        let me = deps.join("test-0815");
        assert_eq!(beside(&me), None);
        let higher = dir.path().join("debug").join(NAME);
        std::fs::write(&higher, "").unwrap();
        assert_eq!(beside(&me), None, "it is not executable");
        std::fs::set_permissions(&higher, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(beside(&me), Some(higher.clone()));
        assert_eq!(beside(&dir.path().join("debug/worker")), Some(higher.clone()));
        assert_eq!(beside(&dir.path().join("debug/deps/deeper/test")), None);
        let near = deps.join(NAME);
        std::fs::copy(&higher, &near).unwrap();
        assert_eq!(beside(&me), Some(near));
        assert_eq!(find(Some(&higher)), Ok(higher));
        assert!(find(Some(&me)).unwrap_err().contains("test-0815"));
    }
}
