//! A short measurement of what this machine gives to programs now: bytes of memory a second, and
//! multiplications a second.

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// Bytes that one thread reads, more than caches hold.
const BYTES: usize = 64 << 20;
/// How long each of the two takes: longer than others are given a core before it is our turn.
const TIME: Duration = Duration::from_millis(250);
/// Numbers that stay in the nearest cache.
const NUMBERS: usize = 2048;
/// Numbers that are summed side by side.
const LANES: usize = 32;

/// What all threads together got.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    pub threads: u32,
    /// Bytes of memory read a second.
    pub bytes_s: f64,
    /// Multiplications with addition a second, in single precision.
    pub multiplied_s: f64,
}

/// Measures with so many threads; it takes a few hundred milliseconds.
pub fn probe(threads: u32) -> Probe {
    let threads = threads.max(1);
    Probe { threads, bytes_s: together(threads, read), multiplied_s: together(threads, multiply) }
}

/// The sum of what `work` gives in each thread.
fn together(threads: u32, work: fn() -> f64) -> f64 {
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().map(|thread| thread.join().unwrap_or_default()).sum()
    })
}

/// Bytes a second that one thread reads.
fn read() -> f64 {
    // Written, so that every page is one of its own.
    let numbers = vec![1_u64; BYTES / 8];
    rate(|| {
        black_box(sum(&numbers));
        BYTES as f64
    })
}

/// Multiplications a second of one thread.
fn multiply() -> f64 {
    let (a, b) = (black_box([1.5_f32; NUMBERS]), black_box([0.5_f32; NUMBERS]));
    rate(|| {
        for _ in 0..256 {
            black_box(dot(black_box(&a), black_box(&b)));
        }
        (256 * NUMBERS) as f64
    })
}

fn sum(numbers: &[u64]) -> u64 {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has what the function is compiled for.
        return unsafe { sum_avx2(numbers) };
    }
    sum_plain(numbers)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn sum_avx2(numbers: &[u64]) -> u64 {
    use std::arch::x86_64::{
        _mm256_add_epi64, _mm256_loadu_si256, _mm256_setzero_si256, _mm256_storeu_si256,
    };
    let (mut one, mut two) = (_mm256_setzero_si256(), _mm256_setzero_si256());
    let (mut at, end) = (0, numbers.len() / 8 * 8);
    while at < end {
        // SAFETY: there are eight numbers from `at` on.
        unsafe {
            let from = numbers.as_ptr().add(at);
            one = _mm256_add_epi64(one, _mm256_loadu_si256(from.cast()));
            two = _mm256_add_epi64(two, _mm256_loadu_si256(from.add(4).cast()));
        }
        at += 8;
    }
    let mut four = [0_u64; 4];
    // SAFETY: there is room for the four numbers that are stored.
    unsafe { _mm256_storeu_si256(four.as_mut_ptr().cast(), _mm256_add_epi64(one, two)) };
    four.iter().fold(0, |sum, lane| sum.wrapping_add(*lane))
}

fn sum_plain(numbers: &[u64]) -> u64 {
    let mut sums = [0_u64; LANES];
    for chunk in numbers.as_chunks::<LANES>().0 {
        for (sum, number) in sums.iter_mut().zip(chunk) {
            *sum = sum.wrapping_add(*number);
        }
    }
    sums.iter().fold(0, |sum, lane| sum.wrapping_add(*lane))
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        // SAFETY: the processor has what the function is compiled for.
        return unsafe { dot_avx2(a, b) };
    }
    dot_plain(a, b)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn dot_avx2(a: &[f32], b: &[f32]) -> f32 {
    use std::arch::x86_64::{
        _mm256_add_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_setzero_ps, _mm256_storeu_ps,
    };
    // Four sums at once keep both units of a core busy half of the time, as real kernels do. No
    // iterators: what is not inlined would be compiled for any processor.
    let (mut one, mut two) = (_mm256_setzero_ps(), _mm256_setzero_ps());
    let (mut three, mut four) = (_mm256_setzero_ps(), _mm256_setzero_ps());
    let (mut at, end) = (0, a.len().min(b.len()) / 32 * 32);
    while at < end {
        // SAFETY: both have 32 numbers from `at` on.
        unsafe {
            let (a, b) = (a.as_ptr().add(at), b.as_ptr().add(at));
            one = _mm256_fmadd_ps(_mm256_loadu_ps(a), _mm256_loadu_ps(b), one);
            two = _mm256_fmadd_ps(_mm256_loadu_ps(a.add(8)), _mm256_loadu_ps(b.add(8)), two);
            three = _mm256_fmadd_ps(_mm256_loadu_ps(a.add(16)), _mm256_loadu_ps(b.add(16)), three);
            four = _mm256_fmadd_ps(_mm256_loadu_ps(a.add(24)), _mm256_loadu_ps(b.add(24)), four);
        }
        at += 32;
    }
    let total = _mm256_add_ps(_mm256_add_ps(one, two), _mm256_add_ps(three, four));
    let mut eight = [0.0; 8];
    // SAFETY: there is room for the eight numbers that are stored.
    unsafe { _mm256_storeu_ps(eight.as_mut_ptr(), total) };
    eight.iter().sum()
}

fn dot_plain(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

/// How much a second `work` does, which says how much it did.
fn rate(work: impl Fn() -> f64) -> f64 {
    work();
    let (started, mut done) = (Instant::now(), 0.0);
    while started.elapsed() < TIME {
        done += work();
    }
    done / started.elapsed().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_multiplying_agree() {
        let a: Vec<f32> = (0..64_u8).map(f32::from).collect();
        assert_eq!(dot(&a, &a), dot_plain(&a, &a));
        assert_eq!(dot_plain(&a, &a), 85344.0);
        let numbers: Vec<u64> = (0..64).collect();
        assert_eq!((sum(&numbers), sum_plain(&numbers)), (2016, 2016));
    }

    #[test]
    fn every_machine_does_something() {
        let probe = probe(1);
        assert!(probe.bytes_s > 1e6 && probe.multiplied_s > 1e6, "{probe:?}");
    }
}
