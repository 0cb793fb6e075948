//! The service's users: what a binding is for *example-kv*. A directory for each deployment, a file for each user.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::control::{self, Control};
use crate::protocol::Failure;

/// Names the directory when neither the control file nor the manifest does.
const VARIABLE: &str = "EXAMPLE_ADAPTER_USERS";
/// The name of the directory below the one for temporary files when nothing does.
const DEFAULT: &str = "example-kv-users";

/// The users of one deployment.
pub(crate) struct Users {
    dir: PathBuf,
}

impl Users {
    /// Those of the deployment of this manifest.
    pub(crate) fn of(manifest: &Value, control: &Control) -> Result<Self, Failure> {
        let deployment = manifest["name"].as_str().unwrap_or_default();
        let dir = control
            .users_dir
            .clone()
            .or_else(|| manifest["properties"]["users_dir"].as_str().map(PathBuf::from))
            .or_else(|| control::variable(VARIABLE).map(PathBuf::from))
            .unwrap_or_else(|| std::env::temp_dir().join(DEFAULT));
        check("the deployment's name", deployment)?;
        Ok(Self {
            dir: dir.join(deployment),
        })
    }

    /// Adds a user, whole or not at all; false when the binding has one already, whoever was first.
    pub(crate) fn create(&self, binding: &str, user: &Value) -> Result<bool, Failure> {
        let path = self.path(binding)?;
        let create = || {
            DirBuilder::new().recursive(true).mode(0o700).create(&self.dir)?;
            let draft = self.dir.join(format!(".draft-{}", std::process::id()));
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&draft)?
                .write_all(format!("{user:#}\n").as_bytes())?;
            let linked = fs::hard_link(&draft, &path);
            fs::remove_file(&draft)?;
            match linked {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
                outcome => outcome.map(|()| true),
            }
        };
        create().map_err(|error| wrong(&path, &error))
    }

    /// Removes a user; false when there is none.
    pub(crate) fn delete(&self, binding: &str) -> Result<bool, Failure> {
        let path = self.path(binding)?;
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(wrong(&path, &error)),
        }
    }

    fn path(&self, binding: &str) -> Result<PathBuf, Failure> {
        check("the binding's id", binding)?;
        Ok(self.dir.join(format!("{binding}.json")))
    }
}

/// A random text that is good in URLs.
pub(crate) fn random() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(|error| wrong(Path::new("/dev/urandom"), &error))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn check(what: &str, name: &str) -> Result<(), Failure> {
    if name.is_empty() || name == ".." || name == "." || name.contains('/') {
        return Err(Failure::for_operator(format!("{what} can't name a file")));
    }
    Ok(())
}

fn wrong(path: &Path, error: &io::Error) -> Failure {
    Failure::for_operator(format!("{}: {error}", path.display()))
}
