//! A number with its noun.

/// `1 leaf`, `2 leaves`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
