//! Decompression of zip's usual method (RFC 1951, DEFLATE).

use crate::error::{Error, Result};

const LENGTH_BASE: [u16; 29] = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
    227, 258,
];
const LENGTH_BITS: [u8; 29] =
    [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE: [u16; 30] = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073,
    4097, 6145, 8193, 12289, 16385, 24577,
];
/// The order in which a block gives the lengths of the code for code lengths.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

fn damaged() -> Error {
    Error::value("the compressed data is damaged")
}

struct Bits<'a> {
    bytes: &'a [u8],
    /// Position in bits.
    at: usize,
}

impl Bits<'_> {
    fn bit(&mut self) -> Result<usize> {
        let byte = self.bytes.get(self.at / 8).ok_or_else(damaged)?;
        let bit = (byte >> (self.at % 8)) & 1;
        self.at += 1;
        Ok(usize::from(bit))
    }

    fn number(&mut self, bits: u8) -> Result<usize> {
        (0..bits).try_fold(0, |value, i| Ok(value | (self.bit()? << i)))
    }
}

/// A canonical Huffman code: how many codes of each length, and the symbols in order.
struct Code {
    counts: [u16; 16],
    symbols: Vec<u16>,
}

impl Code {
    fn new(lengths: &[u8]) -> Code {
        let mut counts = [0u16; 16];
        for &length in lengths {
            counts[usize::from(length)] += 1;
        }
        counts[0] = 0;
        let mut symbols: Vec<u16> =
            (0..lengths.len() as u16).filter(|&s| lengths[usize::from(s)] > 0).collect();
        symbols.sort_by_key(|&s| lengths[usize::from(s)]);
        Code { counts, symbols }
    }

    fn symbol(&self, bits: &mut Bits<'_>) -> Result<usize> {
        let (mut code, mut first, mut index) = (0, 0, 0);
        for &count in &self.counts[1..] {
            code |= bits.bit()?;
            let count = usize::from(count);
            if code < first + count {
                let symbol = self.symbols.get(index + code - first).ok_or_else(damaged)?;
                return Ok(usize::from(*symbol));
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        Err(damaged())
    }
}

/// The codes of literals and lengths and of distances that every decoder knows.
fn fixed_codes() -> (Code, Code) {
    let mut lengths = [8u8; 288];
    lengths[144..256].fill(9);
    lengths[256..280].fill(7);
    (Code::new(&lengths), Code::new(&[5; 30]))
}

/// The codes that stand in front of a block.
fn own_codes(bits: &mut Bits<'_>) -> Result<(Code, Code)> {
    let literals = bits.number(5)? + 257;
    let distances = bits.number(5)? + 1;
    let count = bits.number(4)? + 4;
    let mut lengths = [0u8; 19];
    for &place in &ORDER[..count] {
        lengths[place] = bits.number(3)? as u8;
    }
    let code = Code::new(&lengths);
    let mut all: Vec<u8> = Vec::with_capacity(literals + distances);
    while all.len() < literals + distances {
        let (value, times) = match code.symbol(bits)? {
            16 => (*all.last().ok_or_else(damaged)?, 3 + bits.number(2)?),
            17 => (0, 3 + bits.number(3)?),
            18 => (0, 11 + bits.number(7)?),
            length => (length as u8, 1),
        };
        all.extend(std::iter::repeat_n(value, times));
    }
    if all.len() > literals + distances {
        return Err(damaged());
    }
    Ok((Code::new(&all[..literals]), Code::new(&all[literals..])))
}

/// Decompresses to `expected` bytes. Errors: `Value` if the data is damaged or of another length.
pub fn inflate(bytes: &[u8], expected: usize) -> Result<Vec<u8>> {
    let mut bits = Bits { bytes, at: 0 };
    let mut out: Vec<u8> = Vec::new();
    loop {
        let last = bits.bit()? == 1;
        let codes = match bits.number(2)? {
            0 => {
                let start = bits.at.div_ceil(8);
                let size = bytes.get(start..start + 4).ok_or_else(damaged)?;
                let size = usize::from(u16::from_le_bytes([size[0], size[1]]));
                out.extend_from_slice(bytes.get(start + 4..start + 4 + size).ok_or_else(damaged)?);
                bits.at = (start + 4 + size) * 8;
                None
            }
            1 => Some(fixed_codes()),
            2 => Some(own_codes(&mut bits)?),
            _ => return Err(damaged()),
        };
        if let Some((literals, distances)) = codes {
            block(&mut bits, &literals, &distances, expected, &mut out)?;
        }
        if out.len() > expected {
            return Err(damaged());
        }
        if last {
            return if out.len() == expected { Ok(out) } else { Err(damaged()) };
        }
    }
}

fn block(
    bits: &mut Bits<'_>,
    literals: &Code,
    distances: &Code,
    most: usize,
    out: &mut Vec<u8>,
) -> Result<()> {
    loop {
        match literals.symbol(bits)? {
            256 => return Ok(()),
            literal if literal < 256 => out.push(literal as u8),
            symbol => {
                let i = symbol - 257;
                let base = usize::from(*LENGTH_BASE.get(i).ok_or_else(damaged)?);
                let length = base + bits.number(LENGTH_BITS[i])?;
                let j = distances.symbol(bits)?;
                let base = usize::from(*DISTANCE_BASE.get(j).ok_or_else(damaged)?);
                let distance = base + bits.number((j / 2).saturating_sub(1) as u8)?;
                let from = out.len().checked_sub(distance).ok_or_else(damaged)?;
                // the copy may overlap what it writes
                for k in from..from + length {
                    out.push(out[k]);
                }
            }
        }
        if out.len() > most {
            return Err(damaged());
        }
    }
}
