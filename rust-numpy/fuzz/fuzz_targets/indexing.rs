//! Any index into an array of any small shape: an error, or a selection that can be read and
//! written.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use rust_numpy_core::index::{Index, get, set};
use rust_numpy_core::{AnyArray, Array};

#[derive(Arbitrary, Debug)]
enum Item {
    At(isize),
    Slice(Option<isize>, Option<isize>, Option<isize>),
    NewAxis,
    Ellipsis,
    Take(Vec<i64>),
    Mask(Vec<bool>),
}

#[derive(Arbitrary, Debug)]
struct Case {
    shape: Vec<u8>,
    items: Vec<Item>,
}

fn index(item: Item) -> Option<Index> {
    Some(match item {
        Item::At(i) => Index::At(i),
        Item::Slice(start, stop, step) => Index::Slice(start, stop, step),
        Item::NewAxis => Index::NewAxis,
        Item::Ellipsis => Index::Ellipsis,
        Item::Take(list) => {
            let n = list.len();
            Index::Take(Array::from_vec(list, &[n]).ok()?)
        }
        Item::Mask(list) => {
            let n = list.len();
            Index::Mask(Array::from_vec(list, &[n]).ok()?)
        }
    })
}

fuzz_target!(|case: Case| {
    let shape: Vec<usize> = case.shape.iter().take(4).map(|&n| usize::from(n % 5)).collect();
    let size: usize = shape.iter().product();
    let numbers = (0..size).map(|i| i as i32).collect();
    let array = AnyArray::from(Array::from_vec(numbers, &shape).expect("as many as the shape says"));
    let Some(items) = case.items.into_iter().map(index).collect::<Option<Vec<Index>>>() else { return };
    if let Ok(selected) = get(&array, &items) {
        let values = selected.typed::<i32>().expect("the dtype stays").to_vec().expect("it is small");
        assert!(values.iter().all(|&v| (0..size as i32).contains(&v)));
        let minus = AnyArray::from(Array::scalar(-1i32));
        set(&array, &items, &minus).expect("what can be read can be written");
    }
});
