//! Functions element by element.

use pyo3::prelude::*;
use pyo3::types::PyModule;
use rust_numpy_core as core;
use rust_numpy_core::elementwise::{self as ew, BinaryOp, CompareOp, LogicalOp, TestOp, UnaryOp};
use rust_numpy_core::simd::float::Math;
use rust_numpy_core::{AnyArray, Operand, Scalar};

use crate::array::ArrayObject;
use crate::convert::{Arg, OrRaise, run};

/// `op` of the argument.
pub fn unary(py: Python<'_>, op: UnaryOp, x: &AnyArray) -> PyResult<ArrayObject> {
    run(py, x.size(), || ew::unary(op, x))
}

/// `op` of both arguments.
pub fn binary(py: Python<'_>, op: BinaryOp, x: &Operand, y: &Operand) -> PyResult<ArrayObject> {
    if let (BinaryOp::Pow, Operand::Array(x), Operand::Scalar(power)) = (op, x, y)
        && let Some(result) = easy_power(py, x, *power)
    {
        return result;
    }
    let (x, y) = Operand::pair(x, y).or_raise()?;
    run(py, x.size().max(y.size()), || ew::binary(op, &x, &y))
}

/// Powers that have a simpler function, as NumPy takes them.
fn easy_power(py: Python<'_>, x: &AnyArray, power: Scalar) -> Option<PyResult<ArrayObject>> {
    let dtype = x.dtype();
    if dtype.is_exact() {
        return (dtype.is_integer() && power == Scalar::Int(2)).then(|| unary(py, UnaryOp::Square, x));
    }
    let op = match power {
        Scalar::Int(2) | Scalar::Float(2.0) => UnaryOp::Square,
        Scalar::Int(1) | Scalar::Float(1.0) => UnaryOp::Positive,
        Scalar::Float(0.5) if dtype.kind() == core::Kind::Float => UnaryOp::Sqrt,
        Scalar::Int(-1) | Scalar::Float(-1.0) if dtype.kind() == core::Kind::Float => UnaryOp::Reciprocal,
        _ => return None,
    };
    Some(unary(py, op, x))
}

/// The comparison of both arguments.
pub fn compare(py: Python<'_>, op: CompareOp, x: &Operand, y: &Operand) -> PyResult<ArrayObject> {
    let (x, y) = Operand::comparable(x, y).or_raise()?;
    run(py, x.size().max(y.size()), || ew::compare(op, &x, &y))
}

