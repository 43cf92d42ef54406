//! Snapshots and changes as text, CSV, JSON or TOML.

use anyhow::Result;
use cairn_core::{Change, Snapshot};
use cairn_macros::Columns;
use serde::Serialize;
use std::io::Write;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Text,
    Csv,
    Json,
    Toml,
}

#[derive(Columns)]
struct Row<'a> {
    digest: &'a str,
    size: u64,
    path: &'a str,
}

/// What every report in text starts with.
pub const HEADER: &str = include_str!("header.txt");

pub fn write_snapshot(snapshot: &Snapshot, format: Format, to: &mut dyn Write) -> Result<()> {
    match format {
        Format::Json => Ok(serde_json::to_writer_pretty(to, snapshot)?),
        Format::Toml => Ok(to.write_all(toml::to_string(snapshot)?.as_bytes())?),
        Format::Csv | Format::Text => {
            let mut table = Vec::new();
            for entry in &snapshot.entries {
                let digest = entry.digest.to_string();
                table.push(Row { digest: &digest[..16], size: entry.size, path: &entry.path }.cells());
            }
            if format == Format::Csv {
                return write_csv(Row::COLUMNS, &table, to);
            }
            write!(to, "{HEADER}")?;
            for row in table {
                writeln!(to, "{} {:>8} {}", row[0], row[1], row[2])?;
            }
            Ok(())
        }
    }
}

pub fn write_changes(changes: &[Change], format: Format, to: &mut dyn Write) -> Result<()> {
    #[derive(Serialize)]
    struct Changes<'a> {
        changes: &'a [Change],
    }
    match format {
        Format::Json => Ok(serde_json::to_writer_pretty(to, changes)?),
        Format::Toml => Ok(to.write_all(toml::to_string(&Changes { changes })?.as_bytes())?),
        Format::Csv => {
            let rows: Vec<_> =
                changes.iter().map(|change| vec![format!("{:?}", change.kind), change.path.clone()]).collect();
            write_csv(&["kind", "path"], &rows, to)
        }
        Format::Text => {
            for change in changes {
                writeln!(to, "{:<8} {}", format!("{:?}", change.kind), change.path)?;
            }
            Ok(())
        }
    }
}

fn write_csv(columns: &[&str], rows: &[Vec<String>], to: &mut dyn Write) -> Result<()> {
    let mut writer = csv::Writer::from_writer(to);
    writer.write_record(columns)?;
    for row in rows {
        writer.write_record(row)?;
    }
    Ok(writer.flush()?)
}
