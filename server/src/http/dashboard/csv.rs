//! CSV for people to open: RFC 4180, and nothing a spreadsheet would take for a formula.

use actix_web::http::header;
use actix_web::{HttpResponse, HttpResponseBuilder};

/// One line with its end.
pub fn line(cells: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|text| cell(text.as_ref())).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell: a leading sign that starts a formula gets an apostrophe before it, and what would break
/// the line is quoted.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    match text.contains(['"', ',', '\r', '\n']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

/// A file to save.
pub fn answer(name: &str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    answer
}

#[cfg(test)]
mod tests {
    use super::line;
    use proptest::prelude::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(line(["a", "b,c", "d\"e", "=1+1"]), "a,\"b,c\",\"d\"\"e\",'=1+1\r\n");
    }

    proptest! {
        #[test]
        fn no_cell_starts_a_formula(text in "\\PC*") {
            let line = line([text.as_str()]);
            let first = line.trim_start_matches('"').chars().next();
            prop_assert!(text.starts_with('"') || !matches!(first, Some('=' | '+' | '-' | '@' | '\t')));
        }
    }
}
