//! An address to fetch from: `https`, a host, a path, and nothing that two readers could read differently.

use tokio_rustls::rustls::pki_types::ServerName;

/// An `https` URL, taken apart once, without a lenient reading.
#[derive(Debug, Clone)]
pub(crate) struct KeyUrl {
    /// The host as it is looked up: without the brackets of IPv6.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// What the `Host` header says.
    pub(crate) authority: String,
    /// Path and query.
    pub(crate) target: String,
    /// What the certificate must be for.
    pub(crate) server: ServerName<'static>,
}

impl KeyUrl {
    /// Reads a URL, or says what it must be.
    pub(crate) fn read(text: &str) -> Result<Self, &'static str> {
        let rest = text.strip_prefix("https://").ok_or("it must begin with `https://`")?;
        // No fragment, no escape from the path, no user, no space.
        if rest.len() > MAX_LENGTH
            || !rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"#@\\<>\"^`{|}".contains(&byte))
        {
            return Err("it must be a plain URL, without a user or a fragment");
        }
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if !path.starts_with('/') {
            return Err("it must have a path");
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
                let port = port.parse().ok().filter(|port| is_number && *port != 0);
                (host, port.ok_or("its port must be a number from 1 to 65535")?)
            }
            _ => (authority, 443),
        };
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let server = ServerName::try_from(host.to_owned()).map_err(|_| "its host must be a name or an address")?;
        Ok(Self { host: host.to_owned(), port, authority: authority.to_owned(), target: path.to_owned(), server })
    }
}

const MAX_LENGTH: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_plain_urls_only() {
        let url = KeyUrl::read("https://keys.example.com:8443/v1/keys?use=sig").unwrap();
        assert_eq!((url.host.as_str(), url.port, url.target.as_str()), ("keys.example.com", 8443, "/v1/keys?use=sig"));
        assert_eq!(url.authority, "keys.example.com:8443");
        let url = KeyUrl::read("https://[2001:db8::1]/").unwrap();
        assert_eq!((url.host.as_str(), url.port), ("2001:db8::1", 443));
        for bad in [
            "",
            "http://keys.example.com/",
            "HTTPS://keys.example.com/",
            "https:/keys.example.com/",
            "https:keys.example.com/",
            "https://",
            "https:///keys",
            "https://keys.example.com",
            "https://keys.example.com?x=/",
            "https://user@keys.example.com/",
            "https://keys.example.com@evil.example/",
            "https://keys.example.com\\@evil.example/",
            "https://keys.example.com/#x",
            "https://keys.example.com/ x",
            "https://keys.example.com/\r\nX: y",
            "https://keys.example.com:0/",
            "https://keys.example.com:+443/",
            "https://keys.example.com:/",
            "https://keys.example.com:65536/",
            "https://kéys.example.com/",
            "ftp://keys.example.com/",
            "file:///etc/passwd",
            "gopher://keys.example.com/",
        ] {
            assert!(KeyUrl::read(bad).is_err(), "{bad}");
        }
    }
}
