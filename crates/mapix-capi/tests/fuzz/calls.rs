//! Calls through the tables of functions, with hostile arguments: null where something must be, wrong
//! counts, unknown flags, objects of the wrong kind, entry IDs of nothing.
//!
//! Which functions there are and what they take stands in `abi/vtables.tsv`; each step of an input
//! is one call of any of them. None may crash, panic or hang; a failure gives nothing, and what is
//! given is as MAPI has it. What no check can see is not tried: memory that is not there, objects
//! that are none, text without an end.

use std::ffi::c_void;
use std::ptr::null_mut;

use mapi::arg::Out;
use mapi::com::{Interface, Ptr};
use mapi::export::*;
use mapi::iface::*;
use mapi::types::*;
use mapix::ErrorCode;

use super::arguments::{Arena, Bytes, iid, name, tag};
use super::slots::{call, interfaces, is_counted, is_object, slot_of};
use super::world::{HELD, World};

/// How many bytes a step has.
pub(super) const STEP: usize = 32;
/// How many steps are made at most.
const STEPS: usize = 48;
/// The most values of an array.
const MANY: u64 = 8;

/// What a call gives, which is looked at and freed.
enum Given {
    Object(*mut *mut IUnknown),
    Rows(*mut *mut SRowSet),
    /// With what it was before.
    Buffer(*mut *mut c_void, *mut c_void),
    Values(*mut u32, *mut *mut SPropValue),
    EntryId(*mut u32, *mut *mut u8),
    /// A list of recipients that the caller gave, and frees.
    Recipients(*mut ADRLIST),
}

unsafe extern "C" fn ignore(_: *mut c_void, _: u32, _: *mut NOTIFICATION) -> i32 {
    0
}

/// Makes the calls that the bytes say.
pub(super) fn calls(data: &[u8]) {
    let Some((kinds, steps)) = data.split_first() else { return };
    let mut sink = null_mut();
    let sink = unsafe {
        HrAllocAdviseSink(Some(ignore), null_mut(), Out::new(&mut sink));
        Ptr::from_raw(sink).expect("a sink")
    };
    let mut world = World { objects: Vec::new(), ids: vec![vec![0; 24]], sink };
    let sessions = kinds & 4 != 0;
    if kinds & 3 == 0 || kinds & 1 != 0 {
        world.add_store();
    }
    if kinds & 2 != 0 {
        world.add_memory();
    }
    if sessions {
        world.add_session();
    }
    for step in steps.chunks(STEP).take(STEPS) {
        world.step(&mut Bytes(step.iter()));
    }
    // In any order: the oldest first.
    world.objects.drain(..).for_each(drop);
    if sessions {
        MAPIUninitialize();
    }
}

impl World {
    fn step(&mut self, bytes: &mut Bytes<'_>) {
        if self.objects.is_empty() {
            return;
        }
        let index = bytes.below(self.objects.len());
        let held = &self.objects[index];
        let (face, object) = &held.faces[bytes.below(held.faces.len())];
        let object = object.clone();
        let slots = &interfaces()[*face].slots;
        let slot = &slots[bytes.below(slots.len())];
        match slot.method {
            // After it the whole process has ended with MAPI.
            "DoFastShutdown" => return,
            // Now and then only: nothing comes after it.
            "Logoff" if bytes.below(4) != 3 => return,
            "AddRef" => return drop(object.clone()),
            "Release" => {
                self.objects.swap_remove(index);
                return;
            }
            _ => {}
        }
        let (mut arena, mut given) = (Arena::default(), Vec::new());
        let mut words = [0_u64; 12];
        let mut before = "";
        let mut count = 0;
        for (at, takes) in slot.takes.iter().enumerate() {
            let after = slot.takes.get(at + 1).copied().unwrap_or("");
            let both_ways = slot.method == "GetNamesFromIDs";
            words[at] = match *takes {
                "ULONG" if slot.method == "OpenProperty" && at == 0 => tag(bytes).into(),
                "ULONG" if before.ends_with("void*") => bytes.below(257) as u64,
                "ULONG" if is_counted(after) => {
                    count = Self::count(bytes);
                    count
                }
                other => {
                    let place = Place { before: words[at.saturating_sub(1)], count, both_ways };
                    self.argument(other, &place, bytes, &mut arena, &mut given)
                }
            };
            if matches!(*takes, "LPENTRYID" | "LPBYTE") && words[at] != 0 {
                // As long as one that is known, or a part of it.
                let id = &self.ids[count as usize % self.ids.len()];
                let whole = bytes.below(4) != 0;
                let length = if whole { id.len() } else { bytes.below(id.len() + 1) };
                words[at] = arena.bytes(&id[..length]) as u64;
                words[at - 1] = length as u64;
            }
            before = takes;
        }
        let result = unsafe { call(&object, slot_of(slots, slot), &words) };
        let code = result.code();
        assert!(code != ErrorCode::CALL_FAILED, "{} panicked, or said that", slot.method);
        for given in given {
            self.look(result, slot.method, &given);
        }
    }

