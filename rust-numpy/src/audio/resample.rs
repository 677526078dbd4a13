//! Band-limited resampling: a windowed sinc between any two rates (Smith, "Digital audio resampling",
//! CCRMA; window: Kaiser and Schafer, 1980).

use crate::{Error, Result};

/// Zero crossings of the sinc on each side.
const CROSSINGS: f64 = 32.0;
/// The Kaiser window's parameter: what is above the band comes out 100 dB lower.
const BETA: f64 = 10.0;
/// The band's edge as part of the lower rate's half: leaves the filter room to fall.
const BAND: f64 = 0.94;
/// Filters of a table at most; rates that need more are computed sample by sample.
const TABLE_VALUES: usize = 1 << 20;

/// `ceil(len · to / from)`: samples that come out.
pub fn resampled_len(len: usize, from: u32, to: u32) -> Result<usize> {
    if from == 0 || to == 0 {
        return Err(Error::value("a rate must be above 0"));
    }
    let scaled = (len as u128 * u128::from(to)).div_ceil(u128::from(from));
    usize::try_from(scaled).map_err(|_| Error::Memory(format!("{scaled} samples")))
}

/// The modified Bessel function of the first kind and order 0, by its power series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..200 {
        term *= (x / 2.0 / f64::from(k)).powi(2);
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum
}

/// The filter: `h(t) = c sinc(c t) kaiser(t / half)` with the cut-off `c` and `half` samples of the
/// input on each side.
struct Filter {
    cutoff: f64,
    half: f64,
    normal: f64,
}

impl Filter {
    fn new(from: u32, to: u32) -> Self {
        let cutoff = BAND * (f64::from(to) / f64::from(from)).min(1.0);
        Filter { cutoff, half: CROSSINGS / cutoff, normal: 1.0 / bessel(BETA) }
    }

    fn at(&self, t: f64) -> f64 {
        let u = t / self.half;
        if u.abs() >= 1.0 {
            return 0.0;
        }
        let angle = std::f64::consts::PI * self.cutoff * t;
        let sinc = if angle == 0.0 { 1.0 } else { angle.sin() / angle };
        self.cutoff * sinc * bessel(BETA * (1.0 - u * u).sqrt()) * self.normal
    }

    /// Input samples on each side that a filter may reach.
    fn reach(&self) -> usize {
        self.half.ceil() as usize
    }

    /// The taps for an output that stands `fraction` after an input sample: those from `reach - 1`
    /// samples before to `reach` after.
    fn taps(&self, fraction: f64) -> Vec<f32> {
        let reach = self.reach() as i64;
        (1 - reach..=reach).map(|n| self.at(fraction - n as f64) as f32).collect()
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// `y[m] = Σ x[n] h(m · from / to - n)` for each `m` of [`resampled_len`]; outside of `x` is silence.
pub fn resample(x: &[f32], from: u32, to: u32, y: &mut [f32]) -> Result<()> {
    let len = resampled_len(x.len(), from, to)?;
    if y.len() != len {
        return Err(Error::value(format!("{} samples for {len}", y.len())));
    }
    if from == to {
        y.copy_from_slice(x);
        return Ok(());
    }
    let divisor = gcd(from, to);
    let (from, to) = (u64::from(from / divisor), u64::from(to / divisor));
    let filter = Filter::new(from as u32, to as u32);
    let reach = filter.reach();
    let count = to.min(y.len() as u64) as usize;
    // the distance to the sample before repeats after `to` outputs
    let taps = |m: u64| filter.taps((m * from % to) as f64 / to as f64);
    let table: Option<Vec<Vec<f32>>> =
        (count.saturating_mul(2 * reach) <= TABLE_VALUES).then(|| (0..count as u64).map(taps).collect());
    for (m, y) in y.iter_mut().enumerate() {
        let m = m as u64;
        let base = (u128::from(m) * u128::from(from) / u128::from(to)) as usize;
        let own;
        let taps: &[f32] = match &table {
            Some(table) => &table[(m % to) as usize],
            None => {
                own = taps(m % to);
                &own
            }
        };
        // the first tap is for sample base + 1 - reach
        let skipped = (reach - 1).saturating_sub(base);
        let start = (base + 1).saturating_sub(reach);
        let seen = &x[start.min(x.len())..(base + reach + 1).min(x.len())];
        *y = dot(seen, &taps[skipped..]);
    }
    Ok(())
}

/// `Σ x y` over the shorter length.
fn dot(x: &[f32], y: &[f32]) -> f32 {
    const LANES: usize = 8;
    let n = x.len().min(y.len());
    let ((xs, x), (ys, y)) = (x[..n].as_chunks::<LANES>(), y[..n].as_chunks::<LANES>());
    let mut sums = [0.0f32; LANES];
    for (x, y) in xs.iter().zip(ys) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sums.iter().sum::<f32>() + x.iter().zip(y).map(|(x, y)| x * y).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(x: &[f32], from: u32, to: u32) -> Vec<f32> {
        let mut y = vec![0.0; resampled_len(x.len(), from, to).unwrap()];
        resample(x, from, to, &mut y).unwrap();
        y
    }

    #[test]
    fn a_tone_stays_a_tone() {
        let tone = |rate: f64, n: usize| -> Vec<f32> {
            (0..n).map(|i| (std::f64::consts::TAU * 1000.0 * i as f64 / rate).sin() as f32).collect()
        };
        for (from, to) in [(48000, 24000), (44100, 24000), (16000, 24000), (22051, 24007)] {
            let y = converted(&tone(from.into(), from as usize / 5), from, to);
            let wanted = tone(to.into(), y.len());
            for i in y.len() / 4..y.len() / 2 {
                assert!((y[i] - wanted[i]).abs() < 1e-4, "{from} to {to}: {} {}", y[i], wanted[i]);
            }
        }
    }

    #[test]
    fn lengths() {
        assert_eq!(resampled_len(441, 44100, 24000).unwrap(), 240);
        assert!(resampled_len(1, 0, 1).is_err());
        assert!(resampled_len(usize::MAX, 1, u32::MAX).is_err());
        assert!(converted(&[], 3, 2).is_empty());
        assert_eq!(converted(&[0.5], 1, 1), [0.5]);
    }
}
