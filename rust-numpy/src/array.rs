//! Arrays whose element type is known.

use std::sync::Arc;

use crate::element::{Element, cast};
use crate::error::{Error, Result};
use crate::layout::{Layout, display_shape, size_of_shape};
use crate::plan::{CHUNK, Plan, copy_run, run, write_run};
use crate::storage::{Buffer, Data, Storage, reserve, zeros};

/// An n-dimensional array. Cloning and slicing give views of the same elements.
#[derive(Clone)]
pub struct Array<T: Element> {
    storage: Storage<T>,
    layout: Layout,
}

impl<T: Element> std::fmt::Debug for Array<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Array{} of {}", display_shape(self.shape()), T::DTYPE.name())
    }
}

impl<T: Element> Array<T> {
    /// An array of these elements, last axis fastest.
    /// Errors: `Value` if their number is not that of the shape.
    ///
    /// ```
    /// use rust_numpy_core::Array;
    /// let a = Array::from_vec(vec![1.0f32, 2.0, 3.0, 4.0], &[2, 2]).unwrap();
    /// assert_eq!(a.shape(), [2, 2]);
    /// assert!(Array::from_vec(vec![1u8], &[2, 2]).is_err());
    /// ```
    pub fn from_vec(vec: Vec<T>, shape: &[usize]) -> Result<Self> {
        Self::from_data(Data::Owned(vec), shape)
    }

    /// An array over memory that somebody else owns; writing to the array copies it first.
    /// Errors: `Value` if its length is not that of the shape.
    pub fn from_buffer(buffer: Box<dyn Buffer<T>>, shape: &[usize]) -> Result<Self> {
        Self::from_data(Data::Foreign(buffer), shape)
    }

    fn from_data(data: Data<T>, shape: &[usize]) -> Result<Self> {
        let layout = Layout::contiguous(shape)?;
        if layout.size() != data.len() {
            let shape = display_shape(shape);
            return Err(Error::value(format!(
                "{} elements do not make an array of shape {shape}",
                data.len()
            )));
        }
        Ok(Array { storage: Storage::new(data), layout })
    }

    /// An array of no dimensions.
    pub fn scalar(value: T) -> Self {
        let layout = Layout { shape: Vec::new(), strides: Vec::new(), offset: 0 };
        Array { storage: Storage::new(Data::Owned(vec![value])), layout }
    }

    /// Zeros. Errors: `Value`, `Memory` if the shape is too big.
    pub fn zeros(shape: &[usize]) -> Result<Self> {
        Self::from_vec(zeros(size_of_shape(shape)?)?, shape)
    }

    /// `value` everywhere. Errors: `Value`, `Memory` if the shape is too big.
    pub fn full(shape: &[usize], value: T) -> Result<Self> {
        let len = size_of_shape(shape)?;
        let mut vec = reserve(len)?;
        vec.resize(len, value);
        Self::from_vec(vec, shape)
    }

    /// Length of each axis.
    pub fn shape(&self) -> &[usize] {
        &self.layout.shape
    }

    /// Number of dimensions.
    pub fn ndim(&self) -> usize {
        self.layout.ndim()
    }

    /// Number of elements.
    pub fn size(&self) -> usize {
        self.layout.size()
    }

    /// Where the elements lie in [`Array::snapshot`].
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The memory as it is now, of this array and everything it shares with.
    #[inline]
    pub fn snapshot(&self) -> Arc<Data<T>> {
        self.storage.snapshot()
    }

    /// Other elements of the same memory. The layout must come from this array's own.
    pub(crate) fn view(&self, layout: Layout) -> Self {
        Array { storage: self.storage.clone(), layout }
    }

    /// The elements in order, last axis fastest. Errors: `Memory`.
    pub fn to_vec(&self) -> Result<Vec<T>> {
        let data = self.snapshot();
        if self.size() == 0 {
            return Ok(Vec::new()); // its offset may be behind the end
        }
        if self.layout.is_contiguous() {
            let at = self.layout.offset;
            return crate::storage::copy(&data[at..at + self.size()]);
        }
        let mut out = zeros(self.size())?;
        gather(&data, &self.layout, &mut out);
        Ok(out)
    }

