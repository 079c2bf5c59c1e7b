//! What the widget looks like: elements and the keys of their texts, drawn on a [`Canvas`].
//!
//! The views never see a text, a date or an address: they name them, and the shell, which holds
//! the notice, fills them in as text nodes. Style is in `css/`.

pub mod banner;
pub mod preferences;
pub mod record;

/// Where a text comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// `texts` of the notice.
    Text = 0,
    /// A field of one purpose.
    Purpose = 1,
    /// A field of one vendor.
    Vendor = 2,
    /// A field of one entry of the visitor's history.
    History = 3,
    /// A field of the controller.
    Controller = 4,
}

/// Something to draw elements on; each call works inside the element opened last.
pub trait Canvas {
    /// Opens an element.
    fn open(&mut self, tag: &str, class: &str);
    /// Closes the element opened last.
    fn close(&mut self);
    /// Sets an attribute.
    fn attr(&mut self, name: &str, value: &str);
    /// Sets an attribute to one of the notice's texts.
    fn attr_text(&mut self, name: &str, key: &str);
    /// Adds a text.
    fn say(&mut self, source: Source, index: u32, key: &str);
    /// Whether there is such a text.
    fn has(&self, source: Source, index: u32, key: &str) -> bool;
    /// Makes the open element a link to an address of that source, if it has one.
    fn link(&mut self, source: Source, index: u32, key: &str);
    /// Adds the switch of a purpose, or of a vendor inside it.
    fn switch(&mut self, purpose: u32, vendor: Option<u32>);
    /// The vendor at that place of a purpose's list.
    fn vendor_of(&self, purpose: u32, place: u32) -> Option<u32>;
    /// How many entries the visitor's history has.
    fn history(&self) -> u32;

    /// An element with a text in it.
    fn value(&mut self, tag: &str, class: &str, source: Source, index: u32, key: &str) {
        self.open(tag, class);
        self.say(source, index, key);
        self.close();
    }

    /// An element with one of the notice's texts.
    fn line(&mut self, tag: &str, class: &str, key: &str) {
        self.value(tag, class, Source::Text, 0, key);
    }

    /// The heading that names its dialog.
    fn heading(&mut self, id: &str, key: &str) {
        self.open("h2", "title");
        self.attr("id", id);
        self.say(Source::Text, 0, key);
        self.close();
    }

    /// A button; `action` is what its click means.
    fn button(&mut self, action: &str, class: &str, key: &str) {
        self.open("button", class);
        self.attr("type", "button");
        self.attr("data-ouinon", action);
        self.say(Source::Text, 0, key);
        self.close();
    }

    /// The two equal halves: one call site for both layers, so they cannot differ.
    fn halves(&mut self) {
        self.open("div", "halves");
        self.button("reject-all", "half", "reject_all");
        self.button("accept-all", "half", "accept_all");
        self.close();
    }

    /// A link with its text, where the address is known.
    fn anchor(&mut self, source: Source, index: u32, address: &str, key: &str) {
        if self.has(source, index, address) {
            self.open("a", "");
            self.link(source, index, address);
            self.say(Source::Text, 0, key);
            self.close();
        }
    }
}
