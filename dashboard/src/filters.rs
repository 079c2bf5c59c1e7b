//! What templates may call besides Tera's own: words, links, numbers, dates and names, each in the
//! page's language. None of them marks its output as safe, so everything is escaped.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use tera::{Error, Kwargs, State, Tera, TeraResult, Value};

use crate::assets::Assets;
use crate::names::Names;
use crate::texts::{Texts, fill};
use crate::{Lang, format};

/// Gives an engine all filters, bound to a language and to the public path.
pub(crate) fn register(engine: &mut Tera, lang: Lang, base: &Arc<str>, assets: &Arc<Assets>) {
    register_words(engine, lang);
    register_links(engine, base, assets);
    register_numbers(engine, lang);
    register_dates(engine, lang);
}

fn register_words(engine: &mut Tera, lang: Lang) {
    engine
        .register_filter("t", move |key: &str, values: Kwargs, _: &State| text(key, &values, lang));
    // `known_text` lets a template fall back for keys made from data, such as a site's own purpose.
    engine.register_test("known_text", move |key: &str, _: Kwargs, _: &State| {
        Texts::of(lang).get(key, None).is_some()
    });
    engine.register_filter("country", move |code: &str, _: Kwargs, _: &State| {
        Names::of(lang).country(code).to_owned()
    });
    engine.register_filter("language", move |tag: &str, _: Kwargs, _: &State| {
        Names::of(lang).language(tag).to_owned()
    });
    engine.register_filter("short_hash", |hash: &str, _: Kwargs, _: &State| {
        hash.trim_start_matches("sha256:").chars().take(8).collect::<String>()
    });
}

fn register_links(engine: &mut Tera, base: &Arc<str>, assets: &Arc<Assets>) {
    let prefix = Arc::clone(base);
    engine
        .register_filter("url", move |path: &str, _: Kwargs, _: &State| format!("{prefix}{path}"));
    let (prefix, assets) = (Arc::clone(base), Arc::clone(assets));
    engine.register_filter("asset", move |name: &str, _: Kwargs, _: &State| {
        let published =
            assets.name(name).ok_or_else(|| Error::message(format!("no asset {name}")))?;
        TeraResult::Ok(format!("{prefix}/assets/{published}"))
    });
    // Addresses that come from notices or visitors: anything but http(s) becomes nothing.
    engine.register_filter("external", |address: &str, _: Kwargs, _: &State| {
        let web = ["https://", "http://"].iter().any(|scheme| address.starts_with(scheme));
        if web { address.to_owned() } else { String::new() }
    });
}

fn register_numbers(engine: &mut Tera, lang: Lang) {
    engine.register_filter("num", move |n: i64, _: Kwargs, _: &State| format::integer(n, lang));
    engine.register_filter("pct", move |n: f64, _: Kwargs, _: &State| format::percent(n, lang));
    engine.register_filter("points", move |n: f64, _: Kwargs, _: &State| format::points(n, lang));
    // For SVG geometry: a share of a length, with one decimal.
    engine.register_filter("of", |share: f64, values: Kwargs, _: &State| {
        let length = values.must_get::<f64>("length")?;
        TeraResult::Ok((share * length * 10.0).round() / 10.0)
    });
}

fn register_dates(engine: &mut Tera, lang: Lang) {
    engine.register_filter("date", move |moment: &str, _: Kwargs, _: &State| {
        let day = match moment.parse::<NaiveDate>() {
            Ok(day) => day,
            Err(_) => parse(moment)?.date_naive(),
        };
        TeraResult::Ok(format::date(day, lang))
    });
    engine.register_filter("date_time", move |moment: &str, _: Kwargs, _: &State| {
        TeraResult::Ok(format::date_time(parse(moment)?, lang))
    });
    engine.register_filter("date_time_short", move |moment: &str, _: Kwargs, _: &State| {
        TeraResult::Ok(format::date_time_short(parse(moment)?, lang))
    });
    engine.register_filter("day_month", move |moment: &str, _: Kwargs, _: &State| {
        TeraResult::Ok(format::day_and_month(parse(moment)?.date_naive(), lang))
    });
    engine.register_filter("day_month_short", move |moment: &str, _: Kwargs, _: &State| {
        TeraResult::Ok(format::day_and_month_short(parse(moment)?.date_naive(), lang))
    });
    engine.register_filter("hour", move |moment: &str, _: Kwargs, _: &State| {
        TeraResult::Ok(format::hour(parse(moment)?, lang))
    });
}

fn parse(moment: &str) -> TeraResult<DateTime<Utc>> {
    moment.parse().map_err(|_| Error::message(format!("not a moment: {moment}")))
}

/// `"key" | t(n=3, name="x")`. A missing key is an error, so that a test finds it.
fn text(key: &str, values: &Kwargs, lang: Lang) -> TeraResult<String> {
    let count = values.get::<u64>("n")?;
    let template = Texts::of(lang)
        .get(key, count)
        .ok_or_else(|| Error::message(format!("no text {key} in {}", lang.code())))?;
    let filled: Vec<(&str, String)> = values
        .iter()
        .filter_map(|(name, value)| Some((name.as_str()?, written(value, lang))))
        .collect();
    Ok(fill(template, &filled))
}

fn written(value: &Value, lang: Lang) -> String {
    match value.as_i64() {
        Some(number) => format::integer(number, lang),
        None => value.to_string(),
    }
}