    fn count(bytes: &mut Bytes<'_>) -> u64 {
        match bytes.byte() {
            255 => u32::MAX.into(),
            other => u64::from(other) % (MANY + 1),
        }
    }

    /// One argument. Nothing for pointers is always tried.
    fn argument(
        &mut self,
        takes: &str,
        place: &Place,
        bytes: &mut Bytes<'_>,
        arena: &mut Arena,
        given: &mut Vec<Given>,
    ) -> u64 {
        match takes {
            "ULONG" | "DWORD" | "LONG" | "HRESULT" => return bytes.number(),
            "ULONG_PTR" | "BOOKMARK" => return bytes.below(6) as u64,
            "LARGE_INTEGER" | "ULARGE_INTEGER" => return bytes.large(),
            _ => {}
        }
        if bytes.byte() % 8 == 7 {
            return 0;
        }
        match takes {
            "ULONG*" | "LONG*" | "BOOKMARK*" | "ULONG_PTR*" | "ULARGE_INTEGER*" => {
                let first = bytes.number();
                arena.words(vec![first; 12]) as u64
            }
            "STATSTG*" | "void*" | "const void*" => {
                let fill = bytes.byte();
                arena.bytes(&[fill; 256]) as u64
            }
            "MAPIUID*" => arena.bytes(&[0; 16]) as u64,
            "LPMAPIUID" => {
                let id = &self.ids[bytes.below(self.ids.len())];
                let mut uid = [0; 16];
                uid.iter_mut().zip(id.iter().skip(4)).for_each(|(to, from)| *to = *from);
                arena.bytes(&uid) as u64
            }
            "LPCIID" | "REFIID" | "LPGUID" => {
                let all: Vec<GUID> = (0..MANY).map(|_| iid(bytes)).collect();
                arena.values(&all) as u64
            }
            "LPTSTR" | "LPSTR" => {
                const TEXTS: [&[u8]; 8] = [
                    b"",
                    b"Mail",
                    b"M\0a\0i\0l\0",
                    b"calls",
                    b"SMTP",
                    b"\x01\xD8\x02\0\0",
                    b"\xFF\xFE\xFD",
                    b"MAPIX",
                ];
                let text = TEXTS[bytes.below(TEXTS.len())];
                arena.bytes(&[text, &[0; 4]].concat()) as u64
            }
            "LPSPropTagArray" => Self::tags(bytes, arena) as u64,
            "LPSPropValue" => {
                let count = if place.count > MANY { 1 } else { place.count.max(1) };
                let values: Vec<_> = (0..count).map(|_| self.value(bytes, arena)).collect();
                arena.values(&values) as u64
            }
            "LPMAPINAMEID*" => {
                let names: Vec<u64> = (0..MANY).map(|_| name(bytes, arena) as u64).collect();
                arena.words(names) as u64
            }
            "LPENTRYID" | "LPBYTE" => 1,
            "LPENTRYLIST" => {
                let count = bytes.below(4);
                let list: Vec<SBinary> = (0..count)
                    .map(|_| {
                        let id = &self.ids[bytes.below(self.ids.len())];
                        SBinary { cb: id.len() as u32, lpb: arena.bytes(id) }
                    })
                    .collect();
                let lpbin = arena.values(&list);
                let count = if bytes.byte() == 255 { u32::MAX } else { count as u32 };
                arena.values(&[ENTRYLIST { cValues: count, lpbin }]) as u64
            }
            "LPSRestriction" => self.restriction(bytes, arena, 0) as u64,
            "LPSSortOrderSet" => {
                let sorts = bytes.below(5) as u64;
                let mut words = vec![sorts as u32, bytes.below(5) as u32, bytes.below(5) as u32];
                for _ in 0..sorts {
                    words.extend([tag(bytes), bytes.below(9) as u32]);
                }
                arena.values(&words) as u64
            }
            "LPSRow" => {
                let row = self.row(bytes, arena);
                arena.values(&[row]) as u64
            }
            "LPSRowSet" => {
                let count = bytes.below(4);
                let mut words = vec![count as u64];
                for _ in 0..count {
                    let row = self.row(bytes, arena);
                    words.extend([u64::from(row.cValues) << 32, row.lpProps as u64]);
                }
                arena.words(words) as u64
            }
            "LPADRLIST" => {
                let list = self.recipients(bytes);
                given.push(Given::Recipients(list));
                list as u64
            }
            "LPADRENTRY" => {
                let row = self.row(bytes, arena);
                arena.values(&[row]) as u64
            }
            "LPNOTIFICATION" => {
                let mut one = NOTIFICATION::zeroed();
                one.ulEventType = bytes.number() as u32;
                if one.ulEventType == 2 {
                    let id = &self.ids[bytes.below(self.ids.len())];
                    one.info.newmail = NEWMAIL_NOTIFICATION {
                        cbEntryID: id.len() as u32,
                        lpEntryID: arena.bytes(id).cast(),
                        ..NEWMAIL_NOTIFICATION::zeroed()
                    };
                }
                arena.values(&[one]) as u64
            }
            "LPMAPIADVISESINK" => self.sink.as_raw() as u64,
            "LPMESSAGE" => self.object_with(&IMessage::IID, bytes),
            "LPMDB" => self.object_with(&IMsgStore::IID, bytes),
            "LPMAPIFOLDER" => self.object_with(&IMAPIFolder::IID, bytes),
            "IStream*" => self.object_with(&IStream::IID, bytes),
            // A destination: any object.
            "LPVOID" => self.object_with(&IUnknown::IID, bytes),
            "LPSRowSet*" => {
                let place = arena.words(vec![0]).cast();
                given.push(Given::Rows(place));
                place as u64
            }
            "LPSPropValue*" => {
                let target = arena.words(vec![0]).cast();
                given.push(Given::Values(place.before as *mut u32, target));
                target as u64
            }
            "LPENTRYID*" | "LPBYTE*" => {
                let target = arena.words(vec![0]).cast();
                given.push(Given::EntryId(place.before as *mut u32, target));
                target as u64
            }
            "LPSPropTagArray*" if place.both_ways => {
                let tags = Self::tags(bytes, arena);
                let target = arena.words(vec![tags as u64]).cast();
                given.push(Given::Buffer(target, tags.cast()));
                target as u64
            }
            "LPSPropTagArray*"
            | "LPMAPIERROR*"
            | "LPSPropProblemArray*"
            | "LPMAPINAMEID**"
            | "LPSRow*"
            | "LPSRestriction*"
            | "LPENTRYLIST*"
            | "ULONG**"
            | "LPTSTR**"
            | "LPTSTR*"
            | "LPSSortOrderSet*"
            | "LPADRLIST*" => {
                let target = arena.words(vec![0]).cast();
                given.push(Given::Buffer(target, null_mut()));
                target as u64
            }
            other if other.ends_with('*') && is_object(other) => {
                let target = arena.words(vec![0]).cast();
                given.push(Given::Object(target));
                target as u64
            }
            // Functions, progress, dialogs: nothing.
            _ => 0,
        }
    }

