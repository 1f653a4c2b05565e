//! Where the files that describe message services are, and the libraries that they name.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use mapix::{Context, Error};

use super::inf::{self, InfService};

/// Directories with `*.inf` files, separated as paths are.
const VARIABLE: &str = "MAPIX_CONFIG_PATH";

/// A service that was found, and where its libraries are looked for first.
#[derive(Clone, Debug)]
pub struct Found {
    /// The service.
    pub service: InfService,
    /// The file that describes it.
    pub file: PathBuf,
}

/// The directories in which files are looked for, in this order: those of `MAPIX_CONFIG_PATH`,
/// `lib/mapi.d` beside the directory of the program, `/etc/mapi.d`.
pub fn directories() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = match env::var_os(VARIABLE) {
        Some(paths) => env::split_paths(&paths).filter(|path| path.is_absolute()).collect(),
        None => Vec::new(),
    };
    let program = env::current_exe().ok();
    let prefix = program.as_deref().and_then(Path::parent).and_then(Path::parent);
    all.extend(prefix.map(|prefix| prefix.join("lib/mapi.d")));
    all.push("/etc/mapi.d".into());
    all
}

/// All services of the files in these directories; of several with the same name the first one.
/// What is wrong with a file or a directory costs only itself.
pub fn services(directories: &[PathBuf]) -> (Vec<Found>, Vec<Error>) {
    let (mut found, mut errors): (Vec<Found>, _) = (Vec::new(), Vec::new());
    for file in
        directories.iter().flat_map(|directory| files(directory, &mut errors)).collect::<Vec<_>>()
    {
        let place = || file.display().to_string();
        let read = fs::read(&file).map_err(Error::from).and_then(|bytes| inf::parse(&bytes));
        match read.context(place) {
            Err(error) => errors.push(error),
            Ok(services) => {
                for service in services {
                    if !found.iter().any(|known| known.service.name == service.name) {
                        found.push(Found { service, file: file.clone() });
                    }
                }
            }
        }
    }
    (found, errors)
}

/// The `*.inf` files of a directory, by name. One that is not there has none.
fn files(directory: &Path, errors: &mut Vec<Error>) -> Vec<PathBuf> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) => {
            if error.kind() != std::io::ErrorKind::NotFound {
                errors.push(Error::from(error).context(directory.display()));
            }
            return Vec::new();
        }
    };
    let is_inf = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("inf"))
    };
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut files: Vec<PathBuf> = paths.filter(is_inf).collect();
    files.sort();
    files
}

/// The names under which a library is tried: `NAME`, `NAME.so`, `libNAME.so` beside its file, and
/// then the same on the path of libraries. A Windows ending (`.dll`) is left out.
pub fn candidates(name: &str, file: &Path) -> Vec<OsString> {
    let ending = name.len().checked_sub(4).and_then(|at| name.split_at_checked(at));
    let stem = match ending {
        Some((stem, ending)) if ending.eq_ignore_ascii_case(".dll") => stem,
        _ => name,
    };
    let mut names = vec![stem.to_owned(), format!("{stem}.so"), format!("lib{stem}.so")];
    if stem != name {
        names.insert(0, name.to_owned());
    }
    let directory = file.parent().unwrap_or(Path::new("/"));
    let beside = names.iter().map(|name| directory.join(name));
    let beside = beside.filter(|path| path.is_file()).map(PathBuf::into_os_string);
    let mut all: Vec<OsString> = beside.collect();
    all.extend(names.into_iter().map(OsString::from));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_file_costs_only_itself() {
        let directory = env::temp_dir().join(format!("mapix-inf-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let service = "[Services]\nONE=1\n[ONE]\nPR_DISPLAY_NAME=One\n";
        fs::write(directory.join("a.inf"), "[Services]\nTWO=2\n").unwrap();
        fs::write(directory.join("b.INF"), service).unwrap();
        fs::write(directory.join("c.inf"), service.replace("One", "Other")).unwrap();
        fs::write(directory.join("d.txt"), "nonsense").unwrap();
        let none = directory.join("none");
        let (found, errors) = services(&[none, directory.clone()]);
        fs::remove_dir_all(&directory).unwrap();
        let names: Vec<_> = found.iter().map(|found| &found.service.display_name[..]).collect();
        assert_eq!(names, ["One"]);
        let [error] = &errors[..] else { panic!("{errors:?}") };
        let error = error.to_string();
        assert!(error.contains("a.inf") && error.contains("line 2"), "{error}");
    }

    #[test]
    fn a_library_is_tried_under_its_names() {
        let names = candidates("demo.DLL", Path::new("/none/x.inf"));
        assert_eq!(names, ["demo.DLL", "demo", "demo.so", "libdemo.so"]);
        assert_eq!(candidates("demo", Path::new("x.inf")), ["demo", "demo.so", "libdemo.so"]);
    }
}
