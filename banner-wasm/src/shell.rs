//! The border between WebAssembly and the page: imports that draw, exports that take events.

use spin::Mutex;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::machine::{Change, Effects, Event, State, step};
use crate::view::{Canvas, Source, banner};
#[cfg(feature = "preferences")]
use crate::view::{preferences, record};

// wasm-bindgen links `alloc`; nothing in this module ever allocates.
#[global_allocator]
static ALLOCATOR: lol_alloc::FailAllocator = lol_alloc::FailAllocator;

#[panic_handler]
fn halt(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

// One thread: the lock is only the safe way to own a global, and is never waited for.
static STATE: Mutex<State> = Mutex::new(State::EMPTY);

/// The parts of the screen, by the numbers `widget/dom.ts` knows them by.
#[derive(Clone, Copy)]
enum Part {
    Banner = 0,
    Dialog = 1,
    Page = 2,
    Record = 3,
}

// Numbers only, so that the module imports these functions straight, with no bindings between: a
// text crosses as its address and length, and `widget/dom.ts` reads it from memory.
#[wasm_bindgen(raw_module = "ouinon:dom")]
extern "C" {
    fn begin(part: i32);
    fn remove(part: i32);
    fn choose(action: i32);
    fn open(tag: i32, tag_length: i32, class: i32, class_length: i32);
    fn close();
    fn attr(name: i32, name_length: i32, value: i32, value_length: i32);
    fn attr_text(name: i32, name_length: i32, key: i32, key_length: i32);
    fn say(source: i32, index: i32, key: i32, key_length: i32);
    fn has(source: i32, index: i32, key: i32, key_length: i32) -> i32;
    fn link(source: i32, index: i32, key: i32, key_length: i32);
    fn toggle(purpose: i32, vendor: i32);
    fn vendor_of(purpose: i32, place: i32) -> i32;
    fn history() -> i32;
}

struct Page;

fn at(text: &str) -> i32 {
    text.as_ptr() as i32
}

fn length(text: &str) -> i32 {
    text.len() as i32
}

impl Canvas for Page {
    fn open(&mut self, tag: &str, class: &str) {
        open(at(tag), length(tag), at(class), length(class));
    }
    fn close(&mut self) {
        close();
    }
    fn attr(&mut self, name: &str, value: &str) {
        attr(at(name), length(name), at(value), length(value));
    }
    fn attr_text(&mut self, name: &str, key: &str) {
        attr_text(at(name), length(name), at(key), length(key));
    }
    fn say(&mut self, source: Source, index: u32, key: &str) {
        say(source as i32, index as i32, at(key), length(key));
    }
    fn has(&self, source: Source, index: u32, key: &str) -> bool {
        has(source as i32, index as i32, at(key), length(key)) != 0
    }
    fn link(&mut self, source: Source, index: u32, key: &str) {
        link(source as i32, index as i32, at(key), length(key));
    }
    fn switch(&mut self, purpose: u32, vendor: Option<u32>) {
        toggle(purpose as i32, vendor.map_or(-1, |vendor| vendor as i32));
    }
    fn vendor_of(&self, purpose: u32, place: u32) -> Option<u32> {
        u32::try_from(vendor_of(purpose as i32, place as i32)).ok()
    }
    fn history(&self) -> u32 {
        history() as u32
    }
}

/// Forgets the purposes and vendors; `purpose` and `vendor` then load them in the notice's order.
/// `asking`: the first layer is on screen, whichever module drew it.
#[wasm_bindgen]
pub fn reset(decided: bool, asking: bool) {
    let mut state = STATE.lock();
    *state = state.emptied(decided);
    state.asking = asking;
}

/// Loads the next purpose.
#[wasm_bindgen]
pub fn purpose(required: bool, granted: bool) {
    STATE.lock().add_purpose(required, granted);
}

/// Loads the next vendor.
#[cfg(feature = "preferences")]
#[wasm_bindgen]
pub fn vendor(excepted: bool) {
    STATE.lock().add_vendor(excepted);
}

/// The purpose's switch as it stands.
#[cfg(feature = "preferences")]
#[wasm_bindgen]
pub fn is_on(purpose: u32) -> bool {
    STATE.lock().is_on(purpose)
}

/// The vendor was switched off by itself.
#[cfg(feature = "preferences")]
#[wasm_bindgen]
pub fn is_excepted(vendor: u32) -> bool {
    STATE.lock().is_excepted(vendor)
}

/// Takes an event, by its number, and does what follows from it.
#[wasm_bindgen]
pub fn event(kind: u32, index: u32, on: bool) {
    let event = match kind {
        0 => Event::AcceptAll,
        1 => Event::RejectAll,
        2 => Event::Save,
        3 => Event::Withdraw,
        4 => Event::Ask,
        5 => Event::Known,
        6 => Event::Open,
        7 => Event::Close,
        8 => Event::Purpose(index, on),
        9 => Event::Vendor(index, on),
        _ => Event::Embed,
    };
    let mut guard = STATE.lock();
    let (state, effects) = step(*guard, event);
    *guard = state;
    drop(guard);
    perform(&state, effects);
}

fn perform(state: &State, effects: Effects) {
    change(effects.banner, Part::Banner, state);
    change(effects.dialog, Part::Dialog, state);
    change(effects.page, Part::Page, state);
    change(effects.record, Part::Record, state);
    if let Some(action) = effects.choice {
        choose(action as i32);
    }
}

fn change(change: Change, part: Part, state: &State) {
    match change {
        Change::Keep => {}
        Change::Remove => remove(part as i32),
        Change::Draw => {
            begin(part as i32);
            draw(part, state);
        }
    }
}

#[cfg(feature = "preferences")]
fn draw(part: Part, state: &State) {
    match part {
        Part::Banner => banner::draw(&mut Page),
        Part::Dialog => preferences::draw(&mut Page, state, true),
        Part::Page => preferences::draw(&mut Page, state, false),
        Part::Record => record::draw(&mut Page, state),
    }
}

/// The module that asks has nothing else to show.
#[cfg(not(feature = "preferences"))]
fn draw(part: Part, _: &State) {
    if matches!(part, Part::Banner) {
        banner::draw(&mut Page);
    }
}
