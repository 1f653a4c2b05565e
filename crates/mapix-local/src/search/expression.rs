//! From a query to an expression of FTS5.

use mapix_core::query::{Query, Text, TextField};
use mapix_core::restriction::Words;

use super::document::{SURE_WORD, cut};

/// How deep an expression may be; FTS5 takes no more than it can parse.
const DEEPEST: usize = 12;
/// How long it may be.
const LONGEST: usize = 64 << 10;

/// An expression that finds all messages that a query finds, as far as their words are in the
/// index.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Expression {
    pub(super) text: String,
    /// Whether it finds nothing else.
    pub(super) exact: bool,
    depth: usize,
}

/// The expression of one term; `None` if words do not tell.
pub(super) fn of_text(field: TextField, text: &Text) -> Option<Expression> {
    let (text, star) = match text {
        Text::Anything => return None,
        Text::Word(text) | Text::Phrase(text) => (text, ""),
        Text::Prefix(text) => (text, " *"),
    };
    let words = Words::new(text);
    let exact = words.iter().all(|word| word.len() < SURE_WORD);
    let phrase = words.iter().map(cut).collect::<Vec<_>>().join(" ");
    if phrase.is_empty() || phrase.len() > LONGEST {
        return None;
    }
    let columns = match field {
        TextField::Any => "",
        TextField::Subject => "subject : ",
        TextField::From => "sender : ",
        TextField::To => "rto : ",
        TextField::Cc => "rcc : ",
        TextField::Bcc => "rbcc : ",
        TextField::Participants => "{sender rto rcc rbcc rother} : ",
        TextField::Body => "body : ",
        TextField::Filename => "files : ",
        TextField::Attachment => "{files texts} : ",
        _ => return None,
    };
    Some(Expression { text: format!("{columns}\"{phrase}\"{star}"), exact, depth: 1 })
}

/// What every message that fits a query must have; `None` if words do not tell.
pub(super) fn of_query(query: &Query) -> Option<Expression> {
    let found = match query {
        Query::Text { field, text } => of_text(*field, text)?,
        Query::And(all) => {
            let parts: Vec<(&Query, Option<Expression>)> =
                all.iter().map(|part| (part, of_query(part))).collect();
            let mut exact = true;
            let (mut with, mut without) = (Vec::new(), Vec::new());
            for (part, found) in parts {
                match (found, part) {
                    (Some(found), _) => {
                        exact &= found.exact;
                        with.push(found);
                    }
                    (None, Query::Not(inner)) => {
                        match of_query(inner).filter(|found| found.exact) {
                            Some(found) => without.push(found),
                            None => exact = false,
                        }
                    }
                    (None, _) => exact = false,
                }
            }
            if with.is_empty() {
                return None;
            }
            let all = join(with, " AND ", exact);
            if without.is_empty() {
                all
            } else {
                let none = join(without, " OR ", true);
                let depth = all.depth.max(none.depth) + 1;
                Expression { text: format!("({} NOT {})", all.text, none.text), exact, depth }
            }
        }
        Query::Or(any) if !any.is_empty() => {
            let parts: Vec<Expression> = any.iter().map(of_query).collect::<Option<_>>()?;
            let exact = parts.iter().all(|part| part.exact);
            join(parts, " OR ", exact)
        }
        _ => return None,
    };
    (found.depth <= DEEPEST && found.text.len() <= LONGEST).then_some(found)
}

fn join(mut parts: Vec<Expression>, how: &str, exact: bool) -> Expression {
    if parts.len() == 1 {
        return Expression { exact, ..parts.remove(0) };
    }
    let depth = parts.iter().map(|part| part.depth).max().unwrap_or_default() + 1;
    let texts: Vec<String> = parts.into_iter().map(|part| part.text).collect();
    Expression { text: format!("({})", texts.join(how)), exact, depth }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mapix_core::prop::FileTime;
    use mapix_core::query::Context;

    #[test]
    fn expressions() {
        let table = [
            ("Report", Some(("\"report\"", true))),
            ("\"Zo\u{eb} quarterly rep\"*", Some(("\"zoe quarterly rep\" *", true))),
            ("subject:ann@example.com", Some(("subject : \"ann example com\"", true))),
            ("\u{6771}\u{4eac}", Some(("\"\u{6771} \u{4eac}\"", true))),
            ("a b -c -d", Some(("((\"a\" AND \"b\") NOT (\"c\" OR \"d\"))", true))),
            ("a size:>1", Some(("\"a\"", false))),
            ("a -size:>1", Some(("\"a\"", false))),
            ("a OR b", Some(("(\"a\" OR \"b\")", true))),
            ("a OR size:>1", None),
            ("-a", None),
            ("body:*", None),
            ("*", None),
        ];
        for (query, expected) in table {
            let query = Query::parse(query, &Context { now: FileTime(0) }).unwrap();
            let found = of_query(&query);
            let found = found.as_ref().map(|found| (found.text.as_str(), found.exact));
            assert_eq!(found, expected, "{query}");
        }
        let long = format!("{0} {0}x", "y".repeat(100));
        let query = Query::parse(&long, &Context { now: FileTime(0) }).unwrap();
        let found = of_query(&query).unwrap();
        assert!(!found.exact && found.text.len() < 200, "{found:?}");
    }
}
