//! Work that is shared out among all processors and put together in its order.

use std::ops::Range;
use std::panic::resume_unwind;
use std::thread;

/// The numbers below `count` in runs of about the same length, one for each processor; fewer runs
/// where one would be shorter than `least`. There is always one.
pub fn runs(count: usize, least: usize) -> Vec<Range<usize>> {
    let threads = processors().min(count / least.max(1)).max(1);
    (0..threads).map(|nth| count * nth / threads..count * (nth + 1) / threads).collect()
}

/// How many threads can run at the same time.
pub fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// What `work` makes of each of `parts`, in their order: the first on this thread, every other on
/// one of its own. Panics where `work` does.
pub fn on_threads<P: Send, T: Send>(parts: Vec<P>, work: impl Fn(P) -> T + Sync) -> Vec<T> {
    let work = &work;
    let mut parts = parts.into_iter();
    let Some(first) = parts.next() else { return Vec::new() };
    thread::scope(|scope| {
        let others: Vec<_> = parts.map(|part| scope.spawn(move || work(part))).collect();
        let mut done = vec![work(first)];
        for other in others {
            done.push(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_cover_every_number_once() {
        for (count, least) in [(0, 1), (1, 1), (7, 1), (1000, 1), (1000, 600), (1000, 0)] {
            let all: Vec<usize> = runs(count, least).into_iter().flatten().collect();
            assert_eq!(all, (0..count).collect::<Vec<_>>(), "{count} {least}");
            assert!(runs(count, least).len() <= (count / least.max(1)).max(1), "{count} {least}");
        }
    }

    #[test]
    fn results_are_in_the_order_of_the_parts() {
        assert_eq!(on_threads(vec![3, 1, 2], |part| part * 10), [30, 10, 20]);
        assert_eq!(on_threads(Vec::<u32>::new(), |part| part), [0u32; 0]);
    }
}
