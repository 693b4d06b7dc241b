//! Reads the head of a GGUF file and checks that the file is as long as the head says.
//!
//! llama.cpp maps the file into memory: one that was cut short would kill the process at the first
//! read past its end. So nothing reaches llama.cpp that has not passed here.
//! The format: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use crate::model::local::blocks::tensor_bytes;
use crate::model::weights;

const MAGIC: [u8; 4] = *b"GGUF";
const ALIGNMENT_KEY: &[u8] = b"general.alignment";
/// More than any model has, and few enough that a damaged count is noticed.
const MOST_ENTRIES: u64 = 1 << 20;
const MOST_DIMENSIONS: u32 = 8;
const MOST_LAYERS: u64 = 1024;
const ARCHITECTURE_KEY: &str = "general.architecture";
/// The table that tokens are looked up in.
const EMBEDDING: &str = "token_embd.weight";
/// Longer keys, names and texts matter to nobody here.
const LONGEST: u64 = 64;

/// Why the file cannot be the weights of a model.
#[derive(Debug, thiserror::Error)]
pub(super) enum HeaderError {
    #[error("the file cannot be read ({0})")]
    Io(io::Error),
    #[error("it is not a file")]
    NotAFile,
    #[error("the file is empty")]
    Empty,
    #[error("it is no GGUF file: it does not start with `GGUF`")]
    NotGguf,
    #[error("it is a GGUF file of version {0}; versions 2 and 3 can be read")]
    Version(u32),
    #[error("its head is damaged: {0}")]
    Damaged(&'static str),
    #[error("the file is cut short: it has {found} bytes and should have at least {expected}")]
    Truncated { found: u64, expected: u64 },
}

/// What the head says of the model.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Facts {
    pub(super) architecture: String,
    /// Whole numbers and flags by their keys; a short list of them has one for each layer.
    pub(super) numbers: BTreeMap<String, Vec<u64>>,
    pub(super) fractions: BTreeMap<String, f32>,
    /// Texts of at most 64 bytes.
    pub(super) texts: BTreeMap<String, String>,
    /// How many entries the lists have.
    pub(super) lengths: BTreeMap<String, u64>,
    pub(super) tensors: Vec<Tensor>,
    /// Bytes of the file.
    pub(super) length: u64,
}

/// A tensor as the head describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tensor {
    pub(super) name: String,
    /// The longest-running dimension first, as GGUF writes them.
    pub(super) shape: Vec<u64>,
    /// Its type, see [`blocks`](crate::model::local::blocks).
    pub(super) kind: u32,
    pub(super) bytes: u64,
    /// Where it begins in the file; none where there are several files.
    pub(super) offset: Option<u64>,
}

impl Facts {
    /// The first number under a key of the architecture.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.list(name)?.first().copied()
    }

    /// All numbers under a key of the architecture.
    pub(super) fn list(&self, name: &str) -> Option<&Vec<u64>> {
        self.numbers.get(&format!("{}.{name}", self.architecture))
    }

    /// The short text under a key of the architecture.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(&format!("{}.{name}", self.architecture)).map(String::as_str)
    }

    /// Bytes of the matrices of type `kind`, but for the table that tokens are looked up in.
    pub(super) fn matrices(&self, kind: u32) -> u64 {
        let of_kind = |it: &&Tensor| it.kind == kind && it.shape.len() > 1 && it.name != EMBEDDING;
        self.tensors.iter().filter(of_kind).fold(0, |sum, it| sum.saturating_add(it.bytes))
    }
}

/// Checks the file at `path`, and the others where it is the first of several.
pub(super) fn check(path: &Path) -> Result<Facts, HeaderError> {
    let mut files = weights::files(path).into_iter();
    let mut all = one(&files.next().unwrap_or_else(|| path.to_owned()))?;
    for path in files {
        let facts = one(&path)?;
        all.length += facts.length;
        all.tensors.extend(facts.tensors);
        all.tensors.iter_mut().for_each(|tensor| tensor.offset = None);
    }
    Ok(all)
}

fn one(path: &Path) -> Result<Facts, HeaderError> {
    let file = File::open(path).map_err(HeaderError::Io)?;
    let metadata = file.metadata().map_err(HeaderError::Io)?;
    if !metadata.is_file() {
        return Err(HeaderError::NotAFile);
    }
    check_bytes(BufReader::with_capacity(1 << 16, file), metadata.len())
}

