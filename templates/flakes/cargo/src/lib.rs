//! The greeting, and nothing else.

pub fn greeting(name: &str) -> String {
    format!("Hello, {name}!")
}
