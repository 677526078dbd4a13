//! Any bytes as `.npy` and `.npz` files: an error or arrays, and what was read is written and read
//! again the same.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use rust_numpy_core::io;

fuzz_target!(|bytes: &[u8]| {
    let _ = io::read_npz(&mut Cursor::new(bytes));
    if let Ok(array) = io::read_npy(&mut Cursor::new(bytes)) {
        let mut written = Vec::new();
        io::write_npy(&mut written, &array).expect("memory takes every array");
        let again = io::read_npy(&mut Cursor::new(written)).expect("our own file is right");
        assert_eq!((array.shape(), array.dtype()), (again.shape(), again.dtype()));
    }
});
