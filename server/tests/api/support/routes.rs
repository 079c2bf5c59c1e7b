//! The server's table of routes, read from its source, so that no test can forget one.

const SOURCE: &str = include_str!("../../../src/http/routes.rs");

/// Every `(method, path)` the server answers, preflights aside.
pub fn table() -> Vec<(&'static str, String)> {
    let body = SOURCE.split("pub fn all(").nth(1).expect("the table");
    let mut found = Vec::new();
    for entry in body.split("add(").skip(1) {
        let entry = entry.split(");").next().unwrap();
        let Some(path) = entry.split('"').nth(1) else { continue };
        let methods = entry.split("vec![").nth(1).unwrap();
        for (word, method) in [("get()", "GET"), ("post()", "POST"), ("delete()", "DELETE")] {
            let own = methods.match_indices(word).count();
            found.extend((0..own).map(|_| (method, path.to_owned())));
        }
    }
    assert!(found.len() > 15, "the table of routes is written in a new way: {found:?}");
    found
}
