//! Integers of an interval, each equally likely: the upper half of a product of a random word and the
//! interval's size, unless the lower half says that it would favour some (Lemire).

use super::Pcg64;

/// An integer from `0` to `most`, both included.
pub fn up_to(bits: &mut Pcg64, most: u64) -> u64 {
    match most {
        0 => 0,
        0xffff_ffff => u64::from(bits.next_u32()),
        u64::MAX => bits.next_u64(),
        most if most < 0xffff_ffff => u64::from(up_to_32(bits, most as u32)),
        most => {
            let size = most + 1;
            let mut product = u128::from(bits.next_u64()) * u128::from(size);
            if (product as u64) < size {
                let threshold = (u64::MAX - most) % size;
                while (product as u64) < threshold {
                    product = u128::from(bits.next_u64()) * u128::from(size);
                }
            }
            (product >> 64) as u64
        }
    }
}

/// An integer from `0` to `most`, both included, by another way, that NumPy shuffles with: as many bits
/// as `most` has, drawn again until they are not more.
pub fn masked_up_to(bits: &mut Pcg64, most: u64) -> u64 {
    let mask = u64::MAX >> most.leading_zeros().min(63);
    loop {
        let word = if most <= 0xffff_ffff { u64::from(bits.next_u32()) } else { bits.next_u64() };
        if word & mask <= most {
            return word & mask;
        }
    }
}

/// An integer from `0` to `most`, both included, from 32-bit words.
pub fn up_to_32(bits: &mut Pcg64, most: u32) -> u32 {
    match most {
        0 => return 0,
        u32::MAX => return bits.next_u32(),
        _ => {}
    }
    let size = most + 1;
    let mut product = u64::from(bits.next_u32()) * u64::from(size);
    if (product as u32) < size {
        let threshold = (u32::MAX - most) % size;
        while (product as u32) < threshold {
            product = u64::from(bits.next_u32()) * u64::from(size);
        }
    }
    (product >> 32) as u32
}

/// 32-bit words handed out in pieces of 8 or 16 bits, the lowest first.
#[derive(Default)]
pub struct Pieces {
    word: u32,
    left: u32,
}

impl Pieces {
    fn next(&mut self, bits: &mut Pcg64, width: u32) -> u32 {
        if self.left == 0 {
            self.word = bits.next_u32();
            self.left = 32 / width;
        } else {
            self.word >>= width;
        }
        self.left -= 1;
        self.word & ((1 << width) - 1)
    }

    /// An integer from `0` to `most`, both included, from words of `width` (8 or 16) bits.
    pub fn up_to(&mut self, bits: &mut Pcg64, width: u32, most: u32) -> u32 {
        let mask = (1 << width) - 1;
        if most == 0 {
            return 0;
        }
        if most == mask {
            return self.next(bits, width);
        }
        let size = most + 1;
        let mut product = self.next(bits, width) * size;
        if (product & mask) < size {
            let threshold = (mask - most) % size;
            while (product & mask) < threshold {
                product = self.next(bits, width) * size;
            }
        }
        product >> width
    }
}
