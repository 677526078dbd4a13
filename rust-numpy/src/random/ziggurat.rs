//! Normally distributed numbers by the ziggurat method.

use super::Pcg64;
use super::ziggurat_tables::{HEIGHT, HEIGHT_F32, INSIDE, INSIDE_F32, INVERSE_TAIL, TAIL, WIDTH, WIDTH_F32};

/// A normal of double precision: a layer, a sign and a place in the layer from one 64-bit number. In
/// 99 of 100 cases the place is under the curve for certain.
#[inline]
pub fn normal_f64(bits: &mut Pcg64) -> f64 {
    loop {
        let r = bits.next_u64();
        let layer = (r & 0xff) as usize;
        let place = (r >> 9) & 0x000f_ffff_ffff_ffff;
        let x = place as f64 * WIDTH[layer];
        let x = if r & 0x100 != 0 { -x } else { x };
        if place < INSIDE[layer] {
            return x;
        }
        if layer == 0 {
            return tail_f64(bits, place);
        }
        let height = (HEIGHT[layer - 1] - HEIGHT[layer]) * bits.next_f64() + HEIGHT[layer];
        if height < (-0.5 * x * x).exp() {
            return x;
        }
    }
}

/// Beyond the last layer: two exponentials until they fit (Marsaglia).
#[cold]
fn tail_f64(bits: &mut Pcg64, place: u64) -> f64 {
    loop {
        let x = -INVERSE_TAIL * (-bits.next_f64()).ln_1p();
        let y = -(-bits.next_f64()).ln_1p();
        if y + y > x * x {
            let far = TAIL + x;
            return if (place >> 8) & 1 == 1 { -far } else { far };
        }
    }
}

/// A normal of single precision, from 32-bit numbers.
#[inline]
pub fn normal_f32(bits: &mut Pcg64) -> f32 {
    loop {
        let r = bits.next_u32();
        let layer = (r & 0xff) as usize;
        let place = (r >> 9) & 0x007f_ffff;
        let x = place as f32 * WIDTH_F32[layer];
        let x = if r & 0x100 != 0 { -x } else { x };
        if place < INSIDE_F32[layer] {
            return x;
        }
        if layer == 0 {
            return tail_f32(bits, place);
        }
        let height = (HEIGHT_F32[layer - 1] - HEIGHT_F32[layer]) * bits.next_f32() + HEIGHT_F32[layer];
        if f64::from(height) < (-0.5 * f64::from(x) * f64::from(x)).exp() {
            return x;
        }
    }
}

#[cold]
fn tail_f32(bits: &mut Pcg64, place: u32) -> f32 {
    loop {
        let x = -(INVERSE_TAIL as f32) * (-bits.next_f32()).ln_1p();
        let y = -(-bits.next_f32()).ln_1p();
        if y + y > x * x {
            let far = TAIL as f32 + x;
            return if (place >> 8) & 1 == 1 { -far } else { far };
        }
    }
}
