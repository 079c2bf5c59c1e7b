//! How much a visitor may ask, and that a "no" always gets through.

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::shop::PURPOSES;
use crate::support::visitor::Visitor;

#[tokio::test]
async fn a_flood_is_told_to_wait_and_a_withdrawal_passes() {
    let app = TestApp::with(BACKEND, &[("OUINON_RATE_LIMITS", "on")]).await;
    let shop = app.shop().await;
    let visitor = Visitor::new();
    let body = shop.body(&visitor, "accept_all", &PURPOSES);
    let mut refused = None;
    for _ in 0..200 {
        let answer = shop.post(&body).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a limit");
    refused.problem(429, "too-many-requests");
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    shop.post(&shop.withdrawal(&visitor)).await.expect(201);
    let other = Visitor::new();
    shop.post(&shop.body(&other, "accept_all", &PURPOSES)).await.expect(201);
    assert_eq!(shop.rows().await, [3, 3, 2, 2, 3]);
}
