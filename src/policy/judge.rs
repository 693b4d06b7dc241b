//! The gate: an act and who wants it in, a ruling out.

use serde_json::Value;

use crate::base::Hint;
use crate::journal::Event;
use crate::policy::rules::{Answer, Decision};
use crate::policy::{Act, Action, Actor, Rules, guard};

/// Leave to do one act. Nothing outside this file can make one.
#[derive(Debug, Clone)]
pub struct Permit<A: Act> {
    act: A,
    rule: String,
    why: String,
}

impl<A: Act> Permit<A> {
    /// What is permitted.
    pub fn act(&self) -> &A {
        &self.act
    }

    /// The rule that permits it.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// The reason that the rule gives.
    pub fn why(&self) -> &str {
        &self.why
    }
}

/// What the gate says.
#[derive(Debug, Clone)]
pub enum Ruling<A: Act> {
    /// Go ahead.
    Allow(Permit<A>),
    /// Only if a person says yes; [`Ruling::approved`] turns the yes into a permit.
    Ask { act: A, rule: String, why: String },
    /// No.
    Deny { act: A, rule: String, why: String },
}

/// No permit was given.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the policy {} {action}: {why} (rule `{rule}`)", if *asks { "asks a person before" } else { "denies" })]
pub struct Refusal {
    /// What was wanted, in a few words.
    pub action: Action,
    pub rule: String,
    pub why: String,
    /// A person's yes would have been enough.
    pub asks: bool,
}

impl Hint for Refusal {
    fn hint(&self) -> Option<String> {
        let action = &self.action;
        Some(format!("run `countersign policy explain {} …` for the rule", action.name()))
    }
}

/// Rules on `act`, wanted by `actor`. The guards speak first, and no rule overrides them.
pub fn judge<A: Act>(rules: &Rules, actor: Actor, act: A) -> Ruling<A> {
    let action = act.action();
    let Decision { answer, rule, why } = match guard::guard(actor, &action) {
        Some(guard) => guard.into(),
        None => rules.decide(actor, &action),
    };
    match answer {
        Answer::Allow => Ruling::Allow(Permit { act, rule, why }),
        Answer::Ask => Ruling::Ask { act, rule, why },
        Answer::Deny => Ruling::Deny { act, rule, why },
    }
}

impl From<guard::Guard> for Decision {
    fn from(guard: guard::Guard) -> Self {
        Self { answer: Answer::Deny, rule: guard.rule.to_owned(), why: guard.why.to_owned() }
    }
}

impl<A: Act> Ruling<A> {
    /// The permit, for those who cannot ask: what would have to be asked is refused.
    pub fn permit(self) -> Result<Permit<A>, Refusal> {
        match self {
            Self::Allow(permit) => Ok(permit),
            Self::Ask { act, rule, why } => {
                Err(Refusal { action: act.action(), rule, why, asks: true })
            }
            Self::Deny { act, rule, why } => {
                Err(Refusal { action: act.action(), rule, why, asks: false })
            }
        }
    }

    /// The permit after a person said yes; `by` says how (`review`, `--yes`). A yes does not help
    /// against a denial.
    pub fn approved(self, by: &str) -> Result<Permit<A>, Refusal> {
        match self {
            Self::Ask { act, rule, why } => {
                Ok(Permit { act, rule: format!("{rule}, approved by {by}"), why })
            }
            other => other.permit(),
        }
    }