/// Checks what `reader` yields as the beginning of a file of `length` bytes.
fn check_bytes(reader: impl Read, length: u64) -> Result<Facts, HeaderError> {
    if length == 0 {
        return Err(HeaderError::Empty);
    }
    let mut head = Head { reader, at: 0, length, facts: Facts { length, ..Facts::default() } };
    if head.array::<4>().map_err(|_| HeaderError::NotGguf)? != MAGIC {
        return Err(HeaderError::NotGguf);
    }
    let version = head.u32()?;
    if !(2..=3).contains(&version) {
        return Err(HeaderError::Version(version));
    }
    let tensors = plausible(head.u64()?, "too many tensors")?;
    let entries = plausible(head.u64()?, "too many metadata entries")?;
    let alignment = head.metadata(entries)?;
    let data = head.tensors(tensors)?;
    let start = head.at.next_multiple_of(alignment);
    let expected = start.checked_add(data).ok_or(HeaderError::Damaged("a tensor ends nowhere"))?;
    if length < expected {
        return Err(HeaderError::Truncated { found: length, expected });
    }
    // The table counts from the first tensor on.
    head.facts.tensors.iter_mut().filter_map(|it| it.offset.as_mut()).for_each(|it| *it += start);
    Ok(head.facts)
}

fn plausible(count: u64, otherwise: &'static str) -> Result<u64, HeaderError> {
    if count > MOST_ENTRIES { Err(HeaderError::Damaged(otherwise)) } else { Ok(count) }
}

/// The head of a file, and how far it is read.
struct Head<R> {
    reader: R,
    at: u64,
    length: u64,
    facts: Facts,
}

impl<R: Read> Head<R> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], HeaderError> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes).map_err(|error| self.ended(error, N as u64))?;
        self.at += N as u64;
        Ok(bytes)
    }

    fn ended(&self, error: io::Error, wanted: u64) -> HeaderError {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            let expected = self.at.saturating_add(wanted);
            HeaderError::Truncated { found: self.length, expected }
        } else {
            HeaderError::Io(error)
        }
    }

    fn u32(&mut self) -> Result<u32, HeaderError> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, HeaderError> {
        self.array().map(u64::from_le_bytes)
    }

    fn skip(&mut self, bytes: u64) -> Result<(), HeaderError> {
        let end = self.at.checked_add(bytes).ok_or(HeaderError::Damaged("a value ends nowhere"))?;
        if end > self.length {
            return Err(HeaderError::Truncated { found: self.length, expected: end });
        }
        let skipped = io::copy(&mut (&mut self.reader).take(bytes), &mut io::sink());
        skipped.map_err(HeaderError::Io)?;
        self.at = end;
        Ok(())
    }

    fn skip_string(&mut self) -> Result<(), HeaderError> {
        let length = self.u64()?;
        self.skip(length)
    }

    /// Reads a key, a name or a short text; one longer than any that matters here is skipped and read
    /// as empty.
    fn short(&mut self) -> Result<Vec<u8>, HeaderError> {
        let length = self.u64()?;
        if length > LONGEST {
            return self.skip(length).map(|()| Vec::new());
        }
        (0..length).map(|_| self.array::<1>().map(|[byte]| byte)).collect()
    }

    /// Walks over the metadata; gives the alignment of the tensors.
    fn metadata(&mut self, entries: u64) -> Result<u64, HeaderError> {
        let mut alignment = 32;
        for _ in 0..entries {
            let key = self.short()?;
            let kind = self.u32()?;
            if key == ALIGNMENT_KEY && kind == U32 {
                alignment = u64::from(self.u32()?);
                if !alignment.is_power_of_two() {
                    return Err(HeaderError::Damaged("the alignment is no power of two"));
                }
            } else {
                self.value(&String::from_utf8_lossy(&key), kind)?;
            }
        }
        Ok(alignment)
    }

    /// Reads a value that may matter, or skips it.
    fn value(&mut self, key: &str, kind: u32) -> Result<(), HeaderError> {
        match (kind, scalar_size(kind)) {
            (STRING, _) if key == ARCHITECTURE_KEY => {
                self.facts.architecture = String::from_utf8_lossy(&self.short()?).into_owned();
                Ok(())
            }
            (STRING, _) => {
                let text = String::from_utf8_lossy(&self.short()?).into_owned();
                self.facts.texts.insert(key.to_owned(), text);
                Ok(())
            }
            (ARRAY, _) => self.list(key),
            (U32 | I32, _) => {
                let number = u64::from(self.u32()?);
                self.facts.numbers.insert(key.to_owned(), vec![number]);
                Ok(())
            }
            (FLAG, _) => {
                let [flag] = self.array()?;
                self.facts.numbers.insert(key.to_owned(), vec![u64::from(flag)]);
                Ok(())
            }
            (F32, _) => {
                let fraction = f32::from_bits(self.u32()?);
                self.facts.fractions.insert(key.to_owned(), fraction);
                Ok(())
            }
            (_, Some(size)) => self.skip(size),
            (_, None) => Err(HeaderError::Damaged("a value has an unknown type")),
        }
    }

    fn list(&mut self, key: &str) -> Result<(), HeaderError> {
        let kind = self.u32()?;
        let count = self.u64()?;
        self.facts.lengths.insert(key.to_owned(), count);
        match (kind, scalar_size(kind)) {
            (U32 | I32, _) if count <= MOST_LAYERS => {
                let numbers = (0..count).map(|_| self.u32().map(u64::from));
                let numbers = numbers.collect::<Result<_, _>>()?;
                self.facts.numbers.insert(key.to_owned(), numbers);
                Ok(())
            }
            (STRING, _) => (0..count).try_for_each(|_| self.skip_string()),
            (_, Some(size)) => {
                let bytes = count.checked_mul(size);
                self.skip(bytes.ok_or(HeaderError::Damaged("an array ends nowhere"))?)
            }
            (_, None) => Err(HeaderError::Damaged("an array has an unknown type")),
        }
    }

    /// Walks over the tensor table; gives the bytes that the tensors need behind it.
    fn tensors(&mut self, count: u64) -> Result<u64, HeaderError> {
        let mut needed = 0;
        for _ in 0..count {
            let name = self.short()?;
            let end = self.tensor_end(&name)?;
            needed = needed.max(end);
        }
        Ok(needed)
    }

    fn tensor_end(&mut self, name: &[u8]) -> Result<u64, HeaderError> {
        let dimensions = self.u32()?;
        if dimensions > MOST_DIMENSIONS {
            return Err(HeaderError::Damaged("a tensor has too many dimensions"));
        }
        let shape: Vec<u64> = (0..dimensions).map(|_| self.u64()).collect::<Result<_, _>>()?;
        let elements = shape.iter().try_fold(1_u64, |product, it| product.checked_mul(*it));
        let elements = elements.ok_or(HeaderError::Damaged("a tensor is impossibly large"))?;
        let kind = self.u32()?;
        let offset = self.u64()?;
        let bytes = tensor_bytes(kind, elements);
        let name = String::from_utf8_lossy(name).into_owned();
        self.facts.tensors.push(Tensor { name, shape, kind, bytes, offset: Some(offset) });
        offset.checked_add(bytes).ok_or(HeaderError::Damaged("a tensor ends nowhere"))
    }
}

