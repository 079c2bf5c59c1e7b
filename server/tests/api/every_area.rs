//! No area is left out on one of the databases.

#[test]
fn every_area_runs_on_both_databases() {
    let areas = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/areas");
    let main = include_str!("main.rs");
    for file in std::fs::read_dir(areas).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let line = format!("    mod {};", name.trim_end_matches(".rs"));
        assert_eq!(main.matches(&line).count(), 2, "{name}");
    }
}
