//! Profiles and their services.

use std::path::Path;

use crate::{Run, command, scratch};

fn run(directory: &Path, args: &[&str]) -> Run {
    let mut command = command(args);
    command.env("MAPIX_CONFIG_DIR", directory.join("config")).current_dir(directory);
    Run::of(command.output().unwrap())
}

#[test]
fn profiles_are_administered() {
    let directory = scratch("profile");
    let profile = |args: &[&str]| run(&directory, &[&["profile"], args].concat());
    assert_eq!(profile(&["list"]).ok().out, "");
    profile(&["create", "work"]).ok();
    assert_eq!(profile(&["default"]).ok().out, "work\n", "the first one is the default");
    let again = profile(&["create", "work"]);
    assert!(again.code == Some(2) && again.err.contains("work"), "{}", again.err);
    profile(&["copy", "work", "travel"]).ok();
    profile(&["rename", "work", "office"]).ok();
    let list = profile(&["list", "--format", "json"]).ok().json();
    assert_eq!(list[0]["name"], "office");
    assert_eq!(list[0]["default"], true);
    assert_eq!(list[1]["services"], 0);
    profile(&["default", "travel"]).ok();
    profile(&["delete", "office"]).ok();
    assert_eq!(profile(&["delete", "office"]).code, Some(2));
    profile(&["default", "--none"]).ok();
    assert_eq!(profile(&["default"]).ok().out, "");

    let file = directory.join("config/profiles/travel.toml");
    std::fs::write(&file, "format = 9\n").unwrap();
    let list = profile(&["list"]);
    assert_eq!(list.code, Some(1));
    assert!(list.err.contains("travel.toml") && list.err.contains("format is 9"), "{}", list.err);
    assert!(list.out.contains("travel"), "it is listed all the same");
}

#[test]
fn services_are_administered() {
    let directory = scratch("service");
    let service = |args: &[&str]| run(&directory, &[&["service"], args].concat());
    let kinds = service(&["kinds"]).ok().out;
    assert!(kinds.contains("MAPIX_PST") && kinds.contains("path"), "{kinds}");
    assert_eq!(service(&["list"]).code, Some(2), "there is no profile");
    run(&directory, &["profile", "create", "work"]).ok();
    service(&["add", "MAPIX", "Mail", "path=mail.mapix"]).ok();
    assert!(directory.join("mail.mapix").exists(), "the store was made");
    service(&["add", "MAPIX_PST", "Old", "path=old.pst", "password=$PW"]).ok();
    service(&["default", "Mail"]).ok();
    service(&["move", "Old", "1"]).ok();
    service(&["copy", "Old", "Older"]).ok();
    service(&["rename", "Older", "Oldest"]).ok();
    service(&["--profile", "work", "set", "Oldest", "path=oldest.pst", "password="]).ok();
    let list = service(&["list", "--format", "json"]).ok().json();
    let names: Vec<_> = list.as_array().unwrap().iter().map(|row| &row["name"]).collect();
    assert_eq!(names, ["Old", "Mail", "Oldest"]);
    assert_eq!(list[1]["default"], true);
    assert_eq!(list[0]["settings"][0], "password=$PW");
    let path = directory.join("oldest.pst").display().to_string();
    assert_eq!(list[2]["settings"][0], format!("path={path}"));
    let uid = list[2]["uid"].as_str().unwrap().to_owned();
    service(&["remove", &uid]).ok();
    assert_eq!(service(&["list", "--format", "jsonl"]).ok().lines().len(), 2);

    // Transports are services as well, which have no store.
    assert!(kinds.contains("SMTP") && kinds.contains("DROPDIR") && kinds.contains("host"));
    service(&["add", "DROPDIR", "Drop", "path=out", "pickup=in"]).ok();
    let drop = service(&["list", "--format", "json"]).ok().json();
    let place = |name: &str| directory.join(name).display().to_string();
    assert_eq!(drop[2]["settings"][0], format!("path={}", place("out")));
    assert_eq!(drop[2]["settings"][1], format!("pickup={}", place("in")));
    assert!(!directory.join("out").exists(), "it is made when mail goes out");
    service(&["remove", "Drop"]).ok();

    // A mistake is told, and changes nothing.
    for (args, words) in [
        (&["add", "NOTES", "X", "path=x"][..], "MAPIX_PST"),
        (&["add", "MAPIX", "X"], "`path`"),
        (&["add", "MAPIX", "X", "path=x.mapix", "colour=red"], "`colour`"),
        (&["add", "MAPIX_PST", "X", "path=x", "password=hunter2"], "secret"),
        (&["add", "SMTP", "X", "host=h", "user=ann", "password=hunter2"], "secret"),
        (&["add", "SMTP", "X", "port=25"], "`host`"),
        (&["add", "MAPIX", "X", "path"], "NAME=VALUE"),
        (&["remove", "Nobody"], "Nobody"),
    ] {
        let run = service(args);
        assert_eq!(run.code, Some(2), "{args:?}: {}", run.err);
        assert!(run.err.contains(words), "{}", run.err);
    }
    assert_eq!(service(&["list", "--format", "jsonl"]).ok().lines().len(), 2);
    let file = std::fs::read_to_string(directory.join("config/profiles/work.toml")).unwrap();
    assert!(!file.contains("hunter2"), "{file}");
}

