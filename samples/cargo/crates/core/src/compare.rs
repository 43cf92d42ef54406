use crate::{Entry, Snapshot};
use serde::Serialize;
use std::cmp::Ordering;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    Added,
    Removed,
    Changed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    pub kind: ChangeKind,
    pub path: String,
}

/// What happened between two snapshots, by path.
pub fn compare(before: &Snapshot, after: &Snapshot) -> Vec<Change> {
    let (mut old, mut new) = (before.entries.iter().peekable(), after.entries.iter().peekable());
    let mut changes = Vec::new();
    let mut note = |kind, entry: &Entry| changes.push(Change { kind, path: entry.path.clone() });
    loop {
        match (old.peek(), new.peek()) {
            (None, None) => return changes,
            (Some(a), None) => {
                note(ChangeKind::Removed, a);
                old.next();
            }
            (None, Some(b)) => {
                note(ChangeKind::Added, b);
                new.next();
            }
            (Some(a), Some(b)) => match a.path.cmp(&b.path) {
                Ordering::Less => {
                    note(ChangeKind::Removed, a);
                    old.next();
                }
                Ordering::Greater => {
                    note(ChangeKind::Added, b);
                    new.next();
                }
                Ordering::Equal => {
                    if a.sum != b.sum || a.digest != b.digest {
                        note(ChangeKind::Changed, b);
                    }
                    old.next();
                    new.next();
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Digest;

    fn entry(path: &str, sum: u32) -> Entry {
        Entry { path: path.into(), size: 1, sum, digest: Digest([sum as u8; 32]) }
    }

    #[test]
    fn every_kind_of_change_is_seen() {
        let before = Snapshot::new(vec![entry("a", 1), entry("b", 1), entry("d", 1)]);
        let after = Snapshot::new(vec![entry("b", 2), entry("c", 1), entry("d", 1)]);
        let kinds: Vec<_> = compare(&before, &after).into_iter().map(|c| (c.kind, c.path)).collect();
        assert_eq!(
            kinds,
            [
                (ChangeKind::Removed, "a".to_string()),
                (ChangeKind::Changed, "b".to_string()),
                (ChangeKind::Added, "c".to_string()),
            ]
        );
    }
}
