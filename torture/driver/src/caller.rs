//! Somebody who sends records and asks questions, and notes all of it in the journal. What is wrong
//! with an answer in itself is noted here; what is wrong with it in view of others, by the checkers.

use crate::body::{Body, ORIGIN, PURPOSE, Target, visitor_id};
use crate::dice::Dice;
use crate::http::{Answer, Link};
use crate::journal::{Decision, Ended, Journal, Outcome, Question};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use uuid::{Builder, Uuid};

/// How long an answer is waited for.
pub const PATIENCE: Duration = Duration::from_secs(4);

/// How one attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// A 2xx with this version.
    Yes(u32),
    /// A clear no.
    No,
    /// Nobody knows: come again.
    Later,
}

/// Calls both servers over connections of its own.
#[derive(Debug)]
pub struct Caller {
    /// What is called.
    pub target: Arc<Target>,
    /// Where it is noted.
    pub journal: Arc<Journal>,
    /// Its own chance.
    pub dice: Dice,
    links: [Link; 2],
}

#[derive(Deserialize)]
struct Receipt {
    version: u32,
}

#[derive(Deserialize)]
struct Item<'a> {
    decision: Uuid,
    allowed: bool,
    reason: &'a str,
    visitor: &'a str,
    evidence: Option<Evidence>,
}

#[derive(Deserialize)]
struct Evidence {
    version: u32,
}

#[derive(Deserialize)]
struct Items<'a> {
    #[serde(borrow)]
    items: Vec<Item<'a>>,
}

/// A question and its answer.
struct Asked {
    at: u64,
    question: u32,
    answer: Answer,
}

impl Caller {
    /// The caller of this number.
    pub fn new(target: &Arc<Target>, journal: &Arc<Journal>, number: u64) -> Self {
        let dice = Dice::new(target.seed, number);
        let links = target.servers.map(Link::to);
        Self { target: Arc::clone(target), journal: Arc::clone(journal), dice, links }
    }

    /// One attempt to have a row's body recorded; `text` is that body.
    pub async fn attempt(&mut self, server: usize, row: usize, body: Body, text: &str) -> Said {
        let (sent, weather) = (self.journal.now(), self.journal.weather());
        let Some(answer) = self.post(server, body.site, text, PATIENCE).await else {
            return Said::Later;
        };
        match answer.status {
            200 | 201 => {
                let at = self.journal.now();
                let Ok(Receipt { version }) = serde_json::from_slice(&answer.body) else {
                    self.journal.breaks("I1", format!("no receipt for {}", body.id));
                    return Said::Later;
                };
                let answer = Sha256::digest(&answer.body).into();
                let mut refused = false;
                let first = self.journal.with(row, |write| match write.outcome {
                    Outcome::Acked { answer, .. } => Some(answer),
                    Outcome::Refused(_) | Outcome::Unknown => {
                        refused = matches!(write.outcome, Outcome::Refused(_));
                        write.outcome = Outcome::Acked { at, version, answer };
                        (write.took, write.weather) = (at - sent, weather);
                        None
                    }
                });
                if refused {
                    self.journal.breaks("I6", format!("{} was refused, then stored", body.id));
                }
                if first.is_some_and(|first| first != answer) {
                    self.journal.breaks("I4", format!("two receipts for {}", body.id));
                }
                Said::Yes(version)
            }
            409 => {
                self.journal.with(row, |write| match write.outcome {
                    Outcome::Acked { .. } => {}
                    _ => write.outcome = Outcome::Refused(409),
                });
                Said::No
            }
            _ => Said::Later,
        }
    }

    /// Sends a body until somebody says yes or no, or the load is over for long.
    pub async fn persist(&mut self, body: Body) -> Option<u32> {
        let row = self.journal.sends(body);
        self.persist_row(row, body).await
    }

    /// The same for a row that may have been sent before.
    pub async fn persist_row(&mut self, row: usize, body: Body) -> Option<u32> {
        let text = body.text(&self.target, "en");
        let (mut server, mut late) = (self.dice.below(2), 0);
        loop {
            match self.attempt(server, row, body, &text).await {
                Said::Yes(version) => return Some(version),
                Said::No => return None,
                Said::Later => {}
            }
            late += usize::from(self.journal.is_over());
            if late > 100 {
                return None;
            }
            let pause = 10 + self.dice.below(100) as u64;
            tokio::time::sleep(Duration::from_millis(pause)).await;
            // The one that failed may be asked again, as a browser would.
            server = self.dice.below(2);
        }
    }

