//! The instructions that llama.cpp was compiled for, or, in a portable build, has chosen.

use std::collections::BTreeSet;
use std::ffi::CStr;
use std::sync::{Mutex, PoisonError};

use crate::model::local::load;

/// The sets of `wanted` (by the processor's names, `avx512vnni`) that llama.cpp does not use; without
/// them prompts are read several times more slowly. None are missing where it does not say.
pub fn unused_sets(wanted: &[&'static str]) -> Vec<&'static str> {
    // llama.cpp writes into one text of its own.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    if load::backend().is_err() {
        return Vec::new();
    }
    // SAFETY: it takes nothing and gives a text that lives until the next call, which waits for us.
    let told = unsafe { llama_cpp_sys_2::llama_print_system_info() };
    if told.is_null() {
        return Vec::new();
    }
    // SAFETY: not null, and ended by a zero as texts of C are.
    let told = unsafe { CStr::from_ptr(told) }.to_string_lossy();
    unused(wanted, &told)
}

/// As [`unused_sets`], from what llama.cpp says: `CPU : AVX = 1 | AVX512_VNNI = 1 | `, and the like for
/// each kind of device.
fn unused(wanted: &[&'static str], told: &str) -> Vec<&'static str> {
    let Some((_, told)) = told.split_once("CPU : ") else { return Vec::new() };
    let used = told.split(" | ").filter_map(|feature| feature.strip_suffix(" = 1"));
    let used: BTreeSet<String> = used.map(plain).collect();
    wanted.iter().copied().filter(|set| !used.contains(&plain(set))).collect()
}

/// A set by one name: llama.cpp calls the foundation of AVX-512 by the name of all of it.
fn plain(set: &str) -> String {
    let name = set.to_lowercase().replace('_', "");
    if name == "avx512" { "avx512f".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_that_are_not_said_to_be_used_are_unused() {
        let all = ["avx2", "fma", "f16c", "avx512f", "avx512vnni"];
        let told = "CPU : SSE3 = 1 | AVX = 1 | AVX2 = 1 | F16C = 1 | FMA = 1 | OPENMP = 1 | ";
        assert_eq!(unused(&all, told), ["avx512f", "avx512vnni"]);
        let told = "CUDA : ARCHS = 890 | CPU : AVX2 = 1 | F16C = 1 | FMA = 1 | AVX512 = 1 | AVX512_VNNI = 1 | ";
        assert!(unused(&all, told).is_empty());
        assert!(unused(&all, "").is_empty(), "who says nothing is not suspected");
        assert_eq!(unused(&all, "CPU : OPENMP = 1 | "), all);
    }

    #[test]
    fn llama_cpp_says_what_it_uses() {
        assert_eq!(unused_sets(&["no such set"]), ["no such set"]);
    }
}
