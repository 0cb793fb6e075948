//! Patterns: on the linear engine if it takes them, else on the backtracking one, both metered.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::fuel;

/// The sizes of a linear program that are tried, in KiB: its cost for each byte of text.
const SIZES: [u64; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];
/// Attempts of the backtracking engine: first the few that ordinary patterns need, then many.
const ATTEMPTS: [u64; 2] = [500, 20_000];
/// The size of a linear part of a backtracking pattern, in bytes; larger ones, up to 16 times, cost more.
const LINEAR_PART: usize = 64 << 10;

/// A pattern of a schema, compiled.
#[derive(Debug)]
pub(crate) enum Pattern {
    /// Its time is linear in the text.
    Linear {
        /// The program.
        regex: regex::Regex,
        /// An upper bound of its size, in KiB.
        size: u64,
    },
    /// With look-around or back-references: what a byte of text costs, more than once, with more attempts each time.
    Backtracking(Vec<(u64, fancy_regex::Regex)>),
}

impl Pattern {
    /// Compiles a pattern of ECMA 262.
    pub(crate) fn compile(pattern: &str) -> Result<Self, String> {
        let wrong = || format!("the pattern {pattern:?} can't be compiled");
        let translated = jsonschema_regex::to_rust_regex(pattern).map_err(|()| wrong())?;
        if let Some(linear) = Self::linear_of(&translated) {
            return Ok(linear);
        }
        let compile = |attempts: u64, weight: u64| {
            fancy_regex::RegexBuilder::new(&translated)
                .backtrack_limit(usize::try_from(attempts).unwrap_or(usize::MAX))
                .delegate_size_limit(LINEAR_PART * usize::try_from(weight).unwrap_or(1))
                .build()
                .map(|regex| (attempts * weight / 6, regex))
        };
        let compile = |attempts| compile(attempts, 1).or_else(|_| compile(attempts, 16));
        let compiled = ATTEMPTS.into_iter().map(compile).collect::<Result<_, _>>();
        let compiled = compiled.map_err(|_| wrong())?;
        Ok(Self::Backtracking(compiled))
    }

    /// Compiles a pattern that has to be linear: for names of members.
    pub(crate) fn linear(pattern: &str) -> Result<Self, String> {
        match Self::compile(pattern)? {
            linear @ Self::Linear { .. } => Ok(linear),
            Self::Backtracking(_) => Err(format!(
                "the pattern {pattern:?} of patternProperties has look-around or back-references, or is too large"
            )),
        }
    }

    fn linear_of(translated: &str) -> Option<Self> {
        SIZES.into_iter().find_map(|size| {
            let limit = usize::try_from(size << 10).unwrap_or(usize::MAX);
            let regex = regex::RegexBuilder::new(translated).size_limit(limit).build().ok()?;
            Some(Self::Linear { regex, size })
        })
    }

    /// Its size in KiB, where that is its cost for each byte of text.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::Linear { size, .. } => *size,
            Self::Backtracking(_) => 1,
        }
    }

    /// Whether a text matches. When that can't be told with the fuel there is, the check ends; the answer is then no.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        let length = text.len() as u64 + 8;
        match self {
            Self::Linear { regex, size } => {
                fuel::take(fuel::LINEAR * length * size) && guarded(|| Some(regex.is_match(text)))
            }
            Self::Backtracking(tries) => tries
                .iter()
                .find_map(|(cost, regex)| {
                    if !fuel::take(length * cost) {
                        return Some(false);
                    }
                    catch_unwind(AssertUnwindSafe(|| regex.is_match(text).ok())).unwrap_or(None)
                })
                .unwrap_or_else(|| guarded(|| None)),
        }
    }

    /// Whether a name that stands in a schema matches: at reading, without fuel.
    pub(crate) fn is_match_of_schema(&self, text: &str) -> bool {
        match self {
            Self::Linear { regex, .. } => catch_unwind(AssertUnwindSafe(|| regex.is_match(text))).unwrap_or(true),
            Self::Backtracking(_) => true,
        }
    }
}

/// The engines have panicked on odd patterns (rust-lang/regex#1344).
fn guarded(matches: impl FnOnce() -> Option<bool>) -> bool {
    let decided = catch_unwind(AssertUnwindSafe(matches)).unwrap_or(None);
    decided.unwrap_or_else(|| {
        fuel::give_up();
        false
    })
}