    /// The pointer to an object with an interface, if one is held.
    fn object_with(&self, iid: &GUID, bytes: &mut Bytes<'_>) -> u64 {
        let faces = self.objects.iter().flat_map(|held| &held.faces);
        let fit: Vec<_> = faces.filter(|(face, _)| interfaces()[*face].iid == *iid).collect();
        if fit.is_empty() { 0 } else { fit[bytes.below(fit.len())].1.as_raw() as u64 }
    }

    /// Looks at what a call gave, and frees it.
    fn look(&mut self, result: HRESULT, method: &str, given: &Given) {
        let nothing = |is_nothing: bool| {
            assert!(
                result.is_ok() || is_nothing,
                "{method} failed with {result:?}, and gave something"
            );
        };
        unsafe {
            match *given {
                Given::Object(place) => {
                    nothing((*place).is_null());
                    if let Some(object) = Ptr::from_raw(*place) {
                        self.hold(&object);
                    }
                }
                Given::Rows(place) => {
                    nothing((*place).is_null());
                    if !(*place).is_null() {
                        assert_eq!(FBadRowSet(*place), 0, "{method} gave bad rows");
                        FreeProws(*place);
                    }
                }
                Given::Buffer(place, before) => {
                    if *place != before {
                        nothing((*place).is_null());
                        assert_eq!(MAPIFreeBuffer(*place), HRESULT::S_OK, "{method}");
                    }
                }
                Given::Values(count, place) => {
                    nothing((*place).is_null());
                    if !(*place).is_null() && !count.is_null() {
                        for value in 0..*count as usize {
                            let value = (*place).add(value);
                            assert_eq!(FBadProp(value), 0, "{method} gave a bad value");
                        }
                    }
                    assert_eq!(MAPIFreeBuffer((*place).cast()), HRESULT::S_OK, "{method}");
                }
                Given::EntryId(count, place) => {
                    nothing((*place).is_null());
                    if !(*place).is_null() && !count.is_null() && self.ids.len() < HELD {
                        let id = std::slice::from_raw_parts(*place, *count as usize);
                        if !id.is_empty() {
                            self.ids.push(id.to_vec());
                        }
                    }
                    assert_eq!(MAPIFreeBuffer((*place).cast()), HRESULT::S_OK, "{method}");
                }
                Given::Recipients(list) => FreePadrlist(list),
            }
        }
    }
}

/// Where an argument stands.
struct Place {
    /// The argument before it.
    before: u64,
    /// The last count.
    count: u64,
    /// Whether a list of tags goes both ways.
    both_ways: bool,
}
