use cairn_report::Format;
use clap::{Parser, Subcommand, ValueEnum};
use regex::Regex;
use std::path::PathBuf;

/// Snapshots of directories.
#[derive(Parser)]
#[command(version, about)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Takes a snapshot of a directory.
    Take {
        directory: PathBuf,
        snapshot: PathBuf,
        /// Leaves out files whose path matches.
        #[arg(long)]
        without: Option<Regex>,
    },
    /// Shows what a snapshot holds.
    Show {
        snapshot: PathBuf,
        #[arg(long, value_enum, default_value = "text")]
        format: Choice,
    },
    /// Tells how two snapshots differ; exits with 1 when they do.
    Compare {
        before: PathBuf,
        after: PathBuf,
        #[arg(long, value_enum, default_value = "text")]
        format: Choice,
    },
    /// Tells how the program was built.
    About,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Choice {
    Text,
    Csv,
    Json,
    Toml,
}

impl From<Choice> for Format {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Text => Format::Text,
            Choice::Csv => Format::Csv,
            Choice::Json => Format::Json,
            Choice::Toml => Format::Toml,
        }
    }
}
