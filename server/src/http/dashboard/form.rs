//! Form bodies: pairs in their order, a name may come several times.

use actix_web::web;

/// What a form sent.
pub type Form = web::Form<Vec<(String, String)>>;

/// The first value of a field, empty where there is none.
pub fn value<'a>(form: &'a Form, name: &str) -> &'a str {
    form.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
}

/// All values of a field.
pub fn values<'a>(form: &'a Form, name: &str) -> Vec<&'a str> {
    form.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str()).collect()
}
