//! Modules of Python: files by their dotted names, packages by their `__init__.py`.

use crate::base::RepoPath;
use crate::refactor::NoMove;
use crate::refactor::rules::{Qualified, Rules, Target};
use crate::refactor::sources::{File, Sources, folder, joined};
use crate::syntax::imports::{Import, Imported, Item};

pub(super) struct Python;

impl Rules for Python {
    fn target(&self, sources: &Sources, file: &File, _: &Import, item: &Item) -> Target {
        let Some(module) = resolved(sources, file, &item.from) else { return Target::Elsewhere };
        match &item.what {
            Imported::Module | Imported::Default => file_of(sources, &module, Target::Module),
            Imported::Everything => file_of(sources, &module, Target::Everything),
            Imported::Name(name) => {
                // A name of the package goes before a file in it.
                let below = file_of(sources, &format!("{module}/{name}"), Target::Module);
                match file_of(sources, &module, Target::Module) {
                    Target::Module(path) => {
                        let binds = |file: &File| {
                            file.names.bound.iter().any(|it| it.name == *name)
                                || file
                                    .imports
                                    .iter()
                                    .flat_map(|it| &it.items)
                                    .any(|it| it.local == *name)
                        };
                        let is_bound = sources.file(&path).is_some_and(|file| binds(&file));
                        if below == Target::Elsewhere || is_bound {
                            Target::Name(path, name.clone())
                        } else {
                            below
                        }
                    }
                    _ => below,
                }
            }
        }
    }

    fn named(&self, sources: &Sources, file: &File, _: usize, module: &str) -> Target {
        for import in &file.imports {
            for item in &import.items {
                let rest = match module.strip_prefix(item.local.as_str()) {
                    Some("") => "",
                    Some(rest) if rest.starts_with('.') && !item.local.is_empty() => &rest[1..],
                    _ => continue,
                };
                match (self.target(sources, file, import, item), rest) {
                    (Target::Module(path), "") => return Target::Module(path),
                    (Target::Module(path), rest) => {
                        let below =
                            format!("{}/{}", folder(&path.to_string()), rest.replace('.', "/"));
                        let found = file_of(sources, below.trim_start_matches('/'), Target::Module);
                        if found != Target::Elsewhere {
                            return found;
                        }
                    }
                    _ => {}
                }
            }
            // `import a` and `a.b.c`, where another file imports `a.b`.
            for item in import.items.iter().filter(|it| it.what == Imported::Module && !it.alias) {
                let top = item.from.split('.').next().unwrap_or_default();
                if module.split('.').next() == Some(top)
                    && let Some(place) = resolved(sources, file, module)
                    && let found @ Target::Module(_) = file_of(sources, &place, Target::Module)
                {
                    return found;
                }
            }
        }
        Target::Elsewhere
    }

    fn qualified(&self, file: &File, name: &str) -> Vec<Qualified> {
        super::qualified::behind_dots(file, name)
    }

    fn spelled(
        &self,
        sources: &Sources,
        user: &File,
        _: usize,
        to: &RepoPath,
        like: Option<&str>,
    ) -> Result<String, NoMove> {
        let is_relative = match like {
            Some(like) => like.starts_with('.'),
            None => {
                let own = |it: &&Import| it.items.iter().any(|item| item.from.starts_with('.'));
                let absolute = |it: &&Import| {
                    let first = it.items.first();
                    first.is_some_and(|item| {
                        !item.from.starts_with('.') && resolved(sources, user, &item.from).is_some()
                    })
                };
                let is_in_package = is_package(sources, folder(&user.path.to_string()));
                is_in_package
                    && (user.imports.iter().any(|it| own(&it))
                        || !user.imports.iter().any(|it| absolute(&it)))
            }
        };
        if is_relative && root_of(sources, &user.path) == root_of(sources, to) {
            return Ok(relative(&user.path, to));
        }
        // Where the other file is named from says from where names are counted.
        let root = match like.filter(|it| !it.starts_with('.')) {
            Some(like) => resolved(sources, user, like)
                .and_then(|place| {
                    place
                        .strip_suffix(&like.replace('.', "/"))
                        .map(|it| it.trim_end_matches('/').to_owned())
                })
                .unwrap_or_else(|| root_of(sources, to)),
            None => root_of(sources, to),
        };
        dotted(&root, to)
            .ok_or_else(|| NoMove::NotReached { user: user.path.clone(), to: to.clone() })
    }

    fn respelled(
        &self,
        _: &Sources,
        from: &File,
        module: &str,
        to: &RepoPath,
    ) -> Result<String, NoMove> {
        if !module.starts_with('.') {
            return Ok(module.to_owned());
        }
        let place = relative_place(&from.path, module);
        let place =
            place.ok_or_else(|| NoMove::NotReached { user: from.path.clone(), to: to.clone() })?;
        Ok(relative_to(&to.to_string(), &place))
    }

