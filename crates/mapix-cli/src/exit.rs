//! How a run ends: exit codes and the errors that lead to them.

use std::fmt;
use std::io;
use std::process::ExitCode;

use mapix::ledger::Ledger;

/// The exit codes, which scripts may rely on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// All done.
    Done = 0,
    /// Finished, but some items failed.
    SomeFailed = 1,
    /// The command line is wrong, or names something that is not there.
    Usage = 2,
    /// The input cannot be read.
    Input = 3,
    /// The output cannot be written.
    Output = 4,
    /// Two counts that must agree do not.
    Mismatch = 5,
    /// Stopped by Ctrl-C.
    Interrupted = 130,
}

impl Exit {
    /// What a ledger says about the run.
    pub(crate) fn of(ledger: &Ledger) -> Self {
        if ledger.is_clean() { Self::Done } else { Self::SomeFailed }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a run ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line asks for something that cannot be.
    Usage(String),
    /// The mailbox cannot be read.
    Input(mapix::Error),
    /// The output cannot be written.
    Output(io::Error),
    /// Ctrl-C.
    Interrupted,
}

/// The result of a command, or of a part of it.
pub(crate) type Outcome<T = Exit> = Result<T, Failure>;

impl Failure {
    /// A usage error with its sentence.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    /// The exit code. Whoever reads our output may stop reading: that is no error.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Input(_) => Exit::Input,
            Self::Output(error) if is_closed_pipe(error) => Exit::Done,
            Self::Output(_) => Exit::Output,
            Self::Interrupted => Exit::Interrupted,
        }
    }

    /// Whether there is anything to say about it.
    pub(crate) fn is_silent(&self) -> bool {
        matches!(self.exit(), Exit::Done)
    }
}

fn is_closed_pipe(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) => f.write_str(message),
            Self::Input(error) => write!(f, "{error}"),
            Self::Output(error) => write!(f, "cannot write the output: {error}"),
            Self::Interrupted => f.write_str("interrupted"),
        }
    }
}

impl From<mapix::Error> for Failure {
    fn from(error: mapix::Error) -> Self {
        Self::Input(error)
    }
}

impl From<io::Error> for Failure {
    /// Only writing gives bare I/O errors here; reading a mailbox gives [`mapix::Error`].
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
