//! How is a test written here?
//!
//! Where the tests of a module stand, in which style, and the text of a file with more of them. What is
//! there stays as it is: imports are added behind the others, tests at the end.

mod home;
mod imports;
mod text;

pub use home::{Home, Style, home};
pub use imports::{Bound, bound};
pub use text::{Group, name_freely, with_tests};
