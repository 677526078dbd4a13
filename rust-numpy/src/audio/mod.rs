//! What voice prompts and streaming output need of sound, on mono samples in `[-1, 1]`.

mod resample;

pub use resample::{resample, resampled_len};

use crate::{Error, Result};

/// Below the quietest sound that matters: keeps the logarithm of silence finite.
const QUIET: f64 = 1e-12;

/// Multiplies by `10^(decibels / 20)`.
pub fn gain(samples: &mut [f32], decibels: f64) {
    let factor = 10f64.powf(decibels / 20.0) as f32;
    samples.iter_mut().for_each(|x| *x *= factor);
}

/// The largest absolute value, 0 of nothing; NaN if any is.
pub fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |top: f32, x| if x.abs() > top || x.is_nan() { x.abs() } else { top })
}

/// `sqrt(mean(x²))`, 0 of nothing.
pub fn rms(samples: &[f32]) -> f64 {
    let squares: f64 = samples.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    if samples.is_empty() { 0.0 } else { (squares / samples.len() as f64).sqrt() }
}

/// Scales so that the peak becomes `target`; silence stays what it is.
pub fn normalize(samples: &mut [f32], target: f32) {
    let top = peak(samples);
    if top > 0.0 {
        // in double precision, where even the smallest peak has a reciprocal
        let factor = f64::from(target) / f64::from(top);
        samples.iter_mut().for_each(|x| *x = (f64::from(*x) * factor) as f32);
    }
}

/// The `i`-th of `n` numbers from 0 to 1 in equal steps.
fn ramp(i: usize, n: usize) -> f32 {
    if n > 1 { (i as f64 / (n - 1) as f64) as f32 } else { 0.0 }
}

/// Multiplies the first `n` samples by numbers from 0 to 1.
pub fn fade_in(samples: &mut [f32], n: usize) {
    samples.iter_mut().take(n).enumerate().for_each(|(i, x)| *x *= ramp(i, n));
}

/// Multiplies the last `n` samples by numbers from 1 to 0, the last one by 0.
pub fn fade_out(samples: &mut [f32], n: usize) {
    samples.iter_mut().rev().take(n).enumerate().for_each(|(i, x)| *x *= ramp(i, n));
}

/// Cuts the trailing frames whose level is more than `floor` decibels below the loudest frame's,
/// fades the last frame left out, and appends `pause` zeros. Without a whole frame, the samples as
/// they are.
pub fn end_on_pause(samples: &[f32], frame: usize, floor: f64, pause: usize) -> Result<Vec<f32>> {
    if frame == 0 {
        return Err(Error::value("a frame must have one sample at least"));
    }
    let level = |frame: &[f32]| 20.0 * (rms(frame) + QUIET).log10();
    let levels: Vec<f64> = samples.chunks_exact(frame).map(level).collect();
    if levels.is_empty() {
        return Ok(samples.to_vec());
    }
    let loudest = levels.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let Some(last) = levels.iter().rposition(|&level| level > loudest - floor) else {
        return Err(Error::value(format!("no frame is within {floor} dB of the loudest")));
    };
    let end = (last + 1) * frame;
    let mut ended = Vec::new();
    let failed = |_| Error::Memory(format!("no memory for a pause of {pause} samples"));
    ended.try_reserve_exact(end.saturating_add(pause)).map_err(failed)?;
    ended.extend_from_slice(&samples[..end]);
    fade_out(&mut ended, frame);
    ended.resize(end + pause, 0.0);
    Ok(ended)
}

/// 16 bit integers: `round(clamp(x, -1, 1) · 32767)`, ties to even.
pub fn to_pcm16(samples: &[f32], pcm: &mut [i16]) {
    for (p, x) in pcm.iter_mut().zip(samples) {
        *p = (x.clamp(-1.0, 1.0) * 32767.0).round_ties_even() as i16;
    }
}

/// Samples of 16 bit integers, `p / 32768`.
pub fn from_pcm16(pcm: &[i16], samples: &mut [f32]) {
    for (x, &p) in samples.iter_mut().zip(pcm) {
        *x = f32::from(p) / 32768.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_ends_the_prompt() {
        let mut samples = vec![0.5; 40];
        samples.extend([0.0; 25]);
        let ended = end_on_pause(&samples, 10, 35.0, 7).unwrap();
        assert_eq!(ended.len(), 47);
        assert_eq!(ended[30], 0.5);
        assert_eq!(ended[39..], [0.0; 8]);
        assert!(end_on_pause(&samples, 0, 35.0, 7).is_err());
        assert_eq!(end_on_pause(&samples[..9], 10, 35.0, 7).unwrap().len(), 9);
    }

    #[test]
    fn integers_and_back() {
        let (mut pcm, mut back) = ([0; 5], [0.0; 5]);
        to_pcm16(&[-2.0, -1.0, 0.0, f32::NAN, 1.0], &mut pcm);
        assert_eq!(pcm, [-32767, -32767, 0, 0, 32767]);
        from_pcm16(&pcm, &mut back);
        assert_eq!(back[4], 32767.0 / 32768.0);
    }
}
