//! Where the callers of one thread are answered: answers come in bundles, and a bundle wakes the
//! thread once, however many it is for.

use std::cell::RefCell;
use tokio::sync::{mpsc, oneshot};

/// Answers and who waits for them.
type Bundle<A> = Vec<(oneshot::Sender<A>, A)>;

/// The desk of a thread; copies are the same desk.
#[derive(Debug)]
pub struct Desk<A>(mpsc::UnboundedSender<Bundle<A>>);

impl<A> Clone for Desk<A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<A: Send + 'static> Desk<A> {
    /// Opens a desk on this thread, for as long as its runtime runs.
    fn open() -> Self {
        let (desk, mut bundles) = mpsc::unbounded_channel::<Bundle<A>>();
        tokio::spawn(async move {
            while let Some(bundle) = bundles.recv().await {
                for (caller, answer) in bundle {
                    // Who asked may have gone.
                    let _ = caller.send(answer);
                }
            }
        });
        Self(desk)
    }

    /// The desk that a thread keeps here, opened anew where its runtime is another by now.
    pub fn of_thread(kept: &RefCell<Option<Self>>) -> Self {
        let mut kept = kept.borrow_mut();
        match kept.as_ref().filter(|desk| !desk.0.is_closed()) {
            Some(desk) => desk.clone(),
            None => kept.insert(Self::open()).clone(),
        }
    }

    /// Answers callers, each at its own desk.
    pub fn answer(answers: impl IntoIterator<Item = (Self, oneshot::Sender<A>, A)>) {
        let mut bundles: Vec<(Self, Bundle<A>)> = Vec::new();
        for (desk, caller, answer) in answers {
            let known = bundles.iter_mut().find(|(one, _)| one.0.same_channel(&desk.0));
            match known {
                Some((_, bundle)) => bundle.push((caller, answer)),
                None => bundles.push((desk, vec![(caller, answer)])),
            }
        }
        for (desk, bundle) in bundles {
            // A thread that ended has no callers left.
            let _ = desk.0.send(bundle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    thread_local! { static KEPT: RefCell<Option<Desk<u8>>> = const { RefCell::new(None) } }

    fn answered() -> Vec<u8> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (first, one) = oneshot::channel();
            let (second, two) = oneshot::channel();
            let (gone, _) = oneshot::channel();
            let desk = || KEPT.with(Desk::of_thread);
            let answers = [(desk(), first, 1), (desk(), gone, 3), (desk(), second, 2)];
            assert!(answers[0].0.0.same_channel(&answers[2].0.0), "a thread has one desk");
            Desk::answer(answers);
            vec![one.await.unwrap(), two.await.unwrap()]
        })
    }

    #[test]
    fn each_caller_gets_its_own_answer_also_after_the_runtime_was_another() {
        assert_eq!(answered(), [1, 2]);
        assert_eq!(answered(), [1, 2]);
    }
}
