//! What a client may take its time for. A connection always has a deadline: for the next request to
//! begin, for one that has begun to be there and answered, for the client to take what it is sent.
//!
//! actix-web limits the first request's head and the pause between requests, but waits for the rest of
//! a second head, or for a client that reads nothing, for ever; this stands between it and the socket.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// Longest wait for a request to begin: more than [`super::listen`] keeps an idle connection, so
/// that those end in the usual way.
const IDLE: Duration = Duration::from_secs(80);
/// From a request's first byte to its answer's first: more than a handler's own deadline.
const REQUEST: Duration = Duration::from_secs(20);
/// Longest wait for a client that takes nothing of what it asked for.
const STUCK: Duration = Duration::from_secs(20);

/// Whether the client was sent the last answer. A request that came before that waits, or a client
/// that asks much and takes nothing would fill the memory with answers.
#[derive(Clone, Debug, Default)]
pub struct Taken(Rc<Owed>);

#[derive(Debug, Default)]
struct Owed {
    owed: Cell<bool>,
    waiting: RefCell<Option<Waker>>,
}

impl Taken {
    /// An answer was given.
    pub fn answered(&self) {
        self.0.owed.set(true);
    }

    /// Waits until the client was sent the last one.
    pub async fn last_answer(&self) {
        let sent = |context: &mut Context<'_>| match self.0.owed.get() {
            true => {
                self.0.waiting.replace(Some(context.waker().clone()));
                Poll::Pending
            }
            false => Poll::Ready(()),
        };
        poll_fn(sent).await;
    }

    fn sent(&self) {
        self.0.owed.set(false);
        if let Some(waiting) = self.0.waiting.take() {
            waiting.wake();
        }
    }
}

/// What the connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    Idle,
    Request,
    Stuck,
}

/// A connection with a deadline.
#[derive(Debug)]
pub struct Connection<T> {
    io: T,
    waits: Waits,
    deadline: Pin<Box<Sleep>>,
    taken: Taken,
}

impl<T> Connection<T> {
    /// A connection that was just opened.
    pub fn new(io: T) -> Self {
        let deadline = Box::pin(sleep(IDLE));
        Self { io, waits: Waits::Idle, deadline, taken: Taken::default() }
    }

    /// For the requests that come over it.
    pub fn taken(&self) -> Taken {
        self.taken.clone()
    }

    fn wait_for(&mut self, waits: Waits, longest: Duration) {
        self.waits = waits;
        self.deadline.as_mut().reset(Instant::now() + longest);
    }

    /// Ready where the deadline has passed; otherwise wakes the connection when it does.
    fn late(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        ready!(self.deadline.as_mut().poll(context));
        Poll::Ready(ErrorKind::TimedOut.into())
    }

    /// What was written, or that it may not wait any longer.
    fn written(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(_)) if self.waits != Waits::Idle => {
                if self.waits == Waits::Stuck {
                    // Reading goes on.
                    context.waker().wake_by_ref();
                }
                self.wait_for(Waits::Idle, IDLE);
            }
            Poll::Pending => {
                if self.waits != Waits::Stuck {
                    self.wait_for(Waits::Stuck, STUCK);
                }
                return self.late(context).map(Err);
            }
            _ => {}
        }
        written
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Connection<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // No more requests from a client that does not take the answers it has.
        if self.waits == Waits::Stuck {
            return self.late(context).map(Err);
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.io).poll_read(context, buffer);
        if buffer.filled().len() > before && self.waits == Waits::Idle {
            self.wait_for(Waits::Request, REQUEST);
        }
        match self.late(context) {
            Poll::Ready(late) => Poll::Ready(Err(late)),
            Poll::Pending => read,
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Connection<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(context, bytes);
        self.written(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(context, parts);
        self.written(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.io).poll_flush(context))?;
        self.taken.sent();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
