//! Processes take mail out of one directory into one store, and are killed at any moment: each mail is
//! there once in the end.
//!
//! `MAPIX_SLOW=1` makes 100 kills.

mod place;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use mapix::prop::tags;
use mapix::{Contents, FlushFlags, Result};

use place::Place;

/// The directory of the children.
const PLACE: &str = "MAPIX_TEST_PICKUP";

impl Place {
    fn pickup(&self) -> PathBuf {
        self.0.join("in")
    }

    /// Puts a mail there as others have to.
    fn put(&self, number: usize) -> Result<()> {
        let aside = self.0.join("aside");
        fs::write(&aside, format!("Subject: mail {number}\r\n\r\nText.\r\n"))?;
        Ok(fs::rename(aside, self.pickup().join(format!("{number}.eml")))?)
    }

    fn waits(&self) -> usize {
        let names = fs::read_dir(self.pickup()).unwrap().map(|entry| entry.unwrap().path());
        names.filter(|path| path.extension().is_some_and(|end| end == "eml")).count()
    }

    fn start(&self) -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "takes_mail_until_it_is_killed", "--ignored", "--nocapture"]);
        command.env(PLACE, &self.0).stdout(Stdio::null()).spawn().unwrap()
    }
}

#[test]
#[ignore = "is run by another test, in a process of its own"]
fn takes_mail_until_it_is_killed() {
    let Some(place) = std::env::var_os(PLACE) else { return };
    let (session, _store) = Place(place.into()).enter(false).unwrap();
    loop {
        session.flush_queues(FlushFlags::DOWNLOAD).unwrap();
    }
}

#[test]
fn each_mail_comes_in_once_whoever_is_killed() {
    let kills = if std::env::var_os("MAPIX_SLOW").is_some() { 100 } else { 6 };
    let place = Place::make("pickup", &[("pickup", "in")]).unwrap();
    fs::create_dir_all(place.pickup()).unwrap();
    let mut children = [place.start(), place.start()];
    let (mut random, mut mails) = (7_u64, 0);
    for kill in 0..kills {
        for _ in 0..20 {
            place.put(mails).unwrap();
            mails += 1;
        }
        // Somewhere in the midst of it.
        random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let left = (random >> 33) as usize % 20;
        while place.waits() > left {
            std::thread::sleep(Duration::from_micros(200));
        }
        let child = &mut children[kill % 2];
        assert!(child.try_wait().unwrap().is_none(), "it takes mail until it is killed");
        child.kill().unwrap();
        child.wait().unwrap();
        *child = place.start();
    }
    while place.waits() > 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    for child in &mut children {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let (_session, store) = place.enter(true).unwrap();
    let mut found = BTreeMap::<String, usize>::new();
    for one in store.inbox().unwrap().messages(Contents::Normal).unwrap() {
        *found.entry(one.unwrap().text(tags::SUBJECT).unwrap().unwrap()).or_default() += 1;
    }
    let expected = (0..mails).map(|number| (format!("mail {number}"), 1)).collect();
    assert_eq!(found, expected);
}
