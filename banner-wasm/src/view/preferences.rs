//! The preferences: the same part as a dialog, in a page of the site and on the hosted page.

use super::{Canvas, Source, record};
use crate::machine::State;

/// Draws the preferences; `dialog` adds the cross.
pub fn draw(canvas: &mut impl Canvas, state: &State, dialog: bool) {
    canvas.open("header", "");
    canvas.open("h2", "");
    canvas.attr("id", "title");
    canvas.say(Source::Text, 0, "preferences_title");
    canvas.close();
    if dialog {
        canvas.open("button", "cross");
        canvas.attr("type", "button");
        canvas.attr("data-ouinon", "close");
        canvas.attr_text("aria-label", "close");
        canvas.close();
    }
    canvas.close();
    canvas.open("div", "body");
    canvas.open("div", "record");
    canvas.attr("role", "status");
    canvas.attr("tabindex", "-1");
    record::draw(canvas, state);
    canvas.close();
    canvas.open("ul", "purposes");
    for purpose in 0..state.purposes() {
        draw_purpose(canvas, state, purpose);
    }
    canvas.close();
    draw_controller(canvas);
    canvas.close();
    canvas.open("footer", "");
    canvas.halves();
    canvas.button("save", "half", "save");
    canvas.close();
}

fn draw_purpose(canvas: &mut impl Canvas, state: &State, purpose: u32) {
    canvas.open("li", "");
    canvas.open("label", "line");
    canvas.open("span", "name");
    canvas.say(Source::Purpose, purpose, "title");
    canvas.close();
    if state.is_required(purpose) {
        canvas.line("span", "always", "always_on");
    } else {
        canvas.switch(purpose, None);
    }
    canvas.close();
    canvas.open("p", "");
    canvas.say(Source::Purpose, purpose, "description");
    canvas.close();
    canvas.open("details", "");
    canvas.open("summary", "");
    canvas.say(Source::Purpose, purpose, "summary");
    canvas.close();
    canvas.open("dl", "");
    for (field, key) in [
        ("legal_basis", "legal_basis"),
        ("data_categories", "data_categories"),
        ("retention", "retention"),
    ] {
        fact(canvas, Source::Purpose, purpose, field, key);
    }
    canvas.close();
    canvas.open("ul", "vendors");
    let mut place = 0;
    while let Some(vendor) = canvas.vendor_of(purpose, place) {
        draw_vendor(canvas, state, purpose, vendor);
        place += 1;
    }
    canvas.close();
    canvas.close();
    canvas.close();
}

fn draw_vendor(canvas: &mut impl Canvas, state: &State, purpose: u32, vendor: u32) {
    canvas.open("li", "");
    canvas.open("label", "line");
    canvas.open("span", "");
    canvas.say(Source::Vendor, vendor, "name");
    canvas.close();
    if !state.is_required(purpose) {
        canvas.switch(purpose, Some(vendor));
    }
    canvas.close();
    canvas.open("p", "");
    canvas.say(Source::Vendor, vendor, "place");
    canvas.anchor(Source::Vendor, vendor, "policy_url", "policy");
    canvas.close();
    canvas.close();
}

fn draw_controller(canvas: &mut impl Canvas) {
    canvas.open("section", "who");
    canvas.line("h3", "", "controller");
    canvas.open("dl", "");
    for (field, key) in [("name", "responsible"), ("contact", "contact"), ("dpo", "dpo")] {
        fact(canvas, Source::Controller, 0, field, key);
    }
    canvas.close();
    canvas.open("p", "");
    canvas.say(Source::Text, 0, "rights");
    canvas.anchor(Source::Controller, 0, "privacy_url", "privacy_policy");
    canvas.close();
    canvas.close();
}

fn fact(canvas: &mut impl Canvas, source: Source, index: u32, field: &str, key: &str) {
    if canvas.has(source, index, field) {
        canvas.open("div", "");
        canvas.line("dt", "", key);
        canvas.open("dd", "");
        canvas.say(source, index, field);
        canvas.close();
        canvas.close();
    }
}