    /// The same elements in memory of their own. Errors: `Memory`.
    pub fn copy(&self) -> Result<Self> {
        Self::from_vec(self.to_vec()?, self.shape())
    }

    /// This array if its elements lie in order, else a copy. Errors: `Memory`.
    pub fn contiguous(&self) -> Result<Self> {
        if self.layout.is_contiguous() { Ok(self.clone()) } else { self.copy() }
    }

    /// The elements in order, without a copy where they lie so already. Errors: `Memory`.
    pub fn dense(&self) -> Result<Dense<T>> {
        let array = self.contiguous()?;
        let (at, len) = (array.layout.offset, array.size());
        // an empty array may point behind the end
        let at = if len == 0 { 0 } else { at };
        Ok(Dense { data: array.snapshot(), at, len })
    }

    /// The only element. Errors: `Value` if there is not exactly one.
    pub fn item(&self) -> Result<T> {
        if self.size() != 1 {
            return Err(Error::value("can only convert an array of size 1 to a Python scalar"));
        }
        Ok(self.snapshot()[self.layout.offset])
    }

    /// The elements as another type. Errors: `Memory`.
    pub fn cast<U: Element>(&self) -> Result<Array<U>> {
        // through `dense`, not `map`: there are 169 pairs of types to compile this for
        let x = self.dense()?;
        let mut out = zeros(x.len())?;
        for (o, &x) in out.iter_mut().zip(x.iter()) {
            *o = cast(x);
        }
        Array::from_vec(out, self.shape())
    }

    /// A new array of the same shape, computed by `kernel` from piece to piece. Errors: `Memory`.
    pub fn map<U: Element>(&self, kernel: impl Fn(&[T], &mut [U])) -> Result<Array<U>> {
        self.map_dyn(&kernel)
    }

    fn map_dyn<U: Element>(&self, kernel: &dyn Fn(&[T], &mut [U])) -> Result<Array<U>> {
        let mut out = reserve(self.size())?;
        let data = self.snapshot();
        let plan = Plan::new([&self.layout]);
        let mut side = Side::new(plan.strides[0], plan.len);
        plan.each(|[at]| {
            side.begin(&data, at);
            for skip in (0..plan.len).step_by(CHUNK) {
                let piece = grow(&mut out, CHUNK.min(plan.len - skip));
                kernel(side.piece(&data, at, skip, piece.len()), piece);
            }
        });
        Array::from_vec(out, self.shape())
    }

    /// A new array of the broadcast shape, computed by `kernel` from piece to piece.
    /// Errors: `Value` if the shapes do not broadcast, `Memory`.
    pub fn zip<U: Element, V: Element>(
        &self,
        other: &Array<U>,
        kernel: impl Fn(&[T], &[U], &mut [V]),
    ) -> Result<Array<V>> {
        self.zip_dyn(other, &kernel)
    }

    fn zip_dyn<U: Element, V: Element>(
        &self,
        other: &Array<U>,
        kernel: ZipKernel<'_, T, U, V>,
    ) -> Result<Array<V>> {
        let shape = crate::layout::broadcast_shapes(&[self.shape(), other.shape()])?;
        let (a, b) = (self.layout.broadcast_to(&shape)?, other.layout.broadcast_to(&shape)?);
        let (x, y) = (self.snapshot(), other.snapshot());
        let mut out = reserve(a.size())?;
        let plan = Plan::new([&a, &b]);
        let [sx, sy] = plan.strides;
        let (mut left, mut right) = (Side::new(sx, plan.len), Side::new(sy, plan.len));
        plan.each(|[ax, ay]| {
            left.begin(&x, ax);
            right.begin(&y, ay);
            for skip in (0..plan.len).step_by(CHUNK) {
                let piece = grow(&mut out, CHUNK.min(plan.len - skip));
                let a = left.piece(&x, ax, skip, piece.len());
                let b = right.piece(&y, ay, skip, piece.len());
                kernel(a, b, piece);
            }
        });
        Array::from_vec(out, &shape)
    }

