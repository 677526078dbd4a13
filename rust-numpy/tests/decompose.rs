//! Matrices taken apart and put together again.

use rust_numpy_core::elementwise::{BinaryOp, UnaryOp, binary, unary};
use rust_numpy_core::manipulate::permute_dims;
use rust_numpy_core::{AnyArray, Array, linalg};

/// A matrix of numbers without a pattern.
fn scattered(rows: usize, columns: usize) -> AnyArray {
    let numbers = (0..rows * columns).map(|i| ((i * i * 37 + i * 11) as f64).sin());
    Array::from_vec(numbers.collect(), &[rows, columns]).unwrap().into()
}

fn farthest(a: &AnyArray, b: &AnyArray) -> f64 {
    let difference = binary(BinaryOp::Subtract, a, b).unwrap();
    let sizes = unary(UnaryOp::Abs, &difference).unwrap();
    sizes.to::<f64>().unwrap().to_vec().unwrap().into_iter().fold(0.0, f64::max)
}

#[test]
fn parts_multiply_to_the_whole() {
    for (m, n) in [(1, 1), (5, 3), (3, 5), (8, 8)] {
        let a = scattered(m, n);
        let [q, r] = linalg::qr(&a, true).unwrap();
        assert!(farthest(&linalg::matmul(&q, &r).unwrap(), &a) < 1e-14);
        let [u, s, vh] = linalg::svd(&a, false).unwrap();
        let scaled = binary(BinaryOp::Multiply, &u, &s).unwrap();
        assert!(farthest(&linalg::matmul(&scaled, &vh).unwrap(), &a) < 1e-14);
    }
}

#[test]
fn eigenvectors_are_stretched() {
    let a = scattered(6, 6);
    let [values, vectors] = linalg::eig(&a).unwrap();
    let stretched = binary(BinaryOp::Multiply, &vectors, &values).unwrap();
    assert!(farthest(&linalg::matmul(&a, &vectors).unwrap(), &stretched) < 1e-13);
    let gram = linalg::matmul(&a, &permute_dims(&a, None).unwrap()).unwrap();
    let [values, vectors] = linalg::eigh(&gram, false).unwrap();
    let stretched = binary(BinaryOp::Multiply, &vectors, &values).unwrap();
    assert!(farthest(&linalg::matmul(&gram, &vectors).unwrap(), &stretched) < 1e-13);
    let lower = linalg::cholesky(&gram, false).unwrap();
    let upper = permute_dims(&lower, None).unwrap();
    assert!(farthest(&linalg::matmul(&lower, &upper).unwrap(), &gram) < 1e-14);
}

#[test]
fn singular_matrices_have_no_inverse() {
    let a = AnyArray::from(Array::from_vec(vec![1.0, 2.0, 2.0, 4.0], &[2, 2]).unwrap());
    assert!(linalg::inv(&a).is_err() && linalg::cholesky(&a, false).is_err());
    let [det, sign, log] = linalg::slogdet(&a).unwrap();
    let number = |x: &AnyArray| x.typed::<f64>().unwrap().item().unwrap();
    assert_eq!((number(&det), number(&sign), number(&log)), (0.0, 0.0, f64::NEG_INFINITY));
}