    /// `allow`, `ask` or `deny`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Allow(_) => "allow",
            Self::Ask { .. } => "ask",
            Self::Deny { .. } => "deny",
        }
    }

    /// The rule that decided.
    pub fn rule(&self) -> &str {
        match self {
            Self::Allow(permit) => &permit.rule,
            Self::Ask { rule, .. } | Self::Deny { rule, .. } => rule,
        }
    }

    /// The reason that the rule gives.
    pub fn why(&self) -> &str {
        match self {
            Self::Allow(permit) => &permit.why,
            Self::Ask { why, .. } | Self::Deny { why, .. } => why,
        }
    }

    /// What was judged.
    pub fn act(&self) -> &A {
        match self {
            Self::Allow(permit) => &permit.act,
            Self::Ask { act, .. } | Self::Deny { act, .. } => act,
        }
    }

    /// The ruling as the journal keeps it.
    pub fn event(&self, actor: Actor) -> Event {
        Event::Judged {
            actor: actor.name().to_owned(),
            action: serde_json::to_value(self.act().action()).unwrap_or(Value::Null),
            ruling: self.name().to_owned(),
            rule: self.rule().to_owned(),
            why: self.why().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::Mode;
    use crate::policy::{EditPath, Layer, PolicyFile, ReachNetwork, ReadPath, RunCommand};

    fn file(layer: Layer, text: &str) -> PolicyFile {
        PolicyFile { layer, name: "policy.cedar".to_owned(), text: text.to_owned() }
    }

    /// Says `ruling rule` of an action such as `agent edit src/a.rs`.
    fn say(rules: &Rules, case: &str) -> String {
        let mut words = case.splitn(3, ' ');
        let actor = match words.next().unwrap() {
            "agent" => Actor::Agent,
            "hook" => Actor::Hook,
            _ => Actor::Person,
        };
        let kind = words.next().unwrap();
        let what = words.next().unwrap();
        let words = |name: &str, rule: &str| format!("{name} {rule}");
        let path = || what.parse().unwrap();
        match kind {
            "read" => ruled(&judge(rules, actor, ReadPath { path: path() }), words),
            "edit" => ruled(&judge(rules, actor, EditPath { path: path() }), words),
            "run" => ruled(&judge(rules, actor, RunCommand::given(what)), words),
            "test" => ruled(&judge(rules, actor, RunCommand::found_and_confined(what)), words),
            _ => {
                let reach = ReachNetwork { host: what.into(), purpose: String::new() };
                ruled(&judge(rules, actor, reach), words)
            }
        }
    }

    fn ruled<A: Act>(ruling: &Ruling<A>, words: impl Fn(&str, &str) -> String) -> String {
        words(ruling.name(), ruling.rule())
    }

    #[track_caller]
    fn check(mode: Mode, files: &[PolicyFile], cases: &[(&str, &str)]) {
        let rules = Rules::load(files, mode).unwrap();
        for (case, expected) in cases {
            assert_eq!(&say(&rules, case), expected, "{case} in mode {mode}");
        }
    }

    #[test]
    fn modes_from_strict_to_free() {
        let edit = "agent edit src/a.rs";
        let ci = "agent edit .GitHub/workflows/ci.yml";
        let run = "agent run cargo test";
        let asks_ci = (ci, "ask agent-edits-automation");
        let proposes = (edit, "allow agent-proposes");
        let plan = "deny plan-only-looks";
        check(Mode::Plan, &[], &[(edit, plan), (ci, plan), (run, plan)]);
        check(Mode::Ask, &[], &[proposes, asks_ci, (run, "ask agent-runs-when-told")]);
        check(Mode::AutoEdit, &[], &[proposes, asks_ci, (run, "ask agent-runs-when-told")]);
        check(Mode::Auto, &[], &[proposes, asks_ci, (run, "allow agent-runs")]);
    }

    #[test]
    fn tests_that_were_found_run_unasked_where_they_are_confined() {
        let test = "agent test cargo test";
        let unasked = (test, "allow agent-tests-confined");
        check(Mode::Plan, &[], &[(test, "deny plan-only-looks")]);
        check(Mode::Ask, &[], &[unasked, ("hook test make", "deny no-rule")]);
        check(Mode::AutoEdit, &[], &[unasked]);
        check(Mode::Auto, &[], &[(test, "allow agent-runs")]);
        let only_one = |found, confined| {
            let run = RunCommand { line: "make".to_owned(), found, confined };
            judge(&Rules::built_in(Mode::Ask).unwrap(), Actor::Agent, run).name()
        };
        assert_eq!((only_one(true, false), only_one(false, true)), ("ask", "ask"));
        let no = r#"@id("no-tests") forbid (principal, action == Action::"run", resource)
            when { context.confined };"#;
        check(Mode::Ask, &[file(Layer::Repository, no)], &[(test, "deny no-tests")]);
    }

    #[test]
    fn who_may_do_what() {
        check(
            Mode::Auto,
            &[],
            &[
                ("person edit .env", "allow person-decides"),
                ("person edit .git/config", "deny guard-git"),
                ("person run rm -rf /", "allow person-decides"),
                ("person reach example.org", "allow person-decides"),
                ("agent read src/a.rs", "allow agent-reads"),
                ("agent read .env", "deny guard-secrets"),
                ("agent reach example.org", "deny no-rule"),
                ("hook read src/a.rs", "allow hook-reads"),
                ("hook edit src/a.rs", "deny no-rule"),
                ("hook run make", "deny no-rule"),
            ],
        );
    }

    #[test]
    fn no_policy_opens_a_guard() {
        let all = file(Layer::User, "permit (principal, action, resource);");
        check(
            Mode::Auto,
            &[all],
            &[
                ("agent read .env", "deny guard-secrets"),
                ("agent edit .countersign/policy.cedar", "deny guard-countersign"),
                ("agent reach example.org", "allow policy.cedar:1"),
            ],
        );
    }

    #[test]
    fn a_repository_tightens_and_cannot_open_by_asking() {
        let text = r#"
            @id("no-vendor") forbid (principal, action == Action::"edit", resource)
            when { resource.path like "vendor/*" };
            @id("careful") @ask("sure?") forbid (principal, action, resource)
            when { principal == Actor::"agent" };
        "#;
        check(
            Mode::Auto,
            &[file(Layer::Repository, text)],
            &[
                ("person edit vendor/a.c", "deny no-vendor"),
                ("agent edit src/a.rs", "ask careful"),
                ("agent reach example.org", "deny no-rule"),
            ],
        );
    }

    #[track_caller]
    fn refused(layer: Layer, text: &str, expected: &str) {
        let error = Rules::load(&[file(layer, text)], Mode::Ask).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn what_is_wrong_with_a_policy_is_said_with_its_line() {
        refused(
            Layer::Repository,
            "// fine\n\npermit (principal, action, resource);",
            "policy.cedar:3: a repository's policy may only forbid, and this permits",
        );
        refused(
            Layer::Repository,
            "\n@ask(\"why\") permit (principal, action, resource);",
            "policy.cedar:2: a repository's policy may only forbid, and this permits",
        );
        refused(Layer::User, "nonsense;", "policy.cedar:1: this is no policy");
        refused(
            Layer::User,
            "@id(\"agent-runs\") forbid (principal, action, resource);",
            "policy.cedar:1: there is another rule `agent-runs`",
        );
        let typo = "forbid (principal, action == Action::\"edit\", resource) when { resource.pth == \"a\" };";
        let error = Rules::load(&[file(Layer::User, typo)], Mode::Ask).unwrap_err();
        assert!(matches!(error, crate::policy::PolicyError::Misuse { line: 1, .. }), "{error}");
    }

    #[test]
    fn a_yes_turns_asking_into_a_permit_and_helps_against_nothing_else() {
        let rules = Rules::built_in(Mode::Ask).unwrap();
        let run = RunCommand::given("make");
        let ruling = judge(&rules, Actor::Agent, run.clone());
        assert!(ruling.clone().permit().is_err_and(|refusal| refusal.asks));
        let permit = ruling.approved("review").unwrap();
        assert_eq!(permit.act(), &run);
        assert_eq!(permit.rule(), "agent-runs-when-told, approved by review");

        let edit = EditPath { path: ".git/config".parse().unwrap() };
        let refusal = judge(&rules, Actor::Person, edit).approved("review").unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "the policy denies edit `.git/config`: git's own files are not for editing (rule `guard-git`)"
        );
    }

    fn rank(ruling: &str) -> u8 {
        match ruling.split(' ').next() {
            Some("allow") => 2,
            Some("ask") => 1,
            _ => 0,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn one_more_deny_rule_never_allows_more(
            actor in prop::sample::select(vec!["agent", "person", "hook"]),
            action in prop::sample::select(vec!["read", "edit", "run", "test", "reach"]),
            what in prop::sample::select(vec!["src/a.rs", ".env", ".github/x.yml", "make"]),
            mode in prop::sample::select(Mode::ALL.to_vec()),
            ask in prop::sample::select(vec!["", "@ask(\"sure?\")"]),
            who in prop::sample::select(vec!["principal", "principal == Actor::\"agent\""]),
            which in prop::sample::select(vec!["action", "action == Action::\"read\""]),
            when in prop::sample::select(vec!["", "when { context.mode == \"ask\" }"]),
        ) {
            let more = format!("{ask} forbid ({who}, {which}, resource) {when};");
            let case = format!("{actor} {action} {what}");
            let before = say(&Rules::built_in(mode).unwrap(), &case);
            let after = say(&Rules::load(&[file(Layer::Repository, &more)], mode).unwrap(), &case);
            prop_assert!(rank(&after) <= rank(&before), "{case}: {before} became {after} by {more}");
        }
    }
}