    /// Writes the elements of `value`, broadcast, to this array and all that share its memory.
    /// Errors: `Value` if it does not broadcast, `Memory`.
    pub fn assign(&self, value: &Array<T>) -> Result<()> {
        self.assign_at(&self.layout, value)
    }

    /// [`Array::assign`] to the elements of this memory that `layout` selects.
    pub(crate) fn assign_at(&self, layout: &Layout, value: &Array<T>) -> Result<()> {
        // NumPy drops leading axes of length one here
        let extra = value.ndim().saturating_sub(layout.ndim());
        let value = if extra > 0 && value.shape()[..extra].iter().all(|&n| n == 1) {
            let mut layout = value.layout.clone();
            layout.shape.drain(..extra);
            layout.strides.drain(..extra);
            value.view(layout)
        } else {
            value.clone()
        };
        // a copy of the source is smaller than the copy of all our memory that a write would make
        let value = if self.storage.is_same(&value.storage) { value.copy()? } else { value };
        let from = value.layout.broadcast_to(&layout.shape)?;
        let data = value.snapshot();
        let plan = Plan::new([layout, &from]);
        let [to_stride, from_stride] = plan.strides;
        self.storage.write(|target| {
            let mut buffer = vec![T::default(); if from_stride == 1 { 0 } else { CHUNK.min(plan.len) }];
            plan.each(|[to, from]| {
                for start in (0..plan.len).step_by(CHUNK) {
                    let len = CHUNK.min(plan.len - start);
                    let from = (from as isize + start as isize * from_stride) as usize;
                    let to = (to as isize + start as isize * to_stride) as usize;
                    write_run(target, to, to_stride, run(&data, from, from_stride, len, &mut buffer));
                }
            });
        })
    }

    /// Changes the shared memory directly. Errors: `Memory`.
    pub(crate) fn write<R>(&self, change: impl FnOnce(&mut [T]) -> R) -> Result<R> {
        self.storage.write(change)
    }
}

/// Copies the elements of a layout, in order, to `out`.
pub(crate) fn gather<T: Element>(data: &[T], layout: &Layout, out: &mut [T]) {
    let plan = Plan::new([layout]);
    let mut done = 0;
    plan.each(|[at]| {
        copy_run(data, at, plan.strides[0], &mut out[done..done + plan.len]);
        done += plan.len;
    });
}

/// `len` more elements at the end, to be written. Zeros that are overwritten at once stay in the cache,
/// which is why this is faster than to begin with an array of zeros.
fn grow<U: Element>(out: &mut Vec<U>, len: usize) -> &mut [U] {
    let start = out.len();
    out.resize(start + len, U::default());
    &mut out[start..]
}

/// One side of an operation whose rows are handled in pieces: borrowed where elements are neighbours,
/// else copied together.
struct Side<T> {
    stride: isize,
    buffer: Vec<T>,
}

impl<T: Element> Side<T> {
    fn new(stride: isize, len: usize) -> Self {
        let room = if stride == 1 { 0 } else { CHUNK.min(len) };
        Side { stride, buffer: vec![T::default(); room] }
    }

    /// A row begins at `at`. A single element for the whole row is copied only here.
    fn begin(&mut self, data: &[T], at: usize) {
        if self.stride == 0 {
            self.buffer.fill(data[at]);
        }
    }

    /// `len` elements from the `skip`th of the row that begins at `at`.
    fn piece<'a>(&'a mut self, data: &'a [T], at: usize, skip: usize, len: usize) -> &'a [T] {
        if self.stride == 0 {
            return &self.buffer[..len];
        }
        run(data, at.wrapping_add_signed(skip as isize * self.stride), self.stride, len, &mut self.buffer)
    }
}

/// What `zip` calls for each piece of three arrays.
type ZipKernel<'a, T, U, V> = &'a dyn Fn(&[T], &[U], &mut [V]);

/// An array's elements in order, kept alive.
pub struct Dense<T> {
    data: Arc<Data<T>>,
    at: usize,
    len: usize,
}

impl<T> std::ops::Deref for Dense<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.data[self.at..self.at + self.len]
    }
}
