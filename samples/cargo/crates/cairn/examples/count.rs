//! Counts the files of the working directory.

fn main() -> anyhow::Result<()> {
    let snapshot = cairn_scan::scan(".".as_ref(), None)?;
    println!("{}", snapshot.entries.len());
    Ok(())
}
