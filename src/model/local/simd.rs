//! Sums over the logits of a whole vocabulary, written so that the compiler takes many at a time.

/// So many are taken at a time.
const LANES: usize = 16;
/// Below this the exponential is as good as nothing (e^-80 is 2e-35).
const LEAST: f32 = -80.0;
/// ln 2 in two parts (Cody and Waite): products with the first, which has few bits, are exact.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -0.000_212_194_44;

/// The highest of `values`; NaN is lower than all.
pub(super) fn highest(values: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = if *value > *lane { *value } else { *lane };
        }
    }
    lanes.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max)
}

/// The sum of e^(value - highest) over `values`, to five digits. NaN counts for nothing.
pub(super) fn sum_of_exponentials(values: &[f32], highest: f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += exponential(value - highest);
        }
    }
    let rest = rest.iter().map(|value| exponential(value - highest));
    lanes.into_iter().chain(rest).sum()
}

/// e^x for x up to 0. The power of two is put together from its whole part, which is the exponent
/// of the float, and a polynomial for the rest (Taylor, in units of ln 2).
fn exponential(x: f32) -> f32 {
    // The comparison is false for NaN, which becomes the least.
    let x = if x > LEAST { x } else { LEAST };
    let whole = (x * std::f32::consts::LOG2_E).floor();
    let part = (x - whole * LN_2_HIGH) - whole * LN_2_LOW;
    let polynomial = 1.0
        + part
            * (1.0
                + part
                    * (0.5
                        + part
                            * (1.0 / 6.0
                                + part * (1.0 / 24.0 + part * (1.0 / 120.0 + part / 720.0)))));
    let exponent = (whole as i32 + 127).cast_unsigned() << 23;
    f32::from_bits(exponent) * polynomial
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn exponentials_are_right_to_five_digits(x in -79.0f32..=0.0) {
            let (found, right) = (f64::from(exponential(x)), f64::from(x).exp());
            prop_assert!((found / right - 1.0).abs() < 1e-5, "e^{x} is {right}, not {found}");
        }

        #[test]
        fn sums_and_maxima_are_those_of_a_plain_loop(values in prop::collection::vec(-40.0f32..40.0, 0..70)) {
            let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            prop_assert_eq!(highest(&values), most);
            let right: f64 = values.iter().map(|it| f64::from(it - most).exp()).sum();
            let found = f64::from(sum_of_exponentials(&values, most));
            prop_assert!((found - right).abs() <= 1e-5 * right.max(1e-9));
        }
    }

    #[test]
    fn what_is_no_number_counts_for_nothing() {
        let mut values = vec![f32::NAN; 40];
        values[20] = 3.0;
        values[39] = f32::NEG_INFINITY;
        assert_eq!(highest(&values), 3.0);
        assert!((sum_of_exponentials(&values, 3.0) - 1.0).abs() < 1e-5);
    }
}
