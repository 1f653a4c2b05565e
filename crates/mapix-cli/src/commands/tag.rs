//! `mapix tag`: what names and numbers of properties mean, without a mailbox.

use mapix::names::{self, FlagInfo, FlagKind, GuidInfo, NamedInfo, TagInfo};
use mapix::prop::{Guid, NameKind, PropType};

use crate::args::{Format, Global, Tag};
use crate::exit::{Exit, Outcome};
use crate::output::text::wrap;
use crate::output::{Cell, Column, Output, Rows, Style, Width};

/// Something that a name or a number stands for.
#[derive(Clone, Copy, PartialEq)]
enum Found {
    Tag(&'static TagInfo),
    Named(&'static NamedInfo),
    Flag(&'static FlagInfo),
    Guid(&'static GuidInfo),
}

pub(crate) fn run(args: &Tag, _: &Global, output: &mut Output) -> Outcome {
    let mut all: Vec<Found> = Vec::new();
    let mut missing = false;
    if args.search {
        all = search(&args.names.join(" "));
        if all.is_empty() {
            eprintln!("mapix: nothing is called like that");
            missing = true;
        }
    } else {
        for text in &args.names {
            let found = look_up(text);
            if found.is_empty() {
                let reason = names::parse_tag(text).err().map_or_else(
                    || format!("nothing is known about `{text}`"),
                    |error| error.to_string(),
                );
                eprintln!("mapix: {reason}");
                missing = true;
            }
            all.extend(found.into_iter().filter(|one| !all.contains(one)).collect::<Vec<_>>());
        }
    }
    match output.format {
        Format::Text if args.search => table(output, &all)?,
        Format::Text => cards(output, &all)?,
        _ => table(output, &all)?,
    }
    output.flush()?;
    Ok(if missing { Exit::SomeFailed } else { Exit::Done })
}

fn look_up(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    if let Ok(tag) = names::parse_tag(text) {
        let infos = names::tags_with_id(tag.id());
        let fits = |info: &&TagInfo| {
            let (asked, known) = (tag.prop_type().single(), info.tag.prop_type().single());
            asked == PropType::UNSPECIFIED
                || asked == known
                || asked.is_string() && known.is_string()
        };
        let exact: Vec<&TagInfo> = infos.iter().filter(fits).collect();
        let named = exact.iter().any(|info| info.names().any(|n| n.eq_ignore_ascii_case(text)));
        let is_asked =
            |info: &&&TagInfo| !named || info.names().any(|name| name.eq_ignore_ascii_case(text));
        found.extend(exact.iter().filter(is_asked).map(|info| Found::Tag(info)));
        if found.is_empty() {
            found.extend(infos.iter().map(Found::Tag));
        }
    }
    let number = text.strip_prefix("0x").and_then(|digits| u32::from_str_radix(digits, 16).ok());
    found.extend(
        names::search_named(text).filter(|info| is_named(info, text, number)).map(Found::Named),
    );
    found.extend(names::flag_by_name(text).into_iter().map(Found::Flag));
    let guid = names::guid_by_name(text).or_else(|| text.parse::<Guid>().ok());
    found.extend(guid.and_then(names::guid_info).map(Found::Guid));
    found
}

fn is_named(info: &NamedInfo, text: &str, number: Option<u32>) -> bool {
    let by_number = matches!(&info.prop.kind, NameKind::Id(id) if Some(*id) == number);
    by_number || info.names().any(|name| name.eq_ignore_ascii_case(text))
}

fn search(query: &str) -> Vec<Found> {
    let tags = names::search_tags(query).map(Found::Tag);
    let named = names::search_named(query).map(Found::Named);
    let flags = names::search_flags(query).map(Found::Flag);
    let guids = names::search_guids(query).map(Found::Guid);
    tags.chain(named).chain(flags).chain(guids).collect()
}

fn table(output: &mut Output, all: &[Found]) -> Outcome<()> {
    let columns = vec![
        Column::hidden("kind"),
        Column::new("number", Width::Fit(36)),
        Column::new("type", Width::Fit(14)),
        Column::new("name", Width::Rest),
        Column::new("canonical", Width::Hidden),
        Column::new("set", Width::Hidden),
        Column::new("set_name", Width::Fit(20)),
        Column::hidden("other_names"),
        Column::hidden("area"),
        Column::new("applies_to", Width::Fit(24)),
        Column::hidden("flags"),
    ];
    let mut rows = Rows::new(output, columns, false);
    for one in all {
        rows.push(one.row())?;
    }
    rows.finish()?;
    Ok(())
}

impl Found {
    fn kind(self) -> &'static str {
        match self {
            Self::Tag(_) => "tag",
            Self::Named(_) => "named",
            Self::Flag(_) => "flag",
            Self::Guid(_) => "guid",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Tag(info) => info.name,
            Self::Named(info) => info.name,
            Self::Flag(info) => info.name,
            Self::Guid(info) => info.name,
        }
    }

    fn number(self) -> String {
        match self {
            Self::Tag(info) => format!("{:?}", info.tag),
            Self::Named(info) => match &info.prop.kind {
                NameKind::Id(id) => format!("0x{id:04X}"),
                NameKind::Name(name) => name.to_string(),
            },
            Self::Flag(info) => format!("0x{:08X}", info.value),
            Self::Guid(info) => info.guid.to_string(),
        }
    }

    fn prop_type(self) -> Option<String> {
        match self {
            Self::Tag(info) => Some(info.tag.prop_type().to_string()),
            Self::Named(info) => Some(info.prop_type.to_string()),
            Self::Flag(_) | Self::Guid(_) => None,
        }
    }

    fn other_names(self) -> Vec<String> {
        let own =
            |names: &mut dyn Iterator<Item = &'static str>| names.skip(1).map(Into::into).collect();
        match self {
            Self::Tag(info) => own(&mut info.names()),
            Self::Named(info) => own(&mut info.names()),
            Self::Guid(info) => own(&mut info.names()),
            Self::Flag(_) => Vec::new(),
        }
    }

    fn area(self) -> Option<&'static str> {
        match self {
            Self::Tag(info) => info.area,
            Self::Named(info) => info.area,
            Self::Flag(_) | Self::Guid(_) => None,
        }
    }

    /// The flags and values that its values are made of.
    fn flags(self) -> Vec<String> {
        let text = |flag: &FlagInfo| format!("{} = 0x{:X}", flag.name, flag.value);
        match self {
            Self::Tag(_) | Self::Named(_) => {
                names::flags_for(self.name()).iter().map(text).collect()
            }
            Self::Flag(_) | Self::Guid(_) => Vec::new(),
        }
    }

    fn row(self) -> Vec<Cell> {
        let text = |text: Option<&str>| Cell::text(text.map(Into::into));
        let (canonical, set, applies_to) = match self {
            Self::Tag(info) => (info.canonical, None, None),
            Self::Named(info) => (Some(info.name), Some(info.prop.set), None),
            Self::Flag(info) => (None, None, Some(info.applies_to)),
            Self::Guid(_) => (None, None, None),
        };
        vec![
            Cell::Text(self.kind().into()),
            Cell::Text(self.number()),
            Cell::text(self.prop_type()),
            Cell::Text(self.name().into()),
            text(canonical),
            Cell::text(set.map(|set| set.to_string())),
            text(set.and_then(names::guid_name)),
            Cell::List(self.other_names()),
            text(self.area()),
            text(applies_to),
            Cell::List(self.flags()),
        ]
    }
}

fn cards(output: &mut Output, all: &[Found]) -> Outcome<()> {
    for (index, one) in all.iter().enumerate() {
        if index > 0 {
            output.line("")?;
        }
        let title = output.style(Style::Bold, one.name());
        let prop_type = one.prop_type().map(|text| format!("  {text}")).unwrap_or_default();
        output.line(format!("{title}  {}{prop_type}", one.number()))?;
        let mut fact = |name: &str, value: String| -> Outcome<()> {
            if value.is_empty() {
                return Ok(());
            }
            for (at, line) in wrap(&value, output.width - 12).iter().enumerate() {
                let name = if at == 0 { name } else { "" };
                let name = output.style(Style::Dim, format!("  {name:9}"));
                output.line(format!("{name} {line}"))?;
            }
            Ok(())
        };
        match one {
            Found::Named(info) => {
                let name = names::guid_name(info.prop.set).unwrap_or_default();
                fact("set", format!("{name} {}", info.prop.set).trim().into())?;
            }
            Found::Flag(info) => {
                fact("of", info.applies_to.into())?;
                if let FlagKind::Class { mask } = info.kind {
                    fact("mask", format!("0x{mask:X}"))?;
                }
            }
            Found::Tag(info) if info.is_address_book() => {
                fact("note", "in address books only; elsewhere a named property".into())?;
            }
            Found::Tag(_) | Found::Guid(_) => {}
        }
        fact("also", one.other_names().join(", "))?;
        fact("area", one.area().unwrap_or_default().into())?;
        fact("values", one.flags().join(", "))?;
    }
    Ok(())
}
