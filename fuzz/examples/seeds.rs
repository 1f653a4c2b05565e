//! Writes the seeds of all fuzzers into the folder `seeds`.

#[path = "../../crates/mapix-pst/tests/fuzz/mod.rs"]
mod harness;

use std::path::Path;
use std::{fs, io};

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    for (target, name, data) in harness::seeds::all() {
        let folder = root.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), data)?;
    }
    Ok(())
}
