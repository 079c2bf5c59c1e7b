//! What a look may be, what it becomes, and that unreadable or unequal ones cannot be published.

use super::*;
use crate::notice::tests::notice;
use serde_json::{Value, json};

fn theme(value: Value) -> Theme {
    serde_json::from_value(value).unwrap()
}

fn look(value: Value) -> Look {
    serde_json::from_value(value).unwrap()
}

fn wrong(look: &Look, theme: &Theme) -> Vec<(String, String)> {
    look.errors(theme).into_iter().map(|found| (found.pointer, found.detail)).collect()
}

#[test]
fn a_notice_without_a_look_keeps_its_id() {
    let body = serde_json::to_value(notice()).unwrap();
    assert!(body.get("look").is_none());
    let mut other = notice();
    other.look = look(json!({"layout": "bar"}));
    assert_ne!(other.seal().unwrap().0, notice().seal().unwrap().0);
    assert_eq!(serde_json::to_value(&other.look).unwrap(), json!({"layout": "bar"}));
}

#[test]
fn the_widgets_own_colours_are_those_of_its_style_sheet_and_can_be_read() {
    let sheet = include_str!("../../banner-wasm/css/tokens.css");
    let (light, dark) = sheet.split_once("@media").unwrap();
    for (part, scheme) in [(light, Scheme::Light), (dark, Scheme::Dark)] {
        for (name, value) in Palette::of(&Theme::new(), scheme).tokens() {
            let is = format!("--{name}: var(--ouinon-{name}, {value})");
            // Those that are like another are said once, for both.
            let like = light.contains(&format!("--{name}: var(--ouinon-{name}, var(--"));
            assert!(part.contains(&is) || like, "{is}");
        }
        assert!(palette::errors("", &Theme::new(), scheme).is_empty());
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_its_pair() {
    let none = Look::default();
    let grey = theme(json!({"button": "#8a8f9c", "label": "#ffffff"}));
    let [(pointer, detail)] = &wrong(&none, &grey)[..] else { panic!("{:?}", wrong(&none, &grey)) };
    assert_eq!(pointer, "#/theme/label");
    assert!(detail.contains("accept and refuse") && detail.contains("need 4.5:1"), "{detail}");
    let pale = theme(json!({"button": "#e8e6e0", "label": "#1b1f2a"}));
    let [(pointer, detail)] = &wrong(&none, &pale)[..] else { panic!("{:?}", wrong(&none, &pale)) };
    assert_eq!(pointer, "#/theme/button", "words can be read, but nobody sees a button");
    assert!(detail.contains("need 3:1"), "{detail}");
    let night = look(json!({"dark": {"accent": "#2447d8"}}));
    let pointers: Vec<_> = wrong(&night, &Theme::new()).into_iter().map(|(at, _)| at).collect();
    assert_eq!(pointers, ["#/look/dark/accent", "#/look/dark/accent"]);
    let named = wrong(&none, &theme(json!({"ink": "rebeccapurple"})));
    assert_eq!(named[0].0, "#/theme/ink");
    assert!(wrong(&none, &theme(json!({"button": "#2447d8", "accent": "#7a1fa2"}))).is_empty());
}

#[test]
fn no_button_has_a_colour_of_its_own() {
    for own in ["accept", "reject", "accept-all", "button-accept"] {
        let theme = theme(json!({own: "#ffffff"}));
        assert_eq!(palette::unknown(&theme).collect::<Vec<_>>(), [own]);
    }
    assert!(palette::unknown(&theme(json!({"font": "serif", "ink": "#000"}))).next().is_none());
}

#[test]
fn a_place_fits_its_layout_and_only_a_modal_locks() {
    for (value, at) in [
        (json!({"layout": "bar", "position": "top-end"}), "#/look/position"),
        (json!({"layout": "modal", "position": "top"}), "#/look/position"),
        (json!({"lock": true}), "#/look/lock"),
        (json!({"logo": "https://other.example/logo.png"}), "#/look/logo"),
        (json!({"logo": "data:text/html,<b>"}), "#/look/logo"),
        (json!({"logo": "data:image/png,\");}*{display:none}"}), "#/look/logo"),
        (json!({"logo": format!("data:image/png;base64,{}", "A".repeat(9000))}), "#/look/logo"),
    ] {
        let found = wrong(&look(value.clone()), &Theme::new());
        assert_eq!(found.iter().map(|(at, _)| at.as_str()).collect::<Vec<_>>(), [at], "{value}");
    }
    for (value, parts) in [
        (json!({}), vec![]),
        (json!({"layout": "box", "position": "top-end"}), vec!["corner", "end", "top"]),
        (json!({"layout": "bar", "position": "top"}), vec!["bar", "top"]),
        (
            json!({"layout": "modal", "lock": true, "logo": "data:image/svg+xml,<svg/>"}),
            vec!["modal", "logo"],
        ),
    ] {
        let look = look(value);
        assert!(wrong(&look, &Theme::new()).is_empty());
        assert_eq!(look.parts(), parts);
    }
}

#[test]
fn a_theme_for_the_day_alone_holds_by_night() {
    let none = Look::default();
    assert_eq!(none.style(&Theme::new()), "");
    let picture = look(json!({"logo": "data:image/png;base64,AA=="}));
    let style = picture.style(&Theme::new());
    assert_eq!(style, ":host{--logo:url(\"data:image/png;base64,AA==\");}");
    assert_eq!(none.style(&theme(json!({"radius": "2px"}))), ":host{--ouinon-radius:2px;}");
    let style = none.style(&theme(json!({"accent": "#7a1fa2"})));
    let (day, night) = style.split_once("@media(prefers-color-scheme:dark)").unwrap();
    assert_eq!(day, ":host{--ouinon-accent:#7a1fa2;}");
    assert!(night.contains("--ouinon-surface:#fff;") && night.contains("color-scheme:light"));
    let both = look(json!({"dark": {"accent": "#ffb4f0"}}));
    let style = both.style(&theme(json!({"accent": "#7a1fa2"})));
    let (_, night) = style.split_once("@media").unwrap();
    assert!(
        night.contains("--ouinon-accent:#ffb4f0;") && night.contains("--ouinon-label:#1a1d26;")
    );
    let odd = none.style(&theme(json!({"ink": "red}*{display:none", "a:b": "red"})));
    assert!(!odd.contains("display") && !odd.contains("a:b"), "{odd}");
}

#[test]
fn a_picture_of_the_night_is_what_the_night_shows() {
    let day = theme(json!({"accent": "#7a1fa2", "font": "serif"}));
    let (plain, shown) = Look::default().always(day.clone(), true);
    assert_eq!((shown["surface"].as_str(), shown["accent"].as_str()), ("#fff", "#7a1fa2"));
    assert_eq!((shown["font"].as_str(), plain), ("serif", Look::default()));
    let both = look(json!({"dark": {"accent": "#ffb4f0"}}));
    let (_, shown) = both.clone().always(day.clone(), true);
    assert_eq!((shown["surface"].as_str(), shown["accent"].as_str()), ("#1a1d26", "#ffb4f0"));
    let (_, shown) = Look::default().always(Theme::new(), true);
    assert_eq!(shown, Look::usual(true));
    let (still, shown) = both.always(day, false);
    assert_eq!((shown["surface"].as_str(), still.dark.len()), ("#fff", 0));
}
