//! The options that say where to look and for what: shared by commands that ask the index.

use crate::cli::{ExitCode, Failure};
use crate::retrieval::{self, Filter, FilterError, PathPattern};

/// Where to look, and for what.
#[derive(Debug, clap::Args)]
pub(super) struct Narrow {
    /// Only files whose path matches this glob, for example `src/**`
    #[arg(long = "in", value_name = "GLOB")]
    within: Option<String>,
    /// Only files in this language, for example `rust`
    #[arg(long, value_name = "LANG")]
    lang: Option<String>,
    /// Only definitions of this kind, for example `struct`; several with commas
    ///
    /// There are: function, method, class, struct, enum, trait, interface, implementation, type,
    /// module, constant, variable, field, macro, section.
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    kind: Vec<String>,
}

impl Narrow {
    /// Adds what was typed to `filter`.
    pub(super) fn add_to(&self, filter: &mut Filter) -> Result<(), Failure> {
        for kind in &self.kind {
            filter.kinds.push(retrieval::kind(kind).map_err(wrong)?);
        }
        if let Some(glob) = &self.within {
            let pattern = PathPattern::whole(glob);
            filter.paths.push(pattern.map_err(|error| wrong(error).while_doing("`--in`"))?);
        }
        if let Some(name) = &self.lang {
            filter.languages.push(retrieval::language(name).map_err(wrong)?);
        }
        Ok(())
    }
}

/// A filter that cannot be: the command line is wrong.
pub(super) fn wrong(error: FilterError) -> Failure {
    Failure::from(error).code(ExitCode::Usage)
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command};

    use super::*;
    use crate::syntax::SymbolKind;

    #[test]
    fn the_help_names_every_kind() {
        let command = Narrow::augment_args(Command::new("x"));
        let kind = command.get_arguments().find(|it| it.get_id() == "kind").unwrap();
        let help = kind.get_long_help().unwrap().to_string();
        let kinds: Vec<&str> = SymbolKind::all().map(SymbolKind::name).collect();
        assert!(help.contains(&kinds.join(", ")), "{help}");
    }
}
