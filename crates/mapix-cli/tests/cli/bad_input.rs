//! Input that cannot be read: one line that names the file and the cause, and code 3.

use std::fs;

use super::{Run, corpus, mapix, scratch};

#[track_caller]
fn refused(run: &Run, file: &str) {
    assert_eq!(run.code, Some(3), "{file}: {}", run.err);
    assert_eq!(run.err.lines().count(), 1, "{file}: {}", run.err);
    assert!(run.err.starts_with(&format!("mapix: {file}: ")), "{}", run.err);
    assert_eq!(run.out, "", "{file}");
}

#[test]
fn no_mailbox_at_all() {
    let dir = scratch("bad_input");
    fs::write(dir.join("empty.pst"), "").unwrap();
    fs::write(dir.join("text.pst"), "This is no mailbox.").unwrap();
    fs::write(dir.join("head.pst"), b"!BDN\0\0\0\0SM").unwrap();
    fs::create_dir(dir.join("dir.pst")).unwrap();
    for name in ["empty.pst", "text.pst", "head.pst", "dir.pst", "nosuch.pst"] {
        let path = dir.join(name);
        let file = path.to_str().unwrap();
        for verb in ["ls", "tree", "show", "props", "stat", "tour"] {
            refused(&mapix(&[verb, file]), file);
        }
    }
}

#[test]
#[cfg(unix)]
fn no_permission() {
    use std::os::unix::fs::PermissionsExt;
    let path = scratch("no_permission").join("closed.pst");
    fs::write(&path, "!BDN").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        println!("skipped: this user may read every file");
        return;
    }
    let file = path.to_str().unwrap();
    let run = mapix(&["stat", file]);
    refused(&run, file);
    assert!(run.err.contains("permission denied"), "{}", run.err);
}

#[test]
fn a_file_that_was_cut_off() {
    let Some(path) = corpus("enron.pst") else { return };
    let whole = fs::read(path).unwrap();
    let dir = scratch("cut_off");
    for length in [200, 564, 10_000, 100_000, 5_000_000, 13_000_000] {
        let path = dir.join(format!("cut-{length}.pst"));
        fs::write(&path, &whole[..length]).unwrap();
        let file = path.to_str().unwrap();
        for verb in [&["stat", "--full"][..], &["ls", "-r"], &["tree", "-a"]] {
            let run = mapix(&[verb, &[file]].concat());
            // Either nothing can be read, or what is lost is said.
            assert!(
                matches!(run.code, Some(1 | 3)),
                "{verb:?} {length}: {:?} {}",
                run.code,
                run.err
            );
            assert!(run.err.starts_with("mapix: "), "{verb:?} {length}: {}", run.err);
            assert!(!run.err.contains("panicked"), "{verb:?} {length}: {}", run.err);
        }
    }
}

#[test]
fn a_file_that_was_cut_off_where_nothing_is_lost() {
    let Some(path) = corpus("enron.pst") else { return };
    let whole = fs::read(path).unwrap();
    let path = scratch("cut_end").join("cut.pst");
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    let file = path.to_str().unwrap();
    let run = mapix(&["ls", file]).ok();
    assert!(run.err.contains("warning: header: the file should have"), "{}", run.err);
    assert_eq!(mapix(&["ls", "--quiet", file]).ok().err, "");
}

#[test]
fn the_tour_ends_with_the_count_where_no_message_can_be_read() {
    let Some(path) = corpus("sample2.pst") else { return };
    let whole = fs::read(path).unwrap();
    let path = scratch("cut_tour").join("cut.pst");
    fs::write(&path, &whole[..109_159]).unwrap();
    let run = mapix(&["tour", path.to_str().unwrap()]);
    assert_eq!(run.code, Some(1), "{}", run.err);
    assert!(run.out.contains("Nothing is lost in silence"), "{}", run.out);
}

#[test]
fn output_that_cannot_be_written() {
    let run = mapix(&["ls", "sample:", "--ledger", "/no/such/place/ledger.jsonl"]);
    assert_eq!(run.code, Some(4), "{}", run.err);
    if let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") {
        let status = super::command(&["tree", "sample:"]).stdout(full).status().unwrap();
        assert_eq!(status.code(), Some(4));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn names_that_are_no_unicode() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let dir = scratch("no_unicode");
    let (good, bad) = (dir.join(OsStr::from_bytes(b"\xE4.pst")), OsStr::from_bytes(b"\xF6.pst"));
    let run = |args: &[&OsStr]| Run::of(super::command(&[]).args(args).output().unwrap());
    refused(&run(&["ls".as_ref(), dir.join(bad).as_ref()]), &dir.join(bad).display().to_string());
    let Some(path) = corpus("enron.pst") else { return };
    fs::copy(path, &good).unwrap();
    let url = OsStr::from_bytes(&[b"pst:", good.as_os_str().as_bytes()].concat()).to_owned();
    for location in [good.as_os_str(), &url] {
        let listed = run(&["ls".as_ref(), "-r".as_ref(), location]).ok();
        assert_eq!(listed.out.lines().last().unwrap(), "71 items, 12.5 MB", "{}", listed.out);
    }
    let out = dir.join(OsStr::from_bytes(b"\xFC"));
    let args = ["export", "--to", "csv", "--out"].map(OsStr::new);
    run(&[&args[..], &[out.as_ref(), good.as_os_str()]].concat()).ok();
    assert!(out.join("items.csv").exists());
}
