//! The stories of a power cut: what was acknowledged had reached the disk, PostgreSQL's or that of SQLite's
//! file. The disk is a file system that is shut down without writing anything more, so that what
//! only the kernel remembered is gone; what a disk's own memory may lose is beyond it.

use crate::body::Target;
use crate::check::decisions::Sent;
use crate::check::receipts;
use crate::fault::Fault;
use crate::journal::{Broken, Journal};
use crate::load::Load;
use crate::ouinon::Ouinon;
use crate::report::say;
use crate::run::{Options, finish};
use crate::story::Story;
use crate::world::{Ground, Outcome};
use ouinon_stands::daemon::{free_port, fresh_folder};
use ouinon_stands::disk::Disk;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Builder;

/// How often.
const CUTS: usize = 3;
const MEGABYTES: u32 = 512;
/// How soon the server is there again.
const START: Duration = Duration::from_secs(10);

/// Tells both.
pub fn stories(options: &Options) -> Outcome<bool> {
    Ok(postgres(options)? & sqlite(options)?)
}

/// PostgreSQL's disk loses its power; the servers go on.
fn postgres(options: &Options) -> Outcome<bool> {
    let name = "two servers, PostgreSQL loses its power";
    let mut story = Story::begin(name, options.plan(Ground::Power), options.weight())?;
    if story.world.disk.is_none() {
        return Ok(left_out());
    }
    for _ in 0..CUTS {
        cut(&mut story);
    }
    Ok(finish(story, usize::MAX))
}

/// One cut at any moment, and what is there afterwards.
pub fn cut(story: &mut Story) {
    let calm = story.between(500, 1_500);
    story.pass(calm);
    story.suffer(Fault::PowerCut, Duration::from_millis(300));
    story.check();
}

fn left_out() -> bool {
    say("  left out: a disk cannot be mounted here (root can)");
    true
}

/// The machine of one server with an SQLite file loses its power.
fn sqlite(options: &Options) -> Outcome<bool> {
    say("\na server with an SQLite file loses its power");
    let Some(disk) = Disk::with_power(MEGABYTES) else { return Ok(left_out()) };
    let (own, port) = (fresh_folder("torture"), free_port());
    let ouinon = Ouinon { binary: options.server.clone(), design: None, folder: own.clone() };
    let database = format!("sqlite://{}", disk.folder.join("ouinon.db").display());
    let mut server = ouinon.serve(&own, database.clone(), port, None, None)?;
    let sites = [ouinon.site(&database)?, ouinon.site(&database)?];
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let target = Arc::new(Target { servers: [address; 2], sites, seed: options.seed });
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let journal = Arc::new(Journal::open());
    let load = Load::start(runtime.handle(), &target, &journal, options.weight());
    for cut in 0..CUTS {
        std::thread::sleep(Duration::from_millis(700 + 300 * cut as u64));
        disk.cut();
        server.stop("KILL");
        disk.mend();
        server.start_again();
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() && begun.elapsed() < START {
            std::thread::sleep(Duration::from_millis(10));
        }
        say(&format!("  serving after {:.2} s", begun.elapsed().as_secs_f64()));
    }
    std::thread::sleep(Duration::from_secs(1));
    runtime.block_on(load.stop());
    let writes = journal.writes();
    let sent = Sent::of(&writes);
    let mut broken: Vec<Broken> =
        journal.decisions(0).iter().filter_map(|one| sent.check(one)).collect();
    let repeated = runtime.block_on(receipts::repeat(&target, &journal, usize::MAX));
    for site in &target.sites {
        let done = ouinon.command(database.clone(), &["verify", "--site", &site.id, "--json"])?;
        if done.status.code() != Some(0) {
            let said = String::from_utf8_lossy(&done.stdout).into_owned();
            broken.push(Broken::new("I3/I8", said));
        }
    }
    broken.extend(journal.broken());
    let acked = writes.iter().filter(|write| write.acked().is_some()).count();
    say(&format!(
        "  {acked} records acknowledged, {repeated} bodies sent again, {} broken",
        broken.len()
    ));
    for Broken { invariant, how } in broken.iter().take(5) {
        say(&format!("  BROKEN {invariant}: {how}"));
    }
    Ok(broken.is_empty())
}
