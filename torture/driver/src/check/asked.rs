//! The log of decisions: each answer is in it a second later, but for what a kill took away; nothing is in
//! it that was not answered; and who is forgotten is not in it any more.

use crate::body::Target;
use crate::caller::Caller;
use crate::dice::Dice;
use crate::journal::{Broken, Decision, Ended, Journal, Kill, Micros, Outcome, Question};
use crate::world::DATABASE;
use ouinon_stands::postgres::Cluster;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// By when an answer is in the log, and so much a kill may take away.
pub const LATEST: Micros = 1_000_000;
/// Visitors who are forgotten.
const FORGOTTEN: usize = 16;

const ROWS: &str = "select id, request, site, allowed from decision";
const NEWEST: &str = "select id from decision \
                      where decided_at > extract(epoch from now()) * 1000000 - 10000000";

/// A row of the table.
struct Row {
    request: Uuid,
    site: String,
    allowed: bool,
}

/// The table by id.
struct Table(HashMap<Uuid, Row>);

impl Table {
    /// Reads what psql printed of [`ROWS`].
    fn read(text: &str) -> Self {
        let row = |line: &str| {
            let mut parts = line.split('|');
            let (id, request) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
            let (site, allowed) = (parts.next()?.to_owned(), parts.next()? == "t");
            Some((id, Row { request, site, allowed }))
        };
        Self(text.lines().filter_map(row).collect())
    }

    /// What differs from what was answered.
    fn check(
        mut self,
        (questions, decisions): (&[Question], &[Decision]),
        kills: &[Kill],
        target: &Target,
    ) -> Vec<Broken> {
        let mut broken = Vec::new();
        let mut wrong = |how| broken.push(Broken::new("asked", how));
        for decision in decisions {
            let Some(question) = questions.get(decision.question as usize) else { continue };
            let site = &target.sites[usize::from(decision.site)].id;
            match self.0.remove(&decision.id) {
                None if kills.iter().any(|kill| kill.took(decision)) => {}
                None => wrong(format!("answered, and not logged: {decision:?}")),
                Some(Row { request, site: logged, allowed })
                    if (request, &logged, allowed) == (question.id, site, decision.allowed) => {}
                Some(_) => wrong(format!("logged as something else: {decision:?}")),
            }
        }
        let asked: HashMap<Uuid, Ended> =
            questions.iter().map(|question| (question.id, question.ended)).collect();
        for (id, Row { request, .. }) in self.0 {
            match asked.get(&request) {
                // An answer that did not arrive.
                Some(Ended::Unanswered) => {}
                Some(Ended::Refused(status)) => {
                    wrong(format!("refused by {status}, and logged: {id}"))
                }
                Some(Ended::Answered) => wrong(format!("logged, and not in the answer: {id}")),
                None => wrong(format!("logged, and nobody asked: {id} in {request}")),
            }
        }
        broken
    }
}

impl Kill {
    /// Whether it may have taken away what was to be logged of an answer.
    fn took(&self, decision: &Decision) -> bool {
        let lost = self.before.saturating_sub(LATEST)..=self.after;
        self.server == decision.server && lost.contains(&decision.answered)
    }
}

/// Compares all of it, a second after the last answer.
pub fn check(journal: &Journal, target: &Target, database: &Cluster) -> Vec<Broken> {
    let table = Table::read(&database.psql(DATABASE, ROWS));
    table.check((&journal.questions(), &journal.decisions(0)), &journal.kills(), target)
}

/// What was answered a second ago, and for a second, and is not logged. Only where nothing
/// hurts anybody since.
pub fn late(journal: &Journal, database: &Cluster) -> Vec<Broken> {
    let due = journal.now().saturating_sub(LATEST);
    let logged = database.psql(DATABASE, NEWEST);
    let logged: HashSet<Uuid> = logged.lines().filter_map(|id| id.parse().ok()).collect();
    let of_then = |one: &Decision| (due.saturating_sub(LATEST)..due).contains(&one.answered);
    let decisions = journal.decisions(0).into_iter().filter(of_then);
    let late = decisions.filter(|one| !logged.contains(&one.id));
    late.map(|one| Broken::new("asked", format!("not logged a second later: {one:?}"))).collect()
}

