//! Somebody with the database's password who changes one thing somewhere, at random but the same
//! for the same seed. Triggers do not stop this one.

use ouinon_domain::ids::SiteId;
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseTransaction, QueryResult, Statement, Value,
};
use uuid::Uuid;

/// The tables that hold evidence, each with the columns that do not: what else they do is in
/// docs/TRUST.md.
pub const EVIDENCE: &[(&str, &[&str])] = &[
    ("record", &[]),
    ("record_key", &[]),
    ("record_personal", &[]),
    ("subject", &[]),
    ("state", &["position", "position_of", "noted_subject"]),
    ("erasure", &[]),
    ("leaf_queue", &[]),
    ("log_index", &[]),
    ("log_tile", &[]),
    ("log_head", &["register_published"]),
    ("register", &[]),
    ("forgotten_subject", &[]),
    ("notice", &[]),
    ("publication", &[]),
    ("signing_key", &[]),
    ("retention", &["visitors_days", "records_days", "counters_days", "decisions_days"]),
    ("site", &["name", "enabled", "epoch", "cookie_domain", "forgettings"]),
];

/// Random numbers from a seed (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// A column as the database describes it.
#[derive(Clone, Debug)]
struct Column {
    name: String,
    kind: Kind,
    nullable: bool,
    key: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Bytes,
    Number,
    Flag,
    Id,
}

/// A row that can be changed: its table (a partition has its own) and a condition.
struct Row {
    table: String,
    here: String,
}

/// The vandal in a database.
pub struct Vandal<'a> {
    pub db: &'a DatabaseTransaction,
    pub site: &'a SiteId,
    pub dice: Dice,
}

