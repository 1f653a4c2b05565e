//! What is done. Most numbers that are picked are good; the others are of deleted objects, of
//! objects of the other kind, or were never given.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Seek, SeekFrom};

use mapix_core::prop::{PropBag, PropTag, PropType, tags};
use mapix_core::restriction::{RelOp, Restriction};
use mapix_core::store::{
    AttachmentChange, AttachmentUpdate, Change, MessageUpdate, SearchCriteria, StreamUpdate,
};
use mapix_core::{Error, ErrorCode};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::model::Model;

#[derive(Clone, Debug)]
pub(super) enum Op {
    CreateFolder { parent: Pick, search: bool, set: Props },
    UpdateFolder { folder: Pick, set: Props, delete: Vec<u16> },
    MoveFolder { folder: Pick, to: Pick },
    DeleteFolder { folder: Pick },
    CreateMessage { folder: Pick, associated: bool, content: Content },
    UpdateMessage { message: Pick, expected: Expected, content: Content },
    MoveMessage { message: Pick, to: Pick },
    DeleteMessage { message: Pick, soft: bool },
    RestoreMessage { message: Pick },
    SetMessageStatus { message: Pick, mask: i32, status: i32 },
    SetSearch { folder: Pick, criteria: Option<Criteria> },
}

/// Finds messages in which [`SEARCHED`] is more than zero.
#[derive(Clone, Debug)]
pub(super) struct Criteria {
    pub(super) folders: Vec<Pick>,
    pub(super) deep: bool,
    pub(super) live: bool,
}

pub(super) const SEARCHED: PropTag = PropTag::new(0x6801, PropType::I32);

/// A number, picked when the commit is made.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pick {
    /// The n-th folder that there is, counted around.
    Folder(usize),
    /// The n-th search folder that there is.
    Search(usize),
    /// The n-th message that there is.
    Message(usize),
    /// The n-th number that was ever given, or the next one.
    Any(usize),
}
pub(super) type Props = Vec<(u16, i32)>;

#[derive(Clone, Copy, Debug)]
pub(super) enum Expected {
    Any,
    /// The stamp that it had before the commit.
    Current,
    Stale,
}

#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) set: Props,
    pub(super) delete: Vec<u16>,
    pub(super) stream: Stream,
    pub(super) recipients: Option<u8>,
    pub(super) attachments: Vec<Part>,
}

/// A property that is read from a stream.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Stream {
    None,
    Gives(Vec<u8>),
    Fails,
}

#[derive(Clone, Debug)]
pub(super) enum Part {
    Put(u32, Props, Stream, Option<Box<Content>>),
    Delete(u32),
}

pub(super) fn op() -> impl Strategy<Value = Op> {
    let folder = || {
        prop_oneof![
            15 => (0..40_usize).prop_map(Pick::Folder),
            1 => (0..40_usize).prop_map(Pick::Any),
        ]
    };
    let message = || {
        prop_oneof![
            15 => (0..40_usize).prop_map(Pick::Message),
            1 => (0..40_usize).prop_map(Pick::Any),
        ]
    };
    let search = prop_oneof![9 => (0..9_usize).prop_map(Pick::Search), 1 => folder()];
    let criteria = (vec(folder(), 0..3), any::<bool>(), prop::bool::weighted(0.7))
        .prop_map(|(folders, deep, live)| Criteria { folders, deep, live });
    let expected = prop_oneof![3 => Just(Expected::Any), 3 => Just(Expected::Current), 1 => Just(Expected::Stale)];
    prop_oneof![
        4 => (folder(), prop::bool::weighted(0.1), props())
            .prop_map(|(parent, search, set)| Op::CreateFolder { parent, search, set }),
        2 => (folder(), props(), ids())
            .prop_map(|(folder, set, delete)| Op::UpdateFolder { folder, set, delete }),
        2 => (folder(), folder()).prop_map(|(folder, to)| Op::MoveFolder { folder, to }),
        1 => folder().prop_map(|folder| Op::DeleteFolder { folder }),
        5 => (folder(), any::<bool>(), content()).prop_map(|(folder, associated, content)| {
            Op::CreateMessage { folder, associated, content }
        }),
        4 => (message(), expected, content()).prop_map(|(message, expected, content)| {
            Op::UpdateMessage { message, expected, content }
        }),
        2 => (message(), folder()).prop_map(|(message, to)| Op::MoveMessage { message, to }),
        2 => (message(), any::<bool>())
            .prop_map(|(message, soft)| Op::DeleteMessage { message, soft }),
        1 => message().prop_map(|message| Op::RestoreMessage { message }),
        1 => (message(), any::<i32>(), any::<i32>())
            .prop_map(|(message, mask, status)| Op::SetMessageStatus { message, mask, status }),
        2 => (search, prop::option::weighted(0.9, criteria))
            .prop_map(|(folder, criteria)| Op::SetSearch { folder, criteria }),
    ]
}

