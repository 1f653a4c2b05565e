//! What is known of each interface and function of the ABI, beside what the code says itself.

/// An interface, the tests that call it, and methods with the reason why they are not there.
type Implemented = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

/// Interfaces of ours: which tests call them, and which methods answer `MAPI_E_NO_SUPPORT`, and
/// why.
pub(crate) const IMPLEMENTED: &[Implemented] = &[
    ("IUnknown", &["src/com/tests.rs"], &[]),
    ("IMAPIProp", &["tests/client/message.rs", "tests/client/hostile.rs"], &[]),
    ("IMAPIContainer", &["tests/client/store.rs", "tests/client/table.rs"], &[]),
    (
        "IMAPIFolder",
        &["tests/client/store.rs", "tests/client/world.rs", "tests/client/hostile.rs"],
        &[("SaveContentsSort", "stores keep no order of their contents tables")],
    ),
    (
        "IMsgStore",
        &[
            "tests/client/store.rs",
            "tests/client/notify.rs",
            "tests/client/refused.rs",
            "tests/client/hostile.rs",
        ],
        &[],
    ),
    ("IMessage", &["tests/client/message.rs", "tests/client/hostile.rs"], &[]),
    ("IAttach", &["tests/client/message.rs"], &[]),
    (
        "IMAPITable",
        &[
            "tests/client/table.rs",
            "tests/client/notify.rs",
            "tests/client/refused.rs",
            "tests/client/world.rs",
        ],
        &[],
    ),
    (
        "IMAPISession",
        &[
            "tests/client/admin.rs",
            "tests/client/store.rs",
            "tests/client/lifecycle.rs",
            "tests/client/notify.rs",
            "tests/client/refused.rs",
            "tests/client/world.rs",
        ],
        &[
            ("MessageOptions", "there are no dialogs"),
            ("QueryDefaultMessageOpt", "the transports have no options"),
            ("ShowForm", "forms are shown by Outlook"),
            ("PrepareForm", "forms are shown by Outlook"),
        ],
    ),
    (
        "IMAPIStatus",
        &["tests/client/admin.rs"],
        &[
            ("ValidateState", "there is nothing to be validated"),
            ("SettingsDialog", "there are no dialogs"),
            ("ChangePassword", "passwords are not kept"),
        ],
    ),
    ("IMAPIClientShutdown", &["tests/client/lifecycle.rs", "tests/client/refused.rs"], &[]),
    ("IMAPIInitMonitor", &["tests/subsystem.rs"], &[]),
    ("IMAPIWaitResult", &["tests/subsystem.rs"], &[]),
    (
        "IProfAdmin",
        &["tests/client/admin.rs", "tests/client/refused.rs", "tests/client/world.rs"],
        &[("ChangeProfilePassword", "profiles have no passwords")],
    ),
    (
        "IMsgServiceAdmin",
        &["tests/client/admin.rs", "tests/client/refused.rs", "tests/client/world.rs"],
        &[("SetPrimaryIdentity", "services provide no identities")],
    ),
    (
        "IMsgServiceAdmin2",
        &["tests/client/admin.rs", "tests/client/refused.rs", "tests/client/world.rs"],
        &[("SetPrimaryIdentity", "services provide no identities")],
    ),
    ("IProviderAdmin", &["tests/client/admin.rs", "tests/client/refused.rs"], &[]),
    ("IProfSect", &["tests/client/admin.rs"], &[]),
    (
        "IAddrBook",
        &["tests/client/admin.rs", "tests/client/refused.rs"],
        &[
            ("Advise", "the address book is empty, and nothing happens in it"),
            ("Unadvise", "the address book is empty, and nothing happens in it"),
            ("NewEntry", "the address book is empty, and stays so"),
            ("Address", "there are no dialogs"),
            ("Details", "there are no dialogs"),
            ("RecipOptions", "there are no dialogs"),
            ("QueryDefaultRecipOpt", "the transports have no options"),
            ("SetPAB", "there are no containers"),
            ("SetDefaultDir", "there are no containers"),
            ("SetSearchPath", "there are no containers"),
        ],
    ),
    ("IMailUser", &["tests/client/admin.rs"], &[]),
    ("ISequentialStream", &["tests/client/message.rs"], &[]),
    (
        "IStream",
        &["tests/client/message.rs", "tests/client/refused.rs"],
        &[
            ("Revert", "streams of properties are not transacted"),
            ("LockRegion", "the bytes of properties are not locked"),
            ("UnlockRegion", "the bytes of properties are not locked"),
        ],
    ),
    (
        "ILockBytes",
        &["tests/client/message.rs", "tests/client/refused.rs"],
        &[
            ("LockRegion", "the bytes of properties are not locked"),
            ("UnlockRegion", "the bytes of properties are not locked"),
        ],
    ),
    ("ITableData", &["tests/client/data.rs"], &[]),
    ("IPropData", &["tests/client/data.rs"], &[]),
];

/// Interfaces that others implement, and that are called.
pub(crate) const CALLED: &[(&str, &[&str])] = &[
    ("IMAPIAdviseSink", &["tests/client/notify.rs"]),
    ("IMAPIProgress", &["tests/client/notify.rs"]),
];

/// Interfaces that clients do not have, and why.
pub(crate) const ABSENT: &[(&str, &str)] = &[
    ("IABContainer", "the address book has no containers"),
    ("IABLogon", "there are no address book providers"),
    ("IABProvider", "there are no address book providers"),
    ("IDistList", "the address book has no containers"),
    ("IMAPIControl", "there are no dialogs"),
    ("IMAPIForm", "there are no forms"),
    ("IMAPIFormAdviseSink", "there are no forms"),
    ("IMAPIFormContainer", "there are no forms"),
    ("IMAPIFormFactory", "there are no forms"),
    ("IMAPIFormInfo", "there are no forms"),
    ("IMAPIFormMgr", "there are no forms"),
    ("IMAPIMessageSite", "there are no forms"),
    ("IMAPIViewAdviseSink", "there are no forms"),
    ("IMAPIViewContext", "there are no forms"),
    ("IPersistMessage", "there are no forms"),
    ("IMSCapabilities", "there is nothing to be told"),
    ("ISpoolerHook", "the spooler has no hooks"),
    ("ITnef", "TNEF is not read yet"),
    ("IXPLogon", "transports are written in Rust"),
    ("IXPProvider", "transports are written in Rust"),
    ("IClassFactory", "COM itself; declared for source that names it"),
    ("IEnumSTATSTG", "COM itself; declared for source that names it"),
    ("IMalloc", "COM itself; declared for source that names it"),
    ("IPersist", "COM itself; declared for source that names it"),
    ("IPersistFile", "COM itself; declared for source that names it"),
    ("IPersistStream", "COM itself; declared for source that names it"),
    ("IPersistStreamInit", "COM itself; declared for source that names it"),
    ("IStorage", "COM itself; declared for source that names it"),
    ("IMAPIProviderShutdown", "for providers in shared libraries"),
    (
        "IMAPISupport",
        "not for clients: providers in shared libraries are given it (`src/import/support.rs`)",
    ),
    (
        "IMSLogon",
        "not for clients: our stores have it for other subsystems (`src/provider`, tests/conformance.rs)",
    ),
    (
        "IMSProvider",
        "not for clients: our stores have it for other subsystems (`src/provider`, tests/conformance.rs)",
    ),
];

/// Interfaces of Exchange are not there.
pub(crate) const EXCHANGE: &str = "there is no Exchange behind it";
