//! `mapix error`: what MAPI status codes mean.

use mapix::ErrorCode;
use mapix::names;

use crate::args::{ErrorArgs, Format, Global};
use crate::exit::{Exit, Outcome};
use crate::output::text::wrap;
use crate::output::{Cell, Column, Output, Rows, Style, Width};

pub(crate) fn run(args: &ErrorArgs, _: &Global, output: &mut Output) -> Outcome {
    let mut codes: Vec<ErrorCode> = Vec::new();
    let mut missing = false;
    if args.search {
        codes.extend(names::search_errors(&args.names.join(" ")).map(|info| info.code));
        if codes.is_empty() {
            eprintln!("mapix: no error is called like that");
            missing = true;
        }
    } else {
        for text in &args.names {
            match names::parse_error(text) {
                Ok(code) => codes.push(code),
                Err(error) => {
                    eprintln!("mapix: {error}");
                    missing = true;
                }
            }
        }
    }
    if output.format == Format::Text {
        cards(output, &codes)?;
    } else {
        table(output, &codes)?;
    }
    output.flush()?;
    Ok(if missing { Exit::SomeFailed } else { Exit::Done })
}

fn other_names(code: ErrorCode) -> Vec<String> {
    names::error_names(code).into_iter().skip(1).map(Into::into).collect()
}

fn table(output: &mut Output, codes: &[ErrorCode]) -> Outcome<()> {
    let columns = ["name", "number", "signed", "meaning", "other_names"];
    let columns = columns.into_iter().map(|key| Column::new(key, Width::Rest)).collect();
    let mut rows = Rows::new(output, columns, false);
    for code in codes {
        rows.push(vec![
            Cell::text(names::error_name(*code).map(Into::into)),
            Cell::Text(format!("0x{:08X}", code.0)),
            Cell::Text((code.0 as i32).to_string()),
            Cell::text(names::error_meaning(*code).map(Into::into)),
            Cell::List(other_names(*code)),
        ])?;
    }
    rows.finish()?;
    Ok(())
}

fn cards(output: &mut Output, codes: &[ErrorCode]) -> Outcome<()> {
    for code in codes {
        let name = names::error_name(*code).unwrap_or("(no name is known)");
        let name = output.style(Style::Bold, name);
        output.line(format!("{name}  0x{:08X}  {}", code.0, code.0 as i32))?;
        let columns = output.width - 2;
        for line in names::error_meaning(*code).into_iter().flat_map(|text| wrap(text, columns)) {
            output.line(format!("  {line}"))?;
        }
        let others = other_names(*code);
        if !others.is_empty() {
            for line in wrap(&format!("also {}", others.join(", ")), columns) {
                let line = output.style(Style::Dim, format!("  {line}"));
                output.line(line)?;
            }
        }
    }
    Ok(())
}
