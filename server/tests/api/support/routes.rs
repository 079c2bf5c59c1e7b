//! The server's table of routes, read from its source, so that no test can forget one.

const SOURCE: &str = include_str!("../../../src/http/routes.rs");

/// Every `(method, path)` the server answers, preflights aside.
pub fn table() -> Vec<(&'static str, String)> {
    let body = SOURCE.split("pub fn all(").nth(1).expect("the table");
    let mut found = Vec::new();
    // `add("/path", vec![…])`, and `people` for what stands under one site of the dashboard.
    for (word, prefix) in [(" add(", ""), (" people(", "/dashboard/sites/{site}")] {
        for entry in body.split(word).skip(1) {
            let entry = entry.split(");").next().unwrap();
            let Some((path, methods)) = entry.split_once("vec![") else { continue };
            let path = path.split('"').nth(1).unwrap();
            for (word, method) in [("get()", "GET"), ("post()", "POST"), ("delete()", "DELETE")] {
                let own = methods.matches(word).count();
                found.extend((0..own).map(|_| (method, format!("{prefix}{path}"))));
            }
        }
    }
    assert!(found.len() > 15, "the table of routes is written in a new way: {found:?}");
    found
}
