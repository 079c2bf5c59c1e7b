//! What was chosen, when, in which words and until when; taking it back; the proof to keep.

use super::{Canvas, Source};
use crate::machine::State;

/// Draws the record into the part of the preferences that holds it.
pub fn draw(canvas: &mut impl Canvas, state: &State) {
    if !state.decided {
        canvas.line("p", "", "record_none");
        return;
    }
    canvas.line("p", "", "record_given");
    canvas.line("p", "", "record_granted");
    canvas.line("p", "", "record_denied");
    canvas.line("p", "", "pending");
    canvas.open("p", "");
    canvas.anchor(Source::Text, 0, "words_url", "words");
    let entries = canvas.history();
    if entries > 0 {
        canvas.button("receipt", "link", "receipt");
    }
    canvas.close();
    if state.any_on() {
        canvas.button("withdraw", "half", "withdraw");
    }
    if entries > 0 {
        draw_history(canvas, entries);
    }
}

fn draw_history(canvas: &mut impl Canvas, entries: u32) {
    canvas.open("details", "sub");
    canvas.line("summary", "", "history");
    canvas.open("ol", "");
    for entry in 0..entries {
        canvas.open("li", "");
        canvas.value("span", "", Source::History, entry, "given");
        canvas.value("span", "", Source::History, entry, "action");
        canvas.close();
    }
    canvas.close();
    canvas.close();
}
