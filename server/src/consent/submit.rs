//! The write path: from a body to a durable record and its receipt.
//!
//! First the body is checked against the site as cached. Then it is queued with others of the site
//! (`writer`), and one transaction locks the visitors, resolves, signs, appends and commits
//! (`transaction`). Only then there is an answer. A site that changed in between is read again and
//! the whole is repeated, so nothing is judged by old settings.

use super::body::{Body, Circumstances, Submission};
use super::writer::{Outcome, Refused, Writer};
use crate::error::Error;
use crate::known_bad;
use crate::sites::{Site, Sites};
use ouinon_domain::ids::SiteId;
use std::sync::Arc;

/// How often a site may change under one submission before it is told to come back.
const ATTEMPTS: usize = 4;

/// Records a choice: `body` is what `raw` says. `admit` is asked whether this caller may write to the site at all, each time
/// the site is read.
pub async fn submit(
    sites: &Sites,
    writer: &Writer,
    site: &SiteId,
    raw: &[u8],
    body: &Body,
    admit: impl Fn(&Site, &Body) -> Result<Circumstances, Error>,
) -> Result<(Arc<Site>, Outcome), Error> {
    let check = |site: &Site| -> Result<Submission, Error> {
        let circumstances = admit(site, body)?;
        body.check(raw, site, circumstances)
    };
    let mut known = sites.cached(site).await?;
    for _ in 0..ATTEMPTS {
        let submission = match check(&known) {
            Ok(submission) => submission,
            // Perhaps only the cached site refuses it.
            Err(_) => {
                known = sites.fresh(site).await?;
                check(&known)?
            }
        };
        if let Some(outcome) = known_bad::replayed(submission.id) {
            return Ok((known, outcome));
        }
        match writer.queue(Arc::clone(&known), submission)?.await {
            Ok(Ok(outcome)) => return Ok((known, outcome)),
            Ok(Err(Refused::Because(error))) => return Err(error),
            Ok(Err(Refused::SiteChanged)) => known = sites.reload(site).await?,
            Err(_) => return Err(Error::Unavailable("the writer stopped".into())),
        }
    }
    Err(Error::Unavailable("the site's settings keep changing".into()))
}