const U32: u32 = 4;
const I32: u32 = 5;
const F32: u32 = 6;
const FLAG: u32 = 7;
const STRING: u32 = 8;
const ARRAY: u32 = 9;

/// Bytes of a metadata value that is neither a string nor an array.
fn scalar_size(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | FLAG => Some(1),
        2 | 3 => Some(2),
        U32 | I32 | F32 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A file with one string, one array and one tensor of 64 floats, whose data starts at 32 bytes' multiple.
    fn sample() -> Vec<u8> {
        let mut bytes = b"GGUF".to_vec();
        let string = |bytes: &mut Vec<u8>, text: &str| {
            bytes.extend((text.len() as u64).to_le_bytes());
            bytes.extend(text.as_bytes());
        };
        bytes.extend(3_u32.to_le_bytes());
        bytes.extend(1_u64.to_le_bytes());
        bytes.extend(2_u64.to_le_bytes());
        string(&mut bytes, "general.name");
        bytes.extend(STRING.to_le_bytes());
        string(&mut bytes, "sample");
        string(&mut bytes, "tokens");
        bytes.extend(ARRAY.to_le_bytes());
        bytes.extend(STRING.to_le_bytes());
        bytes.extend(2_u64.to_le_bytes());
        string(&mut bytes, "a");
        string(&mut bytes, "b");
        string(&mut bytes, "weight");
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(64_u64.to_le_bytes());
        bytes.extend(0_u32.to_le_bytes());
        bytes.extend(0_u64.to_le_bytes());
        bytes.resize(bytes.len().next_multiple_of(32) + 256, 0);
        bytes
    }

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        let found = match check_bytes(bytes, bytes.len() as u64) {
            Ok(_) => "ok".to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(found.contains(expected), "expected {expected:?}, found {found:?}");
    }

    #[test]
    fn whole_file_passes() {
        check(&sample(), "ok");
    }

    #[test]
    fn other_files_are_told_apart() {
        check(b"", "the file is empty");
        check(b"GG", "no GGUF file");
        check(b"#!/bin/sh\necho hello", "no GGUF file");
        check(b"GGUF\x01\0\0\0", "version 1");
        check(b"GGUF\x03\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", "too many tensors");
    }

    #[test]
    fn every_truncation_is_seen() {
        let whole = sample();
        for length in 5..whole.len() {
            check(&whole[..length], "cut short");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(at in 0_usize..160, noise in prop::collection::vec(any::<u8>(), 1..24)) {
            let mut bytes = sample();
            let end = (at + noise.len()).min(bytes.len());
            bytes[at..end].copy_from_slice(&noise[..end - at]);
            let _ = check_bytes(&bytes[..], bytes.len() as u64);
        }
    }
}