/// Makes three folders in each other, a search folder, and three messages.
pub(super) fn first() -> [Op; 7] {
    let folder = |n| Op::CreateFolder { parent: Pick::Folder(n), search: false, set: Vec::new() };
    let message = |n| Op::CreateMessage {
        folder: Pick::Folder(n),
        associated: n == 1,
        content: Content {
            set: vec![(0x6801, 1)],
            delete: Vec::new(),
            stream: Stream::None,
            recipients: Some(2),
            attachments: vec![Part::Put(0, vec![(0x6802, 2)], Stream::None, None)],
        },
    };
    let search = Op::CreateFolder { parent: Pick::Folder(0), search: true, set: Vec::new() };
    [folder(0), folder(0), folder(0), search, message(0), message(0), message(0)]
}

/// Whether it is a property that the model knows.
pub(super) fn speaks_of(id: u16) -> bool {
    const OTHERS: [PropTag; 3] = [tags::MESSAGE_FLAGS, tags::MSG_STATUS, STREAM];
    (0x6801..0x6804).contains(&id) || OTHERS.iter().any(|tag| tag.id() == id)
}

fn ids() -> impl Strategy<Value = Vec<u16>> {
    vec(0x6801_u16..0x6804, 0..3)
}

fn props() -> impl Strategy<Value = Props> {
    let id = prop_oneof![4 => 0x6801_u16..0x6804, 1 => Just(tags::MESSAGE_FLAGS.id())];
    vec((id, any::<i32>()), 0..3)
}

fn stream() -> impl Strategy<Value = Stream> {
    let bytes = vec(any::<u8>(), 0..6);
    prop_oneof![
        8 => Just(Stream::None),
        4 => bytes.prop_map(Stream::Gives),
        1 => Just(Stream::Fails),
    ]
}

fn content() -> impl Strategy<Value = Content> {
    let plain = (props(), ids(), stream(), prop::option::of(0..3_u8)).prop_map(
        |(set, delete, stream, recipients)| Content {
            set,
            delete,
            stream,
            recipients,
            attachments: Vec::new(),
        },
    );
    plain.prop_recursive(3, 8, 2, |inner| {
        let part = prop_oneof![
            4 => (0..3_u32, props(), stream(), prop::option::of(inner.clone().prop_map(Box::new)))
                .prop_map(|(number, set, stream, embedded)| Part::Put(number, set, stream, embedded)),
            1 => (0..3_u32).prop_map(Part::Delete),
        ];
        (inner, vec(part, 0..3)).prop_map(|(content, attachments)| Content { attachments, ..content })
    })
}

/// A stream that gives nothing but an error.
struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(Error::new(ErrorCode::NETWORK_ERROR, "the line went dead").into())
    }
}

impl Seek for Failing {
    fn seek(&mut self, _: SeekFrom) -> std::io::Result<u64> {
        Ok(0)
    }
}

pub(super) const STREAM: PropTag = PropTag::new(0x6810, PropType::BINARY);

fn bag(props: &Props) -> PropBag {
    let mut bag = PropBag::new();
    for (id, value) in props {
        bag.set(PropTag::new(*id, PropType::I32), *value);
    }
    bag
}