#[test]
fn verbs_take_the_stores_of_a_profile() {
    let directory = scratch("in-profile");
    let mapix = |args: &[&str]| run(&directory, args);
    let none = mapix(&["tree", "profile:"]);
    assert!(none.code == Some(2) && none.err.contains("no default profile"), "{}", none.err);
    mapix(&["profile", "create", "a/b"]).ok();
    let empty = mapix(&["tree", "profile:"]);
    assert!(empty.code == Some(2) && empty.err.contains("no store"), "{}", empty.err);
    mapix(&["service", "add", "MAPIX", "Mail", "path=mail.mapix"]).ok();
    mapix(&["import", "sample:", "--into", "profile:a%2Fb/Mail"]).ok();
    assert!(mapix(&["stat", "profile:"]).ok().out.contains("profile:"));
    let whole = mapix(&["ls", "--recursive", "--format", "jsonl", "mail.mapix"]).ok().out;
    assert!(whole.lines().count() > 5, "{whole}");
    let list = |place| mapix(&["ls", "--recursive", "--format", "jsonl", place]);
    for place in ["profile:", "profile:a%2Fb", "profile:/Mail", "profile:a%2Fb/Mail"] {
        assert_eq!(list(place).ok().out, whole, "{place}");
    }

    // With a second store, the default one is meant, which is the first one until it is changed.
    mapix(&["service", "add", "MAPIX", "New", "path=new.mapix"]).ok();
    assert_eq!(list("profile:").ok().out, whole);
    mapix(&["service", "default", "New"]).ok();
    assert_eq!(list("profile:").ok().out, "");
    mapix(&["import", "profile:/Mail", "--into", "profile:"]).ok();
    assert_eq!(list("profile:").ok().out.lines().count(), whole.lines().count());
    mapix(&["check", "profile:/New"]).ok();
    mapix(&["compact", "profile:"]).ok();
    mapix(&["backup", "profile:", "copy.mapix"]).ok();
    assert!(directory.join("copy.mapix").exists());

    // A PST cannot be the default one: where there are two, it has to be said which.
    mapix(&["profile", "create", "old"]).ok();
    for name in ["One", "Two"] {
        mapix(&["service", "--profile", "old", "add", "MAPIX_PST", name, "path=x.pst"]).ok();
    }
    let which = list("profile:old");
    assert!(which.code == Some(2) && which.err.contains("One, Two"), "{}", which.err);

    // What is wrong with one store is told, and costs the others nothing.
    std::fs::remove_file(directory.join("mail.mapix")).unwrap();
    let gone = list("profile:/Mail");
    assert_eq!(gone.code, Some(3), "{}", gone.err);
    assert!(gone.err.contains("profile:/Mail") && gone.err.contains("mail.mapix"), "{}", gone.err);
    assert!(!directory.join("mail.mapix").exists(), "it is not taken for an empty one");
    list("profile:/New").ok();
    for place in ["profile:nobody", "profile:/Nobody"] {
        let run = list(place);
        assert!(run.code == Some(2) && run.err.to_lowercase().contains("no such"), "{}", run.err);
    }
    let password = mapix(&["ls", "--password", "x", "profile:/New"]);
    assert_eq!(password.code, Some(2), "{}", password.err);
}