    fn is_facade(&self, path: &RepoPath) -> bool {
        path.file_name() == b"__init__.py"
    }

    fn is_public(&self, _: &File, name: &str, _: usize) -> bool {
        !name.starts_with('_')
    }

    fn shown(&self, _: &File, _: &str, _: usize) -> Option<(std::ops::Range<usize>, &'static str)> {
        None
    }
}

/// The file of the module that lies at `place`, a path without its end.
fn file_of(sources: &Sources, place: &str, as_what: fn(RepoPath) -> Target) -> Target {
    for path in [format!("{place}.py"), format!("{place}/__init__.py")] {
        if let Ok(path) = RepoPath::new(path.trim_start_matches('/'))
            && sources.text(&path).is_some()
        {
            return as_what(path);
        }
    }
    Target::Elsewhere
}

/// Where the module lies that `file` names, without `.py`, if it is of this repository.
fn resolved(sources: &Sources, file: &File, module: &str) -> Option<String> {
    if module.starts_with('.') {
        return relative_place(&file.path, module);
    }
    let place = module.replace('.', "/");
    let own = root_of(sources, &file.path);
    let beside = folder(&file.path.to_string()).to_owned();
    for root in [own.as_str(), "", "src", "lib", "python", beside.as_str()] {
        let at = joined(root, &place)?;
        if file_of(sources, &at, Target::Module) != Target::Elsewhere {
            return Some(at);
        }
    }
    None
}

fn relative_place(path: &RepoPath, module: &str) -> Option<String> {
    let dots = module.bytes().take_while(|byte| *byte == b'.').count();
    let path = path.to_string();
    let up = "../".repeat(dots.saturating_sub(1));
    joined(folder(&path), &format!("{up}{}", module[dots..].replace('.', "/")))
}

fn is_package(sources: &Sources, folder: &str) -> bool {
    !folder.is_empty() && sources.has(&format!("{folder}/__init__.py"))
}

/// The folder from which absolute names count: the first above that is no package.
fn root_of(sources: &Sources, path: &RepoPath) -> String {
    let path = path.to_string();
    let mut at = folder(&path);
    while is_package(sources, at) {
        at = folder(at);
    }
    at.to_owned()
}

/// The place of a file as imports count it: a package is its folder.
fn place_of(path: &RepoPath) -> String {
    let path = path.to_string();
    let place = path.strip_suffix(".py").unwrap_or(&path);
    place.strip_suffix("/__init__").unwrap_or(place).to_owned()
}

/// The absolute name of a file, counted from `root`.
pub(super) fn dotted(root: &str, path: &RepoPath) -> Option<String> {
    let place = place_of(path);
    let rest = match root {
        "" => place.as_str(),
        root => place.strip_prefix(root)?.strip_prefix('/')?,
    };
    (!rest.is_empty()).then(|| rest.replace('/', "."))
}

/// The name by which strings and configuration speak of the file.
pub(super) fn absolute(sources: &Sources, path: &RepoPath) -> Option<String> {
    dotted(&root_of(sources, path), path)
}

fn relative(user: &RepoPath, to: &RepoPath) -> String {
    relative_to(&user.to_string(), &place_of(to))
}

fn relative_to(user: &str, place: &str) -> String {
    let from: Vec<&str> = folder(user).split('/').filter(|it| !it.is_empty()).collect();
    let to: Vec<&str> = place.split('/').filter(|it| !it.is_empty()).collect();
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    format!("{}{}", ".".repeat(from.len() - shared + 1), to[shared..].join("."))
}

/// Names that are there without an import.
pub(super) fn is_builtin(name: &str) -> bool {
    const ERRORS: [&str; 4] = ["Error", "Exception", "Warning", "Group"];
    const OTHERS: &str = " ArithmeticError BaseException Ellipsis False GeneratorExit KeyboardInterrupt \
        None NotImplemented StopAsyncIteration StopIteration SystemExit True __annotations__ __build_class__ \
        __builtins__ __cached__ __debug__ __dict__ __doc__ __file__ __import__ __loader__ __module__ \
        __name__ __package__ __path__ __qualname__ __spec__ __class__ abs aiter all anext any ascii bin \
        bool breakpoint bytearray bytes callable chr classmethod compile complex copyright credits delattr \
        dict dir divmod enumerate eval exec exit filter float format frozenset getattr globals hasattr hash \
        help hex id input int isinstance issubclass iter len license list locals map max memoryview min next \
        object oct open ord pow print property quit range repr reversed round set setattr slice sorted \
        staticmethod str sum super tuple type vars zip ";
    OTHERS.contains(&format!(" {name} ")) || ERRORS.iter().any(|end| name.ends_with(end))
}
