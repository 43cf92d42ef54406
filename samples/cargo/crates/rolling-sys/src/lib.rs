//! The C functions as they are.

extern "C" {
    pub fn rolling_update(sum: u32, bytes: *const u8, length: usize) -> u32;
}

pub const START: u32 = 1;
