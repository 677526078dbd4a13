//! Arrays, views and their memory.

use rust_numpy_core::index::{Index, get, set};
use rust_numpy_core::{AnyArray, Array, DType, Error, Scalar};

fn numbers(n: i64, shape: &[usize]) -> AnyArray {
    Array::from_vec((0..n).collect(), shape).unwrap().into()
}

fn list(x: &AnyArray) -> Vec<i64> {
    x.to::<i64>().unwrap().to_vec().unwrap()
}

#[test]
fn views_share_memory_and_copies_do_not() {
    let x = numbers(6, &[2, 3]);
    let row = get(&x, &[Index::At(1)]).unwrap();
    let copy = x.copy().unwrap();
    set(&row, &[Index::Slice(None, None, Some(-2))], &numbers(1, &[1])).unwrap();
    assert_eq!(list(&x), [0, 1, 2, 0, 4, 0]);
    assert_eq!(list(&copy), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn a_snapshot_never_changes() {
    let x = Array::from_vec(vec![1, 2, 3], &[3]).unwrap();
    let before = x.snapshot();
    x.assign(&Array::scalar(9)).unwrap();
    assert_eq!(before[..], [1, 2, 3]);
    assert_eq!(x.to_vec().unwrap(), [9, 9, 9]);
}

#[test]
fn overlapping_assignment_reads_before_it_writes() {
    let x = numbers(5, &[5]);
    let source = get(&x, &[Index::Slice(None, Some(-1), None)]).unwrap();
    set(&x, &[Index::Slice(Some(1), None, None)], &source).unwrap();
    assert_eq!(list(&x), [0, 0, 1, 2, 3]);
}

#[test]
fn threads_may_write_while_others_read() {
    let x = Array::<i64>::zeros(&[4096]).unwrap();
    std::thread::scope(|scope| {
        let reader = x.clone();
        scope.spawn(move || {
            for _ in 0..200 {
                let seen = reader.to_vec().unwrap();
                assert!(seen.iter().all(|&v| v == seen[0]), "a write was seen half done");
            }
        });
        for i in 0..200 {
            x.assign(&Array::scalar(i)).unwrap();
        }
    });
    assert_eq!(x.to_vec().unwrap(), vec![199; 4096]);
}

#[test]
fn indices_out_of_bounds_are_errors() {
    let x = numbers(6, &[2, 3]);
    for items in [
        vec![Index::At(2)],
        vec![Index::At(-3)],
        vec![Index::At(0); 3],
        vec![Index::Ellipsis, Index::Ellipsis],
        vec![Index::Take(Array::from_vec(vec![0, 5], &[2]).unwrap())],
        vec![Index::Mask(Array::from_vec(vec![true; 3], &[3]).unwrap())],
    ] {
        assert!(matches!(get(&x, &items), Err(Error::Index(_))), "{items:?}");
    }
    assert!(matches!(get(&x, &[Index::Slice(None, None, Some(0))]), Err(Error::Value(_))));
}

#[test]
fn extreme_slices_are_empty_or_whole() {
    let x = numbers(3, &[3]);
    let cut = |a, b, s| list(&get(&x, &[Index::Slice(a, b, s)]).unwrap());
    let (low, high) = (Some(isize::MIN), Some(isize::MAX));
    assert_eq!(cut(low, high, None), [0, 1, 2]);
    assert_eq!(cut(high, low, Some(-1)), [2, 1, 0]);
    assert_eq!(cut(high, low, None), []);
    assert_eq!(cut(None, None, high), [0]);
    assert_eq!(cut(None, None, low), [2]);
}

#[test]
fn sizes_that_cannot_be_are_errors() {
    let huge = usize::MAX / 2;
    assert!(matches!(Array::<f64>::zeros(&[huge, 4]), Err(Error::Value(_))));
    assert!(matches!(Array::<f64>::zeros(&[1 << 58]), Err(Error::Memory(_))));
    assert!(matches!(Array::<f64>::zeros(&[1; 65]), Err(Error::Value(_))));
    assert_eq!(Array::<f64>::zeros(&[huge, 0]).unwrap().size(), 0);
    assert!(matches!(Array::from_vec(vec![1, 2, 3], &[2]), Err(Error::Value(_))));
}

#[test]
fn python_numbers_adapt_or_overflow() {
    let fits = Scalar::Int(255).to_array(DType::U8).unwrap();
    assert_eq!(fits.item().unwrap(), Scalar::Int(255));
    assert!(matches!(Scalar::Int(256).to_array(DType::U8), Err(Error::Overflow(_))));
    assert!(matches!(Scalar::Int(-1).to_array(DType::U64), Err(Error::Overflow(_))));
    assert_eq!(Scalar::Float(1.0).promote(DType::F32), DType::F32);
    assert_eq!(Scalar::Float(1.0).promote(DType::I8), DType::F64);
    assert_eq!(Scalar::Complex(0.0, 1.0).promote(DType::F32), DType::C64);
}
