//! Reads a directory into a snapshot, several files at a time.

include!(concat!(env!("OUT_DIR"), "/block.rs"));

use anyhow::{Context, Result};
use cairn_core::{Digest, Entry, Snapshot};
use rayon::prelude::*;
use regex::Regex;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use walkdir::WalkDir;

/// How this crate was built.
pub const PROFILE: &str = env!("CAIRN_PROFILE");

/// All files below `root` whose path does not match `without`.
pub fn scan(root: &Path, without: Option<&Regex>) -> Result<Snapshot> {
    let mut files = Vec::new();
    for entry in WalkDir::new(root).sort_by_file_name() {
        let entry = entry?;
        if !entry.file_type().is_file() {
            continue;
        }
        let path = entry.path().strip_prefix(root)?.to_string_lossy().into_owned();
        if without.map_or(false, |pattern| pattern.is_match(&path)) {
            log::debug!("{path} is left out");
            continue;
        }
        files.push((path, entry.into_path()));
    }
    let entries: Result<Vec<_>> = files.into_par_iter().map(|(path, file)| read(path, &file)).collect();
    Ok(Snapshot::new(entries?))
}

fn read(path: String, file: &Path) -> Result<Entry> {
    let mut source = File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let mut hasher = blake3::Hasher::new();
    let (mut sum, mut size) = (rolling_sys::START, 0);
    let mut block = [0; BLOCK];
    loop {
        let read = source.read(&mut block)?;
        if read == 0 {
            break;
        }
        hasher.update(&block[..read]);
        sum = roll(sum, &block[..read]);
        size += read as u64;
    }
    Ok(Entry { path, size, sum, digest: Digest(*hasher.finalize().as_bytes()) })
}

/// The sum over more bytes.
pub fn roll(sum: u32, bytes: &[u8]) -> u32 {
    // SAFETY: the pointer and the length are those of one slice.
    unsafe { rolling_sys::rolling_update(sum, bytes.as_ptr(), bytes.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_adler_32() {
        assert_eq!(roll(rolling_sys::START, b"Wikipedia"), 0x11e6_0398);
        assert!(cfg!(wide));
    }
}