/// Has some visitors forgotten while they are asked about; how many rows about them went, and what
/// is still there.
pub async fn forget(
    target: &Arc<Target>,
    journal: &Arc<Journal>,
    database: &Cluster,
) -> (usize, Vec<Broken>) {
    let mut dice = Dice::new(target.seed, u64::MAX / 3);
    let mut rows = journal.writes();
    rows.retain(|write| write.body.site == 0 && matches!(write.outcome, Outcome::Acked { .. }));
    let mut chosen = HashMap::new();
    for _ in 0..FORGOTTEN.min(rows.len()) {
        let body = rows[dice.below(rows.len())].body;
        chosen.insert(body.visitor, format!("'{}'", body.id));
    }
    let ids = chosen.values().cloned().collect::<Vec<_>>().join(",");
    let subjects =
        database.psql(DATABASE, &format!("select subject from record where id in ({ids})"));
    let subjects: Vec<String> = subjects.lines().map(|one| format!("'{one}'")).collect();
    let about = format!("select count(*) from decision where subject in ({})", subjects.join(","));
    let count = || database.psql(DATABASE, &about).parse().unwrap_or_default();
    let before: usize = count();
    let tasks: Vec<_> = chosen
        .into_keys()
        .map(|visitor| {
            let caller = |number| Caller::new(target, journal, u64::MAX / 3 + number);
            let number = 2 * u64::from(visitor);
            tokio::spawn(forget_one(caller(number), caller(number + 1), visitor))
        })
        .collect();
    for task in tasks {
        if let Err(error) = task.await {
            journal.breaks("driver", error.to_string());
        }
    }
    tokio::time::sleep(Duration::from_micros(LATEST)).await;
    let after: usize = count();
    let left = (after > 0 || before == 0).then(|| {
        Broken::new("I9", format!("{after} of {before} decisions about forgotten visitors"))
    });
    (before, left.into_iter().collect())
}

/// Asks about a visitor all the time, and has it forgotten meanwhile.
async fn forget_one(mut caller: Caller, mut program: Caller, visitor: u32) {
    let asks = async {
        for turn in 0..40 {
            program.decide(turn % 2, 0, visitor).await;
        }
    };
    let forgets = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let mut server = 0;
        while !caller.erase(server, 0, visitor).await {
            server = 1 - server;
        }
    };
    tokio::join!(asks, forgets);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(id: u128, answered: Micros) -> Decision {
        Decision {
            site: 0,
            server: 1,
            visitor: 7,
            asked: 1,
            answered,
            allowed: true,
            excused: false,
            version: 1,
            id: Uuid::from_u128(id),
            question: 0,
        }
    }

    fn found(decisions: &[Decision], ended: Ended, text: &str, kills: &[Kill]) -> usize {
        let questions = [Question { id: Uuid::from_u128(9), ended }];
        Table::read(text).check((&questions, decisions), kills, &Target::made_up()).len()
    }

    fn line(id: u128, request: u128, rest: &str) -> String {
        format!("{}|{}|{rest}\n", Uuid::from_u128(id), Uuid::from_u128(request))
    }

    #[test]
    fn each_difference_of_answers_and_log_is_found() {
        let (one, kill) =
            ([answer(1, 5_000_000)], Kill { server: 1, before: 5_500_000, after: 5_600_000 });
        let good = line(1, 9, "one|t");
        assert_eq!(found(&one, Ended::Answered, &good, &[]), 0);
        assert_eq!(found(&one, Ended::Answered, "", &[]), 1, "lost");
        assert_eq!(found(&one, Ended::Answered, "", &[kill]), 0, "within the second");
        for spared in [
            Kill { server: 0, ..kill },
            Kill { before: 6_100_000, after: 6_200_000, ..kill },
            Kill { before: 1, after: 4_900_000, ..kill },
        ] {
            assert_eq!(found(&one, Ended::Answered, "", &[spared]), 1, "{spared:?}");
        }
        for changed in [line(1, 9, "two|t"), line(1, 9, "one|f"), line(1, 8, "one|t")] {
            assert_eq!(found(&one, Ended::Answered, &changed, &[]), 1, "{changed}");
        }
        let more = format!("{good}{}", line(2, 9, "one|t"));
        assert_eq!(found(&one, Ended::Answered, &more, &[]), 1, "not in the answer");
        assert_eq!(found(&[], Ended::Refused(503), &good, &[]), 1, "refused");
        assert_eq!(found(&[], Ended::Unanswered, &good, &[]), 0, "perhaps answered");
        assert_eq!(found(&[], Ended::Answered, &line(1, 8, "one|t"), &[]), 1, "nobody asked");
    }
}
