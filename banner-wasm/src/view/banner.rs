//! The first layer: who asks, what for, and three answers.

use super::{Canvas, Source};

/// Draws the banner into its part, which the heading and the words name (`ask`, `why`).
pub fn draw(canvas: &mut impl Canvas) {
    canvas.heading("ask", "banner_title");
    canvas.open("p", "text");
    canvas.attr("id", "why");
    canvas.say(Source::Text, 0, "banner_body");
    canvas.close();
    canvas.line("p", "text", "banner_new");
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
}
