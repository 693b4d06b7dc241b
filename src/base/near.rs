//! Did you mean? Names that look like one that is not there.

/// What looks less like it is something else.
const ALIKE: f64 = 0.84;

/// At most `most` of `known` that look like `wanted`, the most alike first, each once.
pub fn near<'a>(
    known: impl IntoIterator<Item = &'a str>,
    wanted: &str,
    most: usize,
) -> Vec<&'a str> {
    let lower = wanted.to_lowercase();
    let likeness = |name: &str| match name.to_lowercase() {
        same if same == lower => 1.0,
        other => strsim::jaro_winkler(&other, &lower),
    };
    let mut alike: Vec<(f64, &str)> = known
        .into_iter()
        .map(|name| (likeness(name), name))
        .filter(|(likeness, name)| *likeness > ALIKE && *name != wanted)
        .collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    alike.dedup();
    alike.truncate(most);
    alike.into_iter().map(|it| it.1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_alike_come_first_and_what_is_not_alike_is_left_out() {
        let known = ["connect", "Connection", "parse", "conect", "conect"];
        assert_eq!(near(known, "Connect", 2), ["connect", "conect"]);
        assert_eq!(near(known, "zebra", 2), [""; 0]);
        assert_eq!(near(known, "parse", 2), [""; 0]);
    }
}
