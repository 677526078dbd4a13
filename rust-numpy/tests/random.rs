//! Numbers that NumPy 2 draws for these seeds.

use rust_numpy_core::random::{Generator, SeedSequence};
use rust_numpy_core::{DType, Error};

fn generator(seed: u32) -> Generator {
    Generator::new(SeedSequence::new(&[seed]))
}

#[test]
fn normals_of_seed_42() {
    let x = generator(42).standard_normal_f64(&[4]).unwrap().to_vec().unwrap();
    assert_eq!(x, [0.30471707975443135, -1.0399841062404955, 0.7504511958064572, 0.9405647163912139]);
}

#[test]
fn integers_of_seed_42() {
    let x = generator(42).integers(0, 9, &[8], DType::I64).unwrap().to::<i64>().unwrap();
    assert_eq!(x.to_vec().unwrap(), [0, 7, 6, 4, 4, 8, 0, 6]);
}

#[test]
fn moments_of_normals() {
    let x = generator(1).standard_normal_f64(&[200_000]).unwrap().to_vec().unwrap();
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let moment = |p: i32| x.iter().map(|v| (v - mean).powi(p)).sum::<f64>() / n;
    assert!(mean.abs() < 0.01 && (moment(2) - 1.0).abs() < 0.02 && (moment(4) - 3.0).abs() < 0.1);
}

#[test]
fn children_differ() {
    let mut parent = generator(3);
    let mut first = |mut g: Generator| g.random_f64(&[1]).unwrap().item().unwrap();
    let mut seen: Vec<f64> = parent.spawn(3).into_iter().map(&mut first).collect();
    seen.extend(parent.spawn(2).into_iter().map(&mut first));
    for i in 0..seen.len() {
        assert!(!seen[..i].contains(&seen[i]));
    }
}

#[test]
fn impossible_wishes_are_errors() {
    let mut g = generator(0);
    assert!(matches!(g.integers(0, 256, &[1], DType::U8), Err(Error::Value(_))));
    assert!(matches!(g.integers(5, 4, &[1], DType::I64), Err(Error::Value(_))));
    assert!(matches!(g.integers(0, 4, &[1], DType::F64), Err(Error::Type(_))));
    assert!(matches!(g.normal(0.0, -1.0, &[1]), Err(Error::Value(_))));
    assert!(g.random_f64(&[usize::MAX, 2]).is_err());
    assert!(g.permutation(usize::MAX).is_err());
}
