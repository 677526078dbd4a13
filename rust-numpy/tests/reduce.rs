//! Sums and their order, extremes and NaN.

use rust_numpy_core::manipulate::{flip, permute_dims};
use rust_numpy_core::reduce::{Axes, ReduceOp, argmax, argmin, mean, reduce};
use rust_numpy_core::{AnyArray, Array, Error};

fn over(axes: &[isize]) -> Axes {
    Axes { axes: Some(axes.to_vec()), keepdims: false }
}

fn floats(values: &[f32], shape: &[usize]) -> AnyArray {
    Array::from_vec(values.to_vec(), shape).unwrap().into()
}

fn list(x: &AnyArray) -> Vec<f32> {
    x.typed::<f32>().unwrap().to_vec().unwrap()
}

#[test]
fn sums_are_pairwise() {
    // one after the other, a million tenths would be off by about one percent
    let x: AnyArray = Array::full(&[1 << 20], 0.1f32).unwrap().into();
    let sum = list(&reduce(ReduceOp::Sum, &x, &Axes::default(), None).unwrap())[0];
    assert!((sum - 104_857.6).abs() < 0.05, "{sum}");
}

#[test]
fn any_order_of_axes_gives_the_same_sums() {
    let values: Vec<f32> = (0..24).map(|v| v as f32).collect();
    let x = floats(&values, &[2, 3, 4]);
    let turned = flip(&permute_dims(&x, None).unwrap(), None).unwrap();
    for (axes, other) in [(&[0][..], &[2][..]), (&[1], &[1]), (&[0, 2], &[2, 0]), (&[0, 1, 2], &[0, 1, 2])] {
        let mut a = list(&reduce(ReduceOp::Sum, &x, &over(axes), None).unwrap());
        let mut b = list(&reduce(ReduceOp::Sum, &turned, &over(other), None).unwrap());
        a.sort_by(f32::total_cmp);
        b.sort_by(f32::total_cmp);
        assert_eq!(a, b);
    }
}

#[test]
fn nan_wins() {
    let x = floats(&[1.0, f32::NAN, 3.0, -1.0, 0.0, 2.0], &[2, 3]);
    for op in [ReduceOp::Max, ReduceOp::Min, ReduceOp::Sum] {
        let result = list(&reduce(op, &x, &over(&[1]), None).unwrap());
        assert!(result[0].is_nan() && !result[1].is_nan());
    }
    assert_eq!(argmax(&x, None, false).unwrap().to_vec().unwrap(), [1]);
    assert_eq!(argmin(&x, Some(1), false).unwrap().to_vec().unwrap(), [1, 0]);
}

#[test]
fn nothing_has_a_sum_but_no_maximum() {
    let x = floats(&[], &[0, 2]);
    assert_eq!(list(&reduce(ReduceOp::Sum, &x, &over(&[0]), None).unwrap()), [0.0, 0.0]);
    assert!(matches!(reduce(ReduceOp::Max, &x, &over(&[0]), None), Err(Error::Value(_))));
    assert!(list(&reduce(ReduceOp::Max, &x, &over(&[1]), None).unwrap()).is_empty());
    assert!(list(&mean(&x, &over(&[0]), None).unwrap()).iter().all(|v| v.is_nan()));
}

#[test]
fn wrong_axes_are_errors() {
    let x = floats(&[1.0], &[1]);
    for axes in [&[1][..], &[-2], &[0, 0], &[isize::MIN], &[isize::MAX]] {
        assert!(matches!(reduce(ReduceOp::Sum, &x, &over(axes), None), Err(Error::Value(_))));
    }
}
