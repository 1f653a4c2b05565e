//! What the fuzzers start with.

/// A target, a name, and the bytes.
pub(crate) fn all() -> Vec<(&'static str, String, Vec<u8>)> {
    let mut seeds = Vec::new();
    let mut numbers = Numbers(0x6D61_7069);
    for index in 0..8_usize {
        // Some of it zero, so that there are nulls, short strings and small counts.
        let data = numbers.bytes(40 + index * 20, index as u64 % 4);
        seeds.push(("capi_functions", format!("chance{index}"), data));
    }
    for kinds in 1..8_u8 {
        for zeros in 1..4 {
            let mut data = vec![kinds];
            for _ in 0..48 {
                // Any function of any object, with arguments that are mostly nothing, or not.
                data.extend(numbers.bytes(3, 0));
                data.extend(numbers.bytes(super::calls::STEP - 3, zeros));
            }
            seeds.push(("capi_calls", format!("kinds{kinds}-{zeros}"), data));
        }
    }
    for (name, text) in INF {
        seeds.push(("inf", (*name).to_owned(), text.as_bytes().to_vec()));
    }
    seeds
}

/// Numbers that look like chance, and are the same in every run.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Bytes, of which so many quarters are zero.
    pub(crate) fn bytes(&mut self, length: usize, zeros: u64) -> Vec<u8> {
        let byte = |_| if self.next() % 4 < zeros { 0 } else { self.next() as u8 };
        (0..length).map(byte).collect()
    }
}

/// Files that describe message services.
const INF: &[(&str, &str)] = &[
    ("demo", include_str!("../../../../examples/cpp/demo.inf")),
    (
        "rich",
        "\u{FEFF}; a comment\r\n[Services]\r\nDEMO=A demonstration\r\n\r\n[demo]\r\n\
         Providers=Demo Store , Demo Book\r\nSections=Other\r\nPR_SERVICE_DLL_NAME=demo\r\n\
         PR_SERVICE_ENTRY_NAME=ServiceEntry\r\nPR_RESOURCE_FLAGS=SERVICE_SINGLE_COPY|0x4\r\n\
         [Demo Store]\r\nPR_DISPLAY_NAME=Demo\r\nPR_PROVIDER_DLL_NAME=demo.dll\r\n\
         PR_RESOURCE_TYPE=MAPI_STORE_PROVIDER\r\n66000003=02010000\r\n6601001e=a=b\r\n\
         66020102=0aFF\r\n[Demo Book]\r\nPR_PROVIDER_DLL_NAME=book\r\nPR_RESOURCE_TYPE=34\r\n\
         [Other]\r\nUID=13DB0C8AA05101A9BB000AA002FC45A\r\n",
    ),
    (
        "paths",
        "[Services]\nA=b\n[A]\nProviders=X\n[X]\nPR_RESOURCE_TYPE=33\nPR_PROVIDER_DLL_NAME=../x",
    ),
];