    /// Sends a body to one server until it says yes.
    pub async fn insist(&mut self, server: usize, body: Body) {
        let (row, text) = (self.journal.sends(body), body.text(&self.target, "en"));
        while !matches!(self.attempt(server, row, body, &text).await, Said::Yes(_)) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Posts a raw body.
    pub async fn post(
        &mut self,
        server: usize,
        site: u8,
        text: &str,
        patience: Duration,
    ) -> Option<Answer> {
        let site = &self.target.sites[usize::from(site)].id;
        let head = format!(
            "POST /v1/sites/{site}/consents HTTP/1.1\r\nOrigin: {ORIGIN}\r\nContent-Type: text/plain\r\n"
        );
        let answer = self.links[server].ask(&head, text, patience).await;
        self.note(answer, &[200, 201, 409])
    }

    /// Reads something with the key of a site, perhaps another one; `due` is the answer's status.
    pub async fn get(&mut self, server: usize, key: u8, path: &str, due: u16) -> Option<Answer> {
        self.request("GET", server, key, path, due).await
    }

    /// Has a visitor forgotten; whether there was an answer.
    pub async fn erase(&mut self, server: usize, site: u8, visitor: u32) -> bool {
        let name = &self.target.sites[usize::from(site)].id;
        let path = format!("/v1/sites/{name}/visitors/{}", visitor_id(self.target.seed, visitor));
        let answer = self.request("DELETE", server, site, &path, 200).await;
        answer.is_some_and(|answer| answer.status == 200)
    }

    async fn request(
        &mut self,
        method: &str,
        server: usize,
        key: u8,
        path: &str,
        due: u16,
    ) -> Option<Answer> {
        let key = &self.target.sites[usize::from(key)].key;
        let head = format!("{method} {path} HTTP/1.1\r\nAuthorization: Bearer {key}\r\n");
        let answer = self.links[server].ask(&head, "", PATIENCE).await;
        self.note(answer, &[due])
    }

    /// Asks about one visitor; whether there was an answer.
    pub async fn decide(&mut self, server: usize, site: u8, visitor: u32) -> bool {
        let id = visitor_id(self.target.seed, visitor);
        let name = &self.target.sites[usize::from(site)].id;
        let head =
            format!("GET /v1/sites/{name}/decision?visitor={id}&purpose={PURPOSE} HTTP/1.1\r\n");
        let Some(asked) = self.ask(server, site, &head, "").await else { return false };
        match serde_json::from_slice::<Item<'_>>(&asked.answer.body) {
            Ok(item) => self.note_items(server, site, &asked, &[visitor], &[item]),
            Err(error) => self.journal.breaks("answer", format!("an unreadable decision: {error}")),
        }
        true
    }

    /// Asks about many visitors in one question.
    pub async fn decide_many(&mut self, server: usize, site: u8, visitors: &[u32]) {
        let ids = visitors.iter().map(|one| format!("\"{}\"", visitor_id(self.target.seed, *one)));
        let ids = ids.collect::<Vec<_>>().join(",");
        let name = &self.target.sites[usize::from(site)].id;
        let head = format!(
            "POST /v1/sites/{name}/decisions HTTP/1.1\r\nContent-Type: application/json\r\n"
        );
        let body = format!(r#"{{"purpose":"{PURPOSE}","visitors":[{ids}]}}"#);
        let Some(asked) = self.ask(server, site, &head, &body).await else { return };
        match serde_json::from_slice::<Items<'_>>(&asked.answer.body) {
            Ok(Items { items }) => self.note_items(server, site, &asked, visitors, &items),
            Err(error) => self.journal.breaks("answer", format!("unreadable decisions: {error}")),
        }
    }

    /// Sends a question under an id of its own and notes how it ended; `None` where it has no answer.
    async fn ask(&mut self, server: usize, site: u8, head: &str, body: &str) -> Option<Asked> {
        let id = Builder::from_random_bytes(self.dice.bytes()).into_uuid();
        let key = &self.target.sites[usize::from(site)].key;
        let head = format!("{head}Authorization: Bearer {key}\r\nX-Request-Id: {id}\r\n");
        let at = self.journal.now();
        let answer = self.links[server].ask(&head, body, PATIENCE).await;
        let answer = self.note(answer, &[200]);
        let ended = match &answer {
            None => Ended::Unanswered,
            Some(Answer { status: 200, .. }) => Ended::Answered,
            Some(Answer { status, .. }) => Ended::Refused(*status),
        };
        let question = self.journal.asked(Question { id, ended });
        let answer = answer.filter(|_| ended == Ended::Answered)?;
        Some(Asked { at, question, answer })
    }

    fn note_items(
        &self,
        server: usize,
        site: u8,
        asked: &Asked,
        visitors: &[u32],
        items: &[Item<'_>],
    ) {
        let answered = self.journal.now();
        let wrong_clocks = self.journal.wrong_clocks.load(Ordering::Relaxed);
        let excused =
            |reason: &str| reason == "LOG_UNVERIFIED" || (wrong_clocks && reason == "EXPIRED");
        let own = |(visitor, item): (&u32, &Item<'_>)| {
            item.visitor == visitor_id(self.target.seed, *visitor)
        };
        if items.len() != visitors.len() || !visitors.iter().zip(items).all(own) {
            return self.journal.breaks("I5", "an answer about somebody else");
        }
        self.journal.decided(visitors.iter().zip(items).map(|(visitor, item)| Decision {
            site,
            server: server as u8,
            visitor: *visitor,
            asked: asked.at,
            answered,
            allowed: item.allowed,
            excused: excused(item.reason),
            version: item.evidence.as_ref().map_or(0, |evidence| evidence.version),
            id: item.decision,
            question: asked.question,
        }));
    }

    /// Counts an answer, or its absence. Whatever is not `due` must be a 503 that says when to come
    /// again.
    fn note(&self, answer: std::io::Result<Answer>, due: &[u16]) -> Option<Answer> {
        let Ok(answer) = answer else {
            self.journal.unanswered.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        self.journal.status(answer.status);
        match answer.status {
            status if due.contains(&status) => {}
            503 if answer.retry_after => {}
            status => {
                let text = String::from_utf8_lossy(&answer.body).into_owned();
                self.journal.breaks("answer", format!("{status}: {text}"));
            }
        }
        Some(answer)
    }
}
