//! The lifecycle, step by step, for whoever wants to watch.

use std::fmt;
use std::sync::Arc;

use super::lock;
use super::logoff::LogoffFlags;
use crate::sync::Mutex;

/// Who is told of the steps. It is called on the thread that takes the step and must not call
/// the session.
pub type Tracer = dyn Fn(&Event) + Send + Sync;

/// A step in the life of a session.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A provider object was made.
    ProviderLoaded {
        /// The provider's name.
        provider: &'static str,
    },
    /// A service was disabled for the session.
    ServiceDisabled {
        /// Its name in the profile.
        service: String,
        /// Why.
        error: String,
    },
    /// A store was opened.
    Logon {
        /// The store's display name.
        store: String,
        /// The provider's name.
        provider: &'static str,
    },
    /// StoreLogoff: how the store shall end is known, and kept until it does.
    FlagsSaved {
        /// The store's display name.
        store: String,
        /// What was asked for.
        flags: LogoffFlags,
    },
    /// No call gets into the store any more.
    GateShut {
        /// The store's display name.
        store: String,
        /// How many calls were inside.
        in_flight: usize,
    },
    /// No sink is called any more.
    SinksEnded {
        /// The store's display name.
        store: String,
        /// How many were registered.
        count: usize,
        /// How many of them were still running when they had been waited for.
        busy: usize,
    },
    /// A sink panicked. It will be called again.
    SinkPanicked {
        /// The store's display name.
        store: String,
    },
    /// Streams and tables were closed.
    ResourcesClosed {
        /// The store's display name.
        store: String,
        /// How many.
        count: usize,
    },
    /// The transports were told that the store goes.
    TransportsTold {
        /// The store's display name.
        store: String,
        /// What they were asked for.
        flags: LogoffFlags,
        /// What they said.
        output: LogoffFlags,
    },
    /// The store is told to end.
    LogoffCalled {
        /// The store's display name.
        store: String,
    },
    /// The store has ended.
    LogoffReturned {
        /// The store's display name.
        store: String,
        /// What went wrong, if anything did.
        error: Option<String>,
    },
    /// The store did not answer in time and is not waited for any more.
    DeclaredDead {
        /// The store's display name.
        store: String,
    },
    /// The support object was released.
    SupportReleased {
        /// The store's display name.
        store: String,
    },
    /// A provider was told to shut down, after the last of its stores.
    ProviderShutDown {
        /// The provider's name.
        provider: &'static str,
        /// What went wrong, if anything did.
        error: Option<String>,
    },
    /// The session let go of the store.
    StoreReleased {
        /// The store's display name.
        store: String,
    },
    /// The spooler has begun: the transports of the profile are logged on.
    SpoolerStarted {
        /// How many.
        transports: usize,
    },
    /// A transport was logged on.
    TransportLoggedOn {
        /// Its name in the profile.
        transport: String,
        /// What went wrong, if anything did.
        error: Option<String>,
    },
    /// A message goes to a transport; that is written down already.
    Sending {
        /// The store's display name.
        store: String,
        /// The transport.
        transport: String,
        /// Which attempt it is.
        attempt: u32,
    },
    /// What a transport said of recipients is written down.
    Reported {
        /// The store's display name.
        store: String,
        /// How many were sent to.
        sent: usize,
        /// How many were refused.
        refused: usize,
        /// How many were put off.
        deferred: usize,
    },
    /// A transport was asked what became of an attempt that was cut off.
    Recalled {
        /// The store's display name.
        store: String,
        /// The transport.
        transport: String,
        /// Whether it was made; `None` if nobody knows.
        sent: Option<bool>,
    },
    /// A message stays in the queue for now.
    Deferred {
        /// The store's display name.
        store: String,
        /// Why.
        reason: String,
    },
    /// Preprocessors have worked on a message.
    Preprocessed {
        /// The store's display name.
        store: String,
    },
    /// A message may have been sent, and its transport cannot tell: nobody sends it unasked.
    Uncertain {
        /// The store's display name.
        store: String,
        /// Why.
        reason: String,
    },
    /// A message has left the queue.
    Finished {
        /// The store's display name.
        store: String,
    },
    /// Mail came in.
    Received {
        /// The store's display name.
        store: String,
        /// The transport.
        transport: String,
        /// How many messages.
        count: usize,
    },
    /// The spooler could not do something for a store. It tries again.
    SpoolerFailed {
        /// The store's display name.
        store: String,
        /// What went wrong.
        error: String,
    },
    /// A transport was logged off.
    TransportLoggedOff {
        /// Its name in the profile.
        transport: String,
        /// What went wrong, if anything did.
        error: Option<String>,
    },
    /// The spooler has ended.
    SpoolerEnded,
    /// The spooler did not end in time and is not waited for any more.
    SpoolerAbandoned,
    /// The session is over.
    SessionEnded,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ProviderLoaded { provider } => write!(f, "provider loaded: {provider}"),
            Self::ServiceDisabled { service, error } => {
                write!(f, "service disabled: {service}: {error}")
            }
            Self::FlagsSaved { store, flags } => write!(f, "logoff flags saved: {store}, {flags}"),
            Self::TransportsTold { store, flags, output } => {
                write!(f, "transports told: {store}, {flags}: {output}")
            }
            Self::SupportReleased { store } => write!(f, "support released: {store}"),
            Self::ProviderShutDown { provider, error: None } => {
                write!(f, "provider shut down: {provider}")
            }
            Self::ProviderShutDown { provider, error: Some(error) } => {
                write!(f, "provider failed to shut down: {provider}: {error}")
            }
            Self::Logon { store, provider } => write!(f, "logon: {store} ({provider})"),
            Self::GateShut { store, in_flight } => {
                write!(f, "gate shut: {store}, in flight {in_flight}")
            }
            Self::SinksEnded { store, count, busy: 0 } => {
                write!(f, "notifications ended: {store}, {count}")
            }
            Self::SinksEnded { store, count, busy } => {
                write!(f, "notifications ended: {store}, {count}, still running {busy}")
            }
            Self::SinkPanicked { store } => write!(f, "a sink panicked: {store}"),
            Self::ResourcesClosed { store, count } => {
                write!(f, "streams and tables closed: {store}, {count}")
            }
            Self::LogoffCalled { store } => write!(f, "logoff called: {store}"),
            Self::LogoffReturned { store, error: None } => write!(f, "logoff returned: {store}"),
            Self::LogoffReturned { store, error: Some(error) } => {
                write!(f, "logoff failed: {store}: {error}")
            }
            Self::DeclaredDead { store } => write!(f, "declared dead: {store}"),
            Self::StoreReleased { store } => write!(f, "store released: {store}"),
            Self::SpoolerStarted { transports } => {
                write!(f, "spooler started: transports {transports}")
            }
            Self::TransportLoggedOn { transport, error: None } => {
                write!(f, "transport logged on: {transport}")
            }
            Self::TransportLoggedOn { transport, error: Some(error) } => {
                write!(f, "transport failed to log on: {transport}: {error}")
            }
            Self::Sending { store, transport, attempt } => {
                write!(f, "sending: {store}, through {transport}, attempt {attempt}")
            }
            Self::Reported { store, sent, refused, deferred } => {
                write!(f, "reported: {store}, sent {sent}, refused {refused}, deferred {deferred}")
            }
            Self::Recalled { store, transport, sent } => {
                let sent = match sent {
                    Some(true) => "it was sent",
                    Some(false) => "it was not sent",
                    None => "nobody knows",
                };
                write!(f, "recalled: {store}, {transport}: {sent}")
            }
            Self::Deferred { store, reason } => write!(f, "deferred: {store}: {reason}"),
            Self::Preprocessed { store } => write!(f, "preprocessed: {store}"),
            Self::Uncertain { store, reason } => write!(f, "uncertain: {store}: {reason}"),
            Self::Finished { store } => write!(f, "finished: {store}"),
            Self::Received { store, transport, count } => {
                write!(f, "received: {store}, from {transport}, {count}")
            }
            Self::SpoolerFailed { store, error } => write!(f, "spooler failed: {store}: {error}"),
            Self::TransportLoggedOff { transport, error: None } => {
                write!(f, "transport logged off: {transport}")
            }
            Self::TransportLoggedOff { transport, error: Some(error) } => {
                write!(f, "transport failed to log off: {transport}: {error}")
            }
            Self::SpoolerEnded => f.write_str("spooler ended"),
            Self::SpoolerAbandoned => f.write_str("spooler abandoned: it hangs"),
            Self::SessionEnded => f.write_str("session ended"),
        }
    }
}

