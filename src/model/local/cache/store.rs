//! Lines on disk, so that the next process need not read what this one has read.
//!
//! A file holds one line: its tokens, and their keys and values as llama.cpp writes them. Files are
//! replaced as a whole, checked by their sum before use, and the oldest go when there are too many.
//! Whatever is wrong with a file, it is only removed.

use std::fs::{self, File};
use std::hash::Hasher;
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use llama_cpp_2::token::LlamaToken;
use rustc_hash::FxHasher;

use crate::model::local::cache::key::Key;

/// Kind and version of a file.
const MAGIC: [u8; 8] = *b"cs-kv 1\n";
/// Magic, number of tokens, length of the state, sum of tokens and state.
const HEAD: usize = 32;
/// No context is longer.
const MOST_TOKENS: u64 = 1 << 24;
const ENDING: &str = "kv";
/// A file that nobody has finished in this time nobody will.
const ABANDONED: Duration = Duration::from_secs(3600);

/// The saved lines of one model.
#[derive(Debug)]
pub(in crate::model::local) struct Saved {
    /// Folder of all models.
    root: PathBuf,
    folder: PathBuf,
    lines: Vec<Line>,
    /// Bytes that all lines of all models may take.
    limit: u64,
}

#[derive(Debug)]
struct Line {
    path: PathBuf,
    tokens: Vec<LlamaToken>,
}

/// A line on disk that begins like a prompt.
#[derive(Debug)]
pub(in crate::model::local) struct Found {
    path: PathBuf,
    /// The tokens of the whole line.
    pub(in crate::model::local) tokens: Vec<LlamaToken>,
    /// How many of them the prompt has.
    pub(in crate::model::local) held: usize,
}

impl Saved {
    /// The lines under `root` that have this key. Those of the same model with another key are removed:
    /// nothing will ever read them again.
    pub(in crate::model::local) fn open(root: &Path, key: &Key, limit: u64) -> io::Result<Self> {
        let model = root.join(key.model.short());
        let folder = model.join(key.shape.short());
        create(&folder)?;
        for other in fs::read_dir(&model)?.flatten() {
            if other.path() != folder {
                let _ = fs::remove_dir_all(other.path());
            }
        }
        let mut saved = Self { root: root.to_owned(), folder, lines: Vec::new(), limit };
        for (path, _) in files(&saved.folder) {
            match tokens(&path) {
                Ok(tokens) => saved.lines.push(Line { path, tokens }),
                Err(_) if is_young(&path) => {}
                Err(_) => drop(fs::remove_file(&path)),
            }
        }
        Ok(saved)
    }

    /// The line that begins like `wanted` for longest; with `whole_only`, of those whose every token
    /// is there.
    pub(in crate::model::local) fn longest(
        &self,
        wanted: &[LlamaToken],
        whole_only: bool,
    ) -> Option<Found> {
        let same = |line: &Line| line.tokens.iter().zip(wanted).take_while(|(a, b)| a == b).count();
        let lines = self.lines.iter().map(|line| (same(line), line));
        let lines = lines.filter(|(held, line)| !whole_only || *held == line.tokens.len());
        let (held, line) =
            lines.max_by_key(|(held, line)| (*held, std::cmp::Reverse(line.tokens.len())))?;
        Some(Found { path: line.path.clone(), tokens: line.tokens.clone(), held })
    }

    /// Whether a line that serves for `tokens` is there: one that begins with them or, with
    /// `whole_only`, one of just them, for such a line cannot be cut.
    pub(in crate::model::local) fn has(&self, tokens: &[LlamaToken], whole_only: bool) -> bool {
        self.lines.iter().any(|line| serves(&line.tokens, tokens, whole_only))
    }

