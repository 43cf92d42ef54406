//! Snapshots in files: JSON, packed with zlib.

use anyhow::{ensure, Context, Result};
use cairn_core::{Snapshot, FORMAT};
use flate2::{read::ZlibDecoder, write::ZlibEncoder, Compression};
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};

#[derive(Serialize, Deserialize)]
struct Stored {
    format: u32,
    snapshot: Snapshot,
}

pub fn save(snapshot: &Snapshot, to: impl Write) -> Result<()> {
    let mut packed = ZlibEncoder::new(to, Compression::best());
    json::to_writer(&mut packed, &Stored { format: FORMAT, snapshot: snapshot.clone() })?;
    packed.finish()?;
    Ok(())
}

pub fn load(from: impl Read) -> Result<Snapshot> {
    let stored: Stored =
        json::from_reader(ZlibDecoder::new(from)).context("this is no snapshot")?;
    ensure!(stored.format == FORMAT, "the snapshot has format {}, and this reads {FORMAT}", stored.format);
    Ok(stored.snapshot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_loaded() {
        let mut file = Vec::new();
        save(&Snapshot::default(), &mut file).unwrap();
        assert_eq!(load(&file[..]).unwrap(), Snapshot::default());
        assert!(load(&b"nothing"[..]).is_err());
    }
}
