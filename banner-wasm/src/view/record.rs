//! What was chosen, when, in which words and until when; taking it back; the proof to keep; being
//! forgotten.

use super::{Canvas, Source};
use crate::machine::State;

/// Draws the record into the part of the preferences that holds it.
pub fn draw(canvas: &mut impl Canvas, state: &State) {
    if !state.decided {
        canvas.line("p", "", "record_none");
        canvas.line("p", "", "gpc");
        return;
    }
    canvas.line("p", "", "record_given");
    canvas.line("p", "", "record_granted");
    canvas.line("p", "", "record_denied");
    canvas.line("p", "", "gpc");
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
    draw_erasure(canvas);
}

/// Being forgotten, behind a first step of its own: it cannot be undone. A notice from before this
/// was offered has no words for it.
fn draw_erasure(canvas: &mut impl Canvas) {
    if canvas.has(Source::Text, 0, "erase") {
        canvas.line("p", "", "erase_failed");
        canvas.open("details", "sub erase");
        canvas.line("summary", "", "erase");
        canvas.line("p", "", "erase_body");
        canvas.button("erase", "half", "erase_confirm");
        canvas.close();
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