#[test]
fn processes_that_change_one_profile_lose_nothing() {
    const PROCESSES: usize = 12;
    let directory = scratch("processes");
    run(&directory, &["profile", "create", "work"]).ok();
    let start = |args: &[&str]| {
        let mut command = command(args);
        command.env("MAPIX_CONFIG_DIR", directory.join("config")).current_dir(&directory);
        command.spawn().unwrap()
    };
    let add = |name: &str| start(&["service", "add", "MAPIX_PST", name, "path=x.pst"]);
    let names: Vec<_> = (0..PROCESSES).map(|number| format!("s{number}")).collect();
    let children: Vec<_> = names.iter().map(|name| add(name)).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let listed = || {
        let list = run(&directory, &["service", "list", "--format", "json"]).ok().json();
        let rows = list.as_array().unwrap();
        let mut names: Vec<_> =
            rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    let mut expected = names.clone();
    expected.sort();
    assert_eq!(listed(), expected);

    // One that is killed, at whatever point, leaves the profile as it was before or after, and no
    // lock behind.
    for number in 0..20_u64 {
        let mut child = add(&format!("killed {number}"));
        std::thread::sleep(std::time::Duration::from_micros(number * 400));
        child.kill().unwrap();
        child.wait().unwrap();
        let there = listed();
        assert!(names.iter().all(|name| there.contains(name)), "{there:?}");
    }
    assert!(add("last").wait().unwrap().success());
    assert!(listed().contains(&"last".to_owned()));
}

/// Root writes everywhere: a test that runs as root has a user that may not.
#[cfg(unix)]
#[test]
fn a_configuration_that_cannot_be_written_is_still_read() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65_534;

    let directory = scratch("read-only");
    run(&directory, &["profile", "create", "work"]).ok();
    run(&directory, &["service", "add", "MAPIX", "Mail", "path=mail.mapix"]).ok();
    run(&directory, &["import", "sample:", "--into", "profile:"]).ok();
    let mode = |path: &str, mode| {
        set_permissions(directory.join(path), Permissions::from_mode(mode)).unwrap();
    };
    let file = directory.join("config/profiles/work.toml");
    let before = std::fs::read(&file).unwrap();
    for (path, bits) in [
        (".", 0o777),
        ("mail.mapix", 0o666),
        ("config/config.toml", 0o444),
        ("config/profiles/work.toml", 0o444),
        ("config/profiles.lock", 0o444),
        ("config/profiles", 0o555),
        ("config", 0o555),
    ] {
        mode(path, bits);
    }
    let is_root = std::fs::write(directory.join("config/probe"), "").is_ok();
    let start = |args: &[&str]| {
        let mut command = command(args);
        command.env("MAPIX_CONFIG_DIR", directory.join("config")).current_dir(&directory);
        if is_root {
            command.uid(NOBODY);
        }
        command.output()
    };
    let (list, rename) = match (
        start(&["ls", "--recursive", "--format", "jsonl", "profile:"]),
        start(&["service", "rename", "Mail", "Post"]),
    ) {
        (Ok(list), Ok(rename)) => (list, rename),
        (Err(error), _) | (_, Err(error)) => {
            println!("skipped: nobody may not run the program: {error}");
            return;
        }
    };
    mode("config", 0o755);
    mode("config/profiles", 0o755);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(list.status.success(), "{}", text(&list.stderr));
    assert!(text(&list.stdout).lines().count() > 5, "the mailbox is read all the same");
    assert!(!rename.status.success());
    let said = text(&rename.stderr);
    assert!(said.contains("profiles.lock") && said.contains("permission denied"), "{said}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn the_readme_shows_the_trace_as_it_is() {
    let directory = scratch("readme-trace");
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let command = "mapix --trace ls profile: @inbox --limit 1";
    let (before, after) = readme.split_once(&format!("$ {command}\n")).expect("the README has it");
    let (shown, _) = after.split_once("```").unwrap();
    let (_, set_up) = before.rsplit_once("```\n").unwrap();
    run(&directory, &["import", "sample:", "--into", "mail.mapix"]).ok();
    for line in set_up.lines() {
        let words: Vec<_> = line.strip_prefix("$ mapix ").unwrap().split(' ').collect();
        run(&directory, &words).ok();
    }
    let words: Vec<_> = command.split(' ').skip(1).collect();
    let traced = run(&directory, &words).ok();
    assert_eq!(traced.err, shown, "the README shows another trace");
    assert!(traced.out.contains("Regatta plan"));
}
