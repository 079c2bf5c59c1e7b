//! What can happen, in words: a counterexample is a list of these.

use crate::database::Node;
use std::fmt;

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is said in words below")]
pub enum Step {
    Begin(usize, usize, Node),
    Refuse(usize, Node),
    Repeat(usize),
    Commit(usize),
    Acknowledge(usize),
    Break(usize),
    Revoke(Node),
    Change(Node),
    Done,
    Ask(usize),
    Load(usize, Node),
    SendStatement(usize, Node),
    Run(usize),
    Decide(usize, Said),
    Mark(usize, Node),
    Marked(usize),
    MarkLost(usize),
    Tick,
    Confirm,
    Cut,
    Heal,
    KillPrimary,
    RestartPrimary,
    Promote,
    KillServer(usize),
}

/// How a server answers a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Said {
    /// Allowed.
    Yes,
    /// Not allowed.
    No,
    /// 503: no decision.
    Unavailable,
    /// 403: the key does not work.
    Forbidden,
    /// Nothing yet: the site changed, it is read again.
    Again,
}

const BODY: [&str; 3] = ["the withdrawal", "the stale grant (base 1)", "the new grant"];

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Begin(body, server, node) => {
                let body = BODY[body];
                write!(f, "{body}: server {server} begins its transaction on the {node} primary")
            }
            Self::Refuse(body, node) => write!(f, "{}: 409 from the {node} primary", BODY[body]),
            Self::Repeat(body) => write!(f, "{}: 200, the stored answer", BODY[body]),
            Self::Commit(body) => write!(f, "{}: its commit is on the primary's disk", BODY[body]),
            Self::Acknowledge(body) => write!(f, "{}: acknowledged", BODY[body]),
            Self::Break(body) => write!(f, "{}: the connection breaks, no answer", BODY[body]),
            Self::Revoke(node) => write!(f, "the key is revoked on the {node} primary"),
            Self::Change(node) => write!(f, "the site is changed on the {node} primary"),
            Self::Done => write!(f, "the operator is told that it is done"),
            Self::Ask(server) => write!(f, "server {server} is asked"),
            Self::Load(server, node) => {
                write!(f, "server {server} reads the site from the {node} primary")
            }
            Self::SendStatement(server, node) => {
                write!(f, "server {server} sends its statement to the {node} primary")
            }
            Self::Run(server) => write!(f, "the statement of server {server} runs"),
            Self::Decide(server, said) => write!(f, "server {server} answers: {said:?}"),
            Self::Mark(server, node) => {
                write!(f, "server {server} writes a mark on the {node} primary")
            }
            Self::Marked(server) => write!(f, "server {server}: its mark is acknowledged"),
            Self::MarkLost(server) => write!(f, "server {server} stops waiting for its mark"),
            Self::Tick => write!(f, "a tick passes"),
            Self::Confirm => write!(f, "the standby confirms the next commit"),
            Self::Cut => write!(f, "the old primary and server 0 are cut off from the rest"),
            Self::Heal => write!(f, "the network is whole again"),
            Self::KillPrimary => write!(f, "the old primary is killed"),
            Self::RestartPrimary => write!(f, "the old primary starts again"),
            Self::Promote => write!(f, "the standby is promoted"),
            Self::KillServer(server) => write!(f, "server {server} is killed and starts again"),
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Old => "old",
            Self::New => "new",
        })
    }
}
