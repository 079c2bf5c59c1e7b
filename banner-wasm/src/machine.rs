//! The widget's decisions as one pure function: `(state, event) → (state, effects)`.
//!
//! Knows nothing of pages, texts or storage, so every rule of the banner (nothing pre-ticked,
//! closing records nothing, refusing undoes every tick) is tested natively. Purposes and vendors
//! are positions in the notice; their keys never reach this code.

/// Room for 2,048 vendors with a switch of their own; later ones follow their purpose. Purposes
/// have 64 places; later ones stay off.
const VENDOR_WORDS: usize = 32;

/// What the visitor, or the page around the widget, did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// No valid choice is stored: the banner is due.
    Ask,
    /// The preferences were asked for.
    Open,
    /// Escape, or the cross of the dialog.
    Close,
    /// Everything accepted.
    AcceptAll,
    /// Everything refused.
    RejectAll,
    /// The switches as they stand.
    Save,
    /// Everything taken back.
    Withdraw,
    /// The switch of one purpose.
    Purpose(u32, bool),
    /// The switch of one vendor.
    Vendor(u32, bool),
    /// The preferences stand in the page itself.
    Embed,
    /// The stored choice or its history changed, here or elsewhere; the model was loaded anew.
    Known,
}

/// What goes into the record; the numbers are the order of the names in `widget/record.ts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `accept_all`
    AcceptAll = 0,
    /// `reject_all`
    RejectAll = 1,
    /// `save`
    Save = 2,
    /// `withdraw`
    Withdraw = 3,
}

/// What happens to a part of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Change {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is drawn.
    Draw,
    /// It goes away.
    Remove,
}

/// What the shell has to do after a step. Switches are read back after every step anyway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// The first layer.
    pub banner: Change,
    /// The preferences over the page.
    pub dialog: Change,
    /// The preferences inside the page.
    pub page: Change,
    /// The part that tells what was chosen, when and in which words.
    pub record: Change,
    /// The choice to store and send.
    pub choice: Option<Action>,
}

/// Everything the widget remembers between two events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    count: u32,
    required: u64,
    on: u64,
    vendors: u32,
    excepted: [u64; VENDOR_WORDS],
    /// A valid choice is stored.
    pub decided: bool,
    /// The first layer is on screen.
    pub asking: bool,
    /// The dialog is on screen.
    pub dialog: bool,
    /// The preferences stand in the page itself.
    pub page: bool,
}

impl State {
    /// Nothing known, nothing shown.
    pub const EMPTY: Self = Self {
        count: 0,
        required: 0,
        on: 0,
        vendors: 0,
        excepted: [0; VENDOR_WORDS],
        decided: false,
        asking: false,
        dialog: false,
        page: false,
    };

    /// The same screen with no purposes yet: the model is about to be loaded.
    pub fn emptied(self, decided: bool) -> Self {
        let Self { asking, dialog, page, .. } = self;
        Self { decided, asking, dialog, page, ..Self::EMPTY }
    }

    /// Adds the next purpose; a required one is always on, another only where it was granted.
    pub fn add_purpose(&mut self, required: bool, granted: bool) {
        let bit = bit(self.count);
        if required {
            self.required |= bit;
        }
        if required || granted {
            self.on |= bit;
        }
        self.count += 1;
    }

    /// Adds the next vendor; `excepted` is one the visitor switched off.
    pub fn add_vendor(&mut self, excepted: bool) {
        self.set_vendor(self.vendors, !excepted);
        self.vendors += 1;
    }

    /// How many purposes there are.
    pub fn purposes(&self) -> u32 {
        self.count
    }

    /// A purpose the visitor has no say in.
    pub fn is_required(&self, purpose: u32) -> bool {
        self.required & bit(purpose) != 0
    }

    /// The switch of the purpose.
    pub fn is_on(&self, purpose: u32) -> bool {
        self.on & bit(purpose) != 0
    }

    /// Some purpose beyond the required ones is on.
    pub fn any_on(&self) -> bool {
        self.on & !self.required != 0
    }

    /// The vendor was switched off by itself.
    pub fn is_excepted(&self, vendor: u32) -> bool {
        let word = self.excepted.get(vendor as usize / 64);
        word.is_some_and(|word| word & bit(vendor % 64) != 0)
    }

    fn set_vendor(&mut self, vendor: u32, on: bool) {
        if let Some(word) = self.excepted.get_mut(vendor as usize / 64) {
            *word = if on { *word & !bit(vendor % 64) } else { *word | bit(vendor % 64) };
        }
    }

    fn set_purpose(&mut self, purpose: u32, on: bool) {
        if on && purpose < self.count {
            self.on |= bit(purpose);
        } else {
            self.on &= !bit(purpose) | self.required;
        }
    }

    fn set_all(&mut self, on: bool) {
        self.excepted = [0; VENDOR_WORDS];
        self.on = self.required;
        if on {
            self.on =
                1_u64.checked_shl(self.count).map_or(u64::MAX, |first_unused| first_unused - 1);
        }
    }
}

fn bit(position: u32) -> u64 {
    1_u64.checked_shl(position).unwrap_or(0)
}

/// One event, applied.
pub fn step(mut state: State, event: Event) -> (State, Effects) {
    let mut effects = Effects::default();
    match event {
        Event::Ask if !state.page => {
            state.asking = true;
            effects.banner = Change::Draw;
        }
        Event::Open if !state.page && !state.dialog => {
            state.dialog = true;
            effects.dialog = Change::Draw;
        }
        Event::Close if state.dialog => {
            state.dialog = false;
            effects.dialog = Change::Remove;
        }
        Event::Embed => {
            state.page = true;
            effects.page = Change::Draw;
            hide_banner(&mut state, &mut effects);
        }
        Event::Known => {
            effects.record = Change::Draw;
            if state.decided {
                hide_banner(&mut state, &mut effects);
            }
        }
        Event::Purpose(purpose, on) => state.set_purpose(purpose, on),
        Event::Vendor(vendor, on) => state.set_vendor(vendor, on),
        Event::AcceptAll => choose(&mut state, &mut effects, Action::AcceptAll),
        Event::RejectAll => choose(&mut state, &mut effects, Action::RejectAll),
        Event::Save => choose(&mut state, &mut effects, Action::Save),
        Event::Withdraw => choose(&mut state, &mut effects, Action::Withdraw),
        Event::Ask | Event::Open | Event::Close => {}
    }
    (state, effects)
}

fn hide_banner(state: &mut State, effects: &mut Effects) {
    if state.asking {
        state.asking = false;
        effects.banner = Change::Remove;
    }
}

fn choose(state: &mut State, effects: &mut Effects, action: Action) {
    match action {
        Action::AcceptAll => state.set_all(true),
        Action::RejectAll | Action::Withdraw => state.set_all(false),
        Action::Save => {}
    }
    state.decided = true;
    effects.choice = Some(action);
    hide_banner(state, effects);
    if state.dialog {
        state.dialog = false;
        effects.dialog = Change::Remove;
    }
}
