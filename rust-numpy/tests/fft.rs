//! Fourier transforms against their definition.

use rust_numpy_core::fft::{Norm, fft, ifft, irfft, rfft};
use rust_numpy_core::{AnyArray, Array, Complex, DType, Error};

type C = Complex<f64>;

fn signal(n: usize) -> Vec<C> {
    (0..n)
        .map(|i| C::new(((i * 37 + 11) % 101) as f64 / 50.0 - 1.0, ((i * 53) % 97) as f64 / 48.0 - 1.0))
        .collect()
}

fn array(x: &[C]) -> AnyArray {
    Array::from_vec(x.to_vec(), &[x.len()]).unwrap().into()
}

fn list(x: &AnyArray) -> Vec<C> {
    x.to::<C>().unwrap().to_vec().unwrap()
}

fn definition(x: &[C]) -> Vec<C> {
    let n = x.len();
    let term = |k: usize, i: usize| {
        let angle = -2.0 * std::f64::consts::PI * ((k * i % n) as f64) / n as f64;
        x[i] * C::new(angle.cos(), angle.sin())
    };
    (0..n).map(|k| (0..n).fold(C::default(), |s, i| s + term(k, i))).collect()
}

fn assert_close(a: &[C], b: &[C], what: &str) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!((*a - *b).abs() < 1e-12 * a.abs().max(10.0), "{what}: {a:?} is not {b:?}");
    }
}

#[test]
fn every_length_up_to_200_and_some_more() {
    for n in (1..200).chain([256, 360, 509, 1000, 1024, 1009]) {
        let x = signal(n);
        let transformed = fft(&array(&x), None, -1, Norm::Backward).unwrap();
        assert_close(&list(&transformed), &definition(&x), &format!("length {n}"));
        let back = ifft(&transformed, None, -1, Norm::Backward).unwrap();
        assert_close(&list(&back), &x, &format!("length {n}, back"));
    }
}

#[test]
fn real_transforms_are_half_of_the_complex_ones() {
    for n in 1..40 {
        let x: Vec<f64> = signal(n).iter().map(|v| v.re).collect();
        let real: AnyArray = Array::from_vec(x.clone(), &[n]).unwrap().into();
        let whole: Vec<C> = x.iter().map(|&v| C::new(v, 0.0)).collect();
        let half = rfft(&real, None, -1, Norm::Ortho).unwrap();
        let expected = list(&fft(&array(&whole), None, -1, Norm::Ortho).unwrap());
        assert_close(&list(&half), &expected[..n / 2 + 1], "rfft");
        let back = irfft(&half, Some(n), -1, Norm::Ortho).unwrap();
        assert_eq!(back.dtype(), DType::F64);
        assert_close(&list(&back), &whole, "irfft");
    }
}

#[test]
fn nothing_to_transform_is_an_error() {
    let empty: AnyArray = Array::<f64>::zeros(&[0]).unwrap().into();
    assert!(matches!(fft(&empty, None, -1, Norm::Backward), Err(Error::Value(_))));
    assert!(matches!(fft(&array(&signal(3)), Some(0), -1, Norm::Backward), Err(Error::Value(_))));
    assert!(matches!(irfft(&array(&signal(1)), None, -1, Norm::Backward), Err(Error::Value(_))));
    assert!(matches!(rfft(&array(&signal(3)), None, -1, Norm::Backward), Err(Error::Type(_))));
}
