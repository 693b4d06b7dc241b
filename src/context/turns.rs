//! What of a long conversation is told word for word: the newest turns that fit. The older ones are
//! told in a line each, and are left out in one go, so that what is cached of a prompt stays good for
//! some turns.

use crate::base::Tokens;

/// How much of the room the turns may take after older ones were left out.
const KEPT: (u32, u32) = (3, 5);

/// The first turn that is told whole, where the first `was` are left out already. `costs` are those of
/// all turns, oldest first. It is the number of turns where not even the last one fits.
pub fn kept_from(costs: &[Tokens], was: usize, room: Tokens) -> usize {
    let was = was.min(costs.len());
    let sum = |from: usize| costs[from..].iter().copied().sum::<Tokens>();
    if sum(was) <= room {
        return was;
    }
    let share = Tokens((u64::from(room.0) * u64::from(KEPT.0) / u64::from(KEPT.1)) as u32);
    let last = costs.len().saturating_sub(1);
    let kept = (was..=costs.len()).find(|from| sum(*from) <= share).unwrap_or(costs.len());
    // The last turn is what the model goes on from: it may take all of the room.
    if kept > last && last >= was && sum(last) <= room { last } else { kept }
}

/// The beginning of `text` in whole lines, at most `most` bytes, and how many lines are left out.
pub fn beginning(text: &str, most: usize) -> (&str, usize) {
    if text.len() <= most {
        return (text, 0);
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let end = text[..end].rfind('\n').map_or(end, |at| at + 1);
    (&text[..end], text[end..].lines().count())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn older_turns_go_in_one_go() {
        let costs = [10; 10].map(Tokens);
        assert_eq!(kept_from(&costs[..5], 0, Tokens(50)), 0);
        assert_eq!(kept_from(&costs[..6], 0, Tokens(50)), 3);
        assert_eq!(kept_from(&costs[..8], 3, Tokens(50)), 3);
        assert_eq!(kept_from(&[Tokens(10), Tokens(45)], 0, Tokens(50)), 1);
        assert_eq!(kept_from(&[Tokens(10), Tokens(60)], 0, Tokens(50)), 2);
    }

    proptest! {
        #[test]
        fn what_is_told_fits_and_never_comes_back(
            costs in prop::collection::vec(0..500u32, 0..20), was in 0..20usize, room in 0..2000u32,
        ) {
            let costs: Vec<Tokens> = costs.into_iter().map(Tokens).collect();
            let kept = kept_from(&costs, was, Tokens(room));
            prop_assert!(kept >= was.min(costs.len()) && kept <= costs.len());
            prop_assert!(costs[kept..].iter().copied().sum::<Tokens>() <= Tokens(room));
        }

        #[test]
        fn a_beginning_is_one(text in "(\\PC|\n){0,60}", most in 0..80usize) {
            let (begins, left) = beginning(&text, most);
            prop_assert!(text.starts_with(begins) && begins.len() <= most);
            prop_assert_eq!(left > 0, begins.len() < text.len());
        }
    }
}
