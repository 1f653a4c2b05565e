//! Gives the C library its name for the linker, so that programs ask for `libmapi.so.0`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libmapi.so.0");
    }
}
