use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The hash of a file's contents.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ParseDigestError {
    #[error("a digest has 64 digits, not {0}")]
    Length(usize),
    #[error("{0:?} is no hexadecimal digit")]
    Digit(char),
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 64 {
            return Err(ParseDigestError::Length(text.len()));
        }
        let mut bytes = [0; 32];
        for (index, digit) in text.chars().enumerate() {
            let value = digit.to_digit(16).ok_or(ParseDigestError::Digit(digit))?;
            bytes[index / 2] = bytes[index / 2] << 4 | value as u8;
        }
        Ok(Digest(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub path: String,
    pub size: u64,
    /// The order-sensitive sum of the contents: cheap to compare.
    pub sum: u32,
    pub digest: Digest,
}

/// All files of a directory, sorted by path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    pub entries: Vec<Entry>,
}

impl Snapshot {
    pub fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Snapshot { entries }
    }

    #[cfg(feature = "sizes")]
    pub fn total(&self) -> u64 {
        self.entries.iter().map(|entry| entry.size).sum()
    }

    #[cfg(not(feature = "sizes"))]
    pub fn total(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_survives_its_text() {
        let digest = Digest([0xa5; 32]);
        assert_eq!(digest.to_string().parse(), Ok(digest));
    }

    #[test]
    fn a_short_digest_is_refused() {
        assert_eq!("ab".parse::<Digest>(), Err(ParseDigestError::Length(2)));
    }
}
