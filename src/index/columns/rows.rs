//! Numbers and strings inside a part.

use bytemuck::AnyBitPattern;

/// A part that is one column of numbers, where it lies; what does not fit at its end is left out.
#[inline]
pub(in crate::index) fn numbers<T: AnyBitPattern>(part: &[u8]) -> &[T] {
    let whole = part.len() - part.len() % size_of::<T>().max(1);
    bytemuck::try_cast_slice(&part[..whole]).unwrap_or_default()
}

/// The row at `place` of a part that is rows of `N` numbers.
#[inline]
pub(in crate::index) fn row<const N: usize>(part: &[u8], place: usize) -> Option<[u32; N]> {
    let start = place.checked_mul(N * 4)?;
    let bytes = part.get(start..start.checked_add(N * 4)?)?;
    let mut row = [0; N];
    for (number, bytes) in row.iter_mut().zip(bytes.chunks_exact(4)) {
        *number = u32::from_le_bytes(bytes.try_into().ok()?);
    }
    Some(row)
}

/// Adds a row to a part.
#[inline]
pub(in crate::index) fn push_row<const N: usize>(part: &mut Vec<u8>, row: [u32; N]) {
    for number in row {
        part.extend_from_slice(&number.to_le_bytes());
    }
}

/// The bytes of an entry of a part that has the ends of its entries in another.
#[inline]
pub(in crate::index) fn entry<'a>(ends: &[u8], bytes: &'a [u8], place: usize) -> Option<&'a [u8]> {
    let start = match place.checked_sub(1) {
        Some(before) => row::<1>(ends, before)?[0],
        None => 0,
    };
    bytes.get(start as usize..row::<1>(ends, place)?[0] as usize)
}

/// Adds an entry to a part and its end to the other.
pub(in crate::index) fn push_entry(ends: &mut Vec<u8>, bytes: &mut Vec<u8>, entry: &[u8]) {
    bytes.extend_from_slice(entry);
    push_row(ends, [u32::try_from(bytes.len()).unwrap_or(u32::MAX)]);
}

/// A number in groups of seven bits, the lowest first.
pub(in crate::index) fn push_varint(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Takes such a number off the front.
#[inline]
pub(in crate::index) fn varint(bytes: &mut &[u8]) -> Option<u32> {
    let mut number = 0u32;
    for shift in (0..32).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u32::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
