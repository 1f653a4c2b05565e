//! What the settings of the service say.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{
    Certificate, CertificateStore, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::extension::ClientId;
use mapix_convert::internet_address;
use mapix_core::{Context, Error, ErrorCode, Result, SettingInfo, Settings};

/// What can be set.
pub(super) const SETTINGS: &[SettingInfo] = &[
    setting("host", "the mail server", true, false),
    setting(
        "port",
        "its port: 465 with tls=wrapper, 587 with starttls, 25 otherwise",
        false,
        false,
    ),
    setting(
        "tls",
        "starttls (unless the port is 465), wrapper, opportunistic or none",
        false,
        false,
    ),
    setting("ca", "a file with the certificates to trust in place of the system's", false, false),
    setting("user", "the name to authenticate with", false, false),
    setting("password", "the password for it", false, true),
    setting("from", "the sender of messages that name nobody", false, false),
    setting("helo", "the name of this machine", false, false),
    setting("timeout", "seconds to wait for an answer: 60", false, false),
];

const fn setting(
    name: &'static str,
    about: &'static str,
    required: bool,
    secret: bool,
) -> SettingInfo {
    SettingInfo { name, about, required, secret }
}

/// When the connection is encrypted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tls {
    /// From the first byte.
    Wrapper,
    /// Before anything is said (`STARTTLS`), or nothing is.
    Required,
    /// If the server offers it.
    Opportunistic,
    /// Never: somebody asked for that.
    None,
}

/// A mail server, and how it is spoken to.
pub(super) struct Config {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Tls,
    pub(super) credentials: Option<Credentials>,
    pub(super) from: Option<String>,
    pub(super) helo: ClientId,
    pub(super) timeout: Duration,
    ca: Option<PathBuf>,
}

impl Config {
    /// # Errors
    /// `MAPI_E_UNCONFIGURED` with the setting that is not good.
    pub(super) fn of(settings: &Settings) -> Result<Self> {
        let host = settings.required("host")?.to_owned();
        let number = |name: &str, most: u64| -> Result<Option<u64>> {
            let Some(text) = settings.get(name) else { return Ok(None) };
            match text.parse() {
                Ok(number) if (1..=most).contains(&number) => Ok(Some(number)),
                _ => Err(bad(name, text, &format!("a number up to {most}"))),
            }
        };
        let port = number("port", u64::from(u16::MAX))?.map(|port| port as u16);
        let tls = match settings.get("tls") {
            Some("wrapper") => Tls::Wrapper,
            Some("starttls") => Tls::Required,
            Some("opportunistic") => Tls::Opportunistic,
            Some("none") => Tls::None,
            None if port == Some(465) => Tls::Wrapper,
            None => Tls::Required,
            Some(text) => return Err(bad("tls", text, "starttls, wrapper, opportunistic or none")),
        };
        let port = port.unwrap_or(match tls {
            Tls::Wrapper => 465,
            Tls::Required => 587,
            Tls::Opportunistic | Tls::None => 25,
        });
        let credentials = match (settings.get("user"), settings.get("password")) {
            (None, None) => None,
            (Some(user), Some(password)) => Some(Credentials::new(user.into(), password.into())),
            (Some(_), None) => return Err(missing("`user` is set, and `password` is not")),
            (None, Some(_)) => return Err(missing("`password` is set, and `user` is not")),
        };
        let from = match settings.get("from") {
            None => None,
            Some(text) => {
                let from = internet_address(text);
                Some(from.ok_or_else(|| bad("from", text, "an address such as ann@example.org"))?)
            }
        };
        let ca = settings.get("ca").map(PathBuf::from);
        let timeout = Duration::from_secs(number("timeout", 3600)?.unwrap_or(60));
        let helo = helo(settings.get("helo"))?;
        Ok(Self { host, port, tls, credentials, from, helo, timeout, ca })
    }

    /// The server for people.
    pub(super) fn server(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// How the connection is encrypted; `None` if it is not.
    ///
    /// # Errors
    /// `MAPI_E_UNCONFIGURED` if there are no certificates to trust.
    pub(super) fn tls_parameters(&self) -> Result<Option<TlsParameters>> {
        if self.tls == Tls::None {
            return Ok(None);
        }
        let mut builder = TlsParametersBuilder::new(self.host.clone());
        if let Some(path) = &self.ca {
            let certificate = certificates(path).context(|| path.display().to_string())?;
            builder = builder.certificate_store(CertificateStore::None);
            builder = builder.add_root_certificate(certificate);
        }
        let unusable =
            |error| Error::new(ErrorCode::UNCONFIGURED, "TLS cannot be set up").with_source(error);
        builder.build().map(Some).map_err(unusable)
    }
}

impl fmt::Debug for Config {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("server", &self.server()).finish_non_exhaustive()
    }
}

