//! Asking Cedar: our actions in its words, and which policies speak to one.

use std::collections::{HashMap, HashSet};

use cedar_policy::{
    ActionConstraint, Authorizer, Context, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    Policy, PolicySet, Request, RestrictedExpression, Schema, ValidationMode, Validator,
};

use crate::base::RepoPath;
use crate::config::Mode;
use crate::policy::{Action, Actor};

/// Any of Cedar's many errors: all of them mean that something is wrong with a policy.
pub(super) type CedarError = Box<dyn std::error::Error + Send + Sync>;

/// The schema that every policy is checked against.
pub(super) fn schema() -> Result<Schema, CedarError> {
    let (schema, _) = Schema::from_cedarschema_str(include_str!("schema.cedarschema"))?;
    Ok(schema)
}

/// What is wrong with `policy` by the schema, if anything.
pub(super) fn misuse(schema: &Schema, policy: &Policy) -> Option<String> {
    let set = match PolicySet::from_policies([policy.clone()]) {
        Ok(set) => set,
        Err(error) => return Some(error.to_string()),
    };
    let result = Validator::new(schema.clone()).validate(&set, ValidationMode::Strict);
    result.validation_errors().next().map(ToString::to_string)
}

/// The policies for one kind of action, those that permit apart from those that forbid, since
/// Cedar names the permits only where nothing forbids.
#[derive(Debug, Default)]
pub(super) struct Bench {
    pub(super) permits: PolicySet,
    pub(super) forbids: PolicySet,
}

/// Whether `policy` can speak to actions called `name`.
pub(super) fn concerns(policy: &Policy, name: &str) -> bool {
    let is = |uid: &EntityUid| uid.id().unescaped() == name;
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(uid) => is(&uid),
        ActionConstraint::In(uids) => uids.iter().any(is),
    }
}

/// Ids of the policies that matched, in the order of their names.
pub(super) fn matching(
    policies: &PolicySet,
    question: &Question,
) -> Result<Vec<String>, CedarError> {
    let response = Authorizer::new().is_authorized(&question.request, policies, &question.entities);
    let diagnostics = response.diagnostics();
    if let Some(error) = diagnostics.errors().next() {
        return Err(error.to_string().into());
    }
    let mut ids: Vec<String> = diagnostics.reason().map(ToString::to_string).collect();
    ids.sort();
    Ok(ids)
}

/// The names of the schema's types, parsed once: parsing them costs more than a ruling.
#[derive(Debug)]
pub(super) struct Words {
    actor: EntityTypeName,
    action: EntityTypeName,
    file: EntityTypeName,
    command: EntityTypeName,
    host: EntityTypeName,
}

impl Words {
    pub(super) fn new() -> Result<Self, CedarError> {
        Ok(Self {
            actor: "Actor".parse()?,
            action: "Action".parse()?,
            file: "File".parse()?,
            command: "Command".parse()?,
            host: "Host".parse()?,
        })
    }
}

/// An action in Cedar's words.
pub(super) struct Question {
    request: Request,
    entities: Entities,
}

impl Question {
    pub(super) fn new(
        words: &Words,
        actor: Actor,
        action: &Action,
        mode: Mode,
    ) -> Result<Self, CedarError> {
        let (kind, id, attributes) = resource(words, action);
        let resource = uid(kind, &id);
        let text = |(name, value): (&str, String)| {
            (name.to_owned(), RestrictedExpression::new_string(value))
        };
        let attributes: HashMap<_, _> = attributes.into_iter().map(text).collect();
        let entity = Entity::new(resource.clone(), attributes, HashSet::new())?;
        let mut context = vec![text(("mode", mode.to_string()))];
        if let Action::RunCommand(run) = action {
            let facts = [("confined", run.confined), ("found", run.found)];
            let fact =
                |(name, is): (&str, bool)| (name.to_owned(), RestrictedExpression::new_bool(is));
            context.extend(facts.map(fact));
        }
        let context = Context::from_pairs(context)?;
        let request = Request::new(
            uid(&words.actor, actor.name()),
            uid(&words.action, action.name()),
            resource,
            context,
            None,
        )?;
        Ok(Self { request, entities: Entities::from_entities([entity], None)? })
    }
}

fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

type Attributes = Vec<(&'static str, String)>;

/// The kind, the id and the attributes of what `action` is done to, as the schema has them.
fn resource<'a>(words: &'a Words, action: &Action) -> (&'a EntityTypeName, String, Attributes) {
    match action {
        Action::ReadPath(read) => file(words, &read.path),
        Action::EditPath(edit) => file(words, &edit.path),
        Action::RunCommand(run) => {
            let program = run.line.split_whitespace().next().unwrap_or_default().to_owned();
            let attributes = vec![("line", run.line.clone()), ("program", program)];
            (&words.command, run.line.clone(), attributes)
        }
        Action::ReachNetwork(reach) => {
            let attributes = vec![("host", reach.host.clone()), ("purpose", reach.purpose.clone())];
            (&words.host, reach.host.clone(), attributes)
        }
    }
}

fn file<'a>(words: &'a Words, path: &RepoPath) -> (&'a EntityTypeName, String, Attributes) {
    let text = String::from_utf8_lossy(path.as_bytes()).into_owned();
    let (dir, name) = text.rsplit_once('/').unwrap_or(("", &text));
    let attributes = vec![
        ("path", text.clone()),
        ("folded", text.to_lowercase()),
        ("name", name.to_owned()),
        ("extension", path.extension().unwrap_or_default().to_owned()),
        ("dir", dir.to_owned()),
    ];
    (&words.file, text, attributes)
}
