//! `cairn`: takes snapshots of directories, shows them, and compares them.

mod arguments;

use anyhow::{Context, Result};
use arguments::{Arguments, Command};
use clap::Parser;
use std::fs::File;
use std::io::{stdout, BufReader, Write};
use std::path::Path;

fn main() -> Result<()> {
    #[cfg(feature = "logging")]
    env_logger::init();
    match Arguments::parse().command {
        Command::Take { directory, snapshot, without } => {
            let taken = cairn_scan::scan(&directory, without.as_ref())?;
            let to = File::create(&snapshot).with_context(|| format!("{}", snapshot.display()))?;
            cairn_store::save(&taken, to)?;
            writeln!(stdout(), "{} files, {} bytes", taken.entries.len(), taken.total())?;
        }
        Command::Show { snapshot, format } => {
            cairn_report::write_snapshot(&load(&snapshot)?, format.into(), &mut stdout())?;
        }
        Command::Compare { before, after, format } => {
            let changes = cairn_core::compare(&load(&before)?, &load(&after)?);
            cairn_report::write_changes(&changes, format.into(), &mut stdout())?;
            if !changes.is_empty() {
                std::process::exit(1);
            }
        }
        Command::About => {
            writeln!(stdout(), "{} {} ({})", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), cairn_scan::PROFILE)?;
        }
    }
    Ok(())
}

fn load(path: &Path) -> Result<cairn_core::Snapshot> {
    let file = File::open(path).with_context(|| format!("{}", path.display()))?;
    cairn_store::load(BufReader::new(file)).with_context(|| format!("{}", path.display()))
}
