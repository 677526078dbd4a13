//! Files: written and read again, and damaged in every byte.

use std::io::Cursor;

use rust_numpy_core::io::{read_npy, read_npz, write_npy, write_npz};
use rust_numpy_core::{AnyArray, Array, DType, Error};

fn sample(dtype: DType) -> AnyArray {
    let x: AnyArray = Array::from_vec((0..12i64).map(|v| v % 2).collect(), &[3, 1, 4]).unwrap().into();
    x.astype(dtype).unwrap()
}

fn written(x: &AnyArray) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_npy(&mut bytes, x).unwrap();
    bytes
}

#[test]
fn what_is_written_is_read() {
    for dtype in DType::ALL {
        let x = sample(dtype);
        let bytes = written(&x);
        assert_eq!((bytes.len() - 12 * dtype.size()) % 64, 0, "the elements are not aligned");
        let y = read_npy(&mut bytes.as_slice()).unwrap();
        assert_eq!(y.dtype(), dtype);
        assert_eq!(y.shape(), [3, 1, 4]);
        assert_eq!(written(&y), bytes);
    }
}

#[test]
fn an_archive_holds_its_arrays() {
    let arrays = [("a".to_owned(), sample(DType::F32)), ("b/ü".to_owned(), sample(DType::Bool))];
    let mut bytes = Vec::new();
    write_npz(&mut bytes, &arrays).unwrap();
    let back = read_npz(&mut Cursor::new(&bytes)).unwrap();
    for ((name, x), (read_name, y)) in arrays.iter().zip(&back) {
        assert_eq!(name, read_name);
        assert_eq!(written(x), written(y));
    }
    // every byte changed, and every length: an error or an array, and no panic
    for i in 0..bytes.len() {
        for flip in [1, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[i] ^= flip;
            let _ = read_npz(&mut Cursor::new(damaged));
        }
        assert!(read_npz(&mut Cursor::new(&bytes[..i])).is_err());
    }
}

#[test]
fn damaged_headers_are_errors() {
    let with_header = |text: &str| {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend(text.as_bytes());
        read_npy(&mut bytes.as_slice())
    };
    let ok = "{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }";
    assert_eq!(with_header(ok).unwrap().dtype(), DType::F32);
    for (change, to) in [("<f4", "<f3"), ("'<f4'", "[('a', '<f4')]"), ("<f4", "|O")] {
        assert!(matches!(with_header(&ok.replace(change, to)), Err(Error::Type(_))), "{to}");
    }
    for (change, to) in [
        ("descr", "escr"),
        ("False", "Maybe"),
        ("(0,)", "(-1,)"),
        ("(0,)", "(x,)"),
        ("(0,)", "0"),
        ("(0,)", "(99999999999999999999,)"),
        ("(0,)", "(4611686018427387904, 4611686018427387904)"),
        ("(0,)", "(1000000000000,)"),
    ] {
        assert!(matches!(with_header(&ok.replace(change, to)), Err(Error::Value(_))), "{to}");
    }
    assert!(read_npy(&mut &b""[..]).is_err());
    assert!(read_npy(&mut &b"\x93NUMPY\x09\x00\x00\x00"[..]).is_err());
    assert!(read_npy(&mut &b"\x93NUMPY\x02\x00\xff\xff\xff\xff"[..]).is_err());
}