fn certificates(path: &Path) -> Result<Certificate> {
    let pem = std::fs::read(path)?;
    let none = || missing("there is no certificate in it (PEM)");
    // The reader of certificates passes over what is none.
    let marked = pem.windows(11).any(|window| window == b"CERTIFICATE");
    if !marked {
        return Err(none());
    }
    Certificate::from_pem(&pem).map_err(|error| none().with_source(error))
}

/// What this machine calls itself. Without a name it gives an address, since the name of a desktop
/// means nothing to a server.
fn helo(text: Option<&str>) -> Result<ClientId> {
    let Some(text) = text else { return Ok(ClientId::default()) };
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    match bare.trim_start_matches("IPv6:").parse() {
        Ok(IpAddr::V4(address)) => return Ok(ClientId::Ipv4(address)),
        Ok(IpAddr::V6(address)) => return Ok(ClientId::Ipv6(address)),
        Err(_) => {}
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if text.is_empty() || !text.chars().all(fits) {
        return Err(bad("helo", text, "a name such as desk.example.org, or an IP address"));
    }
    Ok(ClientId::Domain(text.into()))
}

fn bad(name: &str, text: &str, wanted: &str) -> Error {
    missing(&format!("the setting `{name}` is {wanted}, not `{text}`"))
}

fn missing(text: &str) -> Error {
    Error::new(ErrorCode::UNCONFIGURED, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(pairs: &[(&str, &str)]) -> Result<Config> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Config::of(&Settings::new(pairs.iter().map(own)))
    }

    #[test]
    fn encryption_is_the_default_and_chooses_the_port() {
        for (more, tls, port) in [
            (&[][..], Tls::Required, 587),
            (&[("port", "465")], Tls::Wrapper, 465),
            (&[("port", "2525")], Tls::Required, 2525),
            (&[("tls", "wrapper")], Tls::Wrapper, 465),
            (&[("tls", "starttls"), ("port", "465")], Tls::Required, 465),
            (&[("tls", "opportunistic")], Tls::Opportunistic, 25),
            (&[("tls", "none")], Tls::None, 25),
        ] {
            let found = config(&[&[("host", "mail.example.org")], more].concat()).unwrap();
            assert_eq!((found.tls, found.port), (tls, port), "{more:?}");
        }
    }

    #[test]
    fn what_is_not_good_is_named() {
        for (pairs, words) in [
            (&[][..], "`host`"),
            (&[("port", "0")], "`port` is a number up to 65535, not `0`"),
            (&[("port", "smtp")], "not `smtp`"),
            (&[("tls", "ssl")], "`tls`"),
            (&[("user", "ann")], "`password` is not"),
            (&[("password", "x")], "`user` is not"),
            (&[("from", "Ann")], "`from`"),
            (&[("helo", "a b")], "`helo`"),
            (&[("timeout", "1m")], "`timeout`"),
        ] {
            let host: &[(&str, &str)] =
                if words == "`host`" { &[] } else { &[("host", "mail.example.org")] };
            let error = config(&[host, pairs].concat()).unwrap_err();
            assert_eq!(error.code(), ErrorCode::UNCONFIGURED);
            assert!(error.to_string().contains(words), "{error}");
        }
    }

    #[test]
    fn names_of_this_machine() {
        let name = |text| helo(text).unwrap().to_string();
        assert_eq!(name(None), "[127.0.0.1]");
        assert_eq!(name(Some("desk.example.org")), "desk.example.org");
        assert_eq!(name(Some("192.0.2.1")), "[192.0.2.1]");
        assert_eq!(name(Some("[IPv6:2001:db8::1]")), "[IPv6:2001:db8::1]");
    }

    #[test]
    fn a_password_is_not_printed() {
        let pairs = [("host", "h.example"), ("user", "ann"), ("password", "hunter2")];
        assert!(!format!("{:?}", config(&pairs).unwrap()).contains("hunter2"));
    }

    #[test]
    fn a_file_without_certificates_is_told_of() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        let config = config(&[("host", "h.example"), ("ca", path)]).unwrap();
        let error = config.tls_parameters().err().unwrap();
        assert!(error.to_string().contains(path), "{error}");
    }
}