macro_rules! functions {
    (
        unary { $($u:ident $u_op:expr;)* }
        binary { $($b:ident $b_op:expr;)* }
        compare { $($c:ident $c_op:expr;)* }
        logical { $($l:ident $l_op:expr;)* }
        test { $($t:ident $t_op:expr;)* }
    ) => {
        $(#[pyfunction]
        #[pyo3(signature = (x, /))]
        fn $u(py: Python<'_>, x: Arg) -> PyResult<ArrayObject> {
            unary(py, $u_op, &x.array()?)
        })*
        $(#[pyfunction]
        #[pyo3(signature = (x1, x2, /))]
        fn $b(py: Python<'_>, x1: Arg, x2: Arg) -> PyResult<ArrayObject> {
            binary(py, $b_op, &x1.0, &x2.0)
        })*
        $(#[pyfunction]
        #[pyo3(signature = (x1, x2, /))]
        fn $c(py: Python<'_>, x1: Arg, x2: Arg) -> PyResult<ArrayObject> {
            compare(py, $c_op, &x1.0, &x2.0)
        })*
        $(#[pyfunction]
        #[pyo3(signature = (x1, x2, /))]
        fn $l(py: Python<'_>, x1: Arg, x2: Arg) -> PyResult<ArrayObject> {
            let (x, y) = (x1.array()?, x2.array()?);
            run(py, x.size().max(y.size()), || ew::logical($l_op, &x, &y))
        })*
        $(#[pyfunction]
        #[pyo3(signature = (x, /))]
        fn $t(py: Python<'_>, x: Arg) -> PyResult<ArrayObject> {
            let x = x.array()?;
            run(py, x.size(), || ew::test($t_op, &x))
        })*

        /// Puts the functions into the module.
        pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
            $(module.add_function(wrap_pyfunction!($u, module)?)?;)*
            $(module.add_function(wrap_pyfunction!($b, module)?)?;)*
            $(module.add_function(wrap_pyfunction!($c, module)?)?;)*
            $(module.add_function(wrap_pyfunction!($l, module)?)?;)*
            $(module.add_function(wrap_pyfunction!($t, module)?)?;)*
            module.add_function(wrap_pyfunction!(logical_not, module)?)?;
            module.add_function(wrap_pyfunction!(clip, module)?)?;
            module.add_function(wrap_pyfunction!(r#where, module)?)
        }
    };
}

functions! {
    unary {
        positive UnaryOp::Positive;
        negative UnaryOp::Negative;
        abs UnaryOp::Abs;
        sign UnaryOp::Sign;
        square UnaryOp::Square;
        bitwise_invert UnaryOp::Invert;
        floor UnaryOp::Floor;
        ceil UnaryOp::Ceil;
        trunc UnaryOp::Trunc;
        round UnaryOp::Round;
        conj UnaryOp::Conj;
        real UnaryOp::Real;
        imag UnaryOp::Imag;
        sqrt UnaryOp::Sqrt;
        reciprocal UnaryOp::Reciprocal;
        exp UnaryOp::Exp;
        tanh UnaryOp::Tanh;
        exp2 UnaryOp::Math(Math::Exp2);
        expm1 UnaryOp::Math(Math::Expm1);
        log UnaryOp::Math(Math::Log);
        log1p UnaryOp::Math(Math::Log1p);
        log2 UnaryOp::Math(Math::Log2);
        log10 UnaryOp::Math(Math::Log10);
        sin UnaryOp::Math(Math::Sin);
        cos UnaryOp::Math(Math::Cos);
        tan UnaryOp::Math(Math::Tan);
        asin UnaryOp::Math(Math::Asin);
        acos UnaryOp::Math(Math::Acos);
        atan UnaryOp::Math(Math::Atan);
        sinh UnaryOp::Math(Math::Sinh);
        cosh UnaryOp::Math(Math::Cosh);
        asinh UnaryOp::Math(Math::Asinh);
        acosh UnaryOp::Math(Math::Acosh);
        atanh UnaryOp::Math(Math::Atanh);
        cbrt UnaryOp::Math(Math::Cbrt);
    }
    binary {
        add BinaryOp::Add;
        subtract BinaryOp::Subtract;
        multiply BinaryOp::Multiply;
        divide BinaryOp::Divide;
        floor_divide BinaryOp::FloorDivide;
        remainder BinaryOp::Remainder;
        pow BinaryOp::Pow;
        maximum BinaryOp::Maximum;
        minimum BinaryOp::Minimum;
        atan2 BinaryOp::Atan2;
        hypot BinaryOp::Hypot;
        logaddexp BinaryOp::LogAddExp;
        copysign BinaryOp::CopySign;
        nextafter BinaryOp::NextAfter;
        bitwise_and BinaryOp::And;
        bitwise_or BinaryOp::Or;
        bitwise_xor BinaryOp::Xor;
        bitwise_left_shift BinaryOp::ShiftLeft;
        bitwise_right_shift BinaryOp::ShiftRight;
    }
    compare {
        equal CompareOp::Equal;
        not_equal CompareOp::NotEqual;
        less CompareOp::Less;
        less_equal CompareOp::LessEqual;
        greater CompareOp::Greater;
        greater_equal CompareOp::GreaterEqual;
    }
    logical {
        logical_and LogicalOp::And;
        logical_or LogicalOp::Or;
        logical_xor LogicalOp::Xor;
    }
    test {
        isnan TestOp::IsNan;
        isinf TestOp::IsInf;
        isfinite TestOp::IsFinite;
        signbit TestOp::SignBit;
    }
}

#[pyfunction]
#[pyo3(signature = (x, /))]
fn logical_not(py: Python<'_>, x: Arg) -> PyResult<ArrayObject> {
    let x = x.array()?;
    run(py, x.size(), || ew::logical_not(&x))
}

/// The elements no less than `min` and no more than `max`.
#[pyfunction]
#[pyo3(signature = (x, /, min = None, max = None))]
pub fn clip(py: Python<'_>, x: Arg, min: Option<Arg>, max: Option<Arg>) -> PyResult<ArrayObject> {
    let x = x.array()?;
    let bound = |limit: Option<Arg>| {
        limit.map(|limit| Operand::pair(&x.clone().into(), &limit.0).map(|(_, limit)| limit)).transpose()
    };
    let (low, high) = (bound(min).or_raise()?, bound(max).or_raise()?);
    run(py, x.size(), || ew::clip(&x, low.as_ref(), high.as_ref()))
}

#[pyfunction]
#[pyo3(signature = (condition, x1, x2, /))]
fn r#where(py: Python<'_>, condition: Arg, x1: Arg, x2: Arg) -> PyResult<ArrayObject> {
    let condition = condition.array()?;
    let (x, y) = Operand::pair(&x1.0, &x2.0).or_raise()?;
    let size = condition.size().max(x.size()).max(y.size());
    run(py, size, || ew::where_(&condition, &x, &y))
}
