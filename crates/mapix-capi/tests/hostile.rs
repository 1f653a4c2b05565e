//! The small functions with any arguments, as a fuzzer would give them.

#[path = "fuzz/mod.rs"]
mod harness;

/// Numbers that look like chance, and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

#[test]
fn any_arguments_are_survived() {
    let mut numbers = Numbers(0x6D61_7069);
    for round in 0..20_000 {
        let length = (numbers.next() % 200) as usize;
        // Some of it zero, so that there are nulls, short strings and small counts.
        let zeros = numbers.next() % 4;
        let mut byte = || match numbers.next() % 4 < zeros {
            true => 0,
            false => numbers.next() as u8,
        };
        let data: Vec<u8> = (0..length).map(|_| byte()).collect();
        harness::run(&data);
        if round % 100 == 0 {
            harness::run(&data[..length / 2]);
        }
    }
}
