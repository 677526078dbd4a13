//! `.npz`: a zip archive with a `.npy` file for each array (APPNOTE.TXT, without encryption and
//! without archives above 4 GB).

use std::io::{Read, Seek, SeekFrom, Write};

use super::crc32::crc32;
use super::inflate::inflate;
use super::npy::{read_npy, write_npy};
use crate::any::AnyArray;
use crate::error::{Error, Result};

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// The end record is within this many bytes of the end.
const END_WITHIN: u64 = 22 + 65535;

fn damaged(what: &str) -> Error {
    Error::value(format!("not a usable .npz file: {what}"))
}

/// Little-endian numbers out of bytes.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn u16(&self, at: usize) -> Result<usize> {
        let bytes = self.0.get(at..at + 2).ok_or_else(|| damaged("it is truncated"))?;
        Ok(usize::from(u16::from_le_bytes([bytes[0], bytes[1]])))
    }
    fn u32(&self, at: usize) -> Result<u32> {
        let bytes = self.0.get(at..at + 4).ok_or_else(|| damaged("it is truncated"))?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }
}

/// Writes the arrays, uncompressed, each under its name.
/// Errors: `Io`, `Memory`, `Value` if they are too large for the format.
pub fn write_npz(target: &mut dyn Write, arrays: &[(String, AnyArray)]) -> Result<()> {
    let mut directory = Vec::new();
    let mut offset = 0u32;
    let too_large = || Error::value("the arrays are too large for a .npz file");
    for (name, array) in arrays {
        let name = format!("{name}.npy");
        let mut content = Vec::new();
        write_npy(&mut content, array)?;
        let size = u32::try_from(content.len()).map_err(|_| too_large())?;
        let name_size = u16::try_from(name.len()).map_err(|_| Error::value("the name is too long"))?;
        // needs version 2.0; names are UTF-8; stored; 1980-01-01
        let mut common = Vec::new();
        for field in [20u16, 1 << 11, 0, 0, 0x21] {
            common.extend(field.to_le_bytes());
        }
        for field in [crc32(&content), size, size] {
            common.extend(field.to_le_bytes());
        }
        common.extend(name_size.to_le_bytes());
        common.extend(0u16.to_le_bytes());
        target.write_all(&LOCAL.to_le_bytes())?;
        target.write_all(&common)?;
        target.write_all(name.as_bytes())?;
        target.write_all(&content)?;
        directory.extend(CENTRAL.to_le_bytes());
        directory.extend(20u16.to_le_bytes());
        directory.extend(&common);
        directory.extend([0; 10]); // no comment, first disk, no attributes
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
        let written = 4 + common.len() + name.len() + content.len();
        offset = u32::try_from(written).ok().and_then(|w| offset.checked_add(w)).ok_or_else(too_large)?;
    }
    let count = u16::try_from(arrays.len()).map_err(|_| too_large())?;
    let size = u32::try_from(directory.len()).map_err(|_| too_large())?;
    target.write_all(&directory)?;
    target.write_all(&END.to_le_bytes())?;
    target.write_all(&[0; 4])?;
    target.write_all(&count.to_le_bytes())?;
    target.write_all(&count.to_le_bytes())?;
    target.write_all(&size.to_le_bytes())?;
    target.write_all(&offset.to_le_bytes())?;
    target.write_all(&[0; 2])?;
    Ok(())
}

fn bytes_at<R: Read + Seek>(source: &mut R, at: u64, count: u64) -> Result<Vec<u8>> {
    source.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    source.take(count).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < count {
        return Err(damaged("it is truncated"));
    }
    Ok(bytes)
}

/// Reads all arrays with their names. Errors: `Io`, `Value` if the file is damaged or encrypted,
/// `Type` for other dtypes, `Memory`.
pub fn read_npz<R: Read + Seek>(source: &mut R) -> Result<Vec<(String, AnyArray)>> {
    let length = source.seek(SeekFrom::End(0))?;
    let tail_at = length.saturating_sub(END_WITHIN);
    let tail = bytes_at(source, tail_at, length - tail_at)?;
    let end = (0..tail.len().saturating_sub(21)).rev().find(|&i| tail[i..i + 4] == END.to_le_bytes());
    let end = Fields(&tail[end.ok_or_else(|| damaged("the directory is missing"))?..]);
    let (count, size, start) = (end.u16(10)?, end.u32(12)?, end.u32(16)?);
    let directory = bytes_at(source, u64::from(start), u64::from(size))?;
    let mut arrays = Vec::new();
    let mut at = 0;
    for _ in 0..count {
        let entry = Fields(directory.get(at..).unwrap_or_default());
        if entry.u32(0)? != CENTRAL {
            return Err(damaged("the directory is damaged"));
        }
        let (name_size, extra, comment) = (entry.u16(28)?, entry.u16(30)?, entry.u16(32)?);
        let name = entry.0.get(46..46 + name_size).ok_or_else(|| damaged("it is truncated"))?;
        let name = String::from_utf8_lossy(name).into_owned();
        let content = content(source, &entry)?;
        let name = name.strip_suffix(".npy").map_or(name.clone(), str::to_owned);
        arrays.push((name, read_npy(&mut content.as_slice())?));
        at += 46 + name_size + extra + comment;
    }
    Ok(arrays)
}

/// The bytes of a directory entry, decompressed and checked.
fn content<R: Read + Seek>(source: &mut R, entry: &Fields<'_>) -> Result<Vec<u8>> {
    let (flags, method) = (entry.u16(8)?, entry.u16(10)?);
    let (checksum, packed, size) = (entry.u32(16)?, entry.u32(20)?, entry.u32(24)?);
    let start = u64::from(entry.u32(42)?);
    if flags & 1 == 1 {
        return Err(damaged("it is encrypted"));
    }
    let local = bytes_at(source, start, 30)?;
    let local = Fields(&local);
    if local.u32(0)? != LOCAL {
        return Err(damaged("an entry is damaged"));
    }
    let skip = 30 + local.u16(26)? + local.u16(28)?;
    let bytes = bytes_at(source, start + skip as u64, u64::from(packed))?;
    let bytes = match method {
        0 => bytes,
        8 => inflate(&bytes, size as usize)?,
        _ => return Err(damaged("it is compressed by an unknown method")),
    };
    if crc32(&bytes) != checksum {
        return Err(damaged("a checksum is wrong"));
    }
    Ok(bytes)
}
