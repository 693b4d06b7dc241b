//! How many bytes the numbers of a tensor take, by the type that a GGUF file gives it.

/// Elements and bytes of one block of each tensor type that llama.cpp knows, by number.
pub(super) const BLOCKS: &[(u32, u64, u64)] = &[
    (0, 1, 4),
    (1, 1, 2),
    (2, 32, 18),
    (3, 32, 20),
    (6, 32, 22),
    (7, 32, 24),
    (8, 32, 34),
    (9, 32, 36),
    (10, 256, 84),
    (11, 256, 110),
    (12, 256, 144),
    (13, 256, 176),
    (14, 256, 210),
    (15, 256, 292),
    (16, 256, 66),
    (17, 256, 74),
    (18, 256, 98),
    (19, 256, 50),
    (20, 32, 18),
    (21, 256, 110),
    (22, 256, 82),
    (23, 256, 136),
    (24, 1, 1),
    (25, 1, 2),
    (26, 1, 4),
    (27, 1, 8),
    (28, 1, 8),
    (29, 256, 56),
    (30, 1, 2),
    (34, 256, 54),
    (35, 256, 66),
    (39, 32, 17),
];

/// Elements of one block; 1 for a type that is not in the table.
pub(super) fn size(kind: u32) -> u64 {
    BLOCKS.iter().find(|(number, ..)| *number == kind).map_or(1, |(_, size, _)| *size)
}

/// Bytes of so many elements. Of a type that is not in the table nothing is known, and llama.cpp,
/// whose table is the newer one then, is left to judge.
pub(super) fn tensor_bytes(kind: u32, elements: u64) -> u64 {
    let block = BLOCKS.iter().find(|(number, ..)| *number == kind);
    block.map_or(0, |(_, size, bytes)| elements.div_ceil(*size).saturating_mul(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_table_agrees_with_llama_cpp() {
        for (kind, elements, bytes) in BLOCKS {
            // SAFETY: both only look up a static table, and every number in ours is in it.
            let found = unsafe {
                (llama_cpp_sys_2::ggml_blck_size(*kind), llama_cpp_sys_2::ggml_type_size(*kind))
            };
            assert_eq!((found.0 as u64, found.1 as u64), (*elements, *bytes), "type {kind}");
        }
    }
}