fn streams(stream: &Stream) -> Vec<StreamUpdate> {
    match stream {
        Stream::None => Vec::new(),
        Stream::Gives(bytes) => {
            vec![StreamUpdate { tag: STREAM, data: Box::new(Cursor::new(bytes.clone())) }]
        }
        Stream::Fails => vec![StreamUpdate { tag: STREAM, data: Box::new(Failing) }],
    }
}

fn recipient(number: u8) -> PropBag {
    let mut bag = PropBag::new();
    bag.set(tags::ROWID, i32::from(number));
    bag
}

impl Content {
    fn update(&self) -> MessageUpdate {
        let put = |part: &Part| match part {
            Part::Put(number, set, stream, embedded) => {
                let update = AttachmentUpdate {
                    set: bag(set),
                    streams: streams(stream),
                    delete: Vec::new(),
                    embedded: embedded.as_ref().map(|content| Box::new(content.update())),
                };
                AttachmentChange::Put(*number, Box::new(update))
            }
            Part::Delete(number) => AttachmentChange::Delete(*number),
        };
        MessageUpdate {
            set: bag(&self.set),
            streams: streams(&self.stream),
            delete: self.delete.clone(),
            recipients: self.recipients.map(|count| (0..count).map(recipient).collect()),
            attachments: self.attachments.iter().map(put).collect(),
            copy_of: None,
        }
    }

    pub(super) fn fails(&self) -> bool {
        let part = |part: &Part| match part {
            Part::Put(_, _, stream, embedded) => {
                *stream == Stream::Fails || embedded.as_ref().is_some_and(|content| content.fails())
            }
            Part::Delete(_) => false,
        };
        self.stream == Stream::Fails || self.attachments.iter().any(part)
    }
}

impl Op {
    pub(super) fn change(&self, model: &Model, stamps: &BTreeMap<u64, u64>) -> Change {
        let id = |pick: &Pick| model.pick(*pick);
        match self {
            Self::CreateFolder { parent, search, set } => Change::CreateFolder {
                parent: id(parent),
                search: *search,
                properties: bag(set),
                copy_of: None,
            },
            Self::UpdateFolder { folder, set, delete } => {
                Change::UpdateFolder { folder: id(folder), set: bag(set), delete: delete.clone() }
            }
            Self::MoveFolder { folder, to } => {
                Change::MoveFolder { folder: id(folder), to: id(to) }
            }
            Self::DeleteFolder { folder } => Change::DeleteFolder { folder: id(folder) },
            Self::CreateMessage { folder, associated, content } => Change::CreateMessage {
                folder: id(folder),
                associated: *associated,
                content: content.update(),
            },
            Self::UpdateMessage { message, expected, content } => Change::UpdateMessage {
                message: id(message),
                expected: match expected {
                    Expected::Any => None,
                    Expected::Current => Some(stamps.get(&id(message)).copied().unwrap_or(0)),
                    Expected::Stale => Some(u64::MAX),
                },
                update: content.update(),
            },
            Self::MoveMessage { message, to } => {
                Change::MoveMessage { message: id(message), to: id(to) }
            }
            Self::DeleteMessage { message, soft } => {
                Change::DeleteMessage { message: id(message), soft: *soft }
            }
            Self::RestoreMessage { message } => Change::RestoreMessage { message: id(message) },
            Self::SetMessageStatus { message, mask, status } => {
                Change::SetMessageStatus { message: id(message), mask: *mask, status: *status }
            }
            Self::SetSearch { folder, criteria } => {
                let criteria = criteria.as_ref().map(|criteria| SearchCriteria {
                    restriction: Restriction::property(SEARCHED, RelOp::Gt, 0),
                    folders: criteria.folders.iter().map(id).collect(),
                    deep: criteria.deep,
                    live: criteria.live,
                });
                Change::SetSearch { folder: id(folder), criteria }
            }
        }
    }

    pub(super) fn fails(&self) -> bool {
        match self {
            Self::CreateMessage { content, .. } | Self::UpdateMessage { content, .. } => {
                content.fails()
            }
            _ => false,
        }
    }
}