    /// The state of a line, if its file is as it was written. Otherwise the line is forgotten.
    pub(in crate::model::local) fn get(&mut self, found: &Found) -> Option<Vec<u8>> {
        match state(&found.path, &found.tokens) {
            Ok(state) => {
                // Its time says when it was of use.
                let touched = File::options().append(true).open(&found.path);
                let _ = touched.and_then(|file| file.set_modified(SystemTime::now()));
                Some(state)
            }
            Err(error) => {
                tracing::warn!(%error, "a saved line of the model cannot be used");
                let _ = fs::remove_file(&found.path);
                self.lines.retain(|line| line.path != found.path);
                None
            }
        }
    }

    /// Whether so many bytes are kept at all.
    pub(in crate::model::local) fn takes(&self, bytes: u64) -> bool {
        bytes <= self.limit
    }

    /// Writes a line; lines for which it serves are of no more use.
    pub(in crate::model::local) fn put(
        &mut self,
        tokens: &[LlamaToken],
        state: &[u8],
        whole_only: bool,
    ) -> io::Result<()> {
        let bytes = token_bytes(tokens);
        let size = (HEAD + bytes.len() + state.len()) as u64;
        if !self.takes(size) {
            return Ok(());
        }
        self.shrink(self.limit - size);
        let mut head = MAGIC.to_vec();
        head.extend_from_slice(&(tokens.len() as u64).to_le_bytes());
        head.extend_from_slice(&(state.len() as u64).to_le_bytes());
        head.extend_from_slice(&sum(&bytes, state).to_le_bytes());
        let path = self.folder.join(format!("{:016x}.{ENDING}", sum(&bytes, &[])));
        // Another process may have removed the folder, where it uses the model with another key.
        create(&self.folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        for part in [&head[..], &bytes, state] {
            file.write_all(part)?;
        }
        file.persist(&path).map_err(|error| error.error)?;
        self.lines.retain(|line| {
            let useless = serves(tokens, &line.tokens, whole_only);
            if useless && line.path != path {
                let _ = fs::remove_file(&line.path);
            }
            !useless
        });
        self.lines.push(Line { path, tokens: tokens.to_vec() });
        Ok(())
    }

    /// Removes the lines that were not used for longest, whatever their model, until the rest take at
    /// most `limit` bytes.
    fn shrink(&mut self, limit: u64) {
        let mut all: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for model in subfolders(&self.root) {
            for folder in subfolders(&model) {
                for (path, data) in files(&folder) {
                    let used = data.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                    all.push((used, data.len(), path));
                }
            }
        }
        all.sort();
        let mut total: u64 = all.iter().map(|it| it.1).sum();
        for (_, size, path) in all {
            if total <= limit {
                break;
            }
            if fs::remove_file(&path).is_ok() {
                total -= size;
            }
            self.lines.retain(|line| line.path != path);
        }
    }
}

/// Makes a folder of lines. Their tokens are the text of what was read: nobody else's business.
fn create(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

/// The files of a folder with what is known of them.
fn files(folder: &Path) -> Vec<(PathBuf, fs::Metadata)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let with_data = entries.filter_map(|entry| Some((entry.path(), entry.metadata().ok()?)));
    with_data.filter(|(_, data)| data.is_file()).collect()
}

/// Whether another process may still be writing the file.
fn is_young(path: &Path) -> bool {
    let data = path.extension().is_none_or(|ending| ending != ENDING).then(|| fs::metadata(path));
    let age = data.and_then(Result::ok).and_then(|data| data.modified().ok()?.elapsed().ok());
    age.is_some_and(|age| age < ABANDONED)
}

fn token_bytes(tokens: &[LlamaToken]) -> Vec<u8> {
    tokens.iter().flat_map(|token| token.0.to_le_bytes()).collect()
}

fn sum(tokens: &[u8], state: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(tokens);
    hasher.write(state);
    hasher.finish()
}

/// What stands before the tokens.
struct Head {
    tokens: usize,
    state: u64,
    sum: u64,
}

fn head(file: &mut File) -> io::Result<Head> {
    let damaged = || io::Error::other("it is damaged");
    let mut bytes = [0; HEAD];
    file.read_exact(&mut bytes)?;
    let mut numbers = bytes.chunks_exact(8).map(|it| it.try_into().map_or(0, u64::from_le_bytes));
    if numbers.next() != Some(u64::from_le_bytes(MAGIC)) {
        return Err(damaged());
    }
    let (Some(tokens), Some(state), Some(sum)) = (numbers.next(), numbers.next(), numbers.next())
    else {
        return Err(damaged());
    };
    let length = file.metadata()?.len();
    let fits =
        tokens <= MOST_TOKENS && (HEAD as u64 + tokens * 4).checked_add(state) == Some(length);
    let tokens = usize::try_from(tokens).map_err(io::Error::other)?;
    if fits { Ok(Head { tokens, state, sum }) } else { Err(damaged()) }
}

fn read_tokens(file: &mut File, head: &Head) -> io::Result<Vec<LlamaToken>> {
    let mut bytes = vec![0; head.tokens * 4];
    file.read_exact(&mut bytes)?;
    let token = |it: &[u8]| LlamaToken(it.try_into().map_or(0, i32::from_le_bytes));
    Ok(bytes.chunks_exact(4).map(token).collect())
}

/// The tokens of the line in a file.
fn tokens(path: &Path) -> io::Result<Vec<LlamaToken>> {
    let mut file = File::open(path)?;
    let head = head(&mut file)?;
    read_tokens(&mut file, &head)
}

/// The state in a file, if it is whole and belongs to these tokens.
fn state(path: &Path, expected: &[LlamaToken]) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let head = head(&mut file)?;
    let tokens = read_tokens(&mut file, &head)?;
    let mut state = Vec::with_capacity(usize::try_from(head.state).map_err(io::Error::other)?);
    file.read_to_end(&mut state)?;
    if tokens != expected || sum(&token_bytes(&tokens), &state) != head.sum {
        return Err(io::Error::other("it is damaged"));
    }
    Ok(state)
}

