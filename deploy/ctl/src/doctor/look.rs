//! Looking at all of it at once, with a word now and then while it takes.

use crate::say::complain;
use chandler_bus::{BootstrapSettings, Bus, Settings};
use chandler_common::checks::{Check, Line, Outside, Verdict, bus};
use chandler_process::SystemClock;
use chandler_proto::config::ChandlerSection;
use std::time::Duration;
use tokio::time::{Instant, interval_at};

/// Between two words.
const WORD: Duration = Duration::from_secs(3);

/// A line for each check: the bus first. No call takes longer than `limit`.
pub(super) async fn at(section: &ChandlerSection, outside: &Outside, limit: Duration) -> Vec<Line> {
    let look = async {
        let (mut lines, rest) = tokio::join!(look_at_bus(section, limit, outside.is_monitored()), outside.look(limit));
        lines.extend(rest);
        lines
    };
    tokio::pin!(look);
    let begun = Instant::now();
    let mut words = interval_at(begun + WORD, WORD);
    loop {
        tokio::select! {
            lines = &mut look => return lines,
            _ = words.tick() => complain(format_args!(
                "waiting for answers for {} s; each may take {} s",
                begun.elapsed().as_secs(),
                limit.as_secs()
            )),
        }
    }
}

/// As the user of the configuration.
async fn look_at_bus(section: &ChandlerSection, limit: Duration, monitored: bool) -> Vec<Line> {
    let connected = match Settings::of(section, "chandler doctor") {
        Ok(settings) => Bus::connect(settings).await.map_err(|why| why.to_string()),
        Err(why) => Err(why.to_string()),
    };
    match connected {
        Ok(connection) => {
            let wanted = BootstrapSettings::of(section);
            bus(&connection, &wanted, &SystemClock::new(), limit, monitored).await
        }
        Err(why) => vec![Line {
            check: Check::Bus,
            verdict: Verdict::Wrong(format!("{why}: see chandler.bus")),
        }],
    }
}
