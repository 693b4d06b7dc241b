//! How does a model read a conversation, and what does its reply say?
//!
//! A model brings its own chat template and its own way to write thoughts and calls. [`Template`]
//! lays a prompt out, [`Format`] says how the replies of the same model are read, and [`Reader`]
//! reads them as they grow. All of it is pure; nothing here knows llama.cpp.

mod conversation;
mod environment;
mod in_words;
mod marks;
mod methods;
mod python_json;
mod rendered;
mod reply;
mod retell;
mod source;
mod specials;
mod template;
mod thinking;

#[cfg(test)]
mod reference;

pub use rendered::Rendered;
pub use reply::{Format, Part, Reader, Repair, Reply, Unread};
pub use template::Template;
pub use thinking::{Next, Thinking};
