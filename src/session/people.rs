//! Tasks while a person is there: what they pin and drop, what they are asked, what they comment on.

use std::time::{Duration, Instant};

use crate::agent::{Crew, Ending, Roles};
use crate::base::{RepoPath, Tokens};
use crate::config::Mode;
use crate::context::Templates;
use crate::index::History;
use crate::journal::{self, Event};
use crate::model::{Cancel, Delta, ScriptedEngine};
use crate::policy::Rules;
use crate::proposal;
use crate::repo::testing::{commit_all, put, unborn};
use crate::session::testing::indexed;
use crate::session::{
    Approvable, Approval, Desk, DroppedSource, Observer, Pin, Report, Request, Respondent,
    Revision, Selection, Terms, Way, Workshop, propose, revise,
};

const CALC: &str = "def double(x):\n    return x + x + 1\n\n\ndef half(x):\n    return x / 2\n";

/// A person who changes their mind after the first round, and answers in their way.
#[derive(Default)]
struct Person {
    later: Option<Selection>,
    says: Option<Approval>,
    asked: Vec<String>,
    rounds: u32,
}

impl Observer for Person {
    fn event(&mut self, _: &Event) {}

    fn delta(&mut self, _: &Delta) {}

    fn begins(&mut self, _: &str) {}

    fn approves(&mut self, question: &Approvable) -> Option<Approval> {
        self.asked.push(question.action.to_string());
        self.says.clone()
    }

    fn selects(&mut self) -> Option<Selection> {
        self.rounds += 1;
        if self.rounds > 1 { self.later.take() } else { None }
    }
}

/// Has a model that replies so work on a task while `person` is there; what is recorded of it.
fn work(
    text: &str,
    replies: &[&str],
    selection: Selection,
    person: &mut Person,
) -> (Report, Vec<Event>, Vec<String>) {
    let (folder, repo) = unborn();
    put(folder.path(), "calc.py", CALC);
    put(folder.path(), "other.py", "from calc import double\n\n\nprint(double(2))\n");
    put(folder.path(), ".github/workflows/ci.yml", "on: push\n");
    commit_all(&repo);
    let rules = Rules::built_in(Mode::Ask).unwrap();
    let (index, _index_folder) = indexed(&repo, &rules);
    let desk = Desk::open(repo, rules).unwrap();
    let roles = Roles::shipped().unwrap();
    let workshop = Workshop {
        desk: &desk,
        index: &index,
        history: &History::default(),
        engine: &ScriptedEngine::new(replies.iter().copied()),
        coder: roles.get("coder").unwrap(),
        agent: roles.get("agent").unwrap(),
        crew: &Crew::alone(&roles).unwrap(),
        templates: &Templates::shipped().unwrap(),
    };
    let request = Request {
        text: text.into(),
        files: Vec::new(),
        test: None,
        model: None,
        temperature: 0.0,
        top_p: 1.0,
        seed: 0,
        rounds: 2,
        candidates: 1,
        repair: false,
        other_tests: false,
        examples: false,
        way: Way::Pipeline,
        team: None,
        selection,
        window: None,
        prompt_tokens: Tokens(2048),
        answer_tokens: Tokens(512),
        time_limit: None,
        deadline: None,
        test_limit: Duration::from_secs(9),
        started: Instant::now(),
    };
    let report = propose(&workshop, &request, &Cancel::default(), person).unwrap();
    let records = journal::read(&desk.repo().state_dir()).0;
    let of_task = |record: &journal::Record| record.task.as_ref() == Some(&report.task);
    let events = records.into_iter().filter(of_task).map(|record| record.event).collect();
    let changed = report.proposal.as_ref().map(|id| proposal::load(desk.repo(), id).unwrap());
    let changed = changed.map(|it| it.changes.iter().map(|it| it.path.to_string()).collect());
    (report, events, changed.unwrap_or_default())
}

/// The sources of each prompt, without their lines.
fn packed(events: &[Event]) -> Vec<Vec<String>> {
    let ledgers = events.iter().filter_map(|event| match event {
        Event::Packed { ledger, .. } => ledger.as_array(),
        _ => None,
    });
    let source =
        |entry: &serde_json::Value| Some(entry["source"].as_str()?.rsplit_once(':')?.0.to_owned());
    ledgers.map(|entries| entries.iter().filter_map(source).collect()).collect()
}

fn dropped(path: &str) -> Selection {
    let dropped = DroppedSource { path: RepoPath::new(path).unwrap(), span: None };
    Selection { pinned: Vec::new(), dropped: vec![dropped] }
}

const TASK: &str = "`double` gives one too many";
const CI: &str = "Change .github/workflows/ci.yml to run for pull requests";
const MENDED: &str = "EDIT calc.py double\n```python\ndef double(x):\n    return x + x\n```\n";
const NONSENSE: &str = "EDIT calc.py double\n```python\ndef double(x:\n    return x + x\n```\n";
const AUTOMATED: &str = "FILE .github/workflows/ci.yml\n```yaml\non: pull_request\n```\n";

