//! Named properties get their IDs in the order of what is imported.

use std::ops::ControlFlow;
use std::time::Duration;

use mapix::Result;
use mapix::ledger::{Kind, Ledger};
use mapix::prop::{PropName, PropTag, PropType, guids};
use mapix::transfer::{Feed, FeedFolder, FeedItem, Parcel, TargetNames, Transfer};
use mapix_conformance::sample;

use super::empty;

/// Items each of which has a named property of its own.
struct Named;

impl Named {
    const COUNT: u64 = 300;

    fn name(number: u64) -> PropName {
        PropName::name(guids::PS_PUBLIC_STRINGS, format!("Number {number}"))
    }
}

impl Feed for Named {
    fn folders(&self, _: &TargetNames, ledger: &mut Ledger) -> Result<Vec<FeedFolder>> {
        ledger.expect(Kind::Folder, 1);
        Ok(vec![FeedFolder { name: "Named".into(), path: "Named".into(), ..FeedFolder::default() }])
    }

    fn items(
        &self,
        _: usize,
        ledger: &mut Ledger,
        each: &mut dyn FnMut(FeedItem) -> ControlFlow<()>,
    ) -> Result<()> {
        ledger.expect(Kind::Message, Self::COUNT);
        for id in 0..Self::COUNT {
            if each(FeedItem { id, ..FeedItem::default() }).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn read(&self, item: &FeedItem, names: &TargetNames) -> Result<Parcel> {
        // Those that come first take longest: others overtake them.
        std::thread::sleep(Duration::from_micros(3000 / (item.id / 32 + 1)));
        let id = names.ids(&[Self::name(item.id)])?[0];
        let mut parcel = Parcel::from(sample::note(&format!("Number {}", item.id)));
        parcel.props.set(PropTag::new(id, PropType::UNICODE), "value");
        Ok(parcel)
    }
}

#[test]
fn names_are_numbered_in_the_order_of_the_items() {
    let (_session, _, store) = empty();
    let mut ledger = Ledger::new();
    Transfer::into(&store).jobs(4).run(&Named, &mut ledger).unwrap();
    assert!(ledger.is_clean(), "{ledger}");
    let names: Vec<PropName> = (0..Named::COUNT).map(Named::name).collect();
    let tags = store.ids_of(&names, false).unwrap();
    let ids: Vec<u16> = tags.into_iter().map(|tag| tag.unwrap().id()).collect();
    assert!(ids.is_sorted(), "{ids:?}");
}
