//! The address of a server as an operator, or another server, wrote it.

use reqwest::Url;

/// `https://host:port/path/` of a text; without a scheme it is https.
///
/// # Errors
/// A text for the operator; it never quotes the address, which may carry credentials.
pub(crate) fn https_base(text: &str, whom: &str) -> Result<Url, String> {
    let text = text.trim();
    let text = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let mut url = Url::parse(&text).map_err(|e| format!("the url of {whom} can't be used: {e}"))?;
    if url.scheme() != "https" {
        return Err(format!("the url of {whom} must begin with https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("the url of {whom} must not carry credentials"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!("the url of {whom} must not have a query or a fragment"));
    }
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().push("");
    }
    Ok(url)
}

/// `http://` or `https://` with host, port, path and query as they are written, for servers whose operator may choose an address in clear.
///
/// # Errors
/// A text for the operator; it never quotes the address, which may carry credentials.
pub(crate) fn open_address(text: &str, whom: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim()).map_err(|e| format!("the url of {whom} can't be used: {e}"))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(format!("the url of {whom} must begin with https:// or http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("the url of {whom} must not carry credentials"));
    }
    if url.fragment().is_some() {
        return Err(format!("the url of {whom} must not have a fragment"));
    }
    Ok(url)
}

/// `base` with `path` below it, and with a query. Each part is percent-encoded; `None` when one is empty, `.` or `..`: the URL
/// library drops such parts, and then the call is another one.
pub(crate) fn below(base: &Url, path: &[&str], query: &[(&str, &str)]) -> Option<Url> {
    if path.iter().any(|part| matches!(*part, "" | "." | "..")) {
        return None;
    }
    let mut url = base.clone();
    url.path_segments_mut().ok()?.pop_if_empty().extend(path);
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_addresses() {
        let cases = [
            ("https://uaa.example.com", "https://uaa.example.com/"),
            (" uaa.example.com:8443 ", "https://uaa.example.com:8443/"),
            ("https://10.0.0.6:8443/uaa", "https://10.0.0.6:8443/uaa/"),
            ("https://10.0.0.6:8443/uaa/", "https://10.0.0.6:8443/uaa/"),
            ("[::1]:8844", "https://[::1]:8844/"),
        ];
        for (given, wanted) in cases {
            assert_eq!(https_base(given, "the UAA").unwrap().as_str(), wanted, "{given}");
        }
        let base = https_base("https://h/uaa", "x").unwrap();
        let url = below(&base, &["oauth", "a/b c"], &[("name", "/a (b)&=+")]).unwrap();
        assert_eq!(url.as_str(), "https://h/uaa/oauth/a%2Fb%20c?name=%2Fa+%28b%29%26%3D%2B");
        assert_eq!(below(&base, &["a", ".."], &[]), None);
    }

    #[test]
    fn refuses_what_cannot_be_an_address() {
        let cases = [
            "",
            "http://uaa",
            "https://",
            "https://user:pass@uaa",
            "https://uaa/?pass=x",
            "a b",
        ];
        for given in cases {
            let error = https_base(given, "the UAA").unwrap_err();
            assert!(error.contains("the UAA") && !error.contains("pass"), "{error}");
        }
    }
}
