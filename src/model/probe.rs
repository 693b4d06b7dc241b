//! A short measurement of what this machine gives to programs now: bytes of memory a second, and
//! multiplications a second.

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// Bytes that one thread reads, more than caches hold.
const BYTES: usize = 64 << 20;
/// How long each of the two takes.
const TIME: Duration = Duration::from_millis(150);
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
        let sums = numbers.chunks_exact(LANES).fold([0_u64; LANES], |mut sums, chunk| {
            sums.iter_mut().zip(chunk).for_each(|(sum, number)| *sum = sum.wrapping_add(*number));
            sums
        });
        black_box(sums);
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
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum = a.mul_add(*b, *sum);
        }
    }
    sums.iter().sum()
}

fn dot_plain(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
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
    }

    #[test]
    fn every_machine_does_something() {
        let probe = probe(1);
        assert!(probe.bytes_s > 1e6 && probe.multiplied_s > 1e6, "{probe:?}");
    }
}
