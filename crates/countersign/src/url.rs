//! The URL that a provider signed: from configuration, or from the forwarding headers of proxies that are trusted. Never
//! from the client.

use std::net::IpAddr;

use crate::error::ConfigError;

/// The endpoint's URL as its provider knows it.
///
/// Proxies rewrite hosts, schemes and paths, so what a request says of itself is not what was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    scheme: String,
    authority: String,
    path: Path,
}

/// Where the path of the signed URL comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Path {
    /// As the request has it, byte for byte.
    Sent,
    /// As configured; the query as sent.
    Fixed(String),
    /// As configured, query and all.
    Whole(String),
}

impl PublicUrl {
    /// Reads a URL as it is registered with the provider.
    ///
    /// `https://hooks.example.com` without a path stands for whatever path the request has;
    /// `https://hooks.example.com/stripe` for that path only, whatever a proxy or router made of it. The query is always
    /// the one that was sent, unless the URL has its own.
    ///
    /// # Errors
    ///
    /// It is no `http` or `https` URL, or it has user information or a fragment, which no provider signs.
    pub fn new(url: &str) -> Result<Self, ConfigError> {
        Self::read(url, true)
    }

    /// The same, where a URL without a path has none: some providers sign it as it was typed in.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn as_registered(url: &str) -> Result<Self, ConfigError> {
        Self::read(url, false)
    }

    fn read(url: &str, path_is_sent: bool) -> Result<Self, ConfigError> {
        let bad = |why: &str| ConfigError::new("public_url", why.to_owned());
        let (scheme, authority, path) = split(url).ok_or_else(|| bad("it must begin with `https://`"))?;
        if !matches!(scheme, "https" | "http") {
            return Err(bad("it must begin with `https://` or `http://`, in lower case"));
        }
        if authority.is_empty() || authority.contains('@') || url.contains('#') {
            return Err(bad("it must have a host, and neither a user nor a fragment"));
        }
        if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(bad("it must be visible ASCII; write other characters as `%XX`"));
        }
        let path = match path {
            "" if path_is_sent => Path::Sent,
            path if path.contains('?') => Path::Whole(path.to_owned()),
            path => Path::Fixed(path.to_owned()),
        };
        Ok(Self { scheme: scheme.to_owned(), authority: authority.to_owned(), path })
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Host and port, as configured.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether its own query is signed in place of the one that is sent.
    pub(crate) fn has_query(&self) -> bool {
        matches!(self.path, Path::Whole(_))
    }

    /// The signed path and query of a request whose target is `sent`.
    pub fn target(&self, sent: &str) -> String {
        let query = || sent.split_once('?').map(|(_, query)| query);
        match &self.path {
            Path::Sent => sent.to_owned(),
            Path::Whole(path) => path.clone(),
            Path::Fixed(path) => match query() {
                Some(query) => format!("{path}?{query}"),
                None => path.clone(),
            },
        }
    }

    /// The signed URL of a request whose target is `sent`.
    pub fn of(&self, sent: &str) -> String {
        format!("{}://{}{}", self.scheme, self.authority, self.target(sent))
    }
}

/// Where the signed URL is taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UrlSource {
    Configured(PublicUrl),
    /// `X-Forwarded-Proto` and `X-Forwarded-Host`, if the peer is one of these networks.
    Forwarded(Vec<Network>),
}

/// A range of addresses: `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    address: u128,
    mask: u128,
}

impl Network {
    pub(crate) fn new(text: &str) -> Result<Self, ConfigError> {
        let bad =
            || ConfigError::new("trusted_proxies", format!("`{text}` is no address or network such as `10.0.0.0/8`"));
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().map_err(|_| bad())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| bad())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(width);
        let free = width.checked_sub(bits).ok_or_else(bad)?;
        let mask = u128::MAX.checked_shl(free).unwrap_or(0);
        Ok(Self { address: number(address) & mask, mask })
    }

    fn holds(self, address: IpAddr) -> bool {
        number(address) & self.mask == self.address
    }
}

