//! The first layer: who asks, what for, and three answers.

use super::Canvas;

/// Draws the banner. It does not take the focus and does not cover the page.
pub fn draw(canvas: &mut impl Canvas) {
    canvas.open("section", "banner");
    canvas.attr("role", "dialog");
    canvas.attr("aria-labelledby", "ask");
    canvas.attr("aria-describedby", "why");
    canvas.open("div", "words");
    canvas.open("h2", "");
    canvas.attr("id", "ask");
    canvas.say(super::Source::Text, 0, "banner_title");
    canvas.close();
    canvas.open("p", "");
    canvas.attr("id", "why");
    canvas.say(super::Source::Text, 0, "banner_body");
    canvas.close();
    canvas.open("p", "scope");
    canvas.say(super::Source::Text, 0, "banner_scope");
    canvas.button("partners", "link", "banner_partners");
    canvas.close();
    canvas.close();
    canvas.open("div", "answers");
    canvas.halves();
    canvas.button("customise", "quiet", "customise");
    canvas.close();
    canvas.close();
}