impl Vandal<'_> {
    fn backend(&self) -> DatabaseBackend {
        self.db.get_database_backend()
    }

    fn sqlite(&self) -> bool {
        self.backend() == DatabaseBackend::Sqlite
    }

    async fn all(&self, sql: &str) -> Vec<QueryResult> {
        let statement = Statement::from_string(self.backend(), sql);
        self.db.query_all_raw(statement).await.unwrap()
    }

    /// Takes the triggers out of the way; answers what puts them back, as `rearm` does.
    pub async fn disarm(&self) -> Vec<String> {
        if !self.sqlite() {
            let role = |role: &str| format!("set local session_replication_role = {role}");
            self.db.execute_unprepared(&role("replica")).await.unwrap();
            return vec![role("origin")];
        }
        let mut taken = Vec::new();
        for row in self.all("select name, sql from sqlite_master where type = 'trigger'").await {
            let name: String = row.try_get_by_index(0).unwrap();
            self.db.execute_unprepared(&format!("drop trigger {name}")).await.unwrap();
            taken.push(row.try_get_by_index(1).unwrap());
        }
        taken
    }

    /// Puts the triggers back: whoever looks finds them where they were.
    pub async fn rearm(&self, triggers: Vec<String>) {
        for sql in triggers {
            self.db.execute_unprepared(&sql).await.unwrap();
        }
    }

    /// Tries one thing and says what; `Err` where the database refuses it, `None` where there was
    /// nothing to do.
    pub async fn strike(&mut self) -> Option<Result<String, String>> {
        let (table, spared) = *self.dice.one(EVIDENCE);
        let statements = match self.dice.below(10) {
            0..5 => self.flip(table, spared).await,
            5 => self.delete(table).await,
            6 => self.insert(table).await,
            7 | 8 => self.swap(table, spared).await,
            _ => self.truncate(table),
        }?;
        let text: String = format!("{statements:?}").chars().take(600).collect();
        let mut changed = 0;
        for (sql, values) in statements {
            let statement = Statement::from_sql_and_values(self.backend(), sql, values);
            match self.db.execute_raw(statement).await {
                Ok(done) => changed += done.rows_affected(),
                Err(error) => return Some(Err(error.to_string())),
            }
        }
        (changed > 0).then_some(Ok(text))
    }

    fn of_site(&self, table: &str) -> String {
        match table {
            "signing_key" => "true".into(),
            "site" => format!("id = '{}'", self.site),
            _ => format!("site = '{}'", self.site),
        }
    }

    async fn columns(&self, table: &str) -> Vec<Column> {
        let sql = match self.sqlite() {
            true => format!(
                "select name, type, \"notnull\" = 0, pk > 0 from pragma_table_info('{table}')"
            ),
            false => format!(
                "select column_name::text, data_type::text, is_nullable = 'YES', exists (select 1 \
                 from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = \
                 any(i.indkey) where i.indrelid = '{table}'::regclass and i.indisprimary and \
                 a.attname = column_name) from information_schema.columns where table_name = \
                 '{table}' and table_schema = 'public' order by ordinal_position"
            ),
        };
        let read = |row: QueryResult| {
            let kind: String = row.try_get_by_index(1).unwrap();
            Column {
                name: row.try_get_by_index(0).unwrap(),
                kind: match kind.to_lowercase().as_str() {
                    "text" => Kind::Text,
                    "bytea" | "blob" => Kind::Bytes,
                    "bigint" | "integer" => Kind::Number,
                    "boolean" => Kind::Flag,
                    other if other.starts_with("uuid") => Kind::Id,
                    other => panic!("{table} has a {other}"),
                },
                nullable: row.try_get_by_index(2).unwrap(),
                key: row.try_get_by_index(3).unwrap(),
            }
        };
        self.all(&sql).await.into_iter().map(read).collect()
    }

    async fn row(&mut self, table: &str) -> Option<Row> {
        let of_site = self.of_site(table);
        let sql = format!("select count(*) from {table} where {of_site}");
        let rows: i64 = self.all(&sql).await[0].try_get_by_index(0).unwrap();
        let skip = match usize::try_from(rows).unwrap() {
            0 => return None,
            rows => self.dice.below(rows),
        };
        let (place, key) = match self.sqlite() {
            true => ("rowid, ''", "rowid"),
            false => ("ctid::text, tableoid::regclass::text", "tableoid, ctid"),
        };
        let sql = format!(
            "select {place} from {table} where {of_site} order by {key} limit 1 offset {skip}"
        );
        let found = self.all(&sql).await.remove(0);
        Some(match self.sqlite() {
            true => {
                let id: i64 = found.try_get_by_index(0).unwrap();
                Row { table: table.into(), here: format!("rowid = {id}") }
            }
            false => {
                let id: String = found.try_get_by_index(0).unwrap();
                let table = found.try_get_by_index(1).unwrap();
                Row { table, here: format!("ctid = '{id}'") }
            }
        })
    }

    async fn value(&self, row: &Row, column: &Column) -> Value {
        let Row { table, here } = row;
        let sql = format!("select {} from {table} where {here}", column.name);
        let found = self.all(&sql).await.remove(0);
        match column.kind {
            Kind::Text => Value::String(found.try_get_by_index(0).unwrap()),
            Kind::Bytes => Value::Bytes(found.try_get_by_index(0).unwrap()),
            Kind::Number => Value::BigInt(found.try_get_by_index(0).unwrap()),
            Kind::Flag => Value::Bool(found.try_get_by_index(0).unwrap()),
            Kind::Id => Value::Uuid(found.try_get_by_index(0).unwrap()),
        }
    }

    fn other(&mut self, column: &Column, value: &Value) -> Value {
        if column.nullable && self.dice.below(4) == 0 {
            return match column.kind {
                Kind::Text => Value::String(None),
                Kind::Bytes => Value::Bytes(None),
                Kind::Number => Value::BigInt(None),
                Kind::Flag => Value::Bool(None),
                Kind::Id => Value::Uuid(None),
            };
        }
        match value {
            Value::String(text) => Value::String(Some(self.other_text(text.as_deref()))),
            Value::Bytes(bytes) => Value::Bytes(Some(self.other_bytes(bytes.as_deref()))),
            Value::BigInt(number) => {
                let number = number.unwrap_or(0);
                let step = *self.dice.one(&[1, -1, 1_000_000, -86_400_000_000, 7]);
                Value::BigInt(Some(*self.dice.one(&[number + step, number + step, 0, -number])))
            }
            Value::Bool(yes) => Value::Bool(Some(!yes.unwrap_or(false))),
            _ => Value::Uuid(Some(Uuid::from_u64_pair(self.dice.next(), self.dice.next()))),
        }
    }

    fn other_text(&mut self, text: Option<&str>) -> String {
        let text = text.unwrap_or("FR");
        let mut changed = match self.dice.below(6) {
            0 if text.contains("true") => text.replacen("true", "false", 1),
            0 | 1 if text.contains("false") => text.replacen("false", "true", 1),
            2 => format!("{text} "),
            3 => String::new(),
            4 => {
                self.dice.one(&["save", "FR", "{}", "null", "desktop", "banner", "en"]).to_string()
            }
            _ => {
                let mut letters: Vec<char> = text.chars().collect();
                let at = self.dice.below(letters.len().max(1));
                match letters.get_mut(at) {
                    Some(letter) => *letter = if *letter == 'x' { 'y' } else { 'x' },
                    None => letters.push('x'),
                }
                letters.into_iter().collect()
            }
        };
        if changed == text {
            changed.push('x');
        }
        changed
    }

    fn other_bytes(&mut self, bytes: Option<&[u8]>) -> Vec<u8> {
        let mut bytes = bytes.unwrap_or_default().to_vec();
        match (self.dice.below(5), bytes.len()) {
            (_, 0) | (0, _) => bytes.push(1),
            (1, _) => drop(bytes.pop()),
            (_, length) => bytes[self.dice.below(length)] ^= 1 << self.dice.below(8),
        }
        bytes
    }

    async fn flip(&mut self, table: &str, spared: &[&str]) -> Option<Vec<(String, Vec<Value>)>> {
        let columns = self.columns(table).await;
        let column = self.dice.one(&columns).clone();
        let row = self.row(table).await?;
        let old = self.value(&row, &column).await;
        let new = self.other(&column, &old);
        (new != old && !spared.contains(&column.name.as_str())).then(|| {
            let sql = format!(
                "update {table} set {} = $1 where {}",
                column.name,
                exactly(&row, self.sqlite())
            );
            vec![(sql, vec![new])]
        })
    }

    async fn delete(&mut self, table: &str) -> Option<Vec<(String, Vec<Value>)>> {
        let row = self.row(table).await?;
        Some(vec![(format!("delete from {} where {}", row.table, row.here), Vec::new())])
    }

    /// A copy of a row under another key, perhaps with another value elsewhere.
    async fn insert(&mut self, table: &str) -> Option<Vec<(String, Vec<Value>)>> {
        let columns = self.columns(table).await;
        let row = self.row(table).await?;
        let keys: Vec<_> = columns.iter().filter(|it| it.key && it.name != "site").collect();
        // Another site is no edit of this one.
        if keys.is_empty() || table == "site" {
            return None;
        }
        let changed = self.dice.one(&keys).name.clone();
        let also = self.dice.one(&columns).name.clone();
        let mut values = Vec::new();
        for column in &columns {
            let value = self.value(&row, column).await;
            let differs = column.name == changed || column.name == also && column.name != "site";
            values.push(if differs { self.other(column, &value) } else { value });
        }
        let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
        let places: Vec<_> = (1..=names.len()).map(|place| format!("${place}")).collect();
        let sql =
            format!("insert into {table} ({}) values ({})", names.join(", "), places.join(", "));
        Some(vec![(sql, values)])
    }

    /// Two rows change places in one column.
    async fn swap(&mut self, table: &str, spared: &[&str]) -> Option<Vec<(String, Vec<Value>)>> {
        let columns = self.columns(table).await;
        let column = self.dice.one(&columns).clone();
        let (one, other) = (self.row(table).await?, self.row(table).await?);
        let (first, second) = (self.value(&one, &column).await, self.value(&other, &column).await);
        if first == second || spared.contains(&column.name.as_str()) {
            return None;
        }
        let mut same = true;
        for other_column in columns.iter().filter(|it| it.name != column.name) {
            same &= self.value(&one, other_column).await == self.value(&other, other_column).await;
        }
        if same {
            // Only the order of the rows would change.
            return None;
        }
        let set = |row: &Row, value: Value| {
            let here = exactly(row, self.sqlite());
            (format!("update {table} set {} = $1 where {here}", column.name), vec![value])
        };
        // Unique columns meet on the way: one steps aside first.
        let aside = match (&first, column.key) {
            (Value::BigInt(_), _) => vec![set(&one, Value::BigInt(Some(i64::MAX - 1)))],
            (Value::Uuid(_), _) => vec![set(&one, Value::Uuid(Some(Uuid::max())))],
            (Value::Bytes(_), true) => vec![set(&one, Value::Bytes(Some(vec![0])))],
            _ => Vec::new(),
        };
        if !aside.is_empty() && !self.sqlite() {
            // The row moves when it steps aside, so its place is no longer its name.
            return None;
        }
        let last = [set(&other, first), set(&one, second)];
        Some(aside.into_iter().chain(last).collect())
    }

    fn truncate(&mut self, table: &str) -> Option<Vec<(String, Vec<Value>)>> {
        Some(vec![(format!("delete from {table} where {}", self.of_site(table)), Vec::new())])
    }
}

/// The condition that finds a row through its table's parent.
fn exactly(row: &Row, sqlite: bool) -> String {
    match sqlite {
        true => row.here.clone(),
        false => format!("tableoid = '{}'::regclass and {}", row.table, row.here),
    }
}