/// An address as a number; an IPv4 address is the same mapped into IPv6 or not.
fn number(address: IpAddr) -> u128 {
    let address = match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    };
    u128::from_be_bytes(address.octets())
}

impl UrlSource {
    /// The URL's scheme and authority for a request from `peer`, or `None` where nobody who is trusted says it.
    pub(crate) fn url(&self, peer: Option<IpAddr>, header: impl Fn(&str) -> Option<String>) -> Option<PublicUrl> {
        match self {
            Self::Configured(url) => Some(url.clone()),
            Self::Forwarded(proxies) => {
                let peer = peer?;
                if !proxies.iter().any(|network| network.holds(peer)) {
                    return None;
                }
                // A list was appended to by several proxies; only the last entry is the trusted one's own.
                let last =
                    |name| header(name).and_then(|list: String| Some(list.rsplit(',').next()?.trim().to_owned()));
                let (scheme, host) = (last("x-forwarded-proto")?, last("x-forwarded-host")?);
                PublicUrl::new(&format!("{scheme}://{host}")).ok().filter(|url| url.path == Path::Sent)
            }
        }
    }
}

/// Scheme, authority, and path with query.
pub(crate) fn split(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_at_checked(rest.find(['/', '?']).unwrap_or(rest.len()))?;
    Some((scheme, authority, path))
}

/// A URL with its port removed, and with the default one added, where that makes a difference.
pub(crate) fn other_ports(url: &str) -> Vec<String> {
    let Some((scheme, authority, path)) = split(url) else { return Vec::new() };
    let is_port = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match authority.rsplit_once(':').filter(|(_, port)| is_port(port)) {
        Some((host, _)) => vec![format!("{scheme}://{host}{path}")],
        None => {
            let port = if scheme == "http" { 80 } else { 443 };
            vec![format!("{scheme}://{authority}:{port}{path}")]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_the_configured_one_and_the_query_the_sent_one() {
        let of = |url: &str, sent: &str| PublicUrl::new(url).unwrap().of(sent);
        assert_eq!(of("https://a.example", "/x?y=1"), "https://a.example/x?y=1");
        assert_eq!(of("https://a.example:8443/hook", "/internal/7?y=1"), "https://a.example:8443/hook?y=1");
        assert_eq!(of("https://a.example/hook?k=v", "/hook?y=1"), "https://a.example/hook?k=v");
        assert_eq!(PublicUrl::as_registered("https://a.example").unwrap().of("/"), "https://a.example");
    }

    #[test]
    fn refuses_what_no_provider_signs() {
        for url in
            ["a.example", "ftp://a.example", "https://", "https://u@a.example/", "https://a.example/#x", "https://ä/"]
        {
            assert!(PublicUrl::new(url).is_err(), "{url}");
        }
    }

    #[test]
    fn forwarding_headers_count_only_from_a_trusted_proxy() {
        let proxies = ["10.0.0.0/8", "::1"].iter().map(|text| Network::new(text).unwrap()).collect();
        let source = UrlSource::Forwarded(proxies);
        let header = |name: &str| match name {
            "x-forwarded-proto" => Some("http, https".to_owned()),
            "x-forwarded-host" => Some("evil.example, hooks.example".to_owned()),
            _ => None,
        };
        let url = |peer: &str| source.url(Some(peer.parse().unwrap()), header).map(|url| url.of("/x"));
        assert_eq!(url("10.1.2.3").as_deref(), Some("https://hooks.example/x"));
        assert_eq!(url("::ffff:10.1.2.3").as_deref(), Some("https://hooks.example/x"));
        assert_eq!(url("::1").as_deref(), Some("https://hooks.example/x"));
        assert_eq!(url("11.1.2.3"), None);
        assert_eq!(source.url(None, header), None);
        assert!(Network::new("10.0.0.0/33").is_err() && Network::new("ten").is_err());
    }
}
