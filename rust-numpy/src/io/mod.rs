//! Arrays in files: NumPy's `.npy`, and `.npz`, which is a zip archive of them.

mod bytes;
mod crc32;
mod header;
mod inflate;
mod npy;
mod npz;

pub use npy::{read_npy, write_npy};
pub use npz::{read_npz, write_npz};