/// Whether a line of these tokens does what one of `wanted` would do.
fn serves(line: &[LlamaToken], wanted: &[LlamaToken], whole_only: bool) -> bool {
    if whole_only { line == wanted } else { line.starts_with(wanted) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Digest;

    fn key(shape: &str) -> Key {
        Key { model: Digest::of(b"model"), shape: Digest::of(shape.as_bytes()) }
    }

    fn line(tokens: &[i32]) -> Vec<LlamaToken> {
        tokens.iter().map(|token| LlamaToken(*token)).collect()
    }

    /// How a prompt is found: tokens held, length of the line, and the state.
    fn find(saved: &mut Saved, prompt: &[i32]) -> Option<(usize, usize, Vec<u8>)> {
        let found = saved.longest(&line(prompt), false).filter(|found| found.held > 0)?;
        let state = saved.get(&found)?;
        Some((found.held, found.tokens.len(), state))
    }

    #[test]
    fn what_was_written_is_found_by_the_next_process() {
        let dir = tempfile::tempdir().unwrap();
        let mut saved = Saved::open(dir.path(), &key("a"), 1 << 20).unwrap();
        saved.put(&line(&[1, 2, 3]), b"one", false).unwrap();
        saved.put(&line(&[1, 2, 3, 4]), b"longer", false).unwrap();
        saved.put(&line(&[1, 9]), b"other", false).unwrap();
        assert!(saved.has(&line(&[1, 2]), false) && !saved.has(&line(&[2]), false));
        let mut again = Saved::open(dir.path(), &key("a"), 1 << 20).unwrap();
        for saved in [&mut saved, &mut again] {
            assert_eq!(saved.lines.len(), 2, "the shorter beginning is gone");
            assert_eq!(find(saved, &[1, 2, 3, 5]), Some((3, 4, b"longer".to_vec())));
            assert_eq!(find(saved, &[1, 9]), Some((2, 2, b"other".to_vec())));
            assert_eq!(find(saved, &[7]), None);
            assert!(saved.longest(&line(&[1, 2, 3, 5]), true).is_none());
        }
    }

    #[test]
    fn lines_that_cannot_be_cut_serve_for_no_shorter_ones() {
        let dir = tempfile::tempdir().unwrap();
        let mut saved = Saved::open(dir.path(), &key("a"), 1 << 20).unwrap();
        saved.put(&line(&[1, 2, 3]), b"longer", true).unwrap();
        assert!(!saved.has(&line(&[1, 2]), true) && saved.has(&line(&[1, 2, 3]), true));
        saved.put(&line(&[1, 2]), b"shared", true).unwrap();
        saved.put(&line(&[1, 2, 4]), b"other", true).unwrap();
        let found = saved.longest(&line(&[1, 2, 5]), true).unwrap();
        assert_eq!((found.held, saved.get(&found)), (2, Some(b"shared".to_vec())));
        saved.put(&line(&[1, 2]), b"again", true).unwrap();
        assert_eq!(saved.lines.len(), 3);
    }

    #[test]
    fn another_key_removes_the_lines_of_the_old_one() {
        let dir = tempfile::tempdir().unwrap();
        let mut saved = Saved::open(dir.path(), &key("a"), 1 << 20).unwrap();
        saved.put(&line(&[1, 2]), b"x", false).unwrap();
        assert_eq!(find(&mut Saved::open(dir.path(), &key("b"), 1 << 20).unwrap(), &[1, 2]), None);
        assert_eq!(find(&mut Saved::open(dir.path(), &key("a"), 1 << 20).unwrap(), &[1, 2]), None);
        // Who still uses the old one goes on.
        let mut other = Saved::open(dir.path(), &key("b"), 1 << 20).unwrap();
        saved.put(&line(&[5]), b"y", false).unwrap();
        other.put(&line(&[6]), b"z", false).unwrap();
        assert!(find(&mut saved, &[5]).is_some() && find(&mut other, &[6]).is_some());
    }

    #[test]
    fn the_oldest_go_when_there_is_too_much() {
        let dir = tempfile::tempdir().unwrap();
        let mut saved = Saved::open(dir.path(), &key("a"), 3000).unwrap();
        for (token, age) in [(1, 50), (2, 99), (3, 10)] {
            saved.put(&line(&[token]), &[0; 900], false).unwrap();
            let then = SystemTime::now() - Duration::from_secs(age);
            let path = saved.lines.last().unwrap().path.clone();
            File::options().append(true).open(path).unwrap().set_modified(then).unwrap();
        }
        // To be of use makes young.
        assert!(find(&mut saved, &[2]).is_some());
        saved.put(&line(&[4]), &[0; 900], false).unwrap();
        let found: Vec<bool> = (1..5).map(|it| find(&mut saved, &[it]).is_some()).collect();
        assert_eq!(found, [false, true, true, true]);
        saved.put(&line(&[5]), &[0; 4000], false).unwrap();
        assert_eq!(saved.lines.len(), 3, "what is larger than all is not kept");
    }

    #[test]
    fn a_damaged_file_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let whole = {
            let mut saved = Saved::open(dir.path(), &key("a"), 1 << 20).unwrap();
            saved.put(&line(&[1, 2, 3]), b"the state", false).unwrap();
            saved.lines[0].path.clone()
        };
        let bytes = fs::read(&whole).unwrap();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            File::create(&whole).unwrap().write_all(&damaged).unwrap();
            let mut saved = Saved::open(dir.path(), &key("a"), 1 << 20).unwrap();
            assert_eq!(find(&mut saved, &[1, 2, 3]), None, "byte {at}");
        }
        for length in [0, 7, HEAD, HEAD + 4, bytes.len() - 1] {
            File::create(&whole).unwrap().write_all(&bytes[..length]).unwrap();
            let mut saved = Saved::open(dir.path(), &key("a"), 1 << 20).unwrap();
            assert_eq!(find(&mut saved, &[1, 2, 3]), None, "{length} bytes");
        }
    }
}
