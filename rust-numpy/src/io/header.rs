//! The header of a `.npy` file: a Python dictionary with dtype, order and shape.

use crate::dtype::DType;
use crate::error::{Error, Result};

/// What a header says.
#[derive(Debug, PartialEq)]
pub struct Header {
    /// The dtype of the elements.
    pub dtype: DType,
    /// Whether their bytes are in the opposite order.
    pub big_endian: bool,
    /// Whether the first axis is the fastest.
    pub fortran: bool,
    /// Length of each axis.
    pub shape: Vec<usize>,
}

fn invalid(what: &str) -> Error {
    Error::value(format!("not a usable .npy header: {what}"))
}

/// What stands behind `'key':`.
fn value_of<'a>(text: &'a str, key: &str) -> Result<&'a str> {
    let quoted = [format!("'{key}'"), format!("\"{key}\"")];
    let after =
        quoted.iter().find_map(|k| text.split_once(k.as_str())).ok_or_else(|| invalid("a key is missing"))?.1;
    let value = after.trim_start().strip_prefix(':').ok_or_else(|| invalid("a colon is missing"))?;
    Ok(value.trim_start())
}

impl Header {
    /// Reads the dictionary. Errors: `Value` if it is damaged, `Type` for other dtypes.
    pub fn parse(text: &str) -> Result<Header> {
        let descr = value_of(text, "descr")?;
        let quote = descr.chars().next().filter(|c| "'\"".contains(*c)).ok_or_else(|| {
            Error::dtype("only files of plain numbers can be read, not of structures or objects")
        })?;
        let descr = descr[1..].split(quote).next().unwrap_or_default();
        let name = descr.trim_start_matches(['<', '>', '|', '=']);
        let dtype = DType::ALL.into_iter().find(|d| d.typestr()[1..] == *name);
        let dtype =
            dtype.ok_or_else(|| Error::dtype(format!("arrays of dtype {descr:?} are not supported")))?;
        let fortran = match value_of(text, "fortran_order")? {
            value if value.starts_with("True") => true,
            value if value.starts_with("False") => false,
            _ => return Err(invalid("fortran_order is neither True nor False")),
        };
        let shape = value_of(text, "shape")?.strip_prefix('(').and_then(|s| s.split_once(')'));
        let (shape, _) = shape.ok_or_else(|| invalid("the shape is no tuple"))?;
        let lengths = shape.split(',').map(str::trim).filter(|s| !s.is_empty());
        // Python 2 wrote long integers with an L
        let parse =
            |s: &str| s.trim_end_matches('L').parse::<usize>().map_err(|_| invalid("the shape is damaged"));
        let shape = lengths.map(parse).collect::<Result<Vec<usize>>>()?;
        crate::layout::size_of_shape(&shape)?;
        Ok(Header { dtype, big_endian: descr.starts_with('>'), fortran, shape })
    }

    /// The dictionary as NumPy writes it.
    pub fn text(&self) -> String {
        let lengths: Vec<String> = self.shape.iter().map(usize::to_string).collect();
        let comma = if lengths.len() == 1 { "," } else { "" };
        let order = if self.fortran { "True" } else { "False" };
        let descr = self.dtype.typestr();
        format!(
            "{{'descr': '{descr}', 'fortran_order': {order}, 'shape': ({}{comma}), }}",
            lengths.join(", ")
        )
    }
}
