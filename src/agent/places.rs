//! The places that a locator chooses, by their numbers.

/// Most places that can be chosen.
const MOST: usize = 6;

/// The numbers in `reply` that are of `count` places, counted from 0, in their order and each once.
pub fn chosen(reply: &str, count: usize) -> Vec<usize> {
    let numbers = reply.split(|c: char| !c.is_ascii_digit()).filter_map(|it| it.parse().ok());
    let mut chosen: Vec<usize> = Vec::new();
    for number in numbers {
        let place = usize::checked_sub(number, 1).filter(|at| *at < count);
        if let Some(at) = place.filter(|at| !chosen.contains(at) && chosen.len() < MOST) {
            chosen.push(at);
        }
    }
    chosen
}

/// The form of a reply as a grammar, in the dialect of Lark that llguidance reads.
pub fn places_form(count: usize) -> Option<String> {
    let numbers: Vec<String> = (1..=count).map(|number| number.to_string()).collect();
    (count > 0).then(|| {
        format!(
            "start: \"PLACES: \" NUMBER (\", \" NUMBER)~0..{}\nNUMBER: /{}/\n",
            MOST - 1,
            numbers.join("|")
        )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_of_places_are_chosen() {
        assert_eq!(chosen("PLACES: 3, 1, 3", 3), [2, 0]);
        assert_eq!(chosen("4, 0, 99999999999999999999999", 3), [0; 0]);
        assert_eq!(chosen("none", 3), [0; 0]);
        assert_eq!(chosen("1 2 3 4 5 6 7 8 9", 9).len(), MOST);
    }

    proptest! {
        #[test]
        fn only_places_that_there_are(reply in "\\PC{0,40}", count in 0..9usize) {
            prop_assert!(chosen(&reply, count).iter().all(|at| *at < count));
        }
    }
}
