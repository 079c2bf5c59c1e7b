//! What the views draw, written down as an outline.

use ouinon_banner::machine::{Event, State, step};
use ouinon_banner::view::{Canvas, Source, banner, preferences, record};

/// Draws into a text: one line an element, indented; texts in braces.
#[derive(Default)]
struct Outline {
    text: String,
    depth: usize,
    history: u32,
    vendors: u32,
}

impl Outline {
    fn add(&mut self, text: &str) {
        self.text.push_str(text);
    }
}

impl Canvas for Outline {
    fn open(&mut self, tag: &str, class: &str) {
        let dot = if class.is_empty() { "" } else { "." };
        let line = format!("\n{}{tag}{dot}{class}", "  ".repeat(self.depth));
        self.add(&line);
        self.depth += 1;
    }
    fn close(&mut self) {
        assert!(self.depth > 0, "closes more than it opened");
        self.depth -= 1;
    }
    fn attr(&mut self, name: &str, value: &str) {
        self.add(&format!(" {name}={value}"));
    }
    fn attr_text(&mut self, name: &str, key: &str) {
        self.add(&format!(" {name}={{{key}}}"));
    }
    fn say(&mut self, source: Source, index: u32, key: &str) {
        self.add(&format!(" {{{source:?} {index} {key}}}"));
    }
    fn has(&self, source: Source, _: u32, _: &str) -> bool {
        source != Source::Vendor || self.vendors > 0
    }
    fn link(&mut self, _: Source, index: u32, key: &str) {
        self.add(&format!(" ->{index} {key}"));
    }
    fn switch(&mut self, purpose: u32, vendor: Option<u32>) {
        let vendor = vendor.map_or(String::new(), |vendor| format!(".{vendor}"));
        self.add(&format!(" [switch {purpose}{vendor}]"));
    }
    fn vendor_of(&self, _: u32, place: u32) -> Option<u32> {
        (place < self.vendors).then_some(place)
    }
    fn history(&self) -> u32 {
        self.history
    }
}

/// Texts every notice has, whoever shows it: the server adds them.
const ART_13: [&str; 3] = ["rights", "withdrawal", "complaint"];

fn state() -> State {
    let mut state = State::EMPTY;
    state.add_purpose(true, false);
    state.add_purpose(false, false);
    state
}

fn draw(history: u32, vendors: u32, view: impl FnOnce(&mut Outline)) -> String {
    let mut outline = Outline { history, vendors, ..Outline::default() };
    view(&mut outline);
    assert_eq!(outline.depth, 0, "every element is closed");
    outline.text
}

#[test]
fn refuse_and_accept_are_the_same_element() {
    let text = draw(0, 1, banner::draw);
    let button = |action: &str| {
        let line =
            text.lines().find(|line| line.contains(&format!("data-ouinon={action} "))).unwrap();
        line.replace(action, "").replace(&action.replace('-', "_"), "")
    };
    assert_eq!(button("reject-all"), button("accept-all"));
    assert!(text.find("reject-all") < text.find("accept-all"));
    assert!(text.find("accept-all") < text.find("customise"));
    assert!(text.contains("id=ask") && text.contains("id=why"), "what names the part it is in");
    assert!(!text.contains("switch"), "nothing to tick on the first layer");
}

#[test]
fn the_first_layer_leads_to_the_partners_where_there_are_some() {
    assert!(draw(0, 1, banner::draw).contains("data-ouinon=partners"));
    assert!(!draw(0, 0, banner::draw).contains("data-ouinon=partners"));
}

#[test]
fn required_purposes_have_no_switch() {
    let text = draw(0, 2, |canvas| preferences::draw(canvas, &state(), true));
    assert!(!text.contains("[switch 0"));
    for switch in ["[switch 1]", "[switch 1.0]", "[switch 1.1]"] {
        assert!(text.contains(switch), "{switch} in {text}");
    }
    assert_eq!(text.matches("data-ouinon=close").count(), 1);
    let page = draw(0, 2, |canvas| preferences::draw(canvas, &state(), false));
    assert!(!page.contains("data-ouinon=close"), "a page cannot be closed");
}

#[test]
fn the_record_offers_to_take_back_what_was_given() {
    let undecided = draw(0, 0, |canvas| record::draw(canvas, &state()));
    assert_eq!(undecided.trim(), "p {Text 0 record_none}\np {Text 0 gpc}");
    let (accepted, _) = step(state(), Event::AcceptAll);
    let given = draw(2, 0, |canvas| record::draw(canvas, &accepted));
    for part in
        ["->0 words_url", "data-ouinon=receipt", "data-ouinon=withdraw", "{History 1 given}"]
    {
        assert!(given.contains(part), "{part} in {given}");
    }
    let (refused, _) = step(accepted, Event::RejectAll);
    let taken = draw(0, 0, |canvas| record::draw(canvas, &refused));
    assert!(!taken.contains("withdraw") && !taken.contains("receipt"));
}

#[test]
fn being_forgotten_takes_two_steps_and_is_offered_to_whoever_chose() {
    let undecided = draw(0, 0, |canvas| record::draw(canvas, &state()));
    assert!(!undecided.contains("erase"), "nothing is kept about a stranger");
    let (refused, _) = step(state(), Event::RejectAll);
    let offered = draw(0, 0, |canvas| record::draw(canvas, &refused));
    let steps = offered.split("\ndetails.sub erase").nth(1).unwrap();
    let outline = "\n  summary {Text 0 erase}\n  p {Text 0 erase_body}\n  button.half type=button \
                   data-ouinon=erase {Text 0 erase_confirm}";
    assert_eq!(steps, outline, "closed until it is opened, then one button");
}

#[test]
fn every_text_of_the_views_is_in_both_languages() {
    let (accepted, _) = step(state(), Event::AcceptAll);
    let mut drawn = draw(0, 1, banner::draw);
    drawn += &draw(1, 1, |canvas| preferences::draw(canvas, &accepted, true));
    drawn += &draw(1, 1, |canvas| record::draw(canvas, &state()));
    let mut keys: Vec<&str> = drawn
        .split("{Text 0 ")
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .filter(|key| *key != "words_url" && !ART_13.contains(key))
        .collect();
    keys.push("close");
    for (language, texts) in
        [("en", include_str!("../texts/en.json")), ("fr", include_str!("../texts/fr.json"))]
    {
        for key in &keys {
            // `sale` has words for one model of law alone.
            let any = ["\":", "_opt-out\":"].map(|end| texts.contains(&format!("\"{key}{end}")));
            assert!(any.contains(&true), "{key} in {language}");
        }
    }
}
