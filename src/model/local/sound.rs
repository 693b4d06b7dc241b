//! Refuses heads of files at whose numbers llama.cpp would abort the process.
//!
//! It asserts these in `llama_model_base::load_hparams`, where nothing can be caught. What it throws at
//! or gives up by itself is left to it.

use crate::model::local::header::Facts;

/// More layers no model can have.
pub(super) const MOST_LAYERS: u64 = 512;
const MOST_EXPERTS: u64 = 1024;
const SCALINGS: [&str; 4] = ["none", "linear", "yarn", "longrope"];
/// What is pooled, by number: nothing, mean, first, last, a score.
const MOST_POOLING: u64 = 4;
/// Architectures whose only expert is none.
const ONE_IS_NONE: [&str; 2] = ["hunyuan-vl", "hunyuan-dense"];

/// Says what is wrong with the numbers of a head.
pub(super) fn check(facts: &Facts) -> Result<(), String> {
    let number = |name: &str| facts.number(name).unwrap_or(0);
    let layers = facts.number("block_count");
    if layers.is_some_and(|layers| layers == 0 || layers > MOST_LAYERS) {
        return Err(damaged("number of layers"));
    }
    if number("nextn_predict_layers") > layers.unwrap_or(MOST_LAYERS) {
        return Err(damaged("number of layers that guess"));
    }
    if !experts_are_sound(facts) {
        return Err(damaged("number of experts"));
    }
    if facts.text("rope.scaling.type").is_some_and(|it| !SCALINGS.contains(&it)) {
        return Err(damaged("way of telling positions"));
    }
    if number("pooling_type") > MOST_POOLING {
        return Err(damaged("way of pooling"));
    }
    Ok(())
}

fn damaged(what: &str) -> String {
    format!("its head is damaged: llama.cpp knows no such {what}")
}

fn experts_are_sound(facts: &Facts) -> bool {
    let number = |name: &str| facts.number(name).unwrap_or(0);
    let count = number("expert_count");
    let asked = facts.list("expert_used_count").and_then(|it| it.iter().copied().max());
    let asked = asked.unwrap_or(0);
    let (groups, used) = (number("expert_group_count"), number("expert_group_used_count"));
    if count <= 1 && ONE_IS_NONE.contains(&facts.architecture.as_str()) {
        return groups == 0;
    }
    if count == 0 {
        return asked == 0 && groups == 0;
    }
    let grouped = groups <= 1 || (count % groups == 0 && used > 0 && used < groups);
    count <= MOST_EXPERTS && (1..=count).contains(&asked) && groups < count && grouped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::Tokens;
    use crate::model::local::load::Settings;
    use crate::model::local::options::{CellType, Experts, Flash, Rope};
    use crate::model::local::plan::{Free, Plan};

    fn facts(numbers: &[(&str, u64)]) -> Facts {
        let number = |(name, value): &(&str, u64)| (format!("x.{name}"), vec![*value]);
        let numbers = numbers.iter().map(number).collect();
        Facts { architecture: "x".into(), numbers, ..Facts::default() }
    }

    #[track_caller]
    fn refused(numbers: &[(&str, u64)], why: &str) {
        let error = check(&facts(numbers)).unwrap_err();
        assert!(error.contains(why), "{error}");
    }

    #[test]
    fn what_would_abort_is_refused() {
        assert_eq!(check(&facts(&[("block_count", 512)])), Ok(()));
        refused(&[("block_count", 0)], "layers");
        refused(&[("block_count", 513)], "layers");
        refused(&[("block_count", 2), ("nextn_predict_layers", 3)], "layers that guess");
        refused(&[("pooling_type", 5)], "pooling");
        let experts = [("expert_count", 8), ("expert_used_count", 2)];
        assert_eq!(check(&facts(&experts)), Ok(()));
        refused(&experts[..1], "experts");
        refused(&experts[1..], "experts");
        refused(&[("expert_count", 2), ("expert_used_count", 3)], "experts");
        refused(&[("expert_count", 2000), ("expert_used_count", 3)], "experts");
        let groups = |count, used| {
            [
                experts[0],
                experts[1],
                ("expert_group_count", count),
                ("expert_group_used_count", used),
            ]
        };
        assert_eq!(check(&facts(&groups(4, 2))), Ok(()));
        refused(&groups(3, 2), "experts");
        refused(&groups(4, 4), "experts");
        refused(&groups(8, 1), "experts");
        let mut odd = facts(&[]);
        odd.texts.insert("x.rope.scaling.type".into(), "sideways".into());
        assert!(check(&odd).unwrap_err().contains("positions"));
    }

    /// Keys that a plan looks at.
    const KEYS: [&str; 14] = [
        "block_count",
        "embedding_length",
        "attention.head_count",
        "attention.head_count_kv",
        "attention.key_length",
        "attention.value_length",
        "context_length",
        "expert_count",
        "expert_used_count",
        "ssm.state_size",
        "ssm.inner_size",
        "ssm.conv_kernel",
        "rope.scaling.original_context_length",
        "pooling_type",
    ];

    proptest! {
        #[test]
        fn no_numbers_of_a_head_make_a_plan_panic(
            numbers in prop::collection::vec(
                (prop::sample::select(&KEYS[..]), prop_oneof![0..600_u64, Just(u64::from(u32::MAX))]),
                0..20,
            ),
            context in any::<u32>(),
            factor in prop_oneof![Just(0.0_f32), any::<f32>()],
            original in prop_oneof![Just(0), any::<u32>()],
            quantised in any::<bool>(),
            memory in any::<Option<u64>>(),
        ) {
            let mut facts = facts(&numbers);
            facts.length = u64::MAX;
            if check(&facts).is_err() {
                return Ok(());
            }
            let settings = Settings {
                context: Tokens(context),
                cells: if quantised { CellType::Q4_0 } else { CellType::Auto },
                flash: Flash::Auto,
                rope: Rope::Yarn { factor, original },
                experts: Experts::Auto,
                gpu_layers: original,
                ..Settings::default()
            };
            let free = Free { ram: memory, gpu: memory };
            if let Ok(plan) = Plan::of(&facts, &settings, &free) {
                let yarn = plan.yarn.unwrap();
                prop_assert!(plan.context.0 > 0 && yarn.factor > 1.0);
                prop_assert!(f64::from(plan.context.0) <= f64::from(yarn.original) * 64.0 + 1.0);
            }
            let plain = Settings { rope: Rope::Model, ..settings };
            let _ = Plan::of(&facts, &plain, &free);
        }
    }
}
