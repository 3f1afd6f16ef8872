//! The values of a GGUF head.

use std::io::Read;

use super::GgufError;

/// A value that is kept, or the fact that there was one.
#[derive(Debug)]
pub(super) enum Value {
    Number(u64),
    Text(String),
    /// The largest number of an array (layers may differ, as in hybrid models).
    Numbers(u64),
    Other,
}

impl Value {
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(number) | Self::Numbers(number) => Some(*number),
            Self::Text(_) | Self::Other => None,
        }
    }

    pub fn into_string(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Value types by their number in the file.
const UINT8: u32 = 0;
const INT8: u32 = 1;
const UINT16: u32 = 2;
const INT16: u32 = 3;
const UINT32: u32 = 4;
const INT32: u32 = 5;
const FLOAT32: u32 = 6;
const BOOL: u32 = 7;
const STRING: u32 = 8;
const ARRAY: u32 = 9;
const UINT64: u32 = 10;
const INT64: u32 = 11;
const FLOAT64: u32 = 12;

/// Reads little-endian values, never past the file's end, and allocates no
/// more than the file is long.
pub(super) struct Reader<R> {
    inner: R,
    position: u64,
    length: u64,
}

impl<R: Read> Reader<R> {
    pub fn new(inner: R, length: u64) -> Self {
        Self {
            inner,
            position: 0,
            length,
        }
    }

    pub fn position(&self) -> u64 {
        self.position
    }

    fn advance(&mut self, count: u64) -> Result<(), GgufError> {
        let truncated = |need| GgufError::Truncated {
            have: self.length,
            need,
        };
        let end = self.position.checked_add(count);
        let end = end.ok_or_else(|| truncated(u64::MAX))?;
        if end > self.length {
            return Err(truncated(end));
        }
        self.position = end;
        Ok(())
    }

    pub fn bytes<const N: usize>(&mut self) -> Result<[u8; N], GgufError> {
        self.advance(N as u64)?;
        let mut bytes = [0; N];
        self.inner.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    pub fn u32(&mut self) -> Result<u32, GgufError> {
        self.bytes().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Result<u64, GgufError> {
        self.bytes().map(u64::from_le_bytes)
    }

    pub fn string(&mut self) -> Result<String, GgufError> {
        let length = self.u64()?;
        self.advance(length)?;
        let length = usize::try_from(length)
            .map_err(|_| GgufError::Damaged(format!("a text of {length} bytes")))?;
        let mut bytes = vec![0; length];
        self.inner.read_exact(&mut bytes)?;
        // Names are UTF-8; single tokens of a vocabulary need not be.
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn skip(&mut self, count: u64) -> Result<(), GgufError> {
        self.advance(count)?;
        std::io::copy(&mut (&mut self.inner).take(count), &mut std::io::sink())?;
        Ok(())
    }

    pub fn value(&mut self) -> Result<Value, GgufError> {
        let kind = self.u32()?;
        match kind {
            STRING => self.string().map(Value::Text),
            ARRAY => self.array(),
            FLOAT32 => self.skip(4).map(|()| Value::Other),
            FLOAT64 => self.skip(8).map(|()| Value::Other),
            _ => self.number(kind).map(Value::Number),
        }
    }

    /// A whole number; a negative one, which nothing of use here is, counts as 0.
    fn number(&mut self, kind: u32) -> Result<u64, GgufError> {
        let number = match kind {
            UINT8 | BOOL => u64::from(self.bytes::<1>()?[0]),
            INT8 => u64::try_from(i8::from_le_bytes(self.bytes()?)).unwrap_or(0),
            UINT16 => u64::from(u16::from_le_bytes(self.bytes()?)),
            INT16 => u64::try_from(i16::from_le_bytes(self.bytes()?)).unwrap_or(0),
            UINT32 => u64::from(self.u32()?),
            INT32 => u64::try_from(i32::from_le_bytes(self.bytes()?)).unwrap_or(0),
            UINT64 => self.u64()?,
            INT64 => u64::try_from(i64::from_le_bytes(self.bytes()?)).unwrap_or(0),
            _ => {
                return Err(GgufError::Damaged(format!(
                    "a value of unknown type {kind}"
                )));
            }
        };
        Ok(number)
    }

    fn array(&mut self) -> Result<Value, GgufError> {
        let kind = self.u32()?;
        let count = self.u64()?;
        // Even the smallest element takes a byte, which bounds the loops below.
        if count > self.length {
            return Err(GgufError::Damaged(format!("an array of {count} elements")));
        }
        match kind {
            STRING => {
                for _ in 0..count {
                    let length = self.u64()?;
                    self.skip(length)?;
                }
                Ok(Value::Other)
            }
            FLOAT32 => self.skip(count.saturating_mul(4)).map(|()| Value::Other),
            FLOAT64 => self.skip(count.saturating_mul(8)).map(|()| Value::Other),
            ARRAY => Err(GgufError::Unsupported("an array of arrays".to_owned())),
            _ => {
                let mut largest = 0;
                for _ in 0..count {
                    largest = largest.max(self.number(kind)?);
                }
                Ok(Value::Numbers(largest))
            }
        }
    }
}
