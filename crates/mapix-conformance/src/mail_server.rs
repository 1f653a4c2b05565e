//! A real mail server for tests: `aiosmtpd`, which runs with Python.
//!
//! The package is taken from where Python finds it, or else fetched once into `target/mail-server`.
//! Where neither Python nor the package can be had, there is no server, and a line says so; with
//! `MAPIX_MAIL_SERVER=required` that is a failure. `MAPIX_OFFLINE=1` keeps tests from asking the network.
//!
//! What it answers depends on the part of an address before `@` or `+`: `refused` (550), `full` (452),
//! `grey` (451 the first time), `close` (it hangs up), and once it has the mail `spam` (554), `busy`
//! (451), `silent` (nothing) and `taken` (it keeps the mail and hangs up); it takes nothing from
//! `unwanted`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use mapix_core::{Context, Error, Result};

const PACKAGE: &str = "aiosmtpd==1.4.6";

/// How the server is to be.
#[derive(Clone, Default, Debug)]
pub struct Options {
    /// `starttls`, `wrapper`, or nothing for a server without TLS.
    pub tls: Option<&'static str>,
    /// Its certificates and its key (PEM).
    pub identity: Option<(PathBuf, PathBuf)>,
    /// The name and the password without which it takes nothing.
    pub login: Option<(String, String)>,
    /// It takes addresses beyond ASCII.
    pub utf8: bool,
}

/// A server, which ends when this is dropped.
#[derive(Debug)]
pub struct MailServer {
    child: Child,
    /// Its port on 127.0.0.1.
    pub port: u16,
    directory: PathBuf,
}

/// A mail that a server took.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Received {
    /// It came over an encrypted connection.
    pub encrypted: bool,
    /// Who authenticated; empty for nobody.
    pub user: String,
    /// What the client called itself.
    pub helo: String,
    /// From whom.
    pub from: String,
    /// To whom.
    pub to: Vec<String>,
    /// The mail itself.
    pub mail: Vec<u8>,
}

impl MailServer {
    /// Starts a server that keeps what it takes in a directory; `None`, and a line that says so, if
    /// there can be none.
    pub fn start(directory: &Path, options: &Options) -> Option<Self> {
        static PACKAGES: OnceLock<Result<PathBuf, String>> = OnceLock::new();
        let packages = PACKAGES.get_or_init(|| packages().map_err(|error| error.to_string()));
        let started = match packages {
            Ok(packages) => Self::try_start(packages, directory, options),
            Err(reason) => Err(Error::no_support(reason.clone())),
        };
        match started {
            Ok(server) => Some(server),
            Err(reason) => {
                let required = std::env::var_os("MAPIX_MAIL_SERVER");
                assert!(
                    required.is_none_or(|value| value != "required"),
                    "no mail server: {reason}"
                );
                println!("skipped: no mail server: {reason}");
                None
            }
        }
    }

    fn try_start(packages: &Path, directory: &Path, options: &Options) -> Result<Self> {
        fs::create_dir_all(directory)?;
        let mut command = python(packages);
        command.arg("-c").arg(include_str!("mail_server.py")).arg("--dir").arg(directory);
        if let Some(tls) = options.tls {
            command.args(["--tls", tls]);
        }
        if let Some((certificate, key)) = &options.identity {
            command.arg("--cert").arg(certificate).arg("--key").arg(key);
        }
        if let Some((user, password)) = &options.login {
            command.args(["--user", user, "--password", password]);
        }
        if options.utf8 {
            command.arg("--utf8");
        }
        let log = directory.join("server.log");
        let errors = fs::File::create(&log)?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors);
        let mut child = command.spawn().context(|| "python3".to_owned())?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line)?;
        }
        if let Ok(port) = line.trim().parse() {
            return Ok(Self { child, port, directory: directory.to_owned() });
        }
        child.wait()?;
        let said = fs::read_to_string(log).unwrap_or_default();
        Err(Error::no_support(format!("it does not start: {said}")))
    }

    /// What it took so far, in that order.
    pub fn received(&self) -> Result<Vec<Received>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "eml") {
                names.push(path);
            }
        }
        names.sort();
        names.iter().map(|path| read(path)).collect()
    }
}

fn read(path: &Path) -> Result<Received> {
    let envelope = fs::read_to_string(path.with_extension("envelope"))?;
    let mut lines = envelope.lines();
    let head: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
    let part = |at: usize| head.get(at).copied().unwrap_or_default();
    Ok(Received {
        encrypted: part(0) == "encrypted",
        user: part(1).into(),
        helo: part(2).into(),
        from: lines.next().unwrap_or_default().into(),
        to: lines.map(Into::into).collect(),
        mail: fs::read(path)?,
    })
}

impl Drop for MailServer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn python(packages: &Path) -> Command {
    let mut command = Command::new("python3");
    command.env("PYTHONPATH", packages);
    command
}

/// Where the package is: an empty path if Python finds it by itself.
fn packages() -> Result<PathBuf> {
    let has = |packages: &Path| -> Result<bool> {
        let mut command = python(packages);
        let output = command.args(["-c", "import aiosmtpd.smtp"]).output();
        Ok(output.context(|| "python3".to_owned())?.status.success())
    };
    if has(Path::new(""))? {
        return Ok(PathBuf::new());
    }
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/mail-server");
    if has(&packages)? {
        return Ok(packages);
    }
    if std::env::var_os("MAPIX_OFFLINE").is_some() {
        return Err(Error::no_support("MAPIX_OFFLINE is set"));
    }
    // Into a folder of its own that is then renamed: tests run side by side.
    let aside = packages.with_extension(std::process::id().to_string());
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"];
    let output = Command::new("python3").args(install).arg(&aside).arg(PACKAGE).output()?;
    if output.status.success() {
        let _ = fs::rename(&aside, &packages);
    }
    let _ = fs::remove_dir_all(&aside);
    if has(&packages)? {
        return Ok(packages);
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::no_support(format!("pip: {said}")))
}
