//! The first layer: who asks, what for, and three answers.

use super::{Canvas, Source};

/// Draws the banner. It does not take the focus and does not cover the page.
pub fn draw(canvas: &mut impl Canvas) {
    canvas.open("section", "banner");
    canvas.attr("role", "dialog");
    canvas.attr("aria-labelledby", "ask");
    canvas.attr("aria-describedby", "why");
    canvas.heading("ask", "banner_title");
    canvas.open("p", "");
    canvas.attr("id", "why");
    canvas.say(Source::Text, 0, "banner_body");
    canvas.close();
    canvas.open("p", "sub");
    canvas.say(Source::Text, 0, "banner_scope");
    if canvas.has(Source::Vendor, 0, "key") {
        canvas.button("partners", "link", "banner_partners");
    }
    canvas.close();
    canvas.open("div", "row");
    canvas.halves();
    canvas.button("customise", "quiet", "customise");
    canvas.close();
    canvas.close();
}
