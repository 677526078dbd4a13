//! The element types and how two of them combine (NumPy 2's promotion table).

/// The type of an array's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the names say all there is to say
pub enum DType {
    Bool,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F32,
    F64,
    C64,
    C128,
}

/// The family of a dtype, in the order in which families win a promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `bool`
    Bool,
    /// `uint8` to `uint64`
    Unsigned,
    /// `int8` to `int64`
    Signed,
    /// `float32`, `float64`
    Float,
    /// `complex64`, `complex128`
    Complex,
}

impl DType {
    /// Every dtype, smallest family first.
    pub const ALL: [DType; 13] = [
        DType::Bool,
        DType::I8,
        DType::I16,
        DType::I32,
        DType::I64,
        DType::U8,
        DType::U16,
        DType::U32,
        DType::U64,
        DType::F32,
        DType::F64,
        DType::C64,
        DType::C128,
    ];

    /// NumPy's name: `"float32"`.
    pub fn name(self) -> &'static str {
        match self {
            DType::Bool => "bool",
            DType::I8 => "int8",
            DType::I16 => "int16",
            DType::I32 => "int32",
            DType::I64 => "int64",
            DType::U8 => "uint8",
            DType::U16 => "uint16",
            DType::U32 => "uint32",
            DType::U64 => "uint64",
            DType::F32 => "float32",
            DType::F64 => "float64",
            DType::C64 => "complex64",
            DType::C128 => "complex128",
        }
    }

    /// The dtype with this name.
    pub fn from_name(name: &str) -> Option<DType> {
        DType::ALL.into_iter().find(|dtype| dtype.name() == name)
    }

    /// Bytes of one element.
    pub fn size(self) -> usize {
        match self {
            DType::Bool | DType::I8 | DType::U8 => 1,
            DType::I16 | DType::U16 => 2,
            DType::I32 | DType::U32 | DType::F32 => 4,
            DType::I64 | DType::U64 | DType::F64 | DType::C64 => 8,
            DType::C128 => 16,
        }
    }

    /// The family.
    pub fn kind(self) -> Kind {
        match self {
            DType::Bool => Kind::Bool,
            DType::U8 | DType::U16 | DType::U32 | DType::U64 => Kind::Unsigned,
            DType::I8 | DType::I16 | DType::I32 | DType::I64 => Kind::Signed,
            DType::F32 | DType::F64 => Kind::Float,
            DType::C64 | DType::C128 => Kind::Complex,
        }
    }

    /// True for the signed and unsigned integers.
    pub fn is_integer(self) -> bool {
        matches!(self.kind(), Kind::Signed | Kind::Unsigned)
    }

    /// True for bool and the integers.
    pub fn is_exact(self) -> bool {
        self.kind() <= Kind::Signed
    }

    /// The type string of NumPy's array interface and `.npy` files: `"<f4"`.
    pub fn typestr(self) -> String {
        let letter = match self.kind() {
            Kind::Bool => 'b',
            Kind::Unsigned => 'u',
            Kind::Signed => 'i',
            Kind::Float => 'f',
            Kind::Complex => 'c',
        };
        let order = if self.size() == 1 { '|' } else { '<' };
        format!("{order}{letter}{}", self.size())
    }

    /// The smallest dtype that holds both (`numpy.promote_types`).
    ///
    /// ```
    /// use rust_numpy_core::DType;
    /// assert_eq!(DType::U64.promote(DType::I8), DType::F64);
    /// assert_eq!(DType::F32.promote(DType::I32), DType::F64);
    /// ```
    pub fn promote(self, other: DType) -> DType {
        let (low, high) = if self.kind() <= other.kind() { (self, other) } else { (other, self) };
        let wide = |dtype: DType| dtype.is_integer() && dtype.size() > 2;
        match (low.kind(), high.kind()) {
            (Kind::Bool, _) => high,
            (a, b) if a == b => {
                if low.size() > high.size() {
                    low
                } else {
                    high
                }
            }
            (Kind::Unsigned, Kind::Signed) if high.size() > low.size() => high,
            (Kind::Unsigned, Kind::Signed) => match low.size() {
                1 => DType::I16,
                2 => DType::I32,
                4 => DType::I64,
                _ => DType::F64,
            },
            (_, Kind::Float) if wide(low) => DType::F64,
            (_, Kind::Complex) if wide(low) || low == DType::F64 => DType::C128,
            _ => high,
        }
    }

    /// The dtype in which a function of real numbers (`exp`, `sqrt`) is computed. NumPy computes
    /// 8-bit integers in float16, which does not exist here: they become float32.
    pub fn to_float(self) -> DType {
        match self.kind() {
            Kind::Float | Kind::Complex => self,
            _ if self.size() <= 2 => DType::F32,
            _ => DType::F64,
        }
    }

    /// The real dtype of the same precision: `complex64` gives `float32`.
    pub fn to_real(self) -> DType {
        match self {
            DType::C64 => DType::F32,
            DType::C128 => DType::F64,
            other => other,
        }
    }

    /// The complex dtype that holds this one.
    pub fn to_complex(self) -> DType {
        match self.to_float() {
            DType::F32 if self == DType::F32 => DType::C64,
            DType::C64 => DType::C64,
            _ => DType::C128,
        }
    }

    /// The dtype in which sums and products accumulate: 64 bits for the exact dtypes.
    pub fn to_sum(self) -> DType {
        match self.kind() {
            Kind::Bool | Kind::Signed => DType::I64,
            Kind::Unsigned => DType::U64,
            _ => self,
        }
    }

    /// NumPy's `can_cast(self, to, "same_kind")`.
    pub fn can_cast_same_kind(self, to: DType) -> bool {
        self.kind() <= to.kind() && !(self.kind() == Kind::Bool && to.kind() < Kind::Bool)
    }

    /// NumPy's `can_cast(self, to, "safe")`: nothing is lost.
    pub fn can_cast_safe(self, to: DType) -> bool {
        self.promote(to) == to
    }
}