#[test]
fn what_is_dropped_is_not_shown_and_what_is_pinned_comes_first() {
    let mut person = Person::default();
    let (_, events, _) = work(TASK, &[MENDED], Selection::default(), &mut person);
    assert_eq!(packed(&events), [["calc.py", "other.py"]]);
    let pin = Pin { path: RepoPath::new("other.py").unwrap(), symbol: None };
    let selection = Selection { pinned: vec![pin], ..Selection::default() };
    let (_, events, _) = work(TASK, &[MENDED], selection, &mut person);
    assert_eq!(packed(&events), [["other.py", "calc.py"]]);
    let (_, events, _) = work(TASK, &[MENDED], dropped("other.py"), &mut person);
    assert_eq!(packed(&events), [["calc.py"]]);
}

#[test]
fn what_a_person_drops_while_a_task_runs_is_out_of_the_next_rounds_prompt() {
    let mut person = Person { later: Some(dropped("other.py")), ..Person::default() };
    let (report, events, _) = work(TASK, &[NONSENSE, MENDED], Selection::default(), &mut person);
    assert_eq!(report.ending, Ending::Proposed { verified: None });
    assert_eq!(packed(&events), [vec!["calc.py", "other.py"], vec!["calc.py"]]);
    let asked: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            Event::Asked { prompt, .. } => Some(prompt.to_string()),
            _ => None,
        })
        .collect();
    assert!(asked[0].contains("print(double(2))") && !asked[1].contains("print(double(2))"));
    assert!(events.iter().any(|event| matches!(event, Event::Selected { round: 1, .. })));
}

#[test]
fn a_person_is_asked_before_automation_is_edited_and_the_reason_of_a_no_goes_back() {
    let says = Some(Approval::Denied { reason: "leave CI alone".into() });
    let mut person = Person { says, ..Person::default() };
    let (report, events, changed) =
        work(CI, &[AUTOMATED, MENDED], Selection::default(), &mut person);
    assert_eq!(person.asked, ["edit `.github/workflows/ci.yml`"]);
    assert_eq!(report.ending, Ending::Proposed { verified: None });
    assert_eq!(changed, ["calc.py"]);
    let refused = events.iter().find_map(|event| match event {
        Event::ReplyRefused { reason } => Some(reason.clone()),
        _ => None,
    });
    assert!(refused.unwrap().contains("leave CI alone"));
    assert!(events.iter().any(|event| event.summary().contains("said no to edit")));
}

#[test]
fn with_a_yes_or_with_nobody_there_it_is_proposed_and_reviewed() {
    for says in [Some(Approval::Once), Some(Approval::Session), None] {
        let recorded = says.is_some();
        let mut person = Person { says, ..Person::default() };
        let (_, events, changed) = work(CI, &[AUTOMATED], Selection::default(), &mut person);
        assert_eq!(changed, [".github/workflows/ci.yml"]);
        let answered = events.iter().any(|event| matches!(event, Event::Approved { .. }));
        assert_eq!(answered, recorded);
    }
}

#[test]
fn a_comment_has_one_hunk_written_anew_and_the_second_try_may_be_the_good_one() {
    let (folder, repo) = unborn();
    put(folder.path(), "calc.py", CALC);
    commit_all(&repo);
    let desk = Desk::open(repo, Rules::built_in(Mode::Ask).unwrap()).unwrap();
    let roles = Roles::shipped().unwrap();
    let templates = Templates::shipped().unwrap();
    let engine = ScriptedEngine::new(["    return (x + x\n```", "    return 2 * x\n```"]);
    let role = roles.get("reviser").unwrap();
    let respondent = Respondent { engine: &engine, role, templates: &templates };
    let revision = Revision {
        proposal: None,
        task: "`double` gives one too many".into(),
        hunk: 1,
        path: RepoPath::new("calc.py").unwrap(),
        text: CALC.replace(" + 1", "").into_bytes(),
        lines: 1..2,
        comment: "multiply".into(),
    };
    let terms = Terms {
        temperature: 0.0,
        top_p: 1.0,
        seed: 0,
        answer_tokens: Tokens(200),
        deadline: None,
        started: Instant::now(),
    };
    let cancel = Cancel::default();
    let mut person = Person::default();
    let revised = revise(&desk, respondent, (&revision, &terms), &cancel, &mut person).unwrap();
    assert_eq!(revised.lines.unwrap(), b"    return 2 * x\n");
    let records = journal::read(&desk.repo().state_dir()).0;
    let said: Vec<String> = records.iter().map(|record| record.event.summary()).collect();
    assert!(
        said.iter().any(|line| line.contains("With it the file has a syntax error")),
        "{said:#?}"
    );
    assert!(said.last().unwrap().ends_with("revised"), "{said:#?}");
}
