//! `GET /api/v1/data?path=`.

use reqwest::StatusCode;
use serde::Deserialize;

use super::CredHub;
use super::answer::fault;
use crate::{CallContext, Fault};

#[derive(Deserialize)]
struct Rows {
    credentials: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    name: String,
}

impl CredHub {
    /// The names below a path that we may read, sorted, each once. `/a/b` has `/a/b/c` and `/a/b/c/d` below it, but neither `/a/bc/d`
    /// nor `/a/b` itself. A slash at its end changes nothing.
    ///
    /// What CredHub sends is filtered once more: it takes no notice of upper and lower case, and we delete what we find.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn find(&self, path: &str, call: &CallContext) -> Result<Vec<String>, Fault> {
        let answer = self.read(&["api", "v1", "data"], &[("path", path)], call).await?;
        if answer.status != StatusCode::OK {
            return Err(fault(&answer));
        }
        let rows: Rows = answer.json()?;
        let above = format!("/{}", path.trim_matches('/'));
        let mut names: Vec<String> = rows.credentials.into_iter().map(|row| row.name).collect();
        names.retain(|name| is_below(name, above.trim_end_matches('/')));
        names.sort();
        names.dedup();
        Ok(names)
    }
}

fn is_below(name: &str, above: &str) -> bool {
    name.strip_prefix(above)
        .and_then(|rest| rest.strip_prefix('/'))
        .is_some_and(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::is_below;

    #[test]
    fn whole_segments_count() {
        let cases = [
            ("/a/b/c", "/a/b", true),
            ("/a/b/c/d", "/a/b", true),
            ("/a/bc/d", "/a/b", false),
            ("/a/b", "/a/b", false),
            ("/a/b/", "/a/b", false),
            ("/A/b/c", "/a/b", false),
            ("/x/a/b/c", "/a/b", false),
            ("/a", "", true),
        ];
        for (name, above, wanted) in cases {
            assert_eq!(is_below(name, above), wanted, "{name} below {above}");
        }
    }
}
