//! `cairn-sum`: the sum of each file that is named.

fn main() -> anyhow::Result<()> {
    for name in std::env::args_os().skip(1) {
        let sum = cairn_scan::roll(1, &std::fs::read(&name)?);
        println!("{sum:08x} {}", name.to_string_lossy());
    }
    Ok(())
}
