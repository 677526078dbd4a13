//! `.npy`: magic, version, length of the header, header, elements.

use std::io::{Read, Write};

use super::bytes::Bytes;
use super::header::Header;
use crate::any::AnyArray;
use crate::array::Array;
use crate::error::{Error, Result};
use crate::layout::size_of_shape;
use crate::manipulate::permute_dims;
use crate::storage::reserve;
use crate::{dispatch, with_dtype};

const MAGIC: &[u8] = b"\x93NUMPY";
/// Headers longer than this are not NumPy's.
const LONGEST_HEADER: usize = 1 << 20;
/// Bytes converted at a time.
const PIECE: usize = 1 << 16;

fn take(source: &mut dyn Read, count: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // grows with what is really there: a damaged length must not allocate the memory it claims
    source.take(count as u64).read_to_end(&mut bytes)?;
    if bytes.len() < count {
        return Err(Error::value("the .npy file is truncated"));
    }
    Ok(bytes)
}

/// Reads an array. Errors: `Io`, `Value` if the file is damaged, `Type` for other dtypes, `Memory`.
pub fn read_npy(source: &mut dyn Read) -> Result<AnyArray> {
    let start = take(source, 8)?;
    if !start.starts_with(MAGIC) {
        return Err(Error::value("not a .npy file: the magic string is missing"));
    }
    let length = match start[6] {
        1 => u16::from_le_bytes(take(source, 2)?.try_into().unwrap_or_default()) as usize,
        2 | 3 => u32::from_le_bytes(take(source, 4)?.try_into().unwrap_or_default()) as usize,
        version => return Err(Error::value(format!("version {version} of .npy files is not known"))),
    };
    if length > LONGEST_HEADER {
        return Err(Error::value("the header of the .npy file is too long"));
    }
    let text = take(source, length)?;
    let header = Header::parse(&String::from_utf8_lossy(&text))?;
    let stored: Vec<usize> =
        if header.fortran { header.shape.iter().rev().copied().collect() } else { header.shape.clone() };
    let array: AnyArray =
        with_dtype!(header.dtype, T => elements::<T>(source, &stored, header.big_endian)?.into());
    if header.fortran { permute_dims(&array, None) } else { Ok(array) }
}

fn elements<T: Bytes>(source: &mut dyn Read, shape: &[usize], big_endian: bool) -> Result<Array<T>> {
    let size = T::DTYPE.size();
    // a complex number is two numbers, each with its own order of bytes
    let part = if T::DTYPE.to_real() == T::DTYPE { size } else { size / 2 };
    let count = size_of_shape(shape)?;
    let mut values: Vec<T> = Vec::new();
    while values.len() < count {
        let now = (count - values.len()).min(PIECE / size);
        let mut bytes = take(source, now * size)?;
        if big_endian {
            bytes.chunks_exact_mut(part).for_each(<[u8]>::reverse);
        }
        values.try_reserve(now).map_err(|_| Error::Memory("the array does not fit into memory".into()))?;
        values.extend(bytes.chunks_exact(size).map(T::from_le));
    }
    Array::from_vec(values, shape)
}

/// Writes an array. Errors: `Io`, `Memory`.
pub fn write_npy(target: &mut dyn Write, array: &AnyArray) -> Result<()> {
    let header =
        Header { dtype: array.dtype(), big_endian: false, fortran: false, shape: array.shape().to_vec() };
    let mut text = header.text();
    // the elements begin at a multiple of 64 bytes
    let padding = 64 - (MAGIC.len() + 4 + text.len() + 1) % 64;
    text.extend(std::iter::repeat_n(' ', padding % 64));
    text.push('\n');
    let length =
        u16::try_from(text.len()).map_err(|_| Error::value("the shape is too long to be written"))?;
    target.write_all(MAGIC)?;
    target.write_all(&[1, 0])?;
    target.write_all(&length.to_le_bytes())?;
    target.write_all(text.as_bytes())?;
    dispatch!(array, a => put(target, a))
}

fn put<T: Bytes>(target: &mut dyn Write, array: &Array<T>) -> Result<()> {
    let mut bytes = reserve(PIECE)?;
    for piece in array.dense()?.chunks(PIECE / T::DTYPE.size()) {
        bytes.clear();
        piece.iter().for_each(|&v| v.put_le(&mut bytes));
        target.write_all(&bytes)?;
    }
    Ok(())
}
