//! The preferences: the same part as a dialog, in a page of the site and on the hosted page.

use super::{Canvas, Source, record};
use crate::machine::State;

/// Draws the preferences; a page has its own heading, and nothing to close.
pub fn draw(canvas: &mut impl Canvas, state: &State, dialog: bool) {
    if dialog {
        canvas.open("div", "head");
        canvas.heading("title", "preferences_title");
        canvas.open("button", "cross");
        canvas.attr("type", "button");
        canvas.attr("data-ouinon", "close");
        canvas.attr_text("aria-label", "close");
        canvas.close();
        canvas.close();
    }
    canvas.open("div", "body");
    canvas.open("div", "record");
    canvas.attr("role", "status");
    canvas.attr("tabindex", "-1");
    record::draw(canvas, state);
    canvas.close();
    // Only where the law is one of opting out: the words are missing elsewhere.
    canvas.line("p", "sub", "sale");
    canvas.open("ul", "purposes");
    for purpose in 0..state.purposes() {
        draw_purpose(canvas, state, purpose);
    }
    canvas.close();
    draw_controller(canvas, if dialog { "h3" } else { "h2" });
    canvas.close();
    canvas.open("div", "foot row");
    canvas.halves();
    canvas.button("save", "half", "save");
    canvas.close();
}

fn draw_purpose(canvas: &mut impl Canvas, state: &State, purpose: u32) {
    canvas.open("li", "");
    let required = state.is_required(purpose);
    // A label without a control would name nothing.
    let tag = if required { "div" } else { "label" };
    draw_line(canvas, tag, Source::Purpose, purpose, "title");
    if required {
        canvas.line("span", "sub", "always_on");
    } else {
        canvas.switch(purpose, None);
    }
    canvas.close();
    canvas.value("p", "sub", Source::Purpose, purpose, "description");
    canvas.open("details", "sub");
    canvas.value("summary", "", Source::Purpose, purpose, "summary");
    canvas.open("dl", "");
    for field in ["legal_basis", "data_categories", "retention"] {
        draw_fact(canvas, Source::Purpose, purpose, field);
    }
    canvas.close();
    canvas.open("ul", "vendors");
    let mut place = 0;
    while let Some(vendor) = canvas.vendor_of(purpose, place) {
        canvas.open("li", "");
        draw_line(canvas, tag, Source::Vendor, vendor, "name");
        if !required {
            canvas.switch(purpose, Some(vendor));
        }
        canvas.close();
        canvas.value("span", "", Source::Vendor, vendor, "place");
        canvas.anchor(Source::Vendor, vendor, "policy_url", "policy");
        canvas.close();
        place += 1;
    }
    canvas.close();
    canvas.close();
    canvas.close();
}

/// Opens a name with room for its switch.
fn draw_line(canvas: &mut impl Canvas, tag: &str, source: Source, index: u32, field: &str) {
    canvas.open(tag, "line");
    canvas.value("span", "", source, index, field);
}

fn draw_controller(canvas: &mut impl Canvas, heading: &str) {
    canvas.open("section", "who");
    canvas.line(heading, "", "controller");
    canvas.open("dl", "sub");
    for field in ["name", "contact", "dpo"] {
        draw_fact(canvas, Source::Controller, 0, field);
    }
    canvas.close();
    for key in ["rights", "withdrawal", "complaint"] {
        canvas.line("p", "sub", key);
    }
    canvas.anchor(Source::Controller, 0, "privacy_url", "policy");
    canvas.close();
}

/// A field with its name, which is the text of the same key.
fn draw_fact(canvas: &mut impl Canvas, source: Source, index: u32, field: &str) {
    if canvas.has(source, index, field) {
        canvas.open("div", "");
        canvas.line("dt", "", field);
        canvas.value("dd", "", source, index, field);
        canvas.close();
    }
}
