//! The tests' own ground: the databases and caches they start are real, separate and mortal.

use crate::support::postgres::{Cluster, fresh_database};
use crate::support::redis::RedisServer;

#[test]
fn each_test_has_a_database_of_its_own() {
    let (one, two) = (fresh_database(), fresh_database());
    one.psql("create table only_here (id int)");
    let tables = "select count(*) from pg_tables where tablename = 'only_here'";
    assert_eq!((one.psql(tables), two.psql(tables)), ("1".to_owned(), "0".to_owned()));
    assert_ne!(one.url(), two.url());
}

#[test]
fn what_was_committed_outlives_kill_9_of_postgresql() {
    let mut cluster = Cluster::start();
    cluster.psql("postgres", "create table kept as select 1 as id");
    cluster.stop("KILL");
    cluster.start_again();
    assert_eq!(cluster.psql("postgres", "select id from kept"), "1");
}

#[test]
fn redis_can_be_killed_and_comes_back_empty() {
    let mut redis = RedisServer::start();
    redis.command("SET key value");
    redis.kill();
    redis.start_again();
    assert!(redis.command("GET key").starts_with("$-1"));
}
