//! Every wrong value has its own sentence; the environment wins over the file.

use super::*;

fn from_env(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    from_both(pairs, None)
}

fn from_both(pairs: &[(&str, &str)], toml: Option<&str>) -> Result<Config, ConfigError> {
    let find = |name: &str| pairs.iter().find(|(key, _)| *key == name);
    Config::from_sources(|name| find(name).map(|(_, value)| (*value).to_owned()), toml)
}

#[test]
fn nothing_set_is_a_whole_configuration() {
    let config = from_env(&[]).unwrap();
    assert_eq!(config.database, Database::Sqlite { path: "ouinon.db".into() });
    assert_eq!(config.redis, None);
    assert_eq!(config.listen, Listen { public: "127.0.0.1:8080".parse().unwrap(), ops: None });
    assert_eq!(config.public_url(config.listen.public).as_str(), "http://127.0.0.1:8080");
    assert_eq!(config.geoip, GeoipDb::Embedded);
    assert_eq!(config.drain, Duration::from_secs(5));
    assert_eq!(config.signing_key, Path::new("ouinon-signing.key"));
    assert_eq!(config.witness, [Target::Folder("ouinon-witness".into())]);
    assert_eq!(config.rate_limits, RateLimits::On);
    assert_eq!((config.jobs, config.decision_log), (Jobs::On, DecisionLog::Yes));
    assert_eq!((config.log, config.log_format), (LogLevel::Info, LogFormat::Fitting));
}

#[test]
fn the_file_says_the_same_and_the_environment_wins() {
    let toml = r#"
        database_url = "sqlite:///var/lib/ouinon/ouinon.db"
        redis_url = "redis://127.0.0.1:6379"
        bind = "0.0.0.0:9000"
        ops_bind = "127.0.0.1:9001"
        public_url = "https://www.shop.example/consent/"
        geoip_db = "/var/lib/ouinon/city.mmdb"
        trusted_proxies = ["10.0.0.0/8", "::1"]
        witness = ["/mnt/one", "/mnt/two"]
        rate_limits = false
        drain_seconds = "0.5"
        decision_log = "all"
        log = "debug"
        log_format = "json"
    "#;
    let config = from_both(&[("OUINON_BIND", "127.0.0.1:9002"), ("REDIS_URL", "")], Some(toml));
    let config = config.unwrap();
    assert_eq!(config.listen.public.port(), 9002);
    assert_eq!(config.listen.ops.unwrap().port(), 9001);
    assert_eq!(config.redis.as_ref().unwrap().expose(), "redis://127.0.0.1:6379");
    assert_eq!(config.public_url(config.listen.public).path(), "/consent");
    assert_eq!(config.signing_key, Path::new("/var/lib/ouinon/ouinon-signing.key"));
    assert_eq!(
        config.witness,
        [Target::Folder("/mnt/one".into()), Target::Folder("/mnt/two".into())]
    );
    assert!(config.trusted_proxies.contains("10.1.2.3".parse().unwrap()));
    assert_eq!(config.rate_limits, RateLimits::Off);
    assert_eq!(config.drain, Duration::from_millis(500));
    assert_eq!((config.decision_log, config.log), (DecisionLog::All, LogLevel::Debug));
    assert_eq!(config.log_format, LogFormat::Json);
}

#[test]
fn off_is_a_word_and_everything_else_a_path() {
    let geoip = |value| from_env(&[("OUINON_GEOIP_DB", value)]).unwrap().geoip;
    assert_eq!(geoip("off"), GeoipDb::Off);
    assert_eq!(geoip("data/city.mmdb"), GeoipDb::File("data/city.mmdb".into()));
}

#[test]
fn each_wrong_value_names_its_setting_the_value_and_what_is_expected() {
    for (setting, value, expected) in [
        ("DATABASE_URL", "mysql://h/d", "sqlite://ouinon.db or postgres://"),
        ("REDIS_URL", "127.0.0.1:6379", "redis://127.0.0.1:6379"),
        ("REDIS_URL", "redis://", "redis://127.0.0.1:6379"),
        ("REDIS_URL", "redis://h/zero", "redis://127.0.0.1:6379"),
        ("REDIS_URL", "http://h:6379", "redis://127.0.0.1:6379"),
        ("OUINON_BIND", "8080", "an IP address and a port"),
        ("OUINON_BIND", "localhost:99999", "an IP address and a port"),
        ("OUINON_OPS_BIND", "metrics", "an IP address and a port"),
        ("OUINON_OPS_BIND", "127.0.0.1:8080", "another address than OUINON_BIND"),
        ("OUINON_PUBLIC_URL", "cmp.example", "an http or https address"),
        ("OUINON_PUBLIC_URL", "ftp://cmp.example", "an http or https address"),
        ("OUINON_PUBLIC_URL", "https://cmp.example/?a=1", "without user, query or fragment"),
        ("OUINON_TRUSTED_PROXIES", "10.0.0.0/33", "networks or addresses"),
        ("OUINON_TRUSTED_PROXIES", "proxy.example", "networks or addresses"),
        ("OUINON_SIGNING_KEY_FILE", "keys/", "the path of a file"),
        ("OUINON_WITNESS", "s3://bucket", "folders and https addresses"),
        ("OUINON_RATE_LIMITS", "maybe", "one of on, off"),
        ("OUINON_DECISION_LOG", "no", "one of yes, all, off"),
        ("OUINON_LOG", "loud", "one of error, warn, info, debug, trace"),
    ] {
        let sentence = from_env(&[(setting, value)]).unwrap_err().to_string();
        assert!(sentence.starts_with(&format!("{setting} is {value:?}, but")), "{sentence}");
        assert!(sentence.contains(expected), "{sentence}");
        assert!(sentence.ends_with('.') && !sentence.contains('\n'), "{sentence}");
    }
}

#[test]
fn the_file_s_own_mistakes_are_sentences_too() {
    for (toml, sentence) in [
        ("bind = \"nowhere\"", "bind in ouinon.toml is \"nowhere\", but it must be an IP address"),
        ("bnid = \"127.0.0.1:1\"", "ouinon.toml has the unknown setting \"bnid\"; the known ones"),
        ("bind = 8080", "bind in ouinon.toml is \"8080\", but it must be a text"),
        ("\n\nbind 8080", "ouinon.toml cannot be read as TOML at line 3: "),
    ] {
        let error = from_both(&[], Some(toml)).unwrap_err().to_string();
        assert!(error.starts_with(sentence), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[test]
fn a_file_that_cannot_be_read_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(FILE)).unwrap();
    let error = Config::load(folder.path()).unwrap_err().to_string();
    assert!(error.contains("ouinon.toml exists but cannot be read"), "{error}");
}

#[test]
fn debug_output_shows_no_password() {
    let config = from_env(&[
        ("DATABASE_URL", "postgres://ouinon:hunter2@db/ouinon"),
        ("REDIS_URL", "redis://:hunter2@cache"),
    ]);
    let shown = format!("{:?}", config.unwrap());
    assert!(shown.contains("postgres://ouinon:***@db/ouinon"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
}
