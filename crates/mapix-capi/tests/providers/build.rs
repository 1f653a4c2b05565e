//! Building providers.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use mapix::Mapi;

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where the library of a provider is.
pub(crate) fn library(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("providers").join(name);
    directory.join(format!("libmapi_{name}.so"))
}

/// Compiles a C++ file into a provider's library in a directory of its own, with its inf file.
pub(crate) fn provider(name: &str, source: &Path, inf: &str) -> PathBuf {
    let library = library(name);
    let directory = library.parent().unwrap().to_owned();
    std::fs::create_dir_all(&directory).unwrap();
    let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
    let output = Command::new(compiler)
        .args(["-std=c++17", "-Wall", "-Wextra", "-Werror", "-g", "-shared", "-fPIC", "-I"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("include"))
        .arg(source)
        .arg("-o")
        .arg(&library)
        .output()
        .expect("a C++ compiler");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", source.display());
    std::fs::write(directory.join(format!("{name}.inf")), inf).unwrap();
    directory
}

/// The directory of the example provider, built once.
pub(crate) fn demo() -> &'static Path {
    static DEMO: OnceLock<PathBuf> = OnceLock::new();
    DEMO.get_or_init(|| {
        let examples = root().join("examples/cpp");
        let inf = std::fs::read_to_string(examples.join("demo.inf")).unwrap();
        provider("demo", &examples.join("provider.cpp"), &inf)
    })
}

/// MAPI with the providers of a directory.
pub(crate) fn mapi(directory: &Path) -> Mapi {
    let (mapi, errors) =
        mapi::import::with_providers_of(Mapi::with_providers(Vec::new()), &[directory.to_owned()]);
    assert!(errors.is_empty(), "{errors:?}");
    mapi
}

/// A function of a provider's library, which is loaded already.
pub(crate) fn function(name: &str, function: &std::ffi::CStr) -> *mut libc::c_void {
    let path = library(name).into_os_string().into_encoded_bytes();
    let path = std::ffi::CString::new(path).unwrap();
    // SAFETY: both names end with zero; no library is unloaded.
    unsafe {
        let library = libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_NOLOAD);
        assert!(!library.is_null(), "it is loaded");
        let found = libc::dlsym(library, function.as_ptr());
        assert!(!found.is_null(), "it has {function:?}");
        found
    }
}
