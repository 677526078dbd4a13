//! Matrix products of all sizes against the definition, by every kernel this CPU has.

use rust_numpy_core::linalg::{einsum, matmul};
use rust_numpy_core::manipulate::permute_dims;
use rust_numpy_core::simd::{Matrix, portable};
use rust_numpy_core::{AnyArray, Array, Error};

/// Small integers, whose products are exact in any order.
fn matrix(rows: usize, columns: usize) -> AnyArray {
    let values = (0..rows * columns).map(|i| ((i * 7 + i / 5) % 11) as f32 - 5.0).collect();
    Array::from_vec(values, &[rows, columns]).unwrap().into()
}

fn list(x: &AnyArray) -> Vec<f32> {
    x.typed::<f32>().unwrap().to_vec().unwrap()
}

fn definition(a: &[f32], b: &[f32], (rows, depth, columns): (usize, usize, usize)) -> Vec<f32> {
    let mut c = vec![0.0; rows * columns];
    for i in 0..rows {
        for j in 0..columns {
            c[i * columns + j] = (0..depth).map(|k| a[i * depth + k] * b[k * columns + j]).sum();
        }
    }
    c
}

const SIZES: [(usize, usize, usize); 12] = [
    (1, 1, 1),
    (1, 300, 40),
    (40, 300, 1),
    (2, 33, 70),
    (3, 5, 7),
    (5, 4, 3),
    (6, 16, 16),
    (7, 257, 17),
    (97, 3, 5),
    (100, 260, 33),
    (13, 2, 515),
    (4, 0, 3),
];

#[test]
fn products_equal_the_definition() {
    for size in SIZES {
        let (rows, depth, columns) = size;
        let (a, b) = (matrix(rows, depth), matrix(depth, columns));
        let expected = definition(&list(&a), &list(&b), size);
        assert_eq!(list(&matmul(&a, &b).unwrap()), expected, "{size:?}");
        // the same matrices, stored the other way round
        let turn = |x: &AnyArray| {
            let turned = permute_dims(x, None).unwrap().contiguous().unwrap();
            permute_dims(&turned, None).unwrap()
        };
        assert_eq!(list(&matmul(&turn(&a), &b).unwrap()), expected, "{size:?}");
        assert_eq!(list(&matmul(&a, &turn(&b)).unwrap()), expected, "{size:?}");
        assert_eq!(list(&matmul(&turn(&a), &turn(&b)).unwrap()), expected, "{size:?}");
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn every_level_gives_the_same() {
    for size in SIZES {
        let (rows, depth, columns) = size;
        let (a, b) = (list(&matrix(rows, depth)), list(&matrix(depth, columns)));
        let left = Matrix { data: &a, rows, columns: depth, strides: [depth, 1] };
        let right = Matrix { data: &b, rows: depth, columns, strides: [columns, 1] };
        let mut c = vec![0.0; rows * columns];
        portable::gemm_f32(left, right, &mut c);
        assert_eq!(c, definition(&a, &b, size), "{size:?}");
    }
}

#[test]
fn shapes_that_do_not_fit_are_errors() {
    let scalar: AnyArray = Array::scalar(1.0f32).into();
    assert!(matches!(matmul(&matrix(2, 3), &matrix(2, 3)), Err(Error::Value(_))));
    assert!(matches!(matmul(&scalar, &matrix(2, 3)), Err(Error::Value(_))));
    for bad in ["ij", "ij,jk", "i->i", "ij->ik", "ij->ii", "i1->i", "...", "->", ""] {
        let operands = [matrix(2, 3)];
        let result = einsum(bad, &operands);
        assert!(bad == "ij" || bad == "..." || matches!(result, Err(Error::Value(_))), "{bad}");
    }
}
