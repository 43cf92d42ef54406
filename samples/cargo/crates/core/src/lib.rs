//! What a snapshot of a directory holds, and how two of them differ.

mod compare;
mod entry;

pub use compare::{compare, Change, ChangeKind};
pub use entry::{Digest, Entry, ParseDigestError, Snapshot};

/// The version that is written into snapshots.
pub const FORMAT: u32 = 2;