impl Event {
    /// The target under which every step is also an event of the `tracing` crate, with the fields
    /// `step`, `store`, `provider`, `error` where they mean something, and this text as its
    /// message.
    pub const TARGET: &'static str = "mapix::lifecycle";

    /// The name of the step, such as `gate shut`.
    pub fn step(&self) -> &'static str {
        match self {
            Self::ProviderLoaded { .. } => "provider loaded",
            Self::ServiceDisabled { .. } => "service disabled",
            Self::Logon { .. } => "logon",
            Self::FlagsSaved { .. } => "logoff flags saved",
            Self::GateShut { .. } => "gate shut",
            Self::SinksEnded { .. } => "notifications ended",
            Self::SinkPanicked { .. } => "sink panicked",
            Self::ResourcesClosed { .. } => "streams and tables closed",
            Self::TransportsTold { .. } => "transports told",
            Self::LogoffCalled { .. } => "logoff called",
            Self::LogoffReturned { .. } => "logoff returned",
            Self::DeclaredDead { .. } => "declared dead",
            Self::SupportReleased { .. } => "support released",
            Self::ProviderShutDown { .. } => "provider shut down",
            Self::StoreReleased { .. } => "store released",
            Self::SpoolerStarted { .. } => "spooler started",
            Self::TransportLoggedOn { .. } => "transport logged on",
            Self::Sending { .. } => "sending",
            Self::Reported { .. } => "reported",
            Self::Recalled { .. } => "recalled",
            Self::Deferred { .. } => "deferred",
            Self::Preprocessed { .. } => "preprocessed",
            Self::Uncertain { .. } => "uncertain",
            Self::Finished { .. } => "finished",
            Self::Received { .. } => "received",
            Self::SpoolerFailed { .. } => "spooler failed",
            Self::TransportLoggedOff { .. } => "transport logged off",
            Self::SpoolerEnded => "spooler ended",
            Self::SpoolerAbandoned => "spooler abandoned",
            Self::SessionEnded => "session ended",
        }
    }

    /// The display name of the store that it is about.
    pub fn store(&self) -> Option<&str> {
        match self {
            Self::Logon { store, .. }
            | Self::FlagsSaved { store, .. }
            | Self::GateShut { store, .. }
            | Self::SinksEnded { store, .. }
            | Self::SinkPanicked { store }
            | Self::ResourcesClosed { store, .. }
            | Self::TransportsTold { store, .. }
            | Self::LogoffCalled { store }
            | Self::LogoffReturned { store, .. }
            | Self::DeclaredDead { store }
            | Self::SupportReleased { store }
            | Self::StoreReleased { store }
            | Self::Sending { store, .. }
            | Self::Reported { store, .. }
            | Self::Recalled { store, .. }
            | Self::Deferred { store, .. }
            | Self::Preprocessed { store }
            | Self::Uncertain { store, .. }
            | Self::Finished { store }
            | Self::Received { store, .. }
            | Self::SpoolerFailed { store, .. } => Some(store),
            Self::ProviderLoaded { .. }
            | Self::ServiceDisabled { .. }
            | Self::ProviderShutDown { .. }
            | Self::SpoolerStarted { .. }
            | Self::TransportLoggedOn { .. }
            | Self::TransportLoggedOff { .. }
            | Self::SpoolerEnded
            | Self::SpoolerAbandoned
            | Self::SessionEnded => None,
        }
    }

    /// The name of the provider that it is about.
    pub fn provider(&self) -> Option<&'static str> {
        match self {
            Self::ProviderLoaded { provider }
            | Self::Logon { provider, .. }
            | Self::ProviderShutDown { provider, .. } => Some(provider),
            _ => None,
        }
    }

    /// What went wrong.
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::ServiceDisabled { error, .. } | Self::SpoolerFailed { error, .. } => Some(error),
            Self::LogoffReturned { error, .. }
            | Self::ProviderShutDown { error, .. }
            | Self::TransportLoggedOn { error, .. }
            | Self::TransportLoggedOff { error, .. } => error.as_deref(),
            _ => None,
        }
    }
}

/// The tracer of a session, shared with its logons.
#[derive(Clone, Default)]
pub(crate) struct Trace(Arc<Mutex<Option<Arc<Tracer>>>>);

impl Trace {
    pub(crate) fn set(&self, tracer: Arc<Tracer>) {
        *lock(&self.0) = Some(tracer);
    }

    /// Tells the session's tracer and whoever collects events of the process.
    pub(crate) fn send(&self, event: &Event) {
        tracing::info!(
            target: Event::TARGET,
            step = event.step(),
            store = event.store(),
            provider = event.provider(),
            error = event.error(),
            "{event}"
        );
        let tracer = lock(&self.0).clone();
        if let Some(tracer) = tracer {
            tracer(event);
        }
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trace")
    }
}
