//! Judges files, and prints what is found: `cargo run --example check -- FILE...`.

use mapix_pst::check::{self, CheckOptions, Grade};

fn main() {
    for path in std::env::args().skip(1) {
        let options = CheckOptions { keep: 5, ..CheckOptions::default() };
        match check::check(&path, &options, &mut ()) {
            Err(error) => println!("{error}"),
            Ok(report) => {
                let grades: Vec<String> = Grade::ALL
                    .iter()
                    .map(|grade| format!("{grade}: {}", report.count(*grade)))
                    .collect();
                println!("{path}: {}", grades.join(", "));
                println!("  {:?}", report.checked);
                for finding in &report.findings {
                    println!("  {finding}");
                }
                println!("  {:?}", report.counts());
            }
        }
    }
}
